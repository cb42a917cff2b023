#include <openspeed/openspeed.h>

static osp_status root(osp_ctx *ctx, const void *in, void *out)
{
    (void)in;
    (void)out;
    return osp_text(ctx, S("The root."));
}
OSP_ROUTE(GET, root, void, void);
