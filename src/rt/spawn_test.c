/* Tasks beside a task, on fibers and without a scheduler: who waits for whom, what a failure, a
 * deadline and a cancellation do, and what is left.  Each turn of the loop is a millisecond. */
#include <openspeed/concurrency.h>
#include <semaphore.h>

#include "rt/offload.h"
#include "tests/unit/unit.h"

typedef struct Work {
    int64_t sleep_ms;
    osp_status returns;
    const char *says; /* of a failure that sticks; NULL: none does */
    int made;         /* by the work, as are the next two */
    osp_status slept;
    osp_str text;
} Work;

/* What the tests of a process share. */
static struct {
    osp_loop *loop;
    osp_fibers *fibers;
    osp_offload *queue;
    osp_task *root;
    int64_t now_us;
    int alive, cleaned;
    void (*body)(osp_task *task);
} w;

static osp_status do_work(osp_task *task, Work *work)
{
    work->slept = work->sleep_ms > 0 ? osp_sleep_ms(task, work->sleep_ms) : OSP_OK;
    OSP_TRY(work->slept);
    work->text = osp_format(task, "made by %d", ++work->made);
    if (work->says != NULL) {
        return osp_task_fail(task, work->returns, "%s", work->says);
    }
    return work->returns;
}
OSP_TASK(do_work, Work);

/* ---------------------------------------------------------------- the harness */

static void body_on_fiber(void *arg)
{
    w.body(arg);
}

static void on_resumed(osp_fiber_waits *waits, bool ended)
{
    (void)waits;
    if (ended) {
        osp_loop_stop(w.loop);
    }
}

static void turn(void *arg)
{
    (void)arg;
    w.now_us += 1000;
    osp_loop_hold_clock(w.loop, w.now_us);
}

/* Runs a body as a task on one of `fibers` fibers; 0: without a scheduler. */
static void run(void (*body)(osp_task *task), size_t fibers)
{
    osp_arena arena;
    osp_task task;
    osp_arena_init(&arena, NULL, 0, 1 << 20);
    osp_task_init(&task, &arena);
    w.body = body;
    w.root = &task;
    w.cleaned = 0;
    if (fibers == 0) {
        body(&task);
        osp_arena_done(&arena);
        return;
    }
    w.loop = osp_loop_new(NULL);
    w.fibers = osp_fibers_new((osp_fibers_options){ .count_max = fibers });
    w.queue = osp_offload_new((osp_offload_options){ .threads = 2 }, NULL);
    OSP_CHECK(w.loop != NULL && w.fibers != NULL && w.queue != NULL);
    w.now_us = osp_loop_now_us(w.loop);
    osp_fiber_waits waits = { .loop = w.loop, .resumed = on_resumed };
    waits.fiber = osp_fiber_new(w.fibers, body_on_fiber, &task);
    OSP_CHECK(waits.fiber != NULL);
    osp_task_schedule(&task, &waits);
    osp_loop_on_turn(w.loop, turn, NULL);
    turn(NULL);
    if (osp_fiber_resume(waits.fiber)) {
        osp_loop_stop(w.loop);
    }
    OSP_CHECK(osp_loop_run(w.loop) == OSP_OK);
    OSP_CHECK(osp_fibers_alive(w.fibers) == 0);
    osp_arena_done(&arena);
    osp_offload_free(w.queue);
    osp_fibers_free(w.fibers);
    osp_loop_free(w.loop);
}

#define MANY 100 /* fibers: more than any test spawns */

/* Milliseconds that have passed since a moment of the loop. */
static int64_t ms_since(int64_t us)
{
    return (w.now_us - us) / 1000;
}

/* ---------------------------------------------------------------- joining */

static void join_results(osp_task *task)
{
    Work a = { .sleep_ms = 2 }, b = { .sleep_ms = 1, .returns = OSP_DONE };
    osp_task *first = osp_spawn(task, do_work, &a);
    osp_task *second = osp_spawn(task, do_work, &b);
    OSP_CHECK(first != NULL && second != NULL && a.made == 0);
    OSP_CHECK(osp_join(task, first) == OSP_OK);
    OSP_CHECK_STR(a.text, OSP_STR("made by 1"));
    OSP_CHECK(osp_join(task, second) == OSP_DONE && osp_join(task, second) == OSP_DONE);
    OSP_CHECK(osp_join_all(task) == OSP_OK && a.made == 1 && b.made == 1);
    OSP_CHECK_STR(b.text, OSP_STR("made by 1")); /* its memory is the parent's */
}

