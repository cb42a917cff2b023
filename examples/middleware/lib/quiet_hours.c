#include "lib/quiet_hours.h"

osp_status quiet_hours(osp_ctx *ctx, osp_next *next, const quiet_hours_options *options)
{
    const int hour = (int)(osp_now_us() / 3600000000 % 24);
    if (hour >= options->from && hour < options->to) {
        return osp_fail(ctx, 503, "Come back at %d:00.", options->to);
    }
    return osp_run(ctx, next);
}
