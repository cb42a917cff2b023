#include <openspeed/openspeed.h>

static osp_status users(osp_ctx *ctx, const void *in, void *out)
{
    return osp_text(ctx, OSP_STR("ada"));
}
OSP_ROUTE(GET, users, void, void);
