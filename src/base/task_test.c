#include "base/task.h"

#include "base/sanitizer.h"
#include "base/time.h"
#include "tests/unit/unit.h"

#include <signal.h>
#include <sys/time.h>

#define MEMORY_MAX ((size_t)1 << 20)

static const char key_a, key_b, key_c;

typedef struct fixture {
    osp_arena arena;
    osp_task task;
} fixture;

static void setup(fixture *f, size_t bytes_max)
{
    osp_arena_init(&f->arena, NULL, 0, bytes_max);
    osp_task_init(&f->task, &f->arena);
}

OSP_UNIT_TEST(task_services, "services are found by the address of their key")
{
    fixture f;
    setup(&f, 0);
    OSP_CHECK(osp_task_service(&f.task, &key_a) == NULL);
    int a, b;
    const osp_service services[] = { { &key_a, &a }, { &key_b, &b }, { NULL, NULL } };
    f.task.services = services;
    OSP_CHECK(osp_task_service(&f.task, &key_a) == &a);
    OSP_CHECK(osp_task_service(&f.task, &key_b) == &b);
    OSP_CHECK(osp_task_service(&f.task, &key_c) == NULL);
}

OSP_UNIT_TEST(task_fail_first, "the first failure sticks")
{
    fixture f;
    setup(&f, 0);
    const int line = __LINE__ + 1;
    OSP_CHECK(osp_task_fail(&f.task, OSP_E_IO, "first %d", 1) == OSP_E_IO);
    OSP_CHECK(osp_task_fail(&f.task, OSP_E_BUSY, "second") == OSP_E_BUSY);
    OSP_CHECK(f.task.error.status == OSP_E_IO && f.task.error.line == line);
    OSP_CHECK(strcmp(f.task.error.message, "first 1") == 0);
}

OSP_UNIT_TEST(task_alloc, "memory is zeroed, and exhaustion is remembered")
{
    fixture f;
    setup(&f, 8192);
    const char *piece = osp_alloc(&f.task, 1000);
    OSP_CHECK(piece != NULL);
    for (size_t i = 0; i < 1000; i++) {
        OSP_CHECK(piece[i] == 0);
    }
    OSP_CHECK(*osp_new(&f.task, int64_t) == 0);
    OSP_CHECK(osp_new_array(&f.task, int64_t, 10)[9] == 0);
    OSP_CHECK(osp_new_array(&f.task, int64_t, 0) != NULL);
    OSP_CHECK(f.task.error.status == OSP_OK);
    OSP_CHECK(osp_alloc(&f.task, 8193) == NULL);
    OSP_CHECK(f.task.error.status == OSP_E_LIMIT);
    osp_arena_done(&f.arena);
}

OSP_UNIT_TEST(task_alloc_edges, "the limit is told from a lack of memory, and sizes never wrap")
{
    static const struct {
        size_t max, size, count;
        osp_status status;
    } cases[] = {
        { 16 + 64, 64, 1, OSP_OK },
        { 16 + 64, 65, 1, OSP_E_LIMIT },
        { 16 + 63, 64, 1, OSP_E_LIMIT },
        { MEMORY_MAX, SIZE_MAX / 2 + 1, 2, OSP_E_LIMIT },
        { MEMORY_MAX, SIZE_MAX, 1, OSP_E_LIMIT },
        { MEMORY_MAX, 3, SIZE_MAX, OSP_E_LIMIT },
        { SIZE_MAX, SIZE_MAX / 4, 1, OSP_E_NOMEM },
        { SIZE_MAX, SIZE_MAX, 1, OSP_E_LIMIT },
    };
    for (size_t i = 0; i < OSP_ARRAY_LEN(cases); i++) {
        fixture f;
        const size_t max = cases[i].max;
        setup(&f, max < MEMORY_MAX ? max + OSP_REDZONE : max);
        const void *piece = osp_task_alloc_array(&f.task, cases[i].size, cases[i].count);
        OSP_CHECK((piece != NULL) == (cases[i].status == OSP_OK));
        OSP_CHECK(f.task.error.status == cases[i].status);
        osp_arena_done(&f.arena);
    }
}

OSP_UNIT_TEST(task_copy, "a copy has a NUL behind it and keeps those inside")
{
    fixture f;
    setup(&f, MEMORY_MAX);
    const osp_str copy = osp_copy(&f.task, S("a\0b"));
    OSP_CHECK_STR(copy, S("a\0b"));
    OSP_CHECK(copy.ptr[3] == '\0');
    const osp_str empty = osp_copy(&f.task, ((osp_str){ NULL, 0 }));
    OSP_CHECK(empty.len == 0 && empty.ptr != NULL && empty.ptr[0] == '\0');
    OSP_CHECK(osp_copy(&f.task, ((osp_str){ "", SIZE_MAX })).ptr == NULL);
    OSP_CHECK(f.task.error.status == OSP_E_LIMIT);
    osp_arena_done(&f.arena);
}

