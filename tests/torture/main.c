/* Every allocation and every system call of a request fails in turn.
 *
 *     torture                      a sample of all cases; prints its seed
 *     torture --seed 7 --count 500 --seconds 10
 *     torture --all                every case; --jobs 2 tries two at a time
 *     torture --all --shard 2/5    the second fifth of them
 *     torture --only stream        every case of a feature,
 *     torture --only stream:recv   of a sort of call there,
 *     torture --only stream:recv:ECONNRESET:2    and one alone
 *     torture --list               the features
 *
 * A case is FEATURE:CALL:HOW:NTH: in the conversation of that feature the nth call of that sort
 * fails in that way.  Cases run in a child of each lane, which writes into shared memory what it is
 * at; so a crash or a hang names its case, and another child goes on behind it.  Which lane has a
 * case follows from the case alone, so that lanes that count calls differently miss none.  What the
 * server logs is kept in a file of the lane and shown for a case that fails. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
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
#define TURNS_NTH_MAX 32   /* of epoll_pwait: how often it is called depends on the time */
#define SLOW_TURNS_NTH_MAX 3
#define RANDOM_NTH_MAX 1000000 /* of faults by chance, */
#define RANDOM_ALL 60          /* and so many of them with --all */
#define SLOW_RANDOM_ALL 10
#define SLOW_EACH 40 /* one in so many cases of a sample is of a slow feature */
#define HANG_S 60
#define LANES_MAX 16
#define LOOK_MS 2
#define PROGRESS_S 10
#define REPORT_SIZE 65536 /* is written at once, that lanes do not tear each other's */
#define LOG_SHOWN 8000    /* bytes of the log of a case that failed */
#define FOLDER_MAX 200
#define FEATURES_MAX 128

typedef struct options {
    uint64_t seed;
    size_t count;
    int seconds;                /* 0: as long as it takes */
    size_t jobs, shard, shards; /* shard: from 0 on */
    bool all, list, steady;
    const char *only;
} options;

typedef struct torture_case {
    size_t feature, mode, nth, index; /* index: in a sample */
} torture_case;

/* What a child and its parent both see. */
typedef struct lane {
    torture_case at; /* the next one to try */
    bool running;    /* it is being tried */
    bool done;       /* there is none left */
    size_t passed, failed;
    size_t total; /* cases of this lane; 0: not known yet */
} lane;

/* What the parent knows of a child. */
typedef struct watched {
    pid_t pid; /* 0: there is none */
    torture_case last;
    int64_t since_us; /* it is at that case */
} watched;

typedef struct world {
    options options;
    lane *lanes; /* options.jobs of them */
    watched watched[LANES_MAX];
    int log_fds[LANES_MAX];
    size_t mine;              /* of a child: its lane */
    int64_t begin_us, end_us; /* end_us 0: none */
    char folder[FOLDER_MAX];
    bool calibrated[FEATURES_MAX];
    size_t counts[FEATURES_MAX][CALL_COUNT]; /* calls of each feature without a fault */
} world;

/* ---------------------------------------------------------------- logs */

static void show_log(const world *w, size_t which)
{
    static char text[LOG_SHOWN + 1];
    const ssize_t size = pread(w->log_fds[which], text, LOG_SHOWN, 0);
    if (size > 0) {
        text[size] = '\0';
        printf("%s%s", text, text[size - 1] == '\n' ? "" : "\n");
    }
}

static void forget_log(const world *w)
{
    (void)syscall(SYS_ftruncate, w->log_fds[w->mine], 0L);
}

/* ---------------------------------------------------------------- cases */

/* A feature without a fault, once: it must be right, and shows how many calls it makes. */
static void calibrate(world *w, size_t which)
{
    bool fired;
    if (w->calibrated[which]) {
        return;
    }
    w->calibrated[which] = true;
    forget_log(w);
    const char *wrong = trial_run(&features[which], NULL, 0, &fired);
    if (wrong != NULL) {
        printf("FAIL %s without a fault - %s\n", features[which].name, wrong);
        show_log(w, w->mine);
        (void)fflush(stdout);
        w->lanes[w->mine].failed++;
        return;
    }
    for (call c = 0; c < CALL_COUNT; c++) {
        w->counts[which][c] = trial_counted(c);
    }
}

