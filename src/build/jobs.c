/* Runs compilers side by side and only where something changed.
 *
 *     x.o       the output, renamed from x.o.part when the compiler succeeded
 *     x.o.cmd   its command line; written before the compiler starts
 *     x.o.in    a digest of the paths, times and sizes of the inputs
 *     x.o.log   what the compiler says, so that parallel errors do not mix; it stays while it holds
 *               warnings, which are said again by each build that need not compile
 *
 * A program that must prove itself does so as x.part: it gets its name only if that went well, so
 * what failed its proof is as stale as what did not compile.
 *
 * The .cmd file carries the time at which the build began to read the inputs: an input saved while
 * the compiler runs is newer than it, and the next build compiles again.  An equal time counts as
 * newer, because a clock tick is long enough to save and build in; not so for what the build itself
 * has just made.  The .in file tells an input that was replaced by an older one: a backup moved
 * back, or headers from a package, whose times are those of the package.
 *
 * Children get argument arrays, never a shell.  Rejected: digests of the inputs' bytes (reads every
 * header of every file at each build; times and sizes do for a tree that people edit). */
#include "build/jobs.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/digest.h"
#include "build/complaint.h"
#include "build/depfile.h"

#define OSP_JOBS_PARALLEL_MAX 64

extern char **environ;

typedef struct child {
    pid_t pid; /* 0: free */
    const osp_job *job;
    int log;
    bool proving; /* the output runs, not the compiler */
} child;

typedef struct crew {
    osp_arena *arena;
    osp_jobs_options options;
    child children[OSP_JOBS_PARALLEL_MAX];
    size_t running, started, total;
    const osp_job *failed; /* the first */
    osp_error cause;       /* why */
    bool line_open;        /* a progress line stands without its end */
} crew;

static const char *in_dir(osp_arena *arena, const char *dir, const char *path)
{
    return path[0] == '/' ? path : osp_kit_format(arena, "%s/%s", dir, path);
}

/* ---------------------------------------------------------------- staleness */

static osp_str command_line(osp_arena *arena, const osp_job *job)
{
    osp_buf line;
    osp_buf_init(&line, NULL, 0, OSP_BUILD_FILE_MAX);
    for (size_t i = 0; i < job->argv.count; i++) {
        osp_buf_str(&line, osp_str_from(job->argv.items[i]));
        osp_buf_byte(&line, '\n');
    }
    const size_t len = line.failed ? 0 : line.len;
    char *text = osp_kit_alloc(arena, len + 1);
    if (len != 0) {
        memcpy(text, line.ptr, len);
    }
    osp_buf_done(&line);
    return (osp_str){ text, len };
}

static bool is_older(const struct timespec *a, const struct timespec *b)
{
    return a->tv_sec < b->tv_sec || (a->tv_sec == b->tv_sec && a->tv_nsec < b->tv_nsec);
}

/* Adds an input to a digest.  False when it is not there, or not older than `when` (NULL: may be).
 */
static bool add_input(osp_arena *arena, const char *dir, const osp_job *job, const char *path,
                      const struct timespec *when, osp_sha256 *sha)
{
    struct stat info;
    if (stat(in_dir(arena, dir, path), &info) != 0) {
        return false;
    }
    const int64_t seen[] = { info.st_mtim.tv_sec, info.st_mtim.tv_nsec, info.st_size };
    osp_sha256_add(sha, (osp_str){ path, strlen(path) + 1 });
    osp_sha256_add(sha, (osp_str){ (const char *)seen, sizeof(seen) });
    return when == NULL ||
           (job->inputs_made ? !is_older(when, &info.st_mtim) : is_older(&info.st_mtim, when));
}

/* The digest of everything that the output was made from.  False when there is none to trust. */
static bool digest_inputs(osp_arena *arena, const char *dir, const osp_job *job,
                          const struct timespec *when, uint8_t digest[OSP_SHA256_SIZE])
{
    osp_sha256 sha;
    osp_str text;
    bool good = true;
    osp_sha256_init(&sha);
    if (job->depfile != NULL) {
        if (osp_kit_read(arena, in_dir(arena, dir, job->depfile), &text, NULL) != OSP_OK ||
            !osp_depfile_begin(&text)) {
            return false;
        }
        char *word = osp_kit_alloc(arena, text.len + 1);
        while (good && osp_depfile_next(&text, word)) {
            good = add_input(arena, dir, job, word, when, &sha);
        }
    }
    for (size_t i = 0; good && i < job->inputs.count; i++) {
        good = add_input(arena, dir, job, job->inputs.items[i], when, &sha);
    }
    osp_sha256_end(&sha, digest);
    return good;
}

