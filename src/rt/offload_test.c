/* Offload queues, and how a task on a fiber waits. */
#include "rt/offload.h"
#include "tests/unit/unit.h"
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <time.h>

#define TASKS 1000

typedef struct world {
    osp_loop *loop;
    osp_fibers *fibers;
    osp_offload *queue;
    int alive, ended;
    _Atomic int ran;
    sem_t gate, inside;
} world;

/* A task on its own fiber. */
typedef struct runner {
    osp_task task;
    osp_arena arena;
    osp_fiber_waits waits;
    world *w;
    void (*body)(struct runner *my);
    struct runner *other;
    osp_status status;
    int64_t us;
    int number, parked;
} runner;

static void setup(world *w, osp_offload_options options)
{
    *w = (world){ .loop = osp_loop_new(NULL) };
    w->fibers = osp_fibers_new((osp_fibers_options){ .stack_size = 64 * 1024 });
    w->queue = osp_offload_new(options, NULL);
    OSP_CHECK(w->loop != NULL && w->fibers != NULL && w->queue != NULL);
    OSP_CHECK(sem_init(&w->gate, 0, 0) == 0 && sem_init(&w->inside, 0, 0) == 0);
}

static void teardown(world *w)
{
    osp_offload_free(w->queue);
    osp_fibers_free(w->fibers);
    osp_loop_free(w->loop);
}

static void on_resumed(osp_fiber_waits *waits, bool ended)
{
    runner *my = OSP_CONTAINER_OF(waits, runner, waits);

    if (!ended) {
        my->parked++;
        return;
    }
    my->w->ended++;
    if (--my->w->alive == 0) {
        osp_loop_stop(my->w->loop);
    }
}

static void run_body(void *arg)
{
    runner *my = arg;

    my->body(my);
}

/* Starts the body; one that ends at once counts as ended. */
static void start(world *w, runner *my, void (*body)(runner *my))
{
    my->w = w;
    my->body = body;
    my->status = OSP_E_IO;
    my->task.arena = &my->arena;
    my->waits = (osp_fiber_waits){ .loop = w->loop, .resumed = on_resumed };
    my->waits.fiber = osp_fiber_new(w->fibers, run_body, my);
    OSP_CHECK(my->waits.fiber != NULL);
    osp_task_schedule(&my->task, &my->waits);
    w->alive++;
    if (osp_fiber_resume(my->waits.fiber)) {
        on_resumed(&my->waits, true);
    }
}

