/* A status without a registered reason phrase. */
#include <openspeed/openspeed.h>

static osp_status odd(osp_ctx *ctx, const void *in, void *out)
{
    (void)in;
    (void)out;
    osp_set_status(ctx, 299);
    return osp_text(ctx, S("odd"));
}
OSP_ROUTE(GET, odd, void, void);
