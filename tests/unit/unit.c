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
 * Passing is exit status 0; leaks count, as the sanitizer reports them at exit. */
#include "tests/unit/unit.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define TIMEOUT_S "20" /* of a test, unless the environment says another */

/* Tests ask for more memory than there is; the sanitizer must answer as malloc does. */
__attribute__((visibility("default"))) const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
    return "allocator_may_return_null=1";
}

/* Filled by constructors before main, hence the only global. */
static osp_unit_test *tests;

/* Keeps the list sorted by file, tests of one file in their order: links do not change reports. */
void osp_unit_register(osp_unit_test *test)
{
    osp_unit_test **at = &tests;
    while (*at != NULL && strcmp((*at)->file, test->file) <= 0) {
        at = &(*at)->next;
    }
    test->next = *at;
    *at = test;
}

static void run_child(const osp_unit_test *test, const sigset_t *mask, pid_t parent)
{
    (void)setpgid(0, 0);
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) {
        _exit(1);
    }
    (void)sigprocmask(SIG_SETMASK, mask, NULL);
    test->run();
    exit(0);
}

static int timeout_s(void)
{
    const char *given = getenv("OSP_UNIT_TIMEOUT_S");
    return (int)strtol(given != NULL ? given : TIMEOUT_S, NULL, 10);
}

/* Waits for `pid` up to the timeout, then kills.  Returns the wait status; *ret_hung tells. */
static int wait_child(pid_t pid, bool *ret_hung)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    const time_t end = now.tv_sec + timeout_s();
    int status = 0;
    *ret_hung = false;
    while (waitpid(pid, &status, WNOHANG) == 0) {
        (void)clock_gettime(CLOCK_MONOTONIC, &now);
        if (now.tv_sec >= end) {
            *ret_hung = true;
            (void)kill(pid, SIGKILL);
            (void)waitpid(pid, &status, 0);
            break;
        }
        sigset_t child;
        (void)sigemptyset(&child);
        (void)sigaddset(&child, SIGCHLD);
        const struct timespec pause = { .tv_sec = 1, .tv_nsec = 0 };
        (void)sigtimedwait(&child, NULL, &pause);
    }
    (void)kill(-pid, SIGKILL);
    return status;
}

static bool report(const osp_unit_test *test, int status, bool hung)
{
    if (hung) {
        printf("FAIL %s - %s (no end after %d s)\n", test->name, test->title, timeout_s());
    } else if (WIFSIGNALED(status)) {
        printf("FAIL %s - %s (signal %d, %s)\n", test->name, test->title, WTERMSIG(status),
               strsignal(WTERMSIG(status)));
    } else if (WEXITSTATUS(status) != 0) {
        printf("FAIL %s - %s (exit %d)\n", test->name, test->title, WEXITSTATUS(status));
    } else {
        printf("ok   %s - %s\n", test->name, test->title);
        return true;
    }
    return false;
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
    bool hung;
    const int status = wait_child(pid, &hung);
    return report(test, status, hung);
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
