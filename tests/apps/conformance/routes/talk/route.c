/* Another protocol, for those who ask for it. */
#include <openspeed/openspeed.h>

static osp_status talk(osp_ctx *ctx, const void *in, void *out)
{
    (void)in;
    (void)out;
    const osp_status status = osp_upgrade(ctx, S("x-talk"));
    if (status != OSP_E_UNSUPPORTED) {
        return status == OSP_OK ? osp_write(ctx, S("hello")) : status;
    }
    OSP_TRY(osp_set_header(ctx, S("Upgrade"), S("x-talk")));
    return osp_fail(ctx, 426, "Here one talks.");
}
OSP_ROUTE(GET, talk, void, void);