static bool is_sample(const world *w)
{
    return !w->options.all && w->options.only == NULL;
}

static size_t nth_max(const world *w, const torture_case *at)
{
    const call which = modes[at->mode].call;
    const bool slow = trial_is_slow(&features[at->feature]);
    size_t most = is_sample(w) ? SAMPLE_NTH_MAX : SIZE_MAX;
    if (which == CALL_COUNT) {
        const char *number = w->options.only != NULL ? strrchr(w->options.only, ':') : NULL;
        const bool one = number != NULL && strtoul(number + 1, NULL, 10) > 0;
        return one || is_sample(w) ? RANDOM_NTH_MAX : slow ? SLOW_RANDOM_ALL : RANDOM_ALL;
    }
    if (which == CALL_EPOLL_PWAIT) {
        most = slow ? SLOW_TURNS_NTH_MAX : TURNS_NTH_MAX;
    }
    const size_t count = w->counts[at->feature][which];
    return count < most ? count : most;
}

/* The case of a sample at a place; false: the draw met nothing, which the next place makes up. */
static bool draw(world *w, torture_case *at)
{
    const uint64_t first = mix(w->options.seed * 1000003 + at->index);
    const uint64_t second = mix(first), third = mix(second);
    at->feature = first % feature_count;
    at->mode = second % mode_count;
    const feature *what = &features[at->feature];
    if (!trial_can(what) || (trial_is_slow(what) && (third >> 32) % SLOW_EACH > 0)) {
        return false;
    }
    calibrate(w, at->feature);
    const size_t most = nth_max(w, at);
    if (most == 0) {
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

/* Whether it falls to the lane, of those of all shards. */
static bool is_of_lane(const world *w, const torture_case *at)
{
    const options *o = &w->options;
    const size_t number = at->feature + at->mode + at->nth;
    return number % (o->shards * o->jobs) == o->shard * o->jobs + w->mine;
}

static bool is_wanted_feature(const world *w, const feature *what)
{
    return w->options.only == NULL || match_part(w->options.only, what->name) != NULL;
}

static bool is_wanted(const world *w, const torture_case *at)
{
    const char *rest = w->options.only;
    if (!is_of_lane(w, at)) {
        return false;
    }
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
        if (!is_wanted_feature(w, &features[at->feature])) {
            continue;
        }
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

static bool find_case(world *w, torture_case *at)
{
    if (!is_sample(w)) {
        return seek(w, at);
    }
    while (at->index < w->options.count && (w->end_us == 0 || osp_monotonic_us() < w->end_us)) {
        if (draw(w, at)) {
            return true;
        }
        at->index += w->options.jobs;
    }
    return false;
}

static void step(const world *w, torture_case *at)
{
    at->nth++;
    at->index += w->options.jobs;
}

/* How many cases this lane has, if that is known before. */
static size_t count_cases(const world *w)
{
    torture_case at = { .nth = 1 };
    size_t count = 0;
    for (; seek(w, &at); at.nth++) {
        count++;
    }
    return count;
}

/* ---------------------------------------------------------------- the child */

static void report(const world *w, size_t which, const char *wrong)
{
    const torture_case *at = &w->lanes[which].at;
    char name[200];
    (void)snprintf(name, sizeof name, "%s:%s:%s:%zu", features[at->feature].name,
                   call_name(modes[at->mode].call), modes[at->mode].name, at->nth);
    printf("FAIL %s - %s\n", name, wrong);
    show_log(w, which);
    printf("     again: torture --only %s\n", name);
    (void)fflush(stdout);
}

static void hear_nothing(void *arg, const osp_migration *migration, int64_t ms)
{
    (void)arg, (void)migration, (void)ms;
}

static bool prepare_database(world *w)
{
    static const osp_migration_watch deaf = { .applied = hear_nothing };
    char url[FOLDER_MAX + 20];
    const osp_app_def *app = torture_app(TORTURE_DATABASE);
    (void)snprintf(url, sizeof url, "file:%s/%zu.db", w->folder, w->mine);
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
    (void)snprintf(path, sizeof path, "%s/%zu.state", w->folder, w->mine);
    (void)setenv(START_STATE, path, 1);
    return faults_share(path);
}

/* All that is asked for; of a sample not those that take long and may not be drawn. */
static void calibrate_all(world *w)
{
    for (size_t i = 0; i < feature_count; i++) {
        if (trial_can(&features[i]) && is_wanted_feature(w, &features[i]) &&
            !(is_sample(w) && trial_is_slow(&features[i]))) {
            calibrate(w, i);
        }
    }
}

static int child(world *w, pid_t parent)
{
    static char reports[REPORT_SIZE];
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) {
        return 1;
    }
    (void)dup2(w->log_fds[w->mine], STDERR_FILENO);
    (void)setvbuf(stdout, reports, _IOFBF, sizeof reports);
    lane *my = &w->lanes[w->mine];
    if (!share_faults(w) || !prepare_database(w)) {
        my->failed++;
        my->done = true;
    }
    calibrate_all(w);
    my->total = is_sample(w) ? 0 : count_cases(w);
    while (!my->done && find_case(w, &my->at)) {
        bool fired;
        forget_log(w);
        my->running = true;
        const char *wrong =
            trial_run(&features[my->at.feature], &modes[my->at.mode], my->at.nth, &fired);
        my->running = false;
        if (wrong != NULL) {
            report(w, w->mine, wrong);
        }
        *(wrong != NULL ? &my->failed : &my->passed) += 1;
        step(w, &my->at);
    }
    my->done = true;
    forget_log(w);
    return 0;
}

/* ---------------------------------------------------------------- the parent */

/* What all lanes have done. */
static lane sum_of(const world *w)
{
    lane sum = { 0 };
    for (size_t i = 0; i < w->options.jobs; i++) {
        sum.passed += w->lanes[i].passed;
        sum.failed += w->lanes[i].failed;
        sum.total += w->lanes[i].total;
    }
    return sum;
}

static void show_progress(const world *w)
{
    const lane sum = sum_of(w);
    const size_t done = sum.passed + sum.failed;
    const double took_s = (double)(osp_monotonic_us() - w->begin_us) / 1000000;
    const double rate = (double)done / took_s;
    printf("%zu of %zu cases, %zu failed, %.0f a second, %.0f s left:", done, sum.total, sum.failed,
           rate, rate > 0 ? (double)(sum.total - done) / rate : 0.0);
    for (size_t i = 0; i < w->options.jobs; i++) {
        const size_t at = w->lanes[i].at.feature;
        printf(" %s", at < feature_count ? features[at].name : "-");
    }
    printf("\n");
    (void)fflush(stdout);
}

/* True: there is a child in the lane now. */
static bool start_lane(world *w, size_t which)
{
    watched *at = &w->watched[which];
    const pid_t parent = getpid();
    (void)fflush(stdout);
    at->last = w->lanes[which].at;
    at->since_us = osp_monotonic_us();
    at->pid = fork();
    if (at->pid == 0) {
        w->mine = which;
        exit(child(w, parent));
    }
    if (at->pid < 0) {
        printf("FAIL no process: %s\n", strerror(errno));
        at->pid = 0;
        w->lanes[which].failed++;
    }
    return at->pid > 0;
}

/* The child has ended; whether another one has to go on. */
static bool goes_on(world *w, size_t which, int status, bool hung)
{
    lane *my = &w->lanes[which];
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
        show_log(w, which);
        return false;
    }
    report(w, which, how);
    my->running = false;
    step(w, &my->at);
    return true;
}

/* Looks after the child of a lane.  False: the lane is at its end. */
static bool watch_lane(world *w, size_t which)
{
    watched *at = &w->watched[which];
    int status = 0;
    bool hung = false;
    if (at->pid == 0) {
        return false;
    }
    if (waitpid(at->pid, &status, WNOHANG) == 0) {
        const int64_t now_us = osp_monotonic_us();
        if (memcmp(&at->last, &w->lanes[which].at, sizeof at->last) != 0) {
            at->last = w->lanes[which].at;
            at->since_us = now_us;
        }
        if (now_us - at->since_us <= HANG_S * (int64_t)1000000) {
            return true;
        }
        (void)kill(at->pid, SIGKILL);
        (void)waitpid(at->pid, &status, 0);
        hung = true;
    }
    at->pid = 0;
    return goes_on(w, which, status, hung) && start_lane(w, which);
}

static void run(world *w)
{
    int64_t shown_us = w->begin_us;
    for (size_t i = 0; i < w->options.jobs; i++) {
        (void)start_lane(w, i);
    }
    for (bool more = true; more;) {
        (void)poll(NULL, 0, LOOK_MS);
        more = false;
        for (size_t i = 0; i < w->options.jobs; i++) {
            more = watch_lane(w, i) || more;
        }
        if (w->options.all && osp_monotonic_us() - shown_us > PROGRESS_S * (int64_t)1000000) {
            shown_us = osp_monotonic_us();
            show_progress(w);
        }
    }
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
    } else if (strcmp(name, "--jobs") == 0) {
        into->jobs = strtoul(value, NULL, 10);
        return into->jobs >= 1 && into->jobs <= LANES_MAX;
    } else if (strcmp(name, "--shard") == 0) {
        return sscanf(value, "%zu/%zu", &into->shard, &into->shards) == 2 && into->shard >= 1 &&
               into->shard-- <= into->shards;
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
            fprintf(stderr, "%s: \"%s\" is unknown or not its value\n", argv[0], argv[i]);
            return false;
        } else {
            i++;
        }
    }
    return true;
}

