/* Every allocation and every system call of a request fails in turn.
 *
 *     torture                      a sample of all cases; prints its seed
 *     torture --seed 7 --count 500 --seconds 10
 *     torture --all                every case
 *     torture --only stream        every case of a feature,
 *     torture --only stream:recv   of a sort of call there,
 *     torture --only stream:recv:ECONNRESET:2    and one alone
 *     torture --list               the features
 *
 * A case is FEATURE:CALL:HOW:NTH: in the conversation of that feature the nth call of that sort
 * fails in that way.  Cases run in a child, which writes into shared memory what it is at; so a
 * crash or a hang names its case, and another child goes on behind it.  What the server logs is
 * kept in a file and shown for a case that fails. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>

#include "base/time.h"
#include "tests/torture/app.h"
#include "tests/torture/raw.h"
#include "tests/torture/start.h"
#include "tests/torture/steady.h"
#include "tests/torture/trial.h"

#define SAMPLE_COUNT 4000
#define SAMPLE_NTH_MAX 200 /* a call behind that is left to --all */
#define ALL_NTH_MAX 3000
#define TURNS_NTH_MAX 32 /* of epoll_pwait: how often it is called depends on the time */
#define SLOW_TURNS_NTH_MAX 3
#define RANDOM_NTH_MAX 1000000 /* of faults by chance, */
#define RANDOM_ALL 60          /* and so many of them with --all */
#define SLOW_RANDOM_ALL 10
#define SLOW_EACH 40 /* one in so many cases of a sample is of a slow feature */
#define HANG_S 60
#define LOG_SHOWN 8000 /* bytes of the log of a case that failed */
#define FOLDER_MAX 200

typedef struct options {
    uint64_t seed;
    size_t count;
    int seconds; /* 0: as long as it takes */
    bool all, list, steady;
    const char *only;
} options;

typedef struct torture_case {
    size_t feature, mode, nth, index; /* index: in a sample */
} torture_case;

/* Of one child. */
typedef struct lane {
    torture_case at; /* the next one to try */
    bool running;    /* it is being tried */
    bool done;       /* there is none left */
    size_t passed, failed;
} lane;

typedef struct world {
    options options;
    lane *shared;
    int log_fd;
    int64_t end_us; /* 0: none */
    char folder[FOLDER_MAX];
    size_t counts[64][CALL_COUNT]; /* calls of each feature without a fault */
} world;

/* ---------------------------------------------------------------- cases */

static size_t nth_max(const world *w, const torture_case *at)
{
    const call which = modes[at->mode].call;
    const bool slow = trial_is_slow(&features[at->feature]);
    size_t most = w->options.all ? ALL_NTH_MAX : SAMPLE_NTH_MAX;
    if (which == CALL_COUNT) {
        const char *number = w->options.only != NULL ? strrchr(w->options.only, ':') : NULL;
        const bool one = number != NULL && strtoul(number + 1, NULL, 10) > 0;
        const bool sample = !w->options.all && w->options.only == NULL;
        return one || sample ? RANDOM_NTH_MAX : slow ? SLOW_RANDOM_ALL : RANDOM_ALL;
    }
    if (which == CALL_EPOLL_PWAIT) {
        most = slow ? SLOW_TURNS_NTH_MAX : TURNS_NTH_MAX;
    }
    const size_t count = w->counts[at->feature][which];
    return count < most ? count : most;
}

/* The case of a sample at a place; false: the draw met nothing, which the next place makes up. */
static bool draw(const world *w, torture_case *at)
{
    const uint64_t first = mix(w->options.seed * 1000003 + at->index);
    const uint64_t second = mix(first), third = mix(second);
    at->feature = first % feature_count;
    at->mode = second % mode_count;
    const size_t most = nth_max(w, at);
    if (most == 0 || !trial_can(&features[at->feature]) ||
        (trial_is_slow(&features[at->feature]) && (third >> 32) % SLOW_EACH > 0)) {
        return false;
    }
    at->nth = third % most + 1;
    return true;
}

