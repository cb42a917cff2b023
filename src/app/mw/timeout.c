/* A deadline for all waits of what is wrapped. */
#include "app/mw/mw.h"

osp_status osp_timeout(osp_ctx *ctx, osp_next *next, const osp_timeout_options *options)
{
    osp_within within = osp_task_within_enter(&ctx->task, options->ms);
    const osp_status status = osp_run(ctx, next);
    osp_task_within_leave(&within);
    return status;
}

const char *osp_timeout_check(const osp_timeout_options *options)
{
    return options->ms > 0 ? NULL : "needs .ms, the time that it gives";
}
