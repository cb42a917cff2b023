/* Jobs on a timer, in the worker that has them.
 *
 *     supervisor --page->jobs--> one worker, which gives them back when it drains and none runs
 *                <--page->jobs_done-- which were begun, and up to when
 *
 * When a job is due follows from Unix time alone: no worker has to remember a phase, and reloads or
 * crashes do not move it.  What came due while nobody had the jobs is known from up to when they
 * were begun, and is done once.  A run that took its worker with it was begun, and is not tried
 * again before its next time: a job that crashes costs a worker each time, not all of them at once,
 * and those that were due in the same second are begun by the next worker.
 *
 * Looked at once a second, so a job begins within the second after it is due.
 *
 * Rejected: a timer in each process with a lock (who holds it when the process hangs?); a process
 * of its own for jobs (it would need another pool of everything, and jobs are few). */
#include "serve/jobs.h"

#include <stdlib.h>
#include <unistd.h>

#include "serve/worker.h"

_Static_assert(OSP_JOBS_MAX <= 64, "osp_jobs_done has a bit for each");

typedef struct job_run {
    osp_job_times times;
    osp_worker *worker;
    int64_t due_s; /* 0: not known yet */
    bool running;
    osp_fiber_waits waits;
    osp_work work;
    osp_task task;
    osp_arena arena;
} job_run;

struct osp_jobs {
    int64_t looked_s;
    size_t count;
    job_run runs[];
};

/* ---------------------------------------------------------------- when */

const char *osp_job_check(const osp_job_def *def)
{
    osp_cron cron;
    const char *why = NULL;
    if ((def->every_s != 0) == (def->cron != NULL)) {
        return "say .every_s or .cron, and not both";
    }
    if (def->every_s > OSP_JOB_EVERY_S_MAX) {
        return ".every_s is at most a year, 31622400";
    }
    if (def->at_s != 0 && def->at_s >= def->every_s) {
        return ".at_s is less than .every_s; a .cron has none";
    }
    if (def->jitter_s > OSP_JOB_JITTER_S_MAX) {
        return ".jitter_s is at most an hour, 3600";
    }
    if (def->every_s != 0 && def->jitter_s >= def->every_s) {
        return ".jitter_s is less than .every_s";
    }
    if (def->cron != NULL && osp_cron_parse(osp_str_from(def->cron), &cron, &why) != OSP_OK) {
        return why;
    }
    return def->cron != NULL && osp_cron_next(&cron, 0) == INT64_MAX
               ? "the .cron names a day that there never is"
               : NULL;
}

osp_status osp_job_times_init(osp_job_times *times, const osp_job_def *def, osp_error *err)
{
    const char *why = osp_job_check(def);
    *times = (osp_job_times){ .def = def };
    if (why == NULL && def->cron != NULL &&
        osp_cron_parse(osp_str_from(def->cron), &times->cron, &why) == OSP_OK) {
        why = NULL;
    }
    return why == NULL ? OSP_OK
                       : osp_error_set(err, OSP_E_INVALID, "%s:%d: job %s: %s", def->file_,
                                       def->line_, def->name_, why);
}

/* Without chance. */
static int64_t next_s(const osp_job_times *times, int64_t after_s)
{
    const osp_job_def *def = times->def;
    if (def->cron != NULL) {
        return osp_cron_next(&times->cron, after_s);
    }
    const int64_t every_s = def->every_s, at_s = def->at_s;
    return (osp_floor_div(after_s - at_s, every_s) + 1) * every_s + at_s;
}

/* The same seconds for the same time, whoever asks. */
static int64_t chance_s(const osp_job_times *times, int64_t at_s)
{
    uint64_t x = (uint64_t)at_s * UINT64_C(0x9e3779b97f4a7c15) + times->seed;
    x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
    return (int64_t)((x ^ x >> 31) % ((uint64_t)times->def->jitter_s + 1));
}

int64_t osp_job_due_s(const osp_job_times *times, int64_t after_s)
{
    int64_t at_s = next_s(times, after_s - times->def->jitter_s);
    while (at_s != INT64_MAX && at_s + chance_s(times, at_s) <= after_s) {
        at_s = next_s(times, at_s);
    }
    return at_s != INT64_MAX ? at_s + chance_s(times, at_s) : at_s;
}

/* ---------------------------------------------------------------- a run */

static uint32_t patience_s(const osp_job_def *def)
{
    return def->within_s != 0 ? def->within_s : OSP_JOB_S;
}

static void log_failure(job_run *run, osp_status status)
{
    const osp_job_def *def = run->times.def;
    osp_task *task = &run->task;
    const osp_place *call = task->place;
    if (task->error.status == OSP_OK && (status == OSP_E_CANCELLED || status == OSP_E_DEADLINE)) {
        osp_task_fail(task, status, "it took longer than its %u s", (unsigned)patience_s(def));
    } else if (task->error.status == OSP_OK) {
        osp_task_fail(task, status, "it returned %d (%s)", (int)status, osp_status_text(status));
    }
    const osp_about about = { .job = def->name_,
                              .place =
                                  call != NULL ? *call : (osp_place){ def->file_, def->line_ } };
    osp_journal_say_about(&run->worker->journal, OSP_LOG_ERROR, &about,
                          osp_str_from(task->error.message));
}

static void run_on_fiber(void *arg)
{
    job_run *run = arg;
    osp_task *task = &run->task;
    osp_status status = run->times.def->call_(task);
    if (task->kin != NULL) {
        status = osp_task_settle(task, status);
    }
    if (status < 0 || task->error.status != OSP_OK) {
        log_failure(run, status);
    }
    osp_arena_done(&run->arena); /* here, for what was deferred may wait */
}