OSP_UNIT_TEST(spawn_join,
              "a child is joined, on a fiber, without one to spare, and without a server")
{
    run(join_results, MANY);
    run(join_results, 2);
    run(join_results, 1);
    run(join_results, 0);
}

static void parallel(osp_task *task)
{
    Work all[8];
    const int64_t began_us = w.now_us;
    for (size_t i = 0; i < OSP_ARRAY_LEN(all); i++) {
        all[i] = (Work){ .sleep_ms = 50 };
        OSP_CHECK(osp_spawn(task, do_work, &all[i]) != NULL);
    }
    OSP_CHECK(osp_join_all(task) == OSP_OK);
    OSP_CHECK(ms_since(began_us) >= 50 && ms_since(began_us) < 100);
    for (size_t i = 0; i < OSP_ARRAY_LEN(all); i++) {
        OSP_CHECK(all[i].made == 1);
    }
}

OSP_UNIT_TEST(spawn_parallel, "children wait at the same time")
{
    run(parallel, MANY);
}

static osp_status spawn_more(osp_task *task, Work *work)
{
    Work below = { .sleep_ms = work->sleep_ms, .returns = work->returns };
    osp_task *child = osp_spawn(task, do_work, &below);
    OSP_CHECK(child != NULL);
    const osp_status status = osp_join(task, child);
    work->made = below.made;
    work->slept = below.slept;
    return status;
}
OSP_TASK(spawn_more, Work);

static void nested(osp_task *task)
{
    Work all[4];
    for (size_t i = 0; i < OSP_ARRAY_LEN(all); i++) {
        all[i] = (Work){ .sleep_ms = 5 };
        OSP_CHECK(osp_spawn(task, spawn_more, &all[i]) != NULL);
    }
    OSP_CHECK(osp_join_all(task) == OSP_OK);
    for (size_t i = 0; i < OSP_ARRAY_LEN(all); i++) {
        OSP_CHECK(all[i].made == 1);
    }
}

OSP_UNIT_TEST(spawn_nested, "children have children")
{
    run(nested, MANY);
    run(nested, 3);
    run(nested, 0);
}

/* ---------------------------------------------------------------- failures */

static void first_failure(osp_task *task)
{
    Work good = { .sleep_ms = 50 }, bad = { .sleep_ms = 5, .returns = OSP_E_IO };
    osp_task *slow = osp_spawn(task, do_work, &good);
    OSP_CHECK(osp_spawn(task, do_work, &bad) != NULL);
    OSP_CHECK(osp_join(task, slow) == OSP_E_IO); /* why it was cancelled */
    OSP_CHECK(good.made == 0 && good.slept == OSP_E_CANCELLED && bad.made == 1);
    OSP_CHECK(task->error.status == OSP_OK); /* nothing of it sticks */
    OSP_CHECK(osp_join_all(task) == OSP_E_IO && osp_join_all(task) == OSP_OK);
    good = (Work){ .sleep_ms = 5 };
    OSP_CHECK(osp_join(task, osp_spawn(task, do_work, &good)) == OSP_OK && good.made == 1);
}

OSP_UNIT_TEST(spawn_failure,
              "the first failure cancels the others and is what joining them returns")
{
    run(first_failure, MANY);
}

static void failure_here(osp_task *task)
{
    Work bad = { .returns = OSP_E_IO }, good = { .sleep_ms = 1 };
    OSP_CHECK(osp_spawn(task, do_work, &bad) != NULL);
    osp_task *second = osp_spawn(task, do_work, &good);
    OSP_CHECK(osp_join_all(task) == OSP_E_IO);
    OSP_CHECK(bad.made == 1 && good.made == 0);
    (void)second;
}

OSP_UNIT_TEST(spawn_failure_here,
              "what runs within the join of another is not begun behind a failure")
{
    run(failure_here, 1);
    run(failure_here, 0);
}

