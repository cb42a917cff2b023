/* Jobs: when they are due, what becomes of a run, and whose they are.  The time of day is what the
 * test says. */
#include "serve/jobs.h"

#include "base/time.h"
#include "tests/unit/rig.h"

#define T0 INT64_C(1800000000) /* a multiple of 3600 */

/* ---------------------------------------------------------------- times */

static int64_t due(osp_job_def def, int64_t after_s, uint32_t seed)
{
    osp_job_times times;
    def.name_ = "job";
    OSP_CHECK(osp_job_times_init(&times, &def, NULL) == OSP_OK);
    times.seed = seed;
    return osp_job_due_s(&times, after_s);
}

OSP_UNIT_TEST(jobs_every, "a period begins at each multiple of it, wherever one looks from")
{
    const osp_job_def minute = { .every_s = 60 }, hour = { .every_s = 3600, .at_s = 300 };
    OSP_CHECK(due(minute, T0 - 1, 0) == T0 && due(minute, T0, 0) == T0 + 60);
    OSP_CHECK(due(minute, T0 + 59, 0) == T0 + 60 && due(minute, T0 + 60, 0) == T0 + 120);
    OSP_CHECK(due(hour, T0, 0) == T0 + 300 && due(hour, T0 + 300, 0) == T0 + 3900);
    OSP_CHECK(due(hour, T0 + 299, 0) == T0 + 300);
    OSP_CHECK(due((osp_job_def){ .cron = "0 * * * *" }, T0, 0) == T0 + 3600);
}

OSP_UNIT_TEST(jobs_jitter, "chance makes a time later, by the same for all who ask")
{
    const osp_job_def def = { .every_s = 60, .jitter_s = 20 };
    bool early = false, late = false;
    for (uint32_t seed = 0; seed < 200; seed++) {
        int64_t at_s = T0 - 1;
        for (int i = 0; i < 5; i++) {
            const int64_t next_s = due(def, at_s, seed);
            OSP_CHECK(next_s >= T0 + i * 60 && next_s <= T0 + i * 60 + 20);
            OSP_CHECK(due(def, next_s - 1, seed) == next_s); /* who comes later finds it too */
            early |= next_s == T0 + i * 60;
            late |= next_s == T0 + i * 60 + 20;
            at_s = next_s;
        }
    }
    OSP_CHECK(early && late);
}

OSP_UNIT_TEST(jobs_check, "what cannot be is told, at the limits and one past them")
{
    static const osp_job_def good[] = {
        { .every_s = 1 },
        { .every_s = OSP_JOB_EVERY_S_MAX, .jitter_s = OSP_JOB_JITTER_S_MAX },
        { .every_s = 60, .at_s = 59, .jitter_s = 59 },
        { .cron = "@daily", .jitter_s = OSP_JOB_JITTER_S_MAX },
    };
    static const osp_job_def wrong[] = {
        { 0 },
        { .every_s = 60, .cron = "@daily" },
        { .every_s = OSP_JOB_EVERY_S_MAX + 1 },
        { .every_s = 60, .at_s = 60 },
        { .cron = "@daily", .at_s = 1 },
        { .every_s = 60, .jitter_s = 60 },
        { .cron = "@daily", .jitter_s = OSP_JOB_JITTER_S_MAX + 1 },
        { .cron = "61 * * * *" },
        { .cron = "0 0 30 2 *" },
    };
    for (size_t i = 0; i < OSP_ARRAY_LEN(good); i++) {
        OSP_CHECK(osp_job_check(&good[i]) == NULL);
    }
    for (size_t i = 0; i < OSP_ARRAY_LEN(wrong); i++) {
        osp_job_times times;
        OSP_CHECK(osp_job_check(&wrong[i]) != NULL);
        OSP_CHECK(osp_job_times_init(&times, &wrong[i], NULL) == OSP_E_INVALID);
    }
}

/* ---------------------------------------------------------------- runs */

static struct {
    int begun, ended, each, cleaned;
    osp_status slept;
    int64_t wait_s;
    bool fails;
} seen;

static void cleaned(void *arg)
{
    (void)arg;
    seen.cleaned++;
}

static osp_status child(osp_task *task, void *arg)
{
    (void)arg;
    return osp_sleep_ms(task, 1);
}
OSP_TASK(child, void);