static void give_back_when_idle(osp_worker *worker)
{
    bool runs = false;
    for (size_t i = 0; i < worker->jobs->count; i++) {
        const job_run *run = &worker->jobs->runs[i];
        runs |= run->running && !run->times.def->each_worker;
    }
    if (!runs) {
        atomic_store(&worker->page->jobs, 0);
    }
}

static void resumed(osp_fiber_waits *waits, bool ended)
{
    job_run *run = OSP_CONTAINER_OF(waits, job_run, waits);
    osp_worker *worker = run->worker;
    if (!ended) {
        return;
    }
    run->running = false;
    osp_work_end(worker, &run->work);
    if (worker->drain_until_us != 0) {
        give_back_when_idle(worker);
    }
    osp_worker_stop_when_done(worker);
}

/* False: there is no fiber for it now. */
static bool begin(job_run *run)
{
    osp_worker *worker = run->worker;
    const osp_job_def *def = run->times.def;
    osp_fiber *fiber = osp_fiber_new(worker->fibers, run_on_fiber, run);
    if (fiber == NULL) {
        return false;
    }
    osp_arena_init(&run->arena, NULL, 0, worker->config->limits.request_memory);
    osp_task_init(&run->task, &run->arena);
    run->task.services = worker->services;
    run->waits = (osp_fiber_waits){ .loop = worker->loop, .fiber = fiber, .resumed = resumed };
    osp_task_schedule(&run->task, &run->waits);
    osp_work_begin(worker, &run->work, &run->task, patience_s(def));
    run->task.deadline_us = run->work.until_us;
    run->running = true;
    osp_page_beat(worker->page);
    if (osp_fiber_resume(fiber)) {
        resumed(&run->waits, true);
    }
    return true;
}

/* ---------------------------------------------------------------- the worker */

/* From when on it is looked for. */
static int64_t from_s(const osp_worker *worker, size_t at, int64_t now_s)
{
    const osp_jobs_done *done = &worker->page->jobs_from;
    const bool begun = (atomic_load(&done->some) >> at & 1) != 0;
    const int64_t seen_s = begun ? atomic_load(&done->some_s) : atomic_load(&done->all_s);
    return seen_s == 0 || seen_s > now_s ? now_s : seen_s;
}

/* A clock that was put back makes nothing due twice. */
static void look_at(osp_worker *worker, size_t at, int64_t now_s, bool put_back)
{
    job_run *run = &worker->jobs->runs[at];
    const osp_job_def *def = run->times.def;
    const uint32_t seed = atomic_load(&worker->page->jobs);
    if (!def->each_worker && seed == 0) {
        run->due_s = 0;
        return;
    }
    if (run->due_s == 0 || put_back) {
        const bool fresh = put_back || def->each_worker;
        run->times.seed = def->each_worker ? (uint32_t)getpid() : seed + (uint32_t)at;
        run->due_s = osp_job_due_s(&run->times, fresh ? now_s : from_s(worker, at, now_s));
    }
    if (now_s < run->due_s) {
        return;
    }
    if (!def->each_worker) {
        atomic_fetch_or(&worker->page->jobs_done.some, UINT64_C(1) << at);
    }
    if (run->running) {
        const osp_about about = { .job = def->name_, .place = { def->file_, def->line_ } };
        osp_journal_say_about(&worker->journal, OSP_LOG_WARNING, &about,
                              OSP_STR("it is due and still runs; this time is passed over"));
    } else if (!begin(run)) {
        return; /* in a second again */
    }
    run->due_s = osp_job_due_s(&run->times, now_s);
}

static void look(osp_worker *worker, int64_t now_s)
{
    osp_jobs *jobs = worker->jobs;
    if (worker->drain_until_us != 0) {
        give_back_when_idle(worker);
        return;
    }
    const bool put_back = now_s < jobs->looked_s;
    const bool here = atomic_load(&worker->page->jobs) != 0;
    osp_jobs_done *done = &worker->page->jobs_done;
    jobs->looked_s = now_s;
    if (here) { /* whatever is begun below may end the process */
        atomic_store(&done->some, 0);
        atomic_store(&done->some_s, now_s);
    }
    for (size_t i = 0; i < jobs->count; i++) {
        look_at(worker, i, now_s, put_back);
    }
    if (here) {
        atomic_store(&done->all_s, now_s);
    }
}

static const osp_job_def *job_of(const osp_worker *worker, const osp_task *task)
{
    for (size_t i = 0; i < worker->jobs->count; i++) {
        if (&worker->jobs->runs[i].task == task) {
            return worker->jobs->runs[i].times.def;
        }
    }
    return NULL;
}

static osp_status open_jobs(osp_worker *worker, osp_error *err)
{
    const osp_app_def *app = worker->app;
    OSP_ASSERT(app->job_count > 0 && app->job_count <= OSP_JOBS_MAX);
    osp_jobs *jobs = calloc(1, sizeof *jobs + app->job_count * sizeof jobs->runs[0]);
    if (jobs == NULL) {
        return osp_error_set(err, OSP_E_NOMEM, "no memory for jobs");
    }
    worker->jobs = jobs;
    jobs->count = app->job_count;
    for (size_t i = 0; i < jobs->count; i++) {
        jobs->runs[i].worker = worker;
        OSP_TRY(osp_job_times_init(&jobs->runs[i].times, app->jobs[i], err));
    }
    return OSP_OK;
}

static void close_jobs(osp_worker *worker)
{
    free(worker->jobs);
    worker->jobs = NULL;
}

const struct osp_job_runner osp_job_runner = {
    .open = open_jobs,
    .close = close_jobs,
    .look = look,
    .of = job_of,
    .check = osp_job_check,
    .print = osp_jobs_print,
};
