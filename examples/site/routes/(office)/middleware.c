#include <openspeed/openspeed.h>

static osp_status guard(osp_ctx *ctx, osp_next *next)
{
    return osp_run(ctx, next);
}
OSP_MIDDLEWARE(guard, .deny_by_default = true);
