/* Fibers: stacks, parking, limits, and what a switch keeps. */
#include "rt/fiber.h"
#include "tests/unit/unit.h"
#include <errno.h>
#include <fenv.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#if defined(__has_include)
#if __has_include(<valgrind/valgrind.h>)
#include <valgrind/valgrind.h>
#endif
#endif

typedef struct job {
    osp_fiber *fiber;
    int steps, error;
    unsigned char *at;
    uintptr_t stack;
} job;

static void two_steps(void *arg)
{
    job *my = arg;
    volatile char deep[2000];

    memset((char *)deep, my->steps & 0x7f, sizeof(deep));
    my->stack = (uintptr_t)deep;
    my->steps++;
    osp_fiber_park(my->fiber);
    OSP_CHECK(deep[0] == deep[sizeof(deep) - 1]);
    my->steps++;
}

/* Tools keep tables: TSan's holds 8,000 threads, Valgrind searches its stacks one by one. */
static size_t many(void)
{
#ifdef RUNNING_ON_VALGRIND
    if (RUNNING_ON_VALGRIND) {
        return 500;
    }
#endif
#ifdef __SANITIZE_THREAD__
    return 2000;
#else
    return 10000;
#endif
}

static void end_at_once(void *arg)
{
    ++*(int *)arg;
}

OSP_UNIT_TEST(fiber_runs, "a fiber runs at the first resume, parks and ends")
{
    osp_fibers *pool = osp_fibers_new((osp_fibers_options){ 0 });
    job my = { 0 };

    OSP_CHECK(pool != NULL);
    my.fiber = osp_fiber_new(pool, two_steps, &my);
    OSP_CHECK(my.fiber != NULL);
    OSP_CHECK(my.steps == 0 && osp_fibers_alive(pool) == 1);
    OSP_CHECK(!osp_fiber_resume(my.fiber) && my.steps == 1);
    OSP_CHECK(osp_fiber_resume(my.fiber) && my.steps == 2);
    OSP_CHECK(osp_fibers_alive(pool) == 0);
    osp_fibers_free(pool);
    osp_fibers_free(NULL);
}

OSP_UNIT_TEST(fiber_many, "ten thousand fibers park and go on in another order")
{
    const size_t count = many();
    osp_fibers *pool = osp_fibers_new((osp_fibers_options){ .count_max = count, .spare_max = 10 });
    job *jobs = calloc(count, sizeof(*jobs));

    OSP_CHECK(pool != NULL && jobs != NULL);
    for (size_t i = 0; i < count; i++) {
        jobs[i].fiber = osp_fiber_new(pool, two_steps, &jobs[i]);
        OSP_CHECK(jobs[i].fiber != NULL);
        OSP_CHECK(!osp_fiber_resume(jobs[i].fiber));
    }
    OSP_CHECK(osp_fibers_alive(pool) == count);
    for (size_t i = 0; i < count; i++) {
        const size_t at = i * 7919 % count;
        OSP_CHECK(osp_fiber_resume(jobs[at].fiber));
        OSP_CHECK(jobs[at].steps == 2);
    }
    OSP_CHECK(osp_fibers_alive(pool) == 0);
    osp_fibers_free(pool);
    free(jobs);
}

OSP_UNIT_TEST(fiber_count_max, "count_max fibers are given and not one more")
{
    osp_fibers *pool = osp_fibers_new((osp_fibers_options){ .count_max = 2, .stack_size = 1 });
    int ran = 0;
    osp_fiber *a = osp_fiber_new(pool, end_at_once, &ran);
    osp_fiber *b = osp_fiber_new(pool, end_at_once, &ran);

    OSP_CHECK(a != NULL && b != NULL);
    OSP_CHECK(osp_fiber_new(pool, end_at_once, &ran) == NULL);
    OSP_CHECK(osp_fiber_resume(a));
    a = osp_fiber_new(pool, end_at_once, &ran);
    OSP_CHECK(a != NULL);
    OSP_CHECK(osp_fiber_new(pool, end_at_once, &ran) == NULL);
    OSP_CHECK(osp_fiber_resume(b) && osp_fiber_resume(a));
    OSP_CHECK(ran == 3);
    osp_fibers_free(pool);
}

