#include <openspeed/openspeed.h>

/* Says that it has seen the answer. */
static osp_status stamp(osp_ctx *ctx, osp_next *next)
{
    OSP_TRY(osp_set_header(ctx, S("X-Seen"), S("yes")));
    return osp_run(ctx, next);
}
OSP_MIDDLEWARE(stamp);