static osp_status minutely(osp_task *task)
{
    seen.begun++;
    OSP_TRY(osp_defer(task, cleaned, NULL));
    OSP_CHECK(osp_new_array(task, char, 100000) != NULL);
    osp_log(task, OSP_LOG_INFO, "run %d", seen.begun);
    OSP_CHECK(osp_spawn(task, child, NULL) != NULL); /* it ends before the run does */
    seen.slept = seen.wait_s > 0 ? osp_sleep_ms(task, seen.wait_s * 1000) : OSP_OK;
    OSP_TRY(seen.slept);
    seen.ended++;
    return seen.fails ? OSP_E_IO : OSP_OK;
}

static osp_status in_each(osp_task *task)
{
    (void)task;
    seen.each++;
    return OSP_OK;
}

static const osp_job_def minutely_job = { .call_ = minutely,
                                          .name_ = "minutely",
                                          .file_ = "lib/jobs.c",
                                          .line_ = 7,
                                          .runner_ = &osp_job_runner,
                                          .every_s = 60,
                                          .within_s = 100 };
static const osp_job_def each_job = { .call_ = in_each,
                                      .name_ = "in_each",
                                      .file_ = "lib/jobs.c",
                                      .line_ = 9,
                                      .runner_ = &osp_job_runner,
                                      .every_s = 60,
                                      .each_worker = true };

static osp_app_def app_with_jobs(void)
{
    static const osp_job_def *const jobs[] = { &minutely_job, &each_job };
    osp_app_def app = osp_rig_app;
    app.jobs = jobs;
    app.job_count = OSP_ARRAY_LEN(jobs);
    return app;
}

/* What runs has a child, which begins and then sleeps. */
static void let_end(osp_rig *rig)
{
    osp_rig_pass_ms(rig, 10);
    osp_rig_pass_ms(rig, 10);
    OSP_CHECK(rig->worker->works == NULL);
}

/* Opens a worker with them, a second behind a full minute of its clock, and at the beginning of
 * that second: the clock of the machine goes on beside what a test lets pass. */
static void start(osp_rig *rig, const osp_app_def *app, const osp_config *config)
{
    osp_rig_open_app_with(rig, app, config);
    osp_rig_pass(rig, 1);
    while (osp_loop_unix_s(rig->worker->loop) % 60 != 0) {
        osp_rig_pass(rig, 1);
    }
    while (osp_loop_unix_s(rig->worker->loop) % 60 != 1) {
        osp_rig_pass_ms(rig, 20);
    }
    let_end(rig);
    memset(&seen, 0, sizeof seen);
}

static int64_t now_s(const osp_rig *rig)
{
    return osp_loop_unix_s(rig->worker->loop);
}

OSP_UNIT_TEST(jobs_run, "a job runs when it is due, once, and not before")
{
    osp_rig rig;
    const osp_app_def app = app_with_jobs();
    start(&rig, &app, osp_config_default());
    osp_rig_pass(&rig, 58);
    OSP_CHECK(seen.begun == 0 && seen.each == 0);
    osp_rig_pass(&rig, 1);
    OSP_CHECK(seen.begun == 1 && seen.each == 1);
    osp_rig_pass(&rig, 1);
    OSP_CHECK(seen.ended == 1 && seen.cleaned == 1 && rig.worker->works == NULL);
    osp_rig_pass(&rig, 120);
    OSP_CHECK(seen.begun == 3 && seen.each == 3);
    osp_job_runner.look(rig.worker, now_s(&rig) + 500); /* what came due in between is done once */
    OSP_CHECK(seen.begun == 4 && seen.each == 4);
    let_end(&rig);
    osp_rig_close(&rig);
}

OSP_UNIT_TEST(jobs_overlap, "a job never overlaps itself, and is due again behind")
{
    osp_rig rig;
    const osp_app_def app = app_with_jobs();
    start(&rig, &app, osp_config_default());
    seen.wait_s = 90;
    osp_rig_pass(&rig, 120);
    OSP_CHECK(seen.begun == 1 && seen.each == 2 && seen.ended == 0);
    osp_rig_pass(&rig, 58);
    OSP_CHECK(seen.begun == 1 && seen.ended == 1);
    osp_rig_pass(&rig, 1);
    OSP_CHECK(seen.begun == 2);
    osp_rig_pass(&rig, 91);
    osp_rig_close(&rig);
}

