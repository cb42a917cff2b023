/* Bare bytes back, by upgrade to "echo". */
#include "lib/seen.h"

static osp_status talk(osp_ctx *ctx)
{
    osp_str part;
    osp_status status;
    while ((status = osp_read(ctx, &part)) == OSP_OK) {
        OSP_TRY(osp_write(ctx, part));
    }
    return status;
}

static osp_status raw(osp_ctx *ctx, const void *in, void *out)
{
    (void)in;
    (void)out;
    const osp_status status = osp_upgrade(ctx, S("echo"));
    if (status == OSP_E_UNSUPPORTED) {
        return osp_fail(ctx, 426, "This is for the protocol \"echo\".");
    }
    OSP_TRY(status);
    OSP_TRY(seen_begin(ctx));
    return seen_end(talk(ctx));
}
OSP_ROUTE(GET, raw, void, void);
