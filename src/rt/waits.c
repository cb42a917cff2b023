/* How a task that runs on a fiber waits: the table osp_waits over fiber, loop and offload queue.
 *
 *     running --offload--> OFFLOADED --done---> running
 *             --sleep----> ASLEEP    --timer, or wake when cancelled--> running
 *             --park-----> PARKED    --wake---> READY --deferred post--> running
 *
 * Invariants: a fiber is resumed by the loop only, never by another fiber: wake() runs inside some
 * other fiber, so it leaves a deferred post, which runs in the same turn.  What a wait needs lies
 * on the waiting stack; nothing is allocated.  After a resume the waits may be gone, so `resumed`
 * is the last thing that touches them. */
#include "rt/offload.h"

enum waits_state { WAITS_RUNNING, WAITS_OFFLOADED, WAITS_ASLEEP, WAITS_PARKED, WAITS_READY };

typedef struct offloaded {
    osp_offload_job job;
    osp_fiber_waits *waits;
} offloaded;

typedef struct asleep {
    osp_timer timer;
    osp_fiber_waits *waits;
} asleep;

static void go_on(osp_fiber_waits *waits)
{
    bool ended;

    OSP_ASSERT(waits->state != WAITS_RUNNING);
    waits->state = WAITS_RUNNING;
    ended = osp_fiber_resume(waits->fiber);
    if (waits->resumed != NULL) {
        waits->resumed(waits, ended);
    }
}

static void wait_as(osp_fiber_waits *waits, enum waits_state state)
{
    OSP_ASSERT(waits->state == WAITS_RUNNING);
    waits->state = (uint8_t)state;
    osp_fiber_park(waits->fiber);
    OSP_ASSERT(waits->state == WAITS_RUNNING);
}

static void offload_done(osp_post *post)
{
    osp_fiber_waits *waits = OSP_CONTAINER_OF(post, offloaded, job.done)->waits;

    OSP_ASSERT(waits->state == WAITS_OFFLOADED); /* nothing else ends this wait */
    go_on(waits);
}

static osp_status waits_offload(osp_task *task, osp_offload *queue, void (*fn)(void *arg),
                                void *arg)
{
    osp_fiber_waits *waits = task->scheduler;
    offloaded wait = {
        .job = { .fn = fn, .arg = arg, .done.run = offload_done, .loop = waits->loop },
        .waits = waits,
    };

    OSP_TRY(osp_offload_submit(queue, &wait.job));
    wait_as(waits, WAITS_OFFLOADED);
    return OSP_OK;
}

static void sleep_over(osp_timer *timer)
{
    osp_fiber_waits *waits = OSP_CONTAINER_OF(timer, asleep, timer)->waits;

    /* A wake of the same turn came first: its post is on the way and must find the fiber here. */
    if (waits->state == WAITS_ASLEEP) {
        go_on(waits);
    }
}

static osp_status waits_sleep(osp_task *task, int64_t us)
{
    osp_fiber_waits *waits = task->scheduler;
    asleep wait = { .timer.fire = sleep_over, .waits = waits };
    /* The time of the turn is that of its start; a sleep counts from now. */
    const int64_t now_us = osp_loop_clock_us(waits->loop);
    const int64_t rest_us = us > 0 ? us : 0;
    int64_t at_us = rest_us < INT64_MAX - now_us ? now_us + rest_us : INT64_MAX;
    osp_status status = OSP_OK;

    if (task->cancelled) {
        return OSP_E_CANCELLED;
    }
    if (task->deadline_us != 0 && task->deadline_us < at_us) {
        at_us = task->deadline_us;
        status = OSP_E_DEADLINE;
    }
    if (status == OSP_E_DEADLINE && at_us <= now_us) {
        return OSP_E_DEADLINE;
    }
    OSP_TRY(osp_loop_timer(waits->loop, &wait.timer, at_us));
    wait_as(waits, WAITS_ASLEEP);
    OSP_ASSERT(wait.timer.heap_at == 0 || task->cancelled);
    /* A wake because of cancelling comes before the timer. */
    osp_loop_timer_cancel(waits->loop, &wait.timer);
    /* The parent whose deadline this is may have been woken first, and have cancelled the task. */
    const bool late = status == OSP_E_DEADLINE && at_us <= osp_loop_clock_us(waits->loop);
    return task->cancelled && !late ? OSP_E_CANCELLED : status;
}

