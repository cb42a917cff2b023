/* How a task waits: for time, and for work on another thread.
 *
 * Under a scheduler each goes through task->waits; without one it happens here and now, in the
 * calling thread, which is what tests, tools and foreign event loops want. */
#include "base/time.h"
#include "base/trace.h"

static osp_status sleep_inline(const osp_task *task, int64_t us)
{
    if (task->cancelled) {
        return OSP_E_CANCELLED;
    }
    int64_t until = osp_monotonic_us();
    if (__builtin_add_overflow(until, us > 0 ? us : 0, &until)) {
        until = INT64_MAX;
    }
    const bool late = task->deadline_us != 0 && until >= task->deadline_us;
    until = late ? task->deadline_us : until;
    if (us > 0) {
        osp_monotonic_wait(until);
    }
    return late ? OSP_E_DEADLINE : OSP_OK;
}

osp_status osp_task_sleep_us(osp_task *task, int64_t us)
{
    const uint32_t span = osp_span_begin(task, OSP_SPAN_WAIT, "sleep", NULL);
    const osp_status status =
        task->waits != NULL ? task->waits->sleep(task, us) : sleep_inline(task, us);
    osp_span_end(task, span, status);
    return status;
}

osp_status osp_task_offload(osp_task *task, osp_offload *queue, void (*fn)(void *arg), void *arg)
{
    OSP_ASSERT(fn != NULL);
    if (OSP_TRACED) {
        osp_trace_offloaded(task);
    }
    if (task->waits != NULL) {
        return task->waits->offload(task, queue, fn, arg);
    }
    fn(arg);
    return OSP_OK;
}
