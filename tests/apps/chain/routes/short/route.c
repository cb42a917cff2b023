#include <openspeed/openspeed.h>

static osp_status show(osp_ctx *ctx, const void *in, void *out)
{
    return osp_text(ctx, OSP_STR("whole"));
}
OSP_ROUTE(GET, show, void, void);