static void sticks(osp_task *task)
{
    Work bad = { .returns = OSP_E_DB, .says = "no such table" };
    osp_task *child = osp_spawn(task, do_work, &bad);
    OSP_CHECK(osp_join(task, child) == OSP_E_DB);
    OSP_CHECK(task->error.status == OSP_E_DB && strcmp(task->error.message, "no such table") == 0);
}

OSP_UNIT_TEST(spawn_sticky, "a failure that stuck to the child sticks to its parent")
{
    run(sticks, MANY);
    run(sticks, 1);
    run(sticks, 0);
}

static void left_behind(osp_task *task)
{
    Work slow = { .sleep_ms = 1000 }, bad = { .sleep_ms = 3, .returns = OSP_E_IO };
    OSP_CHECK(osp_spawn(task, do_work, &slow) != NULL);
    OSP_CHECK(osp_task_settle(task, OSP_E_FAILED) == OSP_E_FAILED);
    OSP_CHECK(slow.made == 0 && task->kin->first == NULL); /* not even begun, or cancelled */
    OSP_CHECK(osp_spawn(task, do_work, &bad) != NULL);
    OSP_CHECK(osp_task_settle(task, OSP_OK) == OSP_E_IO && bad.made == 1);
    slow.sleep_ms = 3;
    OSP_CHECK(osp_spawn(task, do_work, &slow) != NULL);
    OSP_CHECK(osp_task_settle(task, OSP_DONE) == OSP_DONE && slow.made == 1);
}

OSP_UNIT_TEST(spawn_left, "a task that ends waits for its children, and fails with them")
{
    run(left_behind, MANY);
    run(left_behind, 1);
    run(left_behind, 0);
}

/* ---------------------------------------------------------------- deadlines and cancelling */

static void within(osp_task *task)
{
    Work slow = { .sleep_ms = 1000 };
    const int64_t began_us = w.now_us;
    OSP_CHECK(osp_time_left_ms(task) == INT64_MAX);
    osp_task *child = osp_spawn(task, do_work, &slow); /* with no deadline of its own */
    OSP_WITHIN(task, 50)
    {
        OSP_CHECK(osp_time_left_ms(task) == 50);
        OSP_CHECK(osp_join(task, child) == OSP_E_DEADLINE);
    }
    OSP_CHECK(slow.slept == OSP_E_CANCELLED && task->deadline_us == 0);
    OSP_CHECK(ms_since(began_us) >= 50 && ms_since(began_us) < 100);
}

OSP_UNIT_TEST(spawn_within, "a deadline of the parent ends the wait for a child, and the child")
{
    run(within, MANY);
}

static void inherits(osp_task *task)
{
    Work slow = { .sleep_ms = 1000 };
    OSP_WITHIN(task, 50)
    {
        osp_task *child = osp_spawn(task, do_work, &slow);
        OSP_CHECK(osp_join(task, child) == OSP_E_DEADLINE);
    }
    OSP_CHECK(slow.slept == OSP_E_DEADLINE);
}

OSP_UNIT_TEST(spawn_inherits, "a child has the deadline of its parent")
{
    run(inherits, MANY);
    run(inherits, 1);
    run(inherits, 0);
}

/* One that is late is no reason to cancel the others. */
static osp_status do_or_be_late(osp_task *task, Work *work)
{
    work->slept = osp_sleep_ms(task, work->sleep_ms);
    return work->slept == OSP_E_DEADLINE ? OSP_OK : work->slept;
}
OSP_TASK(do_or_be_late, Work);

static void all_late(osp_task *task)
{
    Work all[] = { { .sleep_ms = 1000 }, { .sleep_ms = 2000 }, { .sleep_ms = 3000 } };
    OSP_WITHIN(task, 50)
    {
        for (size_t i = 0; i < OSP_ARRAY_LEN(all); i++) {
            OSP_CHECK(osp_spawn(task, do_or_be_late, &all[i]) != NULL);
        }
        OSP_CHECK(osp_join_all(task) == OSP_OK);
    }
    for (size_t i = 0; i < OSP_ARRAY_LEN(all); i++) {
        OSP_CHECK(all[i].slept == OSP_E_DEADLINE);
    }
}