OSP_UNIT_TEST(fiber_hot, "the stack of the last fiber to end is the next one's")
{
    osp_fibers *pool = osp_fibers_new((osp_fibers_options){ .spare_max = 2 });
    int ran = 0;
    osp_fiber *fibers[3];

    for (size_t i = 0; i < 3; i++) {
        fibers[i] = osp_fiber_new(pool, end_at_once, &ran);
    }
    for (size_t i = 0; i < 3; i++) {
        OSP_CHECK(osp_fiber_resume(fibers[i]));
    }
    OSP_CHECK(osp_fiber_new(pool, end_at_once, &ran) == fibers[2]);
    /* Two were kept; fibers[1] was the surplus one when fibers[2] ended. */
    OSP_CHECK(osp_fiber_new(pool, end_at_once, &ran) == fibers[0]);
    OSP_CHECK(osp_fiber_resume(fibers[0]) && osp_fiber_resume(fibers[2]));
    osp_fibers_free(pool);
}

static void use_local(void *arg)
{
    job *my = arg;

    my->at = osp_fiber_local(my->fiber);
    for (size_t i = 0; my->steps == 0 && i < 5000; i++) {
        OSP_CHECK(my->at[i] == 0);
        my->at[i] = 7;
    }
    my->steps++;
}

OSP_UNIT_TEST(fiber_local, "local memory starts zeroed, is aligned, and outlives the fiber")
{
    osp_fibers *pool = osp_fibers_new((osp_fibers_options){ .local_size = 5000, .spare_max = 1 });
    job my = { 0 };

    my.fiber = osp_fiber_new(pool, use_local, &my);
    OSP_CHECK(osp_fiber_resume(my.fiber));
    OSP_CHECK((uintptr_t)my.at % 64 == 0);
    OSP_CHECK(my.at[0] == 7 && my.at[4999] == 7);
    my.fiber = osp_fiber_new(pool, use_local, &my);
    OSP_CHECK(osp_fiber_resume(my.fiber));
    OSP_CHECK(my.steps == 2 && my.at[4999] == 7);
    osp_fibers_free(pool);
}

static void spoil_errno(void *arg)
{
    job *my = arg;

    errno = ENOENT;
    osp_fiber_park(my->fiber);
    my->error = errno;
    errno = EPERM;
}

OSP_UNIT_TEST(fiber_errno, "a switch keeps errno on both sides")
{
    osp_fibers *pool = osp_fibers_new((osp_fibers_options){ 0 });
    job my = { 0 };

    my.fiber = osp_fiber_new(pool, spoil_errno, &my);
    errno = EBUSY;
    OSP_CHECK(!osp_fiber_resume(my.fiber));
    OSP_CHECK(errno == EBUSY);
    errno = EIO;
    OSP_CHECK(osp_fiber_resume(my.fiber));
    OSP_CHECK(errno == EIO && my.error == ENOENT);
    osp_fibers_free(pool);
}

static void round_up_first(void *arg)
{
    job *my = arg;

    OSP_CHECK(fegetround() == FE_TONEAREST);
    OSP_CHECK(fesetround(FE_UPWARD) == 0);
    osp_fiber_park(my->fiber);
    my->steps = fegetround();
}

OSP_UNIT_TEST(fiber_rounding, "a fiber's rounding mode is its own and does not stay on its stack")
{
    osp_fibers *pool = osp_fibers_new((osp_fibers_options){ 0 });
    job my = { 0 };

    for (int i = 0; i < 2; i++) {
        my.fiber = osp_fiber_new(pool, round_up_first, &my);
        OSP_CHECK(!osp_fiber_resume(my.fiber));
        OSP_CHECK(fegetround() == FE_TONEAREST);
        OSP_CHECK(fesetround(FE_DOWNWARD) == 0);
        OSP_CHECK(osp_fiber_resume(my.fiber));
        OSP_CHECK(fegetround() == FE_DOWNWARD && my.steps == FE_UPWARD);
        OSP_CHECK(fesetround(FE_TONEAREST) == 0);
    }
    osp_fibers_free(pool);
}

