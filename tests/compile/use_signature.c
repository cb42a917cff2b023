/* A middleware with options that takes others.
 *
 * EXPECT: the middleware must be: osp_status limit(osp_ctx *ctx, osp_next *next, const
 * limit_options *options) */
#include <openspeed/openspeed.h>

typedef struct limit_options {
    int most;
} limit_options;

static osp_status limit(osp_ctx *ctx, osp_next *next, const int *options)
{
    (void)options;
    return osp_run(ctx, next);
}
OSP_USE(limit, .most = 3);
