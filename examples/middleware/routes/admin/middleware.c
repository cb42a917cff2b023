#include <openspeed/openspeed.h>

/* Nobody comes further who does not say who they are. */
static osp_status guard(osp_ctx *ctx, osp_next *next)
{
    if (!osp_str_equal(osp_header(ctx, OSP_STR("Authorization")), OSP_STR("Bearer let-me-in"))) {
        return osp_fail(ctx, 401, "Say who you are.");
    }
    return osp_run(ctx, next);
}
OSP_MIDDLEWARE(guard);
