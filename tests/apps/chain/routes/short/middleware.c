#include "lib/trace.h"

/* Answers by itself unless it is told to do something else. */
static osp_status cuts(osp_ctx *ctx, osp_next *next)
{
    const osp_str how = osp_header(ctx, OSP_STR("How"));
    if (osp_str_equal(how, OSP_STR("twice"))) {
        OSP_TRY(osp_run(ctx, next));
        return osp_run(ctx, next);
    }
    if (osp_str_equal(how, OSP_STR("silent"))) {
        return OSP_OK;
    }
    if (osp_str_equal(how, OSP_STR("late"))) {
        OSP_TRY(osp_run(ctx, next));
        return osp_fail(ctx, 502, "after all");
    }
    return osp_text(ctx, OSP_STR("cut"));
}
OSP_MIDDLEWARE(cuts);