/* Touches each page on the way down, as compilers do for large frames. */
static int dig(int depth);
static int (*volatile dig_more)(int depth) = dig; /* hides the recursion from optimisers */

static int dig(int depth)
{
    volatile char page[1024];

    page[0] = (char)depth;
    page[sizeof(page) - 1] = 1;
    __asm__ volatile("" : : "r"(page) : "memory"); /* or the array shrinks to what is used */
    return depth == 0 ? 0 : dig_more(depth - 1) + page[0] + page[sizeof(page) - 1];
}

static void dig_deep(void *arg)
{
    *(int *)arg = dig(*(int *)arg);
}

/* How a child ends that digs frames of a kilobyte on a stack of 64. */
static int end_of_digging(int frames)
{
    const pid_t pid = fork();
    int status;

    OSP_CHECK(pid >= 0);
    if (pid == 0) {
        const struct rlimit no_core = { 0 };
        osp_fibers *pool = osp_fibers_new((osp_fibers_options){ .stack_size = 64 * 1024 });
        (void)setrlimit(RLIMIT_CORE, &no_core);
        (void)signal(SIGSEGV, SIG_DFL);
        (void)osp_fiber_resume(osp_fiber_new(pool, dig_deep, &frames));
        _exit(0);
    }
    OSP_CHECK(waitpid(pid, &status, 0) == pid);
    return status;
}

OSP_UNIT_TEST(fiber_guard, "a stack that overflows hits the guard page")
{
    int status = end_of_digging(20);

    OSP_CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    status = end_of_digging(1000);
    OSP_CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV);
}

static osp_fibers *dug; /* in the child, for its handler */

static void exit_with_answer(int number, siginfo_t *info, void *context)
{
    (void)number, (void)context;
    const osp_fiber *fiber = osp_fibers_running(dug);
    _exit(fiber != NULL && osp_fiber_is_overflow(fiber, info->si_addr) ? 42 : 43);
}

static void follow_wild(void *arg)
{
    volatile char *volatile wild = *(char **)arg;
    *wild = 1;
}

/* What the handler of a child's fault says: 42 for an overflow, 43 for another fault. */
static int answer_of_fault(void (*fn)(void *arg), void *arg)
{
    const pid_t pid = fork();
    int status;

    OSP_CHECK(pid >= 0);
    if (pid == 0) {
        static char room[64 * 1024];
        const stack_t stack = { .ss_sp = room, .ss_size = sizeof(room) };
        struct sigaction action = { .sa_sigaction = exit_with_answer,
                                    .sa_flags = SA_SIGINFO | SA_ONSTACK };
        (void)sigaltstack(&stack, NULL);
        (void)sigaction(SIGSEGV, &action, NULL);
        dug = osp_fibers_new((osp_fibers_options){ .stack_size = 64 * 1024 });
        (void)osp_fiber_resume(osp_fiber_new(dug, fn, arg));
        _exit(0);
    }
    OSP_CHECK(waitpid(pid, &status, 0) == pid && WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void look_at_self(void *arg)
{
    job *my = arg;
    OSP_CHECK(!osp_fiber_is_overflow(my->fiber, &my));
    my->steps++;
}

OSP_UNIT_TEST(fiber_fault, "a handler of signals can tell an overflow from another fault")
{
    int frames = 1000;
    char *wild = (char *)16;
    OSP_CHECK(answer_of_fault(dig_deep, &frames) == 42);
    OSP_CHECK(answer_of_fault(follow_wild, &wild) == 43);
    osp_fibers *pool = osp_fibers_new((osp_fibers_options){ 0 });
    job my = { 0 };
    my.fiber = osp_fiber_new(pool, look_at_self, &my);
    OSP_CHECK(osp_fibers_running(pool) == NULL);
    OSP_CHECK(osp_fiber_resume(my.fiber) && my.steps == 1);
    osp_fibers_free(pool);
}

static void resume_self(void *arg)
{
    osp_fiber_resume(((job *)arg)->fiber);
}

OSP_UNIT_TEST(fiber_nested, "resuming from inside a fiber is a broken promise and aborts")
{
    const pid_t pid = fork();
    int status;

    if (pid == 0) {
        const struct rlimit no_core = { 0 };
        osp_fibers *pool = osp_fibers_new((osp_fibers_options){ 0 });
        job my = { 0 };
        (void)setrlimit(RLIMIT_CORE, &no_core);
        (void)signal(SIGABRT, SIG_DFL);
        (void)!freopen("/dev/null", "w", stderr);
        my.fiber = osp_fiber_new(pool, resume_self, &my);
        (void)osp_fiber_resume(my.fiber);
        _exit(0);
    }
    OSP_CHECK(waitpid(pid, &status, 0) == pid);
    OSP_CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
}

static void park_forever(void *arg)
{
    job *my = arg;

    while (my->steps != 0) {
        my->steps--;
        osp_fiber_park(my->fiber);
    }
}

static double ns_since(const struct timespec *start)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)(now.tv_sec - start->tv_sec) * 1e9 + (double)(now.tv_nsec - start->tv_nsec);
}