/* The rest of "FEATURE:..." when `text` is a whole part of it; NULL: it is another's. */
static const char *match_part(const char *only, const char *text)
{
    const size_t len = strlen(text);
    if (*only == '\0') {
        return only;
    }
    return strncmp(only, text, len) == 0 && (only[len] == ':' || only[len] == '\0')
               ? only + len + (only[len] == ':')
               : NULL;
}

static bool is_wanted(const world *w, const torture_case *at)
{
    const char *rest = w->options.only;
    if (rest == NULL) {
        return true;
    }
    rest = match_part(rest, features[at->feature].name);
    rest = rest != NULL ? match_part(rest, call_name(modes[at->mode].call)) : NULL;
    rest = rest != NULL ? match_part(rest, modes[at->mode].name) : NULL;
    return rest != NULL && (*rest == '\0' || strtoul(rest, NULL, 10) == at->nth);
}

/* From `at` on in the order of all cases; false: there is none. */
static bool seek(const world *w, torture_case *at)
{
    for (; at->feature < feature_count; at->feature++, at->mode = 0, at->nth = 1) {
        for (; at->mode < mode_count; at->mode++, at->nth = 1) {
            for (; at->nth <= nth_max(w, at); at->nth++) {
                if (is_wanted(w, at)) {
                    return true;
                }
            }
        }
    }
    return false;
}

static bool find_case(const world *w, torture_case *at)
{
    if (w->options.all || w->options.only != NULL) {
        return seek(w, at);
    }
    while (at->index < w->options.count && (w->end_us == 0 || osp_monotonic_us() < w->end_us)) {
        if (draw(w, at)) {
            return true;
        }
        at->index++;
    }
    return false;
}

static void step(torture_case *at)
{
    at->nth++;
    at->index++;
}

/* ---------------------------------------------------------------- the child */

static void show_log(const world *w)
{
    static char text[LOG_SHOWN + 1];
    const ssize_t size = pread(w->log_fd, text, LOG_SHOWN, 0);
    if (size > 0) {
        text[size] = '\0';
        printf("%s%s", text, text[size - 1] == '\n' ? "" : "\n");
    }
}

static void report(const world *w, const torture_case *at, const char *wrong)
{
    char name[200];
    (void)snprintf(name, sizeof name, "%s:%s:%s:%zu", features[at->feature].name,
                   call_name(modes[at->mode].call), modes[at->mode].name, at->nth);
    printf("FAIL %s - %s\n", name, wrong);
    show_log(w);
    printf("     again: torture --only %s\n", name);
}

static void forget_log(const world *w)
{
    (void)syscall(SYS_ftruncate, w->log_fd, 0L);
}

static void hear_nothing(void *arg, const osp_migration *migration, const osp_migration *newest)
{
    (void)arg, (void)migration, (void)newest;
}

static bool prepare_database(world *w)
{
    static const osp_migration_watch deaf = { hear_nothing, NULL };
    char url[FOLDER_MAX + 20];
    const osp_app_def *app = torture_app(true);
    (void)snprintf(url, sizeof url, "file:%s/torture.db", w->folder);
    (void)setenv("DATABASE_URL", url, 1);
    if (app == NULL) {
        return true;
    }
    osp_error error = { 0 };
    for (size_t i = 0; i < app->resource_count; i++) {
        const osp_resource *resource = app->resources[i];
        if (resource->prepare != NULL &&
            resource->prepare(app->migrations, app->migration_count, &deaf, &error) != OSP_OK) {
            printf("FAIL preparing %s: %s\n", resource->name, error.message);
            return false;
        }
    }
    return true;
}

static bool share_faults(const world *w)
{
    char path[FOLDER_MAX + 20];
    (void)snprintf(path, sizeof path, "%s/state", w->folder);
    (void)setenv(START_STATE, path, 1);
    return faults_share(path);
}

