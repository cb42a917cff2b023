/* A middleware that is not told what it wraps.
 *
 * EXPECT: the middleware must be: static osp_status guard(osp_ctx *ctx, osp_next *next) */
#include <openspeed/openspeed.h>

static osp_status guard(osp_ctx *ctx)
{
    (void)ctx;
    return OSP_OK;
}
OSP_MIDDLEWARE(guard);
