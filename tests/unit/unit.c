/* The runner of the unit tests: one process a test.
 *
 *     unit                runs all tests
 *     unit arena          runs those with "arena" in the name
 *     unit --list         prints the names
 *
 * OSP_UNIT_TIMEOUT_S in the environment is the seconds that a test may take, on a slow machine.
 *
 * A test that crashes, hangs or exits takes only its own process with it, and names itself.  Each
 * test leads a process group, so that what it started ends with it, and dies with the runner.
 * Passing is exit status 0; leaks count, as the sanitizer reports them at exit.  Beside the title
 * stand the seconds of a processor that a test took, when they are many. */
#include "tests/unit/unit.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/sanitizer.h"

#if OSP_ASAN
#include <sanitizer/lsan_interface.h>
#endif

#define TIMEOUT_S "60" /* of a test, unless the environment says another */
#define TOLD_S 0.5     /* of a processor; less is not told */

/* How a test ended. */
typedef struct outcome {
    int status; /* as wait(2) has it */
    bool hung;  /* it was killed, for it had no end */
    double cpu_s;
} outcome;

/* Tests ask for more memory than there is; the sanitizer must answer as malloc does. */
__attribute__((visibility("default"))) const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
    return "allocator_may_return_null=1";
}

/* Filled by constructors before main, hence a global; and the test that this process is of, which
 * whoever starts a thread does not know. */
static osp_unit_test *tests;
static const osp_unit_test *running;

#if OSP_ASAN
/* What a test has allocated and not freed.  When that is nothing, nothing can have leaked. */
static atomic_long blocks;

__attribute__((visibility("default"))) void __sanitizer_malloc_hook(const volatile void *block,
                                                                    size_t size);
void __sanitizer_malloc_hook(const volatile void *block, size_t size)
{
    (void)block, (void)size;
    atomic_fetch_add_explicit(&blocks, 1, memory_order_relaxed);
}

__attribute__((visibility("default"))) void __sanitizer_free_hook(const volatile void *block);
void __sanitizer_free_hook(const volatile void *block)
{
    (void)block;
    atomic_fetch_sub_explicit(&blocks, 1, memory_order_relaxed);
}
#endif

/* Keeps the list sorted by file, tests of one file in their order: links do not change reports. */
void osp_unit_register(osp_unit_test *test)
{
#ifdef __SANITIZE_THREAD__
    if (!test->threaded) {
        return;
    }
#endif
    osp_unit_test **at = &tests;
    while (*at != NULL && strcmp((*at)->file, test->file) <= 0) {
        at = &(*at)->next;
    }
    test->next = *at;
    *at = test;
}

/* Called for pthread_create by all that is linked into the runner (--wrap). */
int __real_pthread_create(pthread_t *ret_thread, const pthread_attr_t *attributes,
                          void *(*run)(void *arg), void *arg);
int __wrap_pthread_create(pthread_t *ret_thread, const pthread_attr_t *attributes,
                          void *(*run)(void *arg), void *arg);
int __wrap_pthread_create(pthread_t *ret_thread, const pthread_attr_t *attributes,
                          void *(*run)(void *arg), void *arg)
{
    if (running != NULL && !running->threaded) {
        fprintf(stderr, "%s starts a thread: it is an OSP_UNIT_TEST_THREADED\n", running->name);
        abort();
    }
    return __real_pthread_create(ret_thread, attributes, run, arg);
}

/* Ends a test that has passed.  What the sanitizer would do in exit takes longer than most tests:
 * it searches all memory for pointers, also where nothing can have leaked, and takes leave of each
 * global. */
static _Noreturn void pass(void)
{
#if OSP_ASAN
    if (atomic_load(&blocks) != 0) {
        __lsan_do_leak_check(); /* which ends what has leaked */
    }
    (void)fflush(NULL);
    _exit(0);
#else
    exit(0);
#endif
}

