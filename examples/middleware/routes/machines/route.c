#include <openspeed/openspeed.h>

static osp_status machines(osp_ctx *ctx, const void *in, void *out)
{
    return osp_text(ctx, OSP_STR("three"));
}
OSP_ROUTE(GET, machines, void, void);
