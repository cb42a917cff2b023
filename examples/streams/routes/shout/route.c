/* A protocol of its own: every byte comes back in upper case. */
#include <openspeed/openspeed.h>
#include <ctype.h>

static osp_status talk(osp_ctx *ctx)
{
    osp_str part;
    osp_status status;
    while ((status = osp_read(ctx, &part)) == OSP_OK || status == OSP_E_DEADLINE) {
        if (status == OSP_E_DEADLINE) { /* nothing came for half a minute */
            return osp_write(ctx, S("BYE\n"));
        }
        for (size_t i = 0; i < part.len; i++) {
            const char upper = (char)toupper((unsigned char)part.ptr[i]);
            OSP_TRY(osp_write(ctx, (osp_str){ &upper, 1 }));
        }
    }
    return status;
}

static osp_status shout(osp_ctx *ctx, const void *in, void *out)
{
    (void)in;
    (void)out;
    const osp_status status = osp_upgrade(ctx, S("shout"));
    if (status == OSP_E_UNSUPPORTED) {
        OSP_TRY(osp_set_header(ctx, S("Upgrade"), S("shout")));
        return osp_fail(ctx, 426, "This URL speaks the protocol \"shout\".");
    }
    OSP_TRY(status);
    return talk(ctx);
}
OSP_ROUTE(GET, shout, void, void, .errors = { 426 }, .summary = "A protocol of its own");
