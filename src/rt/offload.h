/* Bounded queues with their own threads, for what must not run on the loop. */
#ifndef OSP_RT_OFFLOAD_H
#define OSP_RT_OFFLOAD_H

#include "base/task.h"
#include "rt/fiber.h"
#include "rt/loop.h"

typedef struct osp_offload_options {
    const char *name;  /* of the threads; static */
    size_t threads;    /* 0: 1; started with the first job */
    size_t queue_max;  /* jobs waiting; 0: 1024 */
    size_t stack_size; /* 0: 512 KiB */
} osp_offload_options;

osp_offload *osp_offload_new(osp_offload_options options, osp_error *err);
/* Waits for the jobs that run and ends the threads; no task may wait on the queue. */
void osp_offload_free(osp_offload *queue);

/* How a task of a fiber waits: the scheduler of `task` becomes this.  All embedded in the owner. */
typedef struct osp_fiber_waits {
    osp_loop *loop;
    osp_fiber *fiber;
    /* Called after the fiber was resumed by a wait and has parked again (false) or ended (true). */
    void (*resumed)(struct osp_fiber_waits *waits, bool ended);
} osp_fiber_waits;

/* Binds task->waits and task->scheduler.  waits: borrowed until the task ends. */
void osp_task_schedule(osp_task *task, osp_fiber_waits *waits);

#endif