/* Prints only when asked: `OSP_BENCH=1 unit fiber_cost`. */
OSP_UNIT_TEST(fiber_cost, "a pooled fiber starts and ends many times")
{
    const int rounds = getenv("OSP_BENCH") != NULL ? 20000000 : 1000;
    osp_fibers *pool = osp_fibers_new((osp_fibers_options){ 0 });
    struct timespec start;
    job my = { .steps = rounds };
    double pairs_ns, switches_ns;
    int ran = 0;

    (void)clock_gettime(CLOCK_MONOTONIC, &start);
    for (int i = 0; i < rounds; i++) {
        OSP_CHECK(osp_fiber_resume(osp_fiber_new(pool, end_at_once, &ran)));
    }
    pairs_ns = ns_since(&start) / rounds;
    OSP_CHECK(ran == rounds);
    my.fiber = osp_fiber_new(pool, park_forever, &my);
    (void)clock_gettime(CLOCK_MONOTONIC, &start);
    while (!osp_fiber_resume(my.fiber)) {
    }
    switches_ns = ns_since(&start) / rounds / 2;
    if (getenv("OSP_BENCH") != NULL) {
        printf("start and end %.2f ns, one switch %.2f ns\n", pairs_ns, switches_ns);
    }
    osp_fibers_free(pool);
}

/* ---------------------------------------------------------------- how deep it went */

typedef struct deep {
    osp_fiber *fiber;
    size_t shallow, peak;
} deep;

__attribute__((noinline)) static int use_stack(size_t bytes)
{
    volatile char frame[32768];
    for (size_t i = 0; i < bytes; i++) {
        frame[sizeof frame - 1 - i] = (char)i;
    }
    return frame[sizeof frame - 1];
}

static void go_deep(void *arg)
{
    deep *d = arg;
    osp_fiber_stack_mark(d->fiber);
    d->shallow = osp_fiber_stack_peak(d->fiber);
    (void)use_stack(32768);
    d->peak = osp_fiber_stack_peak(d->fiber);
}

OSP_UNIT_TEST(fiber_stack_peak, "a stack tells how many of its bytes were used, also the next time")
{
    osp_fibers *pool = osp_fibers_new((osp_fibers_options){ .stack_size = 131072 });
    deep first = { .peak = 0 }, second = { .peak = 0 };
    first.fiber = osp_fiber_new(pool, go_deep, &first);
    OSP_CHECK(osp_fiber_resume(first.fiber));
    second.fiber = osp_fiber_new(pool, go_deep, &second);
    OSP_CHECK(second.fiber == first.fiber && osp_fiber_resume(second.fiber));
    OSP_CHECK(first.shallow < 32768 && first.peak >= 32768 && first.peak < 131072);
    OSP_CHECK(second.shallow == first.shallow && second.peak == first.peak);
    osp_fibers_free(pool);
}