/* Each feature without a fault: it must be right, and shows how many calls it makes. */
static size_t calibrate(world *w)
{
    size_t failed = 0;
    for (size_t i = 0; i < feature_count; i++) {
        bool fired;
        if (!trial_can(&features[i])) {
            continue;
        }
        forget_log(w);
        const char *wrong = trial_run(&features[i], NULL, 0, &fired);
        if (wrong != NULL) {
            printf("FAIL %s without a fault - %s\n", features[i].name, wrong);
            show_log(w);
            failed++;
            continue;
        }
        for (call c = 0; c < CALL_COUNT; c++) {
            w->counts[i][c] = trial_counted(c);
        }
    }
    return failed;
}

static int child(world *w, pid_t parent)
{
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) {
        return 1;
    }
    (void)dup2(w->log_fd, STDERR_FILENO);
    lane *my = w->shared;
    if (!share_faults(w) || !prepare_database(w) || calibrate(w) > 0) {
        my->failed++;
        my->done = true;
    }
    while (!my->done && find_case(w, &my->at)) {
        bool fired;
        forget_log(w);
        my->running = true;
        const char *wrong =
            trial_run(&features[my->at.feature], &modes[my->at.mode], my->at.nth, &fired);
        my->running = false;
        if (wrong != NULL) {
            report(w, &my->at, wrong);
            (void)fflush(stdout);
        }
        *(wrong != NULL ? &my->failed : &my->passed) += 1;
        step(&my->at);
    }
    my->done = true;
    forget_log(w);
    return 0;
}

/* ---------------------------------------------------------------- the parent */

static void progress(const world *w, int64_t *shown_us)
{
    if (!w->options.all || osp_monotonic_us() - *shown_us < 5000000) {
        return;
    }
    *shown_us = osp_monotonic_us();
    printf("%zu/%zu %-16s %zu passed, %zu failed so far\n", w->shared->at.feature, feature_count,
           features[w->shared->at.feature % feature_count].name, w->shared->passed,
           w->shared->failed);
    (void)fflush(stdout);
}

/* Waits for the child.  True: it had to be killed, for it did not go on. */
static bool watch_child(const world *w, pid_t pid, int *ret_status)
{
    torture_case last = w->shared->at;
    int64_t since_us = osp_monotonic_us(), shown_us = since_us;
    while (waitpid(pid, ret_status, WNOHANG) == 0) {
        const struct timespec pause = { .tv_nsec = 2000000 };
        (void)nanosleep(&pause, NULL);
        progress(w, &shown_us);
        if (memcmp(&last, &w->shared->at, sizeof last) != 0) {
            last = w->shared->at;
            since_us = osp_monotonic_us();
        } else if (osp_monotonic_us() - since_us > HANG_S * (int64_t)1000000) {
            (void)kill(pid, SIGKILL);
            (void)waitpid(pid, ret_status, 0);
            return true;
        }
    }
    return false;
}

/* The child has ended; whether another one has to go on. */
static bool goes_on(world *w, int status, bool hung)
{
    lane *my = w->shared;
    char how[100];
    if (!hung && WIFEXITED(status) && WEXITSTATUS(status) == 0 && my->done) {
        return false;
    }
    if (hung) {
        (void)snprintf(how, sizeof how, "no end after %d s", HANG_S);
    } else if (WIFSIGNALED(status)) {
        (void)snprintf(how, sizeof how, "signal %d, %s", WTERMSIG(status),
                       strsignal(WTERMSIG(status)));
    } else {
        (void)snprintf(how, sizeof how, "exit %d", WEXITSTATUS(status));
    }
    my->failed++;
    if (!my->running) { /* of no case: what the sanitizer says at the end, or before the first */
        printf("FAIL the child - %s\n", how);
        show_log(w);
        return false;
    }
    report(w, &my->at, how);
    my->running = false;
    step(&my->at);
    return true;
}