OSP_UNIT_TEST(task_format, "formatted texts of every length around the short one")
{
    fixture f;
    setup(&f, MEMORY_MAX);
    char spaces[600];
    memset(spaces, ' ', sizeof(spaces));
    for (int len = 0; len < 600; len++) {
        const osp_str text = osp_format(&f.task, "%*s", len, "");
        OSP_CHECK_STR(text, ((osp_str){ spaces, (size_t)len }));
        OSP_CHECK(text.ptr[len] == '\0');
    }
    OSP_CHECK(f.task.error.status == OSP_OK);
    OSP_CHECK(osp_format(&f.task, "%*s", (int)MEMORY_MAX, "").ptr == NULL);
    OSP_CHECK(f.task.error.status == OSP_E_LIMIT);
    osp_arena_done(&f.arena);
}

static void count_up(void *arg)
{
    ++*(int *)arg;
}

OSP_UNIT_TEST(task_defer, "deferred calls run at the end; one that does not fit says so")
{
    fixture f;
    int count = 0;
    setup(&f, MEMORY_MAX);
    OSP_CHECK(osp_defer(&f.task, count_up, &count) == OSP_OK && count == 0);
    osp_arena_done(&f.arena);
    OSP_CHECK(count == 1);
    setup(&f, 0);
    OSP_CHECK(osp_defer(&f.task, count_up, &count) == OSP_E_NOMEM);
    OSP_CHECK(f.task.error.status == OSP_E_LIMIT);
    osp_arena_done(&f.arena);
    OSP_CHECK(count == 1);
}

OSP_UNIT_TEST(task_offload_inline, "without a scheduler offloaded work is done at once")
{
    fixture f;
    int count = 0;
    setup(&f, 0);
    OSP_CHECK(osp_task_offload(&f.task, NULL, count_up, &count) == OSP_OK && count == 1);
}

static void on_alarm(int number)
{
    (void)number;
}

OSP_UNIT_TEST(task_sleep_inline, "without a scheduler sleeping sleeps, signals or not")
{
    fixture f;
    setup(&f, 0);
    const struct sigaction action = { .sa_handler = on_alarm };
    const struct itimerval every_ms = { { 0, 1000 }, { 0, 1000 } };
    OSP_CHECK(sigaction(SIGALRM, &action, NULL) == 0);
    OSP_CHECK(setitimer(ITIMER_REAL, &every_ms, NULL) == 0);
    const int64_t before = osp_monotonic_us();
    OSP_CHECK(osp_sleep_ms(&f.task, 30) == OSP_OK);
    const int64_t took = osp_monotonic_us() - before;
    OSP_CHECK(took >= 30000 && took < 5000000);
    OSP_CHECK(osp_task_sleep_us(&f.task, 0) == OSP_OK);
    OSP_CHECK(osp_task_sleep_us(&f.task, INT64_MIN) == OSP_OK);
}

OSP_UNIT_TEST(task_sleep_ends, "a deadline cuts a sleep short, a cancelled task does not sleep")
{
    fixture f;
    setup(&f, 0);
    f.task.deadline_us = osp_monotonic_us() + 20000;
    OSP_CHECK(osp_task_sleep_us(&f.task, INT64_MAX) == OSP_E_DEADLINE);
    OSP_CHECK(osp_monotonic_us() >= f.task.deadline_us);
    OSP_CHECK(osp_task_sleep_us(&f.task, 1) == OSP_E_DEADLINE);
    f.task.deadline_us = 1;
    OSP_CHECK(osp_task_sleep_us(&f.task, 0) == OSP_E_DEADLINE);
    f.task.cancelled = true;
    OSP_CHECK(osp_task_sleep_us(&f.task, INT64_MAX) == OSP_E_CANCELLED);
}

/* ---------------------------------------------------------------- a scheduler made of a script */

/* Parking lets the owner give the lock away, as its fiber would do meanwhile; the first park ends
 * for no reason, as one may. */
typedef struct script {
    osp_task_lock *lock;
    osp_task *owner;
    size_t parks, wakes;
    osp_status sleep_status;
} script;

static void script_park(osp_task *task)
{
    script *s = task->scheduler;
    s->parks++;
    if (s->parks == 2) {
        OSP_CHECK(s->lock->first == task && s->lock->last == task);
        osp_task_lock_give(s->lock, s->owner);
    }
}

static void script_wake(osp_task *task)
{
    ((script *)task->scheduler)->wakes++;
}

static osp_status script_sleep(osp_task *task, int64_t us)
{
    OSP_CHECK(us == 5000);
    return ((script *)task->scheduler)->sleep_status;
}

static osp_status script_offload(osp_task *task, osp_offload *queue, void (*fn)(void *arg),
                                 void *arg)
{
    (void)task;
    (void)queue;
    (void)fn;
    (void)arg;
    return OSP_E_BUSY;
}

static const osp_waits script_waits = {
    .offload = script_offload, .sleep = script_sleep, .park = script_park, .wake = script_wake
};

OSP_UNIT_TEST(task_waits, "under a scheduler every wait goes through its table")
{
    fixture f;
    int count = 0;
    script s = { .sleep_status = OSP_E_CANCELLED };
    setup(&f, 0);
    f.task.waits = &script_waits;
    f.task.scheduler = &s;
    OSP_CHECK(osp_sleep_ms(&f.task, 5) == OSP_E_CANCELLED);
    OSP_CHECK(osp_task_offload(&f.task, NULL, count_up, &count) == OSP_E_BUSY && count == 0);
}

