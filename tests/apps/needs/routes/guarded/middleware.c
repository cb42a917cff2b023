#include "lib/things.h"

static osp_status wrap(osp_ctx *ctx, osp_next *next)
{
    return osp_run(ctx, next);
}
OSP_MIDDLEWARE(wrap, .needs = NEEDS(guard), .deny_by_default = true);
