#include <openspeed/openspeed.h>

static osp_status old(osp_ctx *ctx, const void *in, void *out)
{
    return osp_text(ctx, OSP_STR("the one"));
}
OSP_ROUTE(GET, old, void, void);