static void run_child(const osp_unit_test *test, const sigset_t *mask, pid_t parent)
{
    running = test;
#if OSP_ASAN
    atomic_store(&blocks, 0);
#endif
    (void)setpgid(0, 0);
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) {
        _exit(1);
    }
    (void)sigprocmask(SIG_SETMASK, mask, NULL);
    test->run();
    pass();
}

static int timeout_s(void)
{
    const char *given = getenv("OSP_UNIT_TIMEOUT_S");
    return (int)strtol(given != NULL ? given : TIMEOUT_S, NULL, 10);
}

static double seconds(struct timeval time)
{
    return (double)time.tv_sec + (double)time.tv_usec / 1e6;
}

/* Waits for `pid` up to the timeout, then kills. */
static outcome wait_child(pid_t pid)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    const time_t late_s = now.tv_sec + timeout_s();
    outcome end = { .hung = false };
    struct rusage used = { .ru_maxrss = 0 };
    while (wait4(pid, &end.status, WNOHANG, &used) == 0) {
        (void)clock_gettime(CLOCK_MONOTONIC, &now);
        if (now.tv_sec >= late_s) {
            end.hung = true;
            (void)kill(pid, SIGKILL);
            (void)wait4(pid, &end.status, 0, &used);
            break;
        }
        sigset_t child;
        (void)sigemptyset(&child);
        (void)sigaddset(&child, SIGCHLD);
        const struct timespec pause = { .tv_sec = 1, .tv_nsec = 0 };
        (void)sigtimedwait(&child, NULL, &pause);
    }
    (void)kill(-pid, SIGKILL);
    end.cpu_s = seconds(used.ru_utime) + seconds(used.ru_stime);
    return end;
}

static bool report(const osp_unit_test *test, outcome end)
{
    const int status = end.status;
    if (end.hung) {
        printf("FAIL %s - %s (no end after %d s)\n", test->name, test->title, timeout_s());
    } else if (WIFSIGNALED(status)) {
        printf("FAIL %s - %s (signal %d, %s)\n", test->name, test->title, WTERMSIG(status),
               strsignal(WTERMSIG(status)));
    } else if (WEXITSTATUS(status) != 0) {
        printf("FAIL %s - %s (exit %d)\n", test->name, test->title, WEXITSTATUS(status));
    } else if (end.cpu_s >= TOLD_S) {
        printf("ok   %s - %s (%.1f s)\n", test->name, test->title, end.cpu_s);
    } else {
        printf("ok   %s - %s\n", test->name, test->title);
    }
    return !end.hung && status == 0;
}

static bool run(const osp_unit_test *test, const sigset_t *mask)
{
    (void)fflush(NULL);
    const pid_t parent = getpid();
    const pid_t pid = fork();
    if (pid == 0) {
        run_child(test, mask, parent);
    }
    if (pid < 0) {
        printf("FAIL %s - %s (no process)\n", test->name, test->title);
        return false;
    }
    /* Both sides set the group: whoever is first, kill(-pid) works. */
    (void)setpgid(pid, pid);
    return report(test, wait_child(pid));
}

int main(int argc, char **argv)
{
    const char *filter = argc > 1 ? argv[1] : "";
    if (strcmp(filter, "--list") == 0) {
        for (const osp_unit_test *test = tests; test != NULL; test = test->next) {
            printf("%s - %s\n", test->name, test->title);
        }
        return 0;
    }
    sigset_t child;
    sigset_t mask;
    (void)sigemptyset(&child);
    (void)sigaddset(&child, SIGCHLD);
    (void)sigprocmask(SIG_BLOCK, &child, &mask);
    size_t passed = 0;
    size_t failed = 0;
    for (const osp_unit_test *test = tests; test != NULL; test = test->next) {
        if (strstr(test->name, filter) != NULL) {
            *(run(test, &mask) ? &passed : &failed) += 1;
        }
    }
    printf("%zu passed, %zu failed\n", passed, failed);
    /* A filter that matches nothing is a misspelt one. */
    return failed != 0 || (passed == 0 && filter[0] != '\0');
}
