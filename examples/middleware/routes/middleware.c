#include <openspeed/openspeed.h>

/* Says on every answer how long it took, also on a 404. */
static osp_status timed(osp_ctx *ctx, osp_next *next)
{
    const int64_t begin_us = osp_now_us();
    OSP_TRY(osp_run(ctx, next));
    const int64_t us = osp_now_us() - begin_us;
    return osp_set_header(ctx, OSP_STR("X-Took-Us"), osp_format(ctx, "%lld", (long long)us));
}
OSP_MIDDLEWARE(timed);
