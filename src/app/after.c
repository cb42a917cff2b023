/* Work after the response.
 *
 *     osp_after --> ctx->after, the newest first --> osp_ctx_after_next, once the answer is out
 *
 * The front door decides when that is, and gives the work its time; here stands what is to be done
 * and in which state it begins: as if nothing of the request had failed.  Whoever registered first
 * may have made what later ones use, so it comes last, as with osp_defer. */
#include "app/ctx.h"

osp_status osp_ctx_after(osp_ctx *ctx, const osp_place *here, osp_task_fn *fn, void *arg)
{
    OSP_ASSERT(fn != NULL);
    osp_after *after = osp_task_alloc_at(&ctx->task, here, sizeof *after);
    if (after == NULL) {
        return ctx->task.error.status;
    }
    *after = (osp_after){ .next = ctx->after, .fn = fn, .arg = arg, .here = here };
    ctx->after = after;
    return OSP_OK;
}

osp_status osp_after_at(osp_ctx *ctx, const osp_place *here, const osp_task_def *def, void *arg)
{
    return osp_ctx_after(ctx, here, def->call, arg);
}

bool osp_ctx_after_next(osp_ctx *ctx, int64_t deadline_us)
{
    const osp_after *after = ctx->after;
    osp_task *task = &ctx->task;
    if (after == NULL) {
        return false;
    }
    ctx->after = after->next;
    osp_task_renew(task);
    task->deadline_us = deadline_us;
    osp_status status = after->fn(task, after->arg);
    if (task->kin != NULL) {
        status = osp_task_settle(task, status);
    }
    if (status < 0 && task->error.status == OSP_OK) {
        osp_error cause = { 0 };
        (void)osp_error_set(&cause, status, "the work after the response returned %d (%s)",
                            (int)status, osp_status_text(status));
        osp_task_fail_here(task, status, &cause, after->here);
    }
    return true;
}