bool osp_job_stale(osp_arena *arena, const char *dir, const osp_job *job)
{
    const char *output = in_dir(arena, dir, job->output);
    const char *stamp = osp_kit_format(arena, "%s.cmd", output);
    struct stat info;
    osp_str line, made_from;
    uint8_t digest[OSP_SHA256_SIZE];
    return stat(output, &info) != 0 || stat(stamp, &info) != 0 ||
           osp_kit_read(arena, stamp, &line, NULL) != OSP_OK ||
           !osp_str_equal(line, command_line(arena, job)) ||
           osp_kit_read(arena, osp_kit_format(arena, "%s.in", output), &made_from, NULL) !=
               OSP_OK ||
           !digest_inputs(arena, dir, job, &info.st_mtim, digest) ||
           !osp_str_equal(made_from, (osp_str){ (const char *)digest, sizeof(digest) });
}

/* ---------------------------------------------------------------- children */

static void close_line(crew *c)
{
    if (c->line_open) {
        fputs("\r\033[K", stderr);
        fflush(stderr);
        c->line_open = false;
    }
}

static void show_start(crew *c, const osp_job *job)
{
    if (c->options.verbose) {
        for (size_t i = 0; i < job->argv.count; i++) {
            fprintf(stderr, "%s%s", i == 0 ? "" : " ", (const char *)job->argv.items[i]);
        }
        fputc('\n', stderr);
    } else if (!c->options.quiet && isatty(STDERR_FILENO)) {
        fprintf(stderr, "\r\033[K[%zu/%zu] %s", c->started, c->total, job->label);
        fflush(stderr);
        c->line_open = true;
    }
}

static int spawn(crew *c, const osp_kit_list *words, bool colour, int log, pid_t *ret_pid)
{
    osp_kit_list argv = { 0 };
    posix_spawn_file_actions_t actions;
    for (size_t i = 0; i < words->count; i++) {
        osp_kit_push(c->arena, &argv, words->items[i]);
    }
    if (colour) {
        osp_kit_push(c->arena, &argv, "-fdiagnostics-color=always");
    }
    osp_kit_push(c->arena, &argv, NULL);
    int error = posix_spawn_file_actions_init(&actions);
    if (error != 0) {
        return error;
    }
    error = posix_spawn_file_actions_adddup2(&actions, log, STDOUT_FILENO);
    error = error ? error : posix_spawn_file_actions_adddup2(&actions, log, STDERR_FILENO);
    error = error ? error : posix_spawn_file_actions_addchdir_np(&actions, c->options.dir);
    if (error == 0) {
        error = posix_spawnp(ret_pid, argv.items[0], &actions, NULL,
                             (char *const *)(uintptr_t)argv.items, environ);
    }
    (void)posix_spawn_file_actions_destroy(&actions);
    return error;
}

/* Runs what a job has made, in the place of its compiler.  False: it cannot be run. */
static bool spawn_proof(crew *c, child *compiled)
{
    const osp_job *job = compiled->job;
    osp_kit_list words = { 0 };
    osp_error err = { 0 };
    osp_kit_push(c->arena, &words,
                 job->output[0] == '/' ? osp_kit_format(c->arena, "%s.part", job->output)
                                       : osp_kit_format(c->arena, "./%s.part", job->output));
    osp_kit_push(c->arena, &words, job->proof);
    const int error = spawn(c, &words, false, compiled->log, &compiled->pid);
    compiled->proving = true;
    if (error != 0) {
        (void)osp_error_set(&err, OSP_E_BUILD, "cannot run %s: %s", (const char *)words.items[0],
                            strerror(error));
        c->cause = c->failed != NULL ? c->cause : err;
    }
    return error == 0;
}