static void waits_park(osp_task *task)
{
    osp_fiber_waits *waits = task->scheduler;

    if (waits->woken) {
        waits->woken = false;
        return;
    }
    wait_as(waits, WAITS_PARKED);
}

static void park_over(osp_timer *timer)
{
    osp_fiber_waits *waits = OSP_CONTAINER_OF(timer, asleep, timer)->waits;

    if (waits->state == WAITS_PARKED) {
        go_on(waits);
    }
}

static osp_status waits_park_until(osp_task *task, int64_t at_us)
{
    osp_fiber_waits *waits = task->scheduler;
    asleep wait = { .timer.fire = park_over, .waits = waits };

    if (waits->woken) {
        waits->woken = false;
        return OSP_OK;
    }
    if (at_us <= osp_loop_clock_us(waits->loop)) {
        return OSP_E_DEADLINE;
    }
    OSP_TRY(osp_loop_timer(waits->loop, &wait.timer, at_us));
    wait_as(waits, WAITS_PARKED);
    const bool fired = wait.timer.heap_at == 0;
    osp_loop_timer_cancel(waits->loop, &wait.timer);
    return fired ? OSP_E_DEADLINE : OSP_OK;
}

static int64_t waits_now_us(const osp_task *task)
{
    const osp_fiber_waits *waits = task->scheduler;
    return osp_loop_clock_us(waits->loop);
}

static void ready_run(osp_post *post)
{
    osp_fiber_waits *waits = OSP_CONTAINER_OF(post, osp_fiber_waits, ready);

    OSP_ASSERT(waits->state == WAITS_READY);
    go_on(waits);
}

static void waits_wake(osp_task *task)
{
    osp_fiber_waits *waits = task->scheduler;
    const bool ends_sleep = waits->state == WAITS_ASLEEP && task->cancelled;

    OSP_ASSERT(waits->fiber != NULL && waits->state <= WAITS_READY);

    if (waits->state == WAITS_READY) {
        return;
    }
    if (waits->state != WAITS_PARKED && !ends_sleep) {
        waits->woken = true;
        return;
    }
    waits->state = WAITS_READY;
    waits->ready.run = ready_run;
    osp_loop_defer(waits->loop, &waits->ready);
}

/* It begins when the loop comes to it, which is not before this fiber waits. */
static osp_status waits_spawn(osp_task *task, osp_task *child, void (*fn)(void *arg), void *arg)
{
    const osp_fiber_waits *waits = task->scheduler;
    osp_fiber_waits *own = osp_arena_zalloc(task->arena, sizeof(*own));

    if (own == NULL) {
        return OSP_E_NOMEM;
    }
    own->loop = waits->loop;
    own->fiber = osp_fiber_beside(waits->fiber, fn, arg);
    if (own->fiber == NULL) {
        return OSP_E_BUSY;
    }
    osp_task_schedule(child, own);
    own->state = WAITS_READY;
    own->ready.run = ready_run;
    osp_loop_defer(own->loop, &own->ready);
    return OSP_OK;
}

static const osp_waits fiber_waits = {
    .offload = waits_offload,
    .sleep = waits_sleep,
    .park = waits_park,
    .wake = waits_wake,
    .park_until = waits_park_until,
    .spawn = waits_spawn,
    .now_us = waits_now_us,
};

void osp_task_schedule(osp_task *task, osp_fiber_waits *waits)
{
    OSP_ASSERT(waits->loop != NULL);
    OSP_ASSERT(waits->fiber != NULL);
    waits->state = WAITS_RUNNING;
    waits->woken = false;
    task->waits = &fiber_waits;
    task->scheduler = waits;
}

osp_loop *osp_task_loop(const osp_task *task)
{
    return task->waits == &fiber_waits ? ((osp_fiber_waits *)task->scheduler)->loop : NULL;
}
