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
/* Waits for all jobs and ends the threads; no task may wait on the queue.  Before the loops of its
 * jobs are freed, on which what they have posted may never run. */
void osp_offload_free(osp_offload *queue);

/* Puts a job into the queue; job->done is posted to `loop` when job->fn has returned.
 * job: borrowed until done runs.  OSP_OK | OSP_E_BUSY (queue full, nothing will run). */
typedef struct osp_offload_job {
    void (*fn)(void *arg);
    void *arg;
    osp_post done;
    osp_loop *loop;
    struct osp_offload_job *next;
} osp_offload_job;
OSP_MUST_CHECK osp_status osp_offload_submit(osp_offload *queue, osp_offload_job *job);

/* How a task of a fiber waits: the scheduler of `task` becomes this.  All embedded in the owner;
 * zero but for the first three. */
typedef struct osp_fiber_waits {
    osp_loop *loop;
    osp_fiber *fiber;
    /* Called after the fiber was resumed by a wait and has parked again (false) or ended (true). */
    void (*resumed)(struct osp_fiber_waits *waits, bool ended);
    osp_post ready; /* in the loop's deferred posts after a wake */
    uint8_t state;  /* of waits.c */
    bool woken;     /* a wake came while the task did not park: the next park returns at once */
} osp_fiber_waits;

/* Binds task->waits and task->scheduler.  waits: borrowed until the task ends.
 *
 * A wake that comes before its park is remembered, once; so who parks checks its condition in a
 * loop. A wake ends the sleep of a task that is marked cancelled.  `resumed` may free `waits`:
 * nothing touches it afterwards. */
void osp_task_schedule(osp_task *task, osp_fiber_waits *waits);
/* The loop on which a task waits so; NULL: it waits in another way. */
osp_loop *osp_task_loop(const osp_task *task);

#endif