static bool open_world(world *w)
{
    /* In memory, where fsync takes no time. */
    const char *memory = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
    const char *base = getenv("TMPDIR");
    const size_t jobs = w->options.jobs;
    OSP_ASSERT(feature_count <= FEATURES_MAX);
    (void)snprintf(w->folder, sizeof w->folder, "%s/torture-XXXXXX", base != NULL ? base : memory);
    w->lanes = mmap(NULL, jobs * sizeof *w->lanes, PROT_READ | PROT_WRITE,
                    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    bool well = w->lanes != MAP_FAILED && mkdtemp(w->folder) != NULL;
    for (size_t i = 0; well && i < jobs; i++) {
        w->log_fds[i] = memfd_create("torture-log", MFD_CLOEXEC);
        well = w->log_fds[i] >= 0 && fcntl(w->log_fds[i], F_SETFL, O_APPEND) == 0;
        w->lanes[i].at = (torture_case){ .nth = 1, .index = i };
    }
    if (!well) {
        printf("FAIL no place to work: %s\n", strerror(errno));
        return false;
    }
    w->begin_us = osp_monotonic_us();
    w->end_us = w->options.seconds > 0 ? w->begin_us + (int64_t)w->options.seconds * 1000000 : 0;
    return true;
}

static void close_world(const world *w)
{
    static const char *const files[] = {
        "db", "db-wal", "db-shm", "state", "state.errors", "state.access", "state.pid", "state.sock"
    };
    char path[FOLDER_MAX + 40];
    for (size_t which = 0; which < w->options.jobs; which++) {
        for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
            (void)snprintf(path, sizeof path, "%s/%zu.%s", w->folder, which, files[i]);
            (void)unlink(path);
        }
    }
    (void)rmdir(w->folder);
}

int main(int argc, char **argv)
{
    static world w;
    if (argc > 1 && (strcmp(argv[1], "--worker") == 0 || getenv("OPENSPEED_HANDOVER") != NULL)) {
        return start_worker(argc, argv);
    }
    /* A day has its own sample; the seed that is printed makes it again. */
    w.options = (options){
        .seed = (uint64_t)time(NULL) / 86400, .count = SAMPLE_COUNT, .jobs = 1, .shards = 1
    };
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
    if (is_sample(&w)) {
        printf("torture --seed %llu\n", (unsigned long long)w.options.seed);
    }
    run(&w);
    close_world(&w);
    lane sum = sum_of(&w);
    if (sum.passed + sum.failed == 0) {
        printf("FAIL no such case\n");
        sum.failed++;
    }
    printf("%zu passed, %zu failed\n", sum.passed, sum.failed);
    return sum.failed > 0;
}
