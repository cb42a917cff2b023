#include <openspeed/openspeed.h>

static osp_status text(osp_ctx *ctx, const void *in, void *out)
{
    (void)in;
    (void)out;
    return osp_text(ctx, S("Hello, World!"));
}
OSP_ROUTE(GET, text, void, void);