static bool run(world *w)
{
    bool more = true;
    while (more) {
        (void)fflush(stdout);
        const pid_t parent = getpid();
        const pid_t pid = fork();
        if (pid == 0) {
            exit(child(w, parent));
        }
        if (pid < 0) {
            printf("FAIL no process: %s\n", strerror(errno));
            return false;
        }
        int status = 0;
        const bool hung = watch_child(w, pid, &status);
        more = goes_on(w, status, hung);
    }
    return w->shared->failed == 0;
}

/* ---------------------------------------------------------------- options */

static bool read_option(options *into, const char *name, const char *value)
{
    if (strcmp(name, "--seed") == 0) {
        into->seed = strtoull(value, NULL, 10);
    } else if (strcmp(name, "--count") == 0) {
        into->count = strtoul(value, NULL, 10);
    } else if (strcmp(name, "--seconds") == 0) {
        into->seconds = (int)strtol(value, NULL, 10);
    } else if (strcmp(name, "--only") == 0) {
        into->only = value;
    } else {
        return false;
    }
    return true;
}

static bool read_options(options *into, int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--all") == 0) {
            into->all = true;
        } else if (strcmp(argv[i], "--list") == 0) {
            into->list = true;
        } else if (strcmp(argv[i], "--steady") == 0) {
            into->steady = true;
        } else if (i + 1 == argc || !read_option(into, argv[i], argv[i + 1])) {
            fprintf(stderr, "%s: \"%s\" is unknown or lacks its value\n", argv[0], argv[i]);
            return false;
        } else {
            i++;
        }
    }
    return true;
}

static bool open_world(world *w)
{
    const char *base = getenv("TMPDIR");
    (void)snprintf(w->folder, sizeof w->folder, "%s/torture-XXXXXX", base != NULL ? base : "/tmp");
    w->shared =
        mmap(NULL, sizeof *w->shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    w->log_fd = memfd_create("torture-log", 0);
    if (w->shared == MAP_FAILED || w->log_fd < 0 || fcntl(w->log_fd, F_SETFL, O_APPEND) != 0 ||
        mkdtemp(w->folder) == NULL) {
        printf("FAIL no place to work: %s\n", strerror(errno));
        return false;
    }
    w->shared->at.nth = 1;
    w->end_us =
        w->options.seconds > 0 ? osp_monotonic_us() + (int64_t)w->options.seconds * 1000000 : 0;
    return true;
}

static void close_world(const world *w)
{
    static const char *const files[] = { "torture.db", "torture.db-wal", "torture.db-shm",
                                         "state" };
    char path[FOLDER_MAX + 20];
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        (void)snprintf(path, sizeof path, "%s/%s", w->folder, files[i]);
        (void)unlink(path);
    }
    (void)rmdir(w->folder);
}

int main(int argc, char **argv)
{
    static world w;
    if (argc > 1 && strcmp(argv[1], "--worker") == 0) {
        return start_worker(argc, argv);
    }
    /* A day has its own sample; the seed that is printed makes it again. */
    w.options = (options){ .seed = (uint64_t)time(NULL) / 86400, .count = SAMPLE_COUNT };
    if (!read_options(&w.options, argc, argv)) {
        return 2;
    }
    if (w.options.list) {
        for (size_t i = 0; i < feature_count; i++) {
            puts(features[i].name);
        }
        return 0;
    }
    if (w.options.steady) {
        return steady_main();
    }
    if (!open_world(&w)) {
        return 1;
    }
    if (!w.options.all && w.options.only == NULL) {
        printf("torture --seed %llu\n", (unsigned long long)w.options.seed);
    }
    bool well = run(&w);
    close_world(&w);
    if (well && w.shared->passed == 0) {
        printf("FAIL no such case\n");
        well = false;
    }
    const bool untold = !well && w.shared->failed == 0;
    printf("%zu passed, %zu failed\n", w.shared->passed, w.shared->failed + untold);
    return !well;
}