OSP_UNIT_TEST(spawn_late, "a child hears of the deadline that it shares, whoever is woken first")
{
    run(all_late, MANY);
    run(all_late, 0);
}

static void cancel_root(osp_timer *timer)
{
    (void)timer;
    osp_task_cancel(w.root);
    w.root->waits->wake(w.root);
}

static void cancelled(osp_task *task)
{
    Work all[2] = { { .sleep_ms = 1000 }, { .sleep_ms = 1000 } };
    osp_timer timer = { .fire = cancel_root };
    OSP_CHECK(osp_spawn(task, do_work, &all[0]) != NULL);
    osp_task *child = osp_spawn(task, spawn_more, &all[1]);
    OSP_CHECK(osp_loop_timer(w.loop, &timer, w.now_us + 5000) == OSP_OK);
    OSP_CHECK(osp_join(task, child) == OSP_E_CANCELLED && osp_cancelled(task));
    OSP_CHECK(osp_join_all(task) == OSP_E_CANCELLED);
    OSP_CHECK(all[0].slept == OSP_E_CANCELLED && all[1].slept == OSP_E_CANCELLED);
    OSP_CHECK(osp_spawn(task, do_work, &all[0]) != NULL); /* begins nothing */
    OSP_CHECK(osp_join_all(task) == OSP_E_CANCELLED && all[0].made == 0);
}

OSP_UNIT_TEST(spawn_cancelled, "cancelling a task cancels what is below it")
{
    run(cancelled, MANY);
    run(cancelled, 3);
}

/* ---------------------------------------------------------------- memory, locks, limits */

static void clean(void *arg)
{
    (void)arg;
    w.cleaned++;
}

static void allocate(void *arg)
{
    osp_task *task = arg;
    for (int i = 0; i < 1000; i++) {
        OSP_CHECK(osp_alloc(task, 16) != NULL);
    }
}

static osp_status offload_memory(osp_task *task, void *arg)
{
    (void)arg;
    OSP_TRY(osp_defer(task, clean, NULL));
    for (int i = 0; i < 20; i++) {
        OSP_TRY(osp_task_offload(task, w.queue, allocate, task));
    }
    return OSP_OK;
}
OSP_TASK(offload_memory, void);

static void arenas(osp_task *task)
{
    for (int i = 0; i < 4; i++) {
        OSP_CHECK(osp_spawn(task, offload_memory, NULL) != NULL);
    }
    OSP_CHECK(osp_join_all(task) == OSP_OK && w.cleaned == 0);
}

OSP_UNIT_TEST_THREADED(spawn_arenas, "threads allocate for several children at once")
{
    run(arenas, MANY);
    OSP_CHECK(w.cleaned == 4);
}

static osp_task_lock lock;

static osp_status take_lock(osp_task *task, Work *work)
{
    OSP_TRY(osp_sleep_ms(task, work->sleep_ms));
    const osp_status status = osp_task_lock_take(&lock, task);
    if (status == OSP_OK) {
        work->made++;
        osp_task_lock_give(&lock, task);
    }
    return status;
}
OSP_TASK(take_lock, Work);

static void holds(osp_task *task)
{
    Work early = { .sleep_ms = 1 }, late = { .sleep_ms = 20 }, fine = { .sleep_ms = 1 };
    OSP_CHECK(osp_task_lock_take(&lock, task) == OSP_OK);
    osp_task *child = osp_spawn(task, take_lock, &early);
    OSP_CHECK(osp_sleep_ms(task, 5) == OSP_OK); /* it waits for the lock by now */
    OSP_CHECK(osp_join(task, child) == OSP_E_BUSY && early.made == 0);
    OSP_CHECK(osp_join_all(task) == OSP_E_BUSY);
    child = osp_spawn(task, take_lock, &late); /* it will ask while its parent waits */
    OSP_CHECK(osp_join(task, child) == OSP_E_BUSY && lock.first == NULL);
    OSP_CHECK(osp_join_all(task) == OSP_E_BUSY);
    OSP_CHECK(osp_spawn(task, take_lock, &fine) != NULL);
    OSP_CHECK(osp_sleep_ms(task, 5) == OSP_OK);
    osp_task_lock_give(&lock, task);
    OSP_CHECK(osp_join_all(task) == OSP_OK && fine.made == 1);
}