static int64_t now_us(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* ---------------------------------------------------------------- offload */

static void count_one(void *arg)
{
    atomic_fetch_add(&((world *)arg)->ran, 1);
}

static void offload_one(runner *my)
{
    const pthread_t home = pthread_self();

    my->status = my->task.waits->offload(&my->task, my->w->queue, count_one, my->w);
    OSP_CHECK(pthread_equal(home, pthread_self()));
}

OSP_UNIT_TEST_THREADED(offload_many, "a thousand fibers wait for a thousand jobs on four threads")
{
    world w;
    runner *all = calloc(TASKS, sizeof(*all));

    OSP_CHECK(all != NULL);
    setup(&w, (osp_offload_options){ .name = "a name that is too long", .threads = 4 });
    for (size_t i = 0; i < TASKS; i++) {
        start(&w, &all[i], offload_one);
    }
    OSP_CHECK(w.ended == 0);
    OSP_CHECK(osp_loop_run(w.loop) == OSP_OK);
    OSP_CHECK(w.ended == TASKS && atomic_load(&w.ran) == TASKS);
    for (size_t i = 0; i < TASKS; i++) {
        OSP_CHECK(all[i].status == OSP_OK);
    }
    teardown(&w);
    free(all);
}

static void wait_for_gate(void *arg)
{
    world *w = arg;

    OSP_CHECK(sem_post(&w->inside) == 0);
    while (sem_wait(&w->gate) != 0) {
    }
    atomic_fetch_add(&w->ran, 1);
}

static void offload_gate(runner *my)
{
    my->status = my->task.waits->offload(&my->task, my->w->queue, wait_for_gate, my->w);
}

OSP_UNIT_TEST_THREADED(offload_full, "queue_max jobs wait, one more is refused and does not run")
{
    world w;
    runner all[5] = { 0 };

    setup(&w, (osp_offload_options){ .queue_max = 3 });
    start(&w, &all[0], offload_gate);
    OSP_CHECK(sem_wait(&w.inside) == 0); /* It runs, and no longer waits. */
    for (size_t i = 1; i < 4; i++) {
        start(&w, &all[i], offload_gate);
        OSP_CHECK(w.ended == 0);
    }
    start(&w, &all[4], offload_gate);
    OSP_CHECK(w.ended == 1 && all[4].status == OSP_E_BUSY);
    for (size_t i = 0; i < 4; i++) {
        OSP_CHECK(sem_post(&w.gate) == 0);
    }
    OSP_CHECK(osp_loop_run(w.loop) == OSP_OK);
    OSP_CHECK(w.ended == 5 && atomic_load(&w.ran) == 4 && all[3].status == OSP_OK);
    teardown(&w);
}

static void look_at_signals(void *arg)
{
    world *w = arg;
    sigset_t set;

    OSP_CHECK(pthread_sigmask(SIG_SETMASK, NULL, &set) == 0);
    OSP_CHECK(sigismember(&set, SIGTERM) == 1 && sigismember(&set, SIGCHLD) == 1);
    OSP_CHECK(sigismember(&set, SIGSEGV) == 0);
    atomic_fetch_add(&w->ran, 1);
}

static void offload_signals(runner *my)
{
    my->status = my->task.waits->offload(&my->task, my->w->queue, look_at_signals, my->w);
}

static void nobody_hears(osp_post *post)
{
    (void)post;
    OSP_CHECK(!"the loop goes round no more");
}

OSP_UNIT_TEST_THREADED(offload_end, "jobs that still wait are done before their queue ends")
{
    world w;
    osp_offload_job jobs[100];
    setup(&w, (osp_offload_options){ .threads = 1 });
    for (size_t i = 0; i < OSP_ARRAY_LEN(jobs); i++) {
        jobs[i] = (osp_offload_job){
            .fn = count_one, .arg = &w, .done = { .run = nobody_hears }, .loop = w.loop
        };
        OSP_CHECK(osp_offload_submit(w.queue, &jobs[i]) == OSP_OK);
    }
    osp_offload_free(w.queue);
    OSP_CHECK(atomic_load(&w.ran) == OSP_ARRAY_LEN(jobs));
    w.queue = NULL;
    teardown(&w);
}

OSP_UNIT_TEST_THREADED(offload_signals,
                       "threads take no signals but crashes, and the loop's mask is kept")
{
    world w;
    runner my = { 0 };
    sigset_t set;

    setup(&w, (osp_offload_options){ 0 });
    start(&w, &my, offload_signals);
    OSP_CHECK(pthread_sigmask(SIG_SETMASK, NULL, &set) == 0);
    OSP_CHECK(sigismember(&set, SIGTERM) == 0);
    OSP_CHECK(osp_loop_run(w.loop) == OSP_OK);
    OSP_CHECK(atomic_load(&w.ran) == 1);
    teardown(&w);
}

OSP_UNIT_TEST(offload_unused, "a queue without jobs has no threads and can be freed")
{
    osp_offload *queue = osp_offload_new((osp_offload_options){ .threads = 100 }, NULL);

    OSP_CHECK(queue != NULL);
    osp_offload_free(queue);
    osp_offload_free(NULL);
}

/* ---------------------------------------------------------------- sleep */

static void sleep_us(runner *my)
{
    const int64_t start_us = now_us();

    my->status = my->task.waits->sleep(&my->task, my->us);
    my->us = now_us() - start_us;
}

OSP_UNIT_TEST(waits_sleep, "a sleep ends in time, at the deadline, or not at all when cancelled")
{
    const int64_t base_us = now_us();
    struct {
        int64_t us, deadline_us;
        bool cancelled;
        osp_status status;
        int64_t at_least_us, below_us;
    } cases[] = {
        { 5000, 0, false, OSP_OK, 5000, 4000000 },
        { 0, 0, false, OSP_OK, 0, 4000000 },
        { -1, 0, false, OSP_OK, 0, 4000000 },
        { 2000, base_us + 60000000, false, OSP_OK, 2000, 4000000 },
        { INT64_MAX, base_us + 20000, false, OSP_E_DEADLINE, 0, 4000000 },
        { 60000000, base_us - 1, false, OSP_E_DEADLINE, 0, 4000000 },
        { 60000000, 0, true, OSP_E_CANCELLED, 0, 4000000 },
    };
    runner all[OSP_ARRAY_LEN(cases)] = { 0 };
    world w;

    setup(&w, (osp_offload_options){ 0 });
    for (size_t i = 0; i < OSP_ARRAY_LEN(cases); i++) {
        all[i].us = cases[i].us;
        all[i].task.deadline_us = cases[i].deadline_us;
        all[i].task.cancelled = cases[i].cancelled;
        start(&w, &all[i], sleep_us);
    }
    OSP_CHECK(osp_loop_run(w.loop) == OSP_OK);
    for (size_t i = 0; i < OSP_ARRAY_LEN(cases); i++) {
        OSP_CHECK(all[i].status == cases[i].status);
        OSP_CHECK(all[i].us >= cases[i].at_least_us && all[i].us < cases[i].below_us);
    }
    teardown(&w);
}

static void cancel_other(runner *my)
{
    my->status = my->task.waits->sleep(&my->task, 1000);
    my->other->task.waits->wake(&my->other->task); /* not cancelled: no effect on the sleep */
    my->status = my->task.waits->sleep(&my->task, 1000);
    my->other->task.cancelled = true;
    my->other->task.waits->wake(&my->other->task);
    my->other->task.waits->wake(&my->other->task);
}

OSP_UNIT_TEST(waits_cancel, "a wake ends the sleep of a cancelled task")
{
    world w;
    runner a = { .us = 60000000 }, b = { .other = &a };

    setup(&w, (osp_offload_options){ 0 });
    start(&w, &a, sleep_us);
    start(&w, &b, cancel_other);
    OSP_CHECK(osp_loop_run(w.loop) == OSP_OK);
    OSP_CHECK(a.status == OSP_E_CANCELLED && a.us >= 2000 && b.status == OSP_OK);
    teardown(&w);
}

/* ---------------------------------------------------------------- park and wake */

static void ping(runner *my)
{
    for (int i = 0; i < 1000; i++) {
        my->number++;
        my->other->task.waits->wake(&my->other->task);
        my->task.waits->park(&my->task);
    }
    my->other->task.waits->wake(&my->other->task);
}

static void pong(runner *my)
{
    for (int i = 0; i < 1000; i++) {
        my->task.waits->park(&my->task);
        my->number++;
        my->other->task.waits->wake(&my->other->task);
    }
}

OSP_UNIT_TEST(waits_park, "two tasks wake each other a thousand times")
{
    world w;
    runner a = { 0 }, b = { .other = &a };

    a.other = &b;
    setup(&w, (osp_offload_options){ 0 });
    start(&w, &b, pong);
    start(&w, &a, ping);
    OSP_CHECK(osp_loop_run(w.loop) == OSP_OK);
    OSP_CHECK(a.number == 1000 && b.number == 1000 && w.ended == 2);
    OSP_CHECK(a.parked == 999);
    teardown(&w);
}

static void wake_self_then_park(runner *my)
{
    my->task.waits->wake(&my->task);
    my->task.waits->park(&my->task);
    my->status = OSP_OK;
}

OSP_UNIT_TEST(waits_early_wake, "a wake before the park is not lost")
{
    world w;
    runner my = { 0 };

    setup(&w, (osp_offload_options){ 0 });
    start(&w, &my, wake_self_then_park);
    OSP_CHECK(my.status == OSP_OK && w.ended == 1);
    teardown(&w);
}