OSP_UNIT_TEST(task_lock_free, "a free lock is taken and given back without waiting")
{
    fixture f;
    osp_task_lock lock = { 0 };
    setup(&f, 0);
    for (int i = 0; i < 3; i++) {
        OSP_CHECK(osp_task_lock_take(&lock, &f.task) == OSP_OK && lock.owner == &f.task);
        osp_task_lock_give(&lock, &f.task);
        OSP_CHECK(lock.owner == NULL);
    }
}

OSP_UNIT_TEST(task_lock_busy, "who cannot wait for a held lock is told so")
{
    fixture f, g;
    osp_task_lock lock = { 0 };
    setup(&f, 0);
    setup(&g, 0);
    OSP_CHECK(osp_task_lock_take(&lock, &f.task) == OSP_OK);
    OSP_CHECK(osp_task_lock_take(&lock, &g.task) == OSP_E_BUSY);
    OSP_CHECK(lock.first == NULL && lock.last == NULL);
    osp_task_lock_give(&lock, &f.task);
    OSP_CHECK(osp_task_lock_take(&lock, &g.task) == OSP_OK);
}

OSP_UNIT_TEST(task_lock_fair, "first come, first served, with links cleaned up")
{
    fixture f;
    osp_task_lock lock = { 0 };
    osp_task waiting[3];
    script s = { .lock = &lock };
    setup(&f, 0);
    f.task.waits = &script_waits;
    f.task.scheduler = &s;
    OSP_CHECK(osp_task_lock_take(&lock, &f.task) == OSP_OK);
    for (size_t i = 0; i < 3; i++) {
        osp_task_init(&waiting[i], &f.arena);
        waiting[i].waits = &script_waits;
        waiting[i].scheduler = &s;
    }
    /* The queue as three parked fibers leave it. */
    lock.first = &waiting[0];
    waiting[0].next_waiter = &waiting[1];
    waiting[1].next_waiter = &waiting[2];
    lock.last = &waiting[2];
    osp_task *owner = &f.task;
    for (size_t i = 0; i < 3; i++) {
        osp_task_lock_give(&lock, owner);
        owner = &waiting[i];
        OSP_CHECK(lock.owner == owner && owner->next_waiter == NULL && s.wakes == i + 1);
    }
    OSP_CHECK(lock.first == NULL && lock.last == NULL);
    osp_task_lock_give(&lock, owner);
    OSP_CHECK(lock.owner == NULL && s.wakes == 3);
}

OSP_UNIT_TEST(task_lock_waits, "a waiter parks until it is the owner")
{
    fixture f;
    osp_task_lock lock = { 0 };
    osp_task other;
    script s = { .lock = &lock, .owner = &f.task };
    setup(&f, 0);
    osp_task_init(&other, &f.arena);
    f.task.waits = other.waits = &script_waits;
    f.task.scheduler = other.scheduler = &s;
    OSP_CHECK(osp_task_lock_take(&lock, &f.task) == OSP_OK);
    OSP_CHECK(osp_task_lock_take(&lock, &other) == OSP_OK);
    OSP_CHECK(lock.owner == &other && s.parks == 2 && s.wakes == 1);
    osp_task_lock_give(&lock, &other);
    OSP_CHECK(lock.owner == NULL && lock.first == NULL && lock.last == NULL);
}

/* The call must have failed and have left the line it stands on. */
#define FAILS_HERE(task, call)                                                                     \
    do {                                                                                           \
        (void)(call);                                                                              \
        OSP_CHECK((task)->error.status != OSP_OK && (task)->place != NULL);                        \
        OSP_CHECK((task)->place->line == __LINE__);                                                \
        OSP_CHECK(strcmp((task)->place->file, __FILE__) == 0);                                     \
        (task)->error = (osp_error){ 0 };                                                          \
    } while (0)

OSP_UNIT_TEST(task_place, "memory that runs out leaves the line of the call, not one of ours")
{
    osp_arena arena;
    osp_task task;
    osp_arena_init(&arena, NULL, 0, 100);
    osp_task_init(&task, &arena);
    static const char text[200];
    const osp_str big = { text, sizeof(text) };
    FAILS_HERE(&task, osp_alloc(&task, 200));
    FAILS_HERE(&task, osp_new_array(&task, int, 200));
    FAILS_HERE(&task, osp_new_array(&task, int, SIZE_MAX / 2));
    FAILS_HERE(&task, osp_copy(&task, big));
    FAILS_HERE(&task, osp_format(&task, "%200d", 1));
    FAILS_HERE(&task, osp_format(&task, "%400d", 1));
    FAILS_HERE(&task, osp_time_format(&task, INT64_MAX));
    OSP_CHECK(osp_task_alloc(&task, 200) == NULL && task.place == NULL);
    (void)osp_alloc(&task, 200);
    OSP_CHECK(task.place == NULL); /* the first failure stays, and so does what is known of it */
    osp_arena_done(&arena);
}
