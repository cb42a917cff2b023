#include <openspeed/openspeed.h>

static osp_status show(osp_ctx *ctx, const void *in, void *out)
{
    return osp_fail(ctx, 410, "It is gone.");
}
OSP_ROUTE(GET, show, void, void);