OSP_UNIT_TEST(jobs_failure,
              "a failure is retried when the job is due next, and its time ends a run")
{
    osp_rig rig;
    const osp_app_def app = app_with_jobs();
    start(&rig, &app, osp_config_default());
    seen.fails = true;
    osp_rig_pass(&rig, 60);
    OSP_CHECK(seen.begun == 1 && seen.ended == 1);
    seen.wait_s = 1000;
    osp_rig_pass(&rig, 60);
    OSP_CHECK(seen.begun == 2);
    osp_rig_pass(&rig, 98);
    OSP_CHECK(rig.worker->works != NULL);
    osp_rig_pass(&rig, 2);
    OSP_CHECK(rig.worker->works == NULL && seen.slept < 0 && seen.cleaned == 2);
    osp_rig_close(&rig);
}

OSP_UNIT_TEST(jobs_clock, "a clock that is put back makes nothing due at once, and all of it again")
{
    osp_rig rig;
    const osp_app_def app = app_with_jobs();
    start(&rig, &app, osp_config_default());
    osp_rig_pass(&rig, 60);
    OSP_CHECK(seen.each == 1);
    osp_job_runner.look(rig.worker, now_s(&rig) - 3600);
    OSP_CHECK(seen.each == 1);
    osp_job_runner.look(rig.worker, now_s(&rig) - 3600 + 59); /* not an hour later */
    OSP_CHECK(seen.each == 2);
    let_end(&rig);
    osp_rig_close(&rig);
}

OSP_UNIT_TEST(jobs_page, "jobs run where the supervisor says, from when another left them")
{
    osp_rig rig;
    const osp_app_def app = app_with_jobs();
    start(&rig, &app, osp_config_default());
    osp_page *page = rig.worker->page;
    atomic_store(&page->jobs, 0);
    osp_rig_pass(&rig, 69); /* a full minute was 10 s ago */
    OSP_CHECK(seen.begun == 0 && seen.each == 1);
    atomic_store(&page->jobs_from.all_s, now_s(&rig) - 11); /* nobody had come to it */
    atomic_store(&page->jobs, 4711);
    osp_rig_pass(&rig, 1);
    OSP_CHECK(seen.begun == 1 && atomic_load(&page->jobs_done.all_s) == now_s(&rig));
    let_end(&rig);
    atomic_store(&page->jobs, 0);
    osp_rig_pass(&rig, 59); /* and again */
    atomic_store(&page->jobs_from.all_s, now_s(&rig) - 11);
    atomic_store(&page->jobs_from.some_s,
                 now_s(&rig) - 9); /* it had been begun, by one that died */
    atomic_store(&page->jobs_from.some, 1);
    atomic_store(&page->jobs, 4711);
    osp_rig_pass(&rig, 40);
    OSP_CHECK(seen.begun == 1);
    osp_rig_pass(&rig, 20);
    OSP_CHECK(seen.begun == 2);
    let_end(&rig);
    osp_rig_close(&rig);
}

OSP_UNIT_TEST(jobs_drain,
              "a worker that drains begins none, waits for those that run, and gives back")
{
    osp_rig rig;
    const osp_app_def app = app_with_jobs();
    start(&rig, &app, osp_config_default());
    seen.wait_s = 80;
    osp_rig_pass(&rig, 59);
    OSP_CHECK(seen.begun == 1 && seen.each == 1);
    rig.worker->drain_until_us = rig.now_us + INT64_C(1000000) * 100;
    osp_worker_stop_when_done(rig.worker);
    osp_rig_pass(&rig, 79);
    OSP_CHECK(seen.ended == 0 && seen.each == 1 && atomic_load(&rig.worker->page->jobs) != 0);
    rig.now_us += 1000000;
    osp_loop_hold_clock(rig.worker->loop, rig.now_us);
    OSP_CHECK(osp_loop_run(rig.worker->loop) == OSP_OK); /* by itself */
    OSP_CHECK(seen.ended == 1 && atomic_load(&rig.worker->page->jobs) == 0);
    osp_rig_close(&rig);
}

OSP_UNIT_TEST(jobs_no_fiber, "without a fiber to spare a job waits for one")
{
    osp_rig rig;
    const osp_app_def app = app_with_jobs();
    osp_config config = *osp_config_default();
    config.limits.requests = 1;
    start(&rig, &app, &config);
    osp_rig_pass(&rig, 57);
    osp_client client = osp_client_open(&rig);
    osp_client_send(&client, OSP_STR(OSP_RIG_GET("/wait")));
    osp_rig_pass(&rig, OSP_RIG_WAIT_S - 1);
    OSP_CHECK(seen.begun == 0);
    osp_rig_pass(&rig, 2);
    OSP_CHECK(osp_client_status(&client) == 200 && seen.begun == 1);
    osp_client_close(&client);
    let_end(&rig);
    osp_rig_close(&rig);
}
