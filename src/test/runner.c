/* Runs tests, several at once, each as a process of its own.
 *
 *     fork --> output into a file without a name --> osp_test_begin, the test, osp_test_end
 *          \-> the verdict into memory that both see
 *
 * A child is a copy of a process that has opened nothing, so it finds what a new one would; a crash
 * or a hang is that of one test, and its name is known.  Each has a folder of its own for its
 * database and its temporary files, which goes with it.  What a test says is shown when it fails.
 */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/time.h"
#include "test/runner.h"

typedef enum state { WAITING = 0, RUNNING, PASSED, FAILED } state;

typedef struct item {
    const osp_test_def *test;
    state state;
    pid_t pid;
    int output; /* descriptor */
    int64_t began_us, took_us;
    osp_test_verdict *verdict;
} item;

typedef struct runner {
    const osp_test_run *run;
    item *items;
    size_t count, next, told, running;
    char folder[PATH_MAX]; /* of all tests */
} runner;

/* ---------------------------------------------------------------- folders */

static int remove_one(const char *path, const struct stat *info, int kind, struct FTW *at)
{
    (void)info;
    (void)kind;
    (void)at;
    return remove(path);
}

static void remove_folder(const char *path)
{
    (void)nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static bool make_folder(runner *r)
{
    const char *temp = getenv("TMPDIR");
    const int len = snprintf(r->folder, sizeof(r->folder) - 32, "%s/openspeed-test-XXXXXX",
                             temp != NULL && temp[0] == '/' ? temp : "/tmp");
    if (len < 0 || (size_t)len >= sizeof(r->folder) - 32 || mkdtemp(r->folder) == NULL) {
        fprintf(stderr, "error: no folder for the tests in %s: %s\n", temp != NULL ? temp : "/tmp",
                strerror(errno));
        return false;
    }
    return true;
}

static void folder_of(const runner *r, const item *one, char path[PATH_MAX])
{
    (void)snprintf(path, PATH_MAX, "%.*s/%zu", PATH_MAX - 32, r->folder, (size_t)(one - r->items));
}

/* ---------------------------------------------------------------- a child */

static void enter(const runner *r, const item *one)
{
    char folder[PATH_MAX], url[PATH_MAX + 16];
    sigset_t none;
    sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    (void)setpgid(0, 0);
    const int null = open("/dev/null", O_RDONLY);
    (void)dup2(null, STDIN_FILENO);
    (void)dup2(one->output, STDOUT_FILENO);
    (void)dup2(one->output, STDERR_FILENO);
    folder_of(r, one, folder);
    (void)snprintf(url, sizeof(url), "file:%s/app.db", folder);
    (void)setenv("DATABASE_URL", url, 1);
    (void)unsetenv("DATABASE_URL_FILE");
    (void)setenv("TMPDIR", folder, 1);
}

static void be_child(const runner *r, const item *one) __attribute__((noreturn));
static void be_child(const runner *r, const item *one)
{
    osp_test test;
    enter(r, one);
    osp_test_begin(&test, r->run->app, one->verdict);
    one->test->run(&test);
    osp_test_end(&test);
    one->verdict->ended = true;
    exit(0); /* not _exit: what looks for leaks does so then */
}

static bool start(runner *r, item *one)
{
    char folder[PATH_MAX];
    folder_of(r, one, folder);
    one->verdict = mmap(NULL, sizeof(*one->verdict), PROT_READ | PROT_WRITE,
                        MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    one->output = memfd_create("test", MFD_CLOEXEC);
    one->began_us = osp_monotonic_us();
    if (one->verdict == MAP_FAILED || one->output < 0 || mkdir(folder, 0700) != 0) {
        fprintf(stderr, "error: a test does not start: %s\n", strerror(errno));
        return false;
    }
    (void)fflush(NULL);
    one->pid = fork();
    if (one->pid < 0) {
        fprintf(stderr, "error: a test does not start: %s\n", strerror(errno));
        return false;
    }
    if (one->pid == 0) {
        be_child(r, one);
    }
    (void)setpgid(one->pid, one->pid); /* whoever is first */
    one->state = RUNNING;
    r->running++;
    return true;
}

/* ---------------------------------------------------------------- its end */

/* Why a test failed that has not said so itself. */
static void explain(const runner *r, const item *one, int wait_status, bool late)
{
    osp_test_verdict *verdict = one->verdict;
    char *output = NULL;
    const size_t size = osp_test_read_output(one->output, &output);
    if (late) {
        (void)snprintf(verdict->text, sizeof(verdict->text), "it did not end within %lld s",
                       (long long)r->run->limit_s);
    } else if (osp_test_read_report((osp_str){ output, size }, verdict)) {
        /* which says more than how the process ended */
    } else if (WIFSIGNALED(wait_status)) {
        (void)snprintf(verdict->text, sizeof(verdict->text), "it was ended by signal %d (%s)",
                       WTERMSIG(wait_status), strsignal(WTERMSIG(wait_status)));
    } else {
        (void)snprintf(verdict->text, sizeof(verdict->text), "its process ended with status %d",
                       WEXITSTATUS(wait_status));
    }
    free(output);
}

static void finish(runner *r, item *one, int wait_status)
{
    char folder[PATH_MAX];
    osp_test_verdict *verdict = one->verdict;
    one->took_us = osp_monotonic_us() - one->began_us;
    (void)kill(-one->pid, SIGKILL); /* what it has started and left */
    folder_of(r, one, folder);
    remove_folder(folder);
    const bool late = one->took_us >= r->run->limit_s * 1000000;
    const bool well = WIFEXITED(wait_status) && WEXITSTATUS(wait_status) == 0;
    one->state = well && verdict->ended && !verdict->failed ? PASSED : FAILED;
    if (one->state == FAILED && !verdict->failed) {
        explain(r, one, wait_status, late && WIFSIGNALED(wait_status));
    }
    if (verdict->file[0] == '\0') {
        (void)snprintf(verdict->file, sizeof(verdict->file), "%s", one->test->file);
        verdict->line = one->test->line;
    }
    r->running--;
}

static void reap(runner *r)
{
    int wait_status = 0;
    pid_t pid;
    while ((pid = waitpid(-1, &wait_status, WNOHANG)) > 0) {
        for (size_t i = 0; i < r->next; i++) {
            if (r->items[i].state == RUNNING && r->items[i].pid == pid) {
                finish(r, &r->items[i], wait_status);
            }
        }
    }
}

static void end_late(const runner *r)
{
    const int64_t now_us = osp_monotonic_us();
    for (size_t i = 0; i < r->next; i++) {
        const item *one = &r->items[i];
        if (one->state == RUNNING && now_us - one->began_us >= r->run->limit_s * 1000000) {
            (void)kill(-one->pid, SIGKILL);
        }
    }
}

/* ---------------------------------------------------------------- telling */

/* In the order of the tests, whichever ends first. */
static void tell(runner *r)
{
    while (r->told < r->next && r->items[r->told].state >= PASSED) {
        item *one = &r->items[r->told];
        char *output = NULL;
        const size_t size = one->state == FAILED ? osp_test_read_output(one->output, &output) : 0;
        const osp_test_told told = { .test = one->test,
                                     .verdict = one->verdict,
                                     .output = { output, size },
                                     .passed = one->state == PASSED,
                                     .first = r->told == 0,
                                     .ms = one->took_us / 1000 };
        osp_test_tell(r->run, &told);
        free(output);
        (void)close(one->output);
        (void)munmap(one->verdict, sizeof(*one->verdict));
        r->told++;
    }
}

/* ---------------------------------------------------------------- all of them */

static bool is_wanted(const osp_test_run *run, const osp_test_def *test)
{
    return run->filter == NULL || strstr(test->name, run->filter) != NULL ||
           strstr(test->file, run->filter) != NULL || strstr(test->sentence, run->filter) != NULL;
}

static int by_place(const void *a, const void *b)
{
    const osp_test_def *one = ((const item *)a)->test, *other = ((const item *)b)->test;
    const int order = strcmp(one->file, other->file);
    return order != 0 ? order : (one->line > other->line) - (one->line < other->line);
}

/* False: there is no memory. */
static bool choose(runner *r)
{
    r->items = calloc(r->run->count + 1, sizeof(*r->items));
    if (r->items == NULL) {
        return false;
    }
    for (size_t i = 0; i < r->run->count; i++) {
        if (is_wanted(r->run, r->run->tests[i])) {
            r->items[r->count++].test = r->run->tests[i];
        }
    }
    if (r->count > 1) {
        qsort(r->items, r->count, sizeof(r->items[0]), by_place);
    }
    return true;
}

int osp_test_list(const osp_test_run *run)
{
    runner r = { .run = run };
    const bool good = choose(&r);
    for (size_t i = 0; i < r.count; i++) {
        const osp_test_def *test = r.items[i].test;
        printf("%s:%d: %s: %s\n", test->file, test->line, test->name, test->sentence);
    }
    free(r.items);
    return good ? 0 : 1;
}

/* A signal that asks us to end, or 0. */
static int run_items(runner *r)
{
    static const struct timespec pause = { .tv_nsec = 100000000 };
    sigset_t wanted;
    bool good = true;
    sigemptyset(&wanted);
    sigaddset(&wanted, SIGCHLD);
    sigaddset(&wanted, SIGINT);
    sigaddset(&wanted, SIGTERM);
    (void)sigprocmask(SIG_BLOCK, &wanted, NULL);
    while ((good && r->next < r->count) || r->running > 0) {
        while (good && r->next < r->count && r->running < r->run->jobs) {
            good = start(r, &r->items[r->next]);
            r->next += good;
        }
        const int signal = r->running > 0 ? sigtimedwait(&wanted, NULL, &pause) : 0;
        if (signal == SIGINT || signal == SIGTERM) {
            return signal;
        }
        end_late(r);
        reap(r);
        tell(r);
    }
    return good ? 0 : SIGABRT;
}

static int sum_up(const runner *r)
{
    size_t passed = 0, failed = 0;
    for (size_t i = 0; i < r->count; i++) {
        passed += r->items[i].state == PASSED;
        failed += r->items[i].state != PASSED;
    }
    osp_test_tell_end(r->run, passed, failed);
    return failed > 0 || passed == 0;
}

int osp_test_run_all(const osp_test_run *run)
{
    runner r = { .run = run };
    if (!choose(&r) || !make_folder(&r)) {
        free(r.items);
        return 1;
    }
    const int signal = run_items(&r);
    for (size_t i = 0; signal != 0 && i < r.next; i++) {
        if (r.items[i].state == RUNNING) {
            (void)kill(-r.items[i].pid, SIGKILL);
            (void)waitpid(r.items[i].pid, NULL, 0);
        }
    }
    remove_folder(r.folder);
    const int code = signal != 0 ? 128 + signal : sum_up(&r);
    free(r.items);
    return code;
}