static osp_status start(crew *c, const osp_job *job, osp_error *err)
{
    const char *output = in_dir(c->arena, c->options.dir, job->output);
    const char *log_path = osp_kit_format(c->arena, "%s.log", output);
    const int log = open(log_path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    size_t place = 0;
    if (log < 0) {
        return osp_error_set(err, OSP_E_BUILD, "%s: %s", log_path, strerror(errno));
    }
    (void)unlink(output);
    if (osp_kit_write(c->arena, osp_kit_format(c->arena, "%s.cmd", output),
                      command_line(c->arena, job), err) != OSP_OK) {
        (void)close(log);
        return OSP_E_BUILD;
    }
    while (c->children[place].pid != 0) {
        place++;
        OSP_ASSERT(place < OSP_JOBS_PARALLEL_MAX);
    }
    c->started++;
    show_start(c, job);
    pid_t pid = 0;
    const int error = spawn(c, &job->argv, c->options.colour, log, &pid);
    if (error != 0) {
        (void)close(log);
        return osp_error_set(err, OSP_E_BUILD, "cannot run the compiler %s: %s",
                             (const char *)job->argv.items[0], strerror(error));
    }
    c->children[place] = (child){ .pid = pid, .job = job, .log = log };
    c->running++;
    return OSP_OK;
}

/* Without escape sequences (ECMA-48 section 5.4): the log was made for a terminal, perhaps. */
static void strip_colours(osp_buf *log)
{
    size_t len = 0;
    for (size_t i = 0; i < log->len; i++) {
        if (log->ptr[i] == '\033' && i + 1 < log->len && log->ptr[i + 1] == '[') {
            i += 2;
            while (i < log->len && (log->ptr[i] < '@' || log->ptr[i] > '~')) {
                i++;
            }
        } else {
            log->ptr[len++] = log->ptr[i];
        }
    }
    log->len = len;
}

/* What a child said goes on, that of a compiler shortened; its first error into `first`. */
static void copy_log(crew *c, const osp_job *job, int log, bool proving, char *first)
{
    osp_buf all, rest;
    ssize_t got;
    osp_buf_init(&all, NULL, 0, OSP_BUILD_FILE_MAX);
    osp_buf_init(&rest, NULL, 0, OSP_BUILD_FILE_MAX);
    while (osp_buf_reserve(&all, 4096) &&
           (got = pread(log, all.ptr + all.len, 4096, (off_t)all.len)) > 0) {
        all.len += (size_t)got;
    }
    if (!c->options.colour) {
        strip_colours(&all);
    }
    osp_complaint_read(osp_buf_text(&all), osp_str_from(c->options.own), osp_str_from(job->label),
                       &rest, first);
    const osp_buf *shown = c->options.verbose || proving || rest.failed ? &all : &rest;
    const char *end = shown->len > 0 ? memchr(shown->ptr, '\n', shown->len) : NULL;
    const bool one_line = end != NULL && (size_t)(end - shown->ptr) + 1 == shown->len;
    if (shown->len > 0 && !(proving && one_line && first[0] != '\0')) {
        close_line(c);
        (void)fwrite(shown->ptr, 1, shown->len, stderr);
    }
    osp_buf_done(&all);
    osp_buf_done(&rest);
}

static void fail(crew *c, const child *ended, int wait_status, const char *first)
{
    const char *label = ended->job->label;
    if (c->failed != NULL) {
        return;
    }
    c->failed = ended->job;
    if (first[0] != '\0') {
        (void)osp_error_set(&c->cause, OSP_E_BUILD, "%s", first);
    } else if (!ended->proving) {
        (void)osp_error_set(&c->cause, OSP_E_BUILD, "%s does not %s", label,
                            ended->job->proof != NULL ? "link" : "compile");
    } else if (c->cause.message[0] == '\0') {
        (void)osp_error_set(&c->cause, OSP_E_BUILD, "%s %s ended with %s %d", label,
                            ended->job->proof, WIFSIGNALED(wait_status) ? "signal" : "status",
                            WIFSIGNALED(wait_status) ? WTERMSIG(wait_status)
                                                     : WEXITSTATUS(wait_status));
    }
}

/* Notes what the output was made from. */
static bool keep_digest(crew *c, const osp_job *job)
{
    const char *output = in_dir(c->arena, c->options.dir, job->output);
    uint8_t digest[OSP_SHA256_SIZE] = { 0 };
    /* An input that has gone again makes the digest a false one, and the next build stale. */
    (void)digest_inputs(c->arena, c->options.dir, job, NULL, digest);
    return osp_kit_write(c->arena, osp_kit_format(c->arena, "%s.in", output),
                         (osp_str){ (const char *)digest, sizeof(digest) }, NULL) == OSP_OK;
}

static void finish(crew *c, child *ended, int wait_status)
{
    const char *output = in_dir(c->arena, c->options.dir, ended->job->output);
    const char *part = osp_kit_format(c->arena, "%s.part", output);
    char first[OSP_COMPLAINT_FIRST_MAX];
    bool good = WIFEXITED(wait_status) && WEXITSTATUS(wait_status) == 0;
    if (good && ended->job->proof != NULL && !ended->proving) {
        if (spawn_proof(c, ended)) {
            return;
        }
        good = false;
    }
    /* A proof's only line is the error that stands last anyway. */
    copy_log(c, ended->job, ended->log, ended->proving, first);
    struct stat said;
    const bool keep = good && fstat(ended->log, &said) == 0 && said.st_size > 0;
    (void)close(ended->log);
    if (!keep) {
        (void)unlink(osp_kit_format(c->arena, "%s.log", output));
    }
    if (!good || !keep_digest(c, ended->job) || rename(part, output) != 0) {
        (void)unlink(part);
        fail(c, ended, wait_status, first);
    }
    ended->pid = 0;
    c->running--;
}

/* Waits for the end of one child. */
static osp_status reap(crew *c, osp_error *err)
{
    int wait_status = 0;
    pid_t pid;
    do {
        pid = waitpid(-1, &wait_status, 0);
    } while (pid < 0 && errno == EINTR);
    if (pid < 0) {
        c->running = 0;
        return osp_error_set(err, OSP_E_BUILD, "cannot wait for the compiler: %s", strerror(errno));
    }
    for (size_t i = 0; i < OSP_JOBS_PARALLEL_MAX; i++) {
        if (c->children[i].pid == pid) {
            finish(c, &c->children[i], wait_status);
        }
    }
    return OSP_OK;
}

/* Says again what the compiler said when it made what is still fresh. */
static void repeat_log(crew *c, const osp_job *job)
{
    char first[OSP_COMPLAINT_FIRST_MAX];
    const char *output = in_dir(c->arena, c->options.dir, job->output);
    const int log =
        open(osp_kit_format(c->arena, "%s.log", output), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (log >= 0) {
        copy_log(c, job, log, false, first);
        (void)close(log);
    }
}

osp_status osp_jobs_run(osp_arena *arena, const osp_kit_list *jobs, osp_jobs_options options,
                        size_t *ret_ran, osp_error *err)
{
    crew c = { .arena = arena, .options = options };
    osp_kit_list stale = { 0 };
    osp_status status = OSP_OK;
    size_t next = 0;
    for (size_t i = 0; i < jobs->count; i++) {
        if (osp_job_stale(arena, options.dir, jobs->items[i])) {
            osp_kit_push(arena, &stale, jobs->items[i]);
        } else {
            repeat_log(&c, jobs->items[i]);
        }
    }
    c.total = stale.count;
    *ret_ran = stale.count;
    size_t parallel = options.parallel < 1 ? 1 : options.parallel;
    parallel = parallel > OSP_JOBS_PARALLEL_MAX ? OSP_JOBS_PARALLEL_MAX : parallel;
    while (c.running > 0 || (status == OSP_OK && c.failed == NULL && next < stale.count)) {
        if (status == OSP_OK && c.failed == NULL && next < stale.count && c.running < parallel) {
            status = start(&c, stale.items[next++], err);
            continue;
        }
        const osp_status reaped = reap(&c, status == OSP_OK ? err : NULL);
        status = status == OSP_OK ? reaped : status;
    }
    close_line(&c);
    if (status == OSP_OK && c.failed != NULL) {
        status = osp_error_set(err, OSP_E_BUILD, "%s", c.cause.message);
    }
    return status;
}