OSP_UNIT_TEST(spawn_lock, "who waits for what its parent holds while that waits for it is told so")
{
    run(holds, MANY);
}

static void limit(osp_task *task)
{
    static Work all[OSP_CHILDREN_MAX];
    for (size_t i = 0; i < OSP_CHILDREN_MAX; i++) {
        OSP_CHECK(osp_spawn(task, do_work, &all[i]) != NULL);
    }
    OSP_CHECK(task->error.status == OSP_OK);
    OSP_CHECK(osp_spawn(task, do_work, &all[0]) == NULL);
    OSP_CHECK(task->error.status == OSP_E_LIMIT && osp_join(task, NULL) == OSP_E_LIMIT);
    /* Who joins them all counts on results of all. */
    OSP_CHECK(osp_join_all(task) == OSP_E_LIMIT && all[OSP_CHILDREN_MAX - 1].made == 1);
    OSP_CHECK(osp_join_all(task) == OSP_OK);
}

OSP_UNIT_TEST(spawn_limit, "a task spawns so many and not one more")
{
    run(limit, OSP_CHILDREN_MAX + 1);
}

typedef struct Depth {
    int64_t left;
    osp_status status; /* of the deepest that spawned another */
} Depth;

static osp_status dig(osp_task *task, Depth *depth);
OSP_TASK(dig, Depth);

static osp_status dig(osp_task *task, Depth *depth)
{
    if (depth->left == 0) {
        return OSP_OK;
    }
    depth->left--;
    osp_task *child = osp_spawn(task, dig, depth);
    depth->status = child != NULL ? depth->status : task->error.status;
    return osp_join(task, child);
}

static void deep(osp_task *task)
{
    Depth depth = { .left = OSP_SPAWN_DEPTH_MAX - 1 };
    OSP_CHECK(osp_join(task, osp_spawn(task, dig, &depth)) == OSP_OK && depth.left == 0);
    depth.left = OSP_SPAWN_DEPTH_MAX;
    OSP_CHECK(osp_join(task, osp_spawn(task, dig, &depth)) == OSP_E_LIMIT);
    OSP_CHECK(depth.left == 0 && depth.status == OSP_E_LIMIT);
}

OSP_UNIT_TEST(spawn_deep, "tasks spawn so deep within each other and no deeper")
{
    run(deep, MANY + 2 * OSP_SPAWN_DEPTH_MAX);
}

/* ---------------------------------------------------------------- within */

static int64_t leave(osp_task *task, int how)
{
    for (int i = 0; i < 2; i++) {
        OSP_WITHIN(task, 100)
        {
            OSP_WITHIN(task, 1000)
            { /* no later than the one around it */
                OSP_CHECK(osp_time_left_ms(task) <= 100);
                if (how == 0) {
                    return 0;
                }
                if (how == 1) {
                    break;
                }
                if (how == 2) {
                    goto out;
                }
                if (how == 3) {
                    continue;
                }
            }
            OSP_CHECK(osp_time_left_ms(task) <= 100);
        }
        OSP_CHECK(osp_time_left_ms(task) == INT64_MAX);
    }
out:
    return 1;
}

OSP_UNIT_TEST(within_leave, "a deadline is what it was, however its block was left")
{
    osp_arena arena;
    osp_task task;
    osp_arena_init(&arena, NULL, 0, 1 << 20);
    osp_task_init(&task, &arena);
    for (int how = 0; how < 5; how++) {
        (void)leave(&task, how);
        OSP_CHECK(task.deadline_us == 0);
    }
    OSP_WITHIN(&task, -1)
    {
        OSP_CHECK(osp_time_left_ms(&task) == 0 && osp_sleep_ms(&task, 1) == OSP_E_DEADLINE);
    }
    OSP_WITHIN(&task, INT64_MAX)
    {
        OSP_CHECK(osp_time_left_ms(&task) > INT64_C(1000000000));
    }
    osp_arena_done(&arena);
}
