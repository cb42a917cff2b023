/* Work after the response: when it runs, in what state, and who waits for it. */
#include <openspeed/concurrency.h>

#include "tests/unit/rig.h"

#define WORK_S 5 /* for which a piece of work waits */
#define GET(path) OSP_RIG_GET(path)

/* ---------------------------------------------------------------- the application */

/* What work of a test's process has seen. */
static struct {
    int begun, done, cleaned;
    osp_status last;
    char order[16];
    char text[128];
} seen;

typedef struct Job {
    osp_ctx *ctx;
    osp_str name; /* a slice of the request */
    int64_t wait_s;
} Job;

typedef struct JobIn {
    osp_str name;
    int64_t wait;
} JobIn;
OSP_TYPE(JobIn, PATH(name), QUERY(wait, .fallback = "0"));

static osp_status note(osp_task *task, Job *job)
{
    OSP_CHECK(task == &job->ctx->task && task->error.status == OSP_OK && !task->cancelled);
    seen.begun++;
    const size_t at = strlen(seen.order);
    seen.order[at] = job->name.ptr[0];
    seen.last = job->wait_s > 0 ? osp_sleep_ms(task, job->wait_s * 1000) : OSP_OK;
    OSP_TRY(seen.last);
    const osp_str copy = osp_format(task, "%.*s", OSP_ARG(job->name));
    (void)snprintf(seen.text, sizeof seen.text, "%.*s %.*s", OSP_ARG(copy),
                   OSP_ARG(osp_header(job->ctx, OSP_STR("Host"))));
    seen.done++;
    return OSP_OK;
}
OSP_TASK(note, Job);

static osp_status fail_after(osp_task *task, void *arg)
{
    (void)arg;
    strcat(seen.order, "!");
    return osp_task_fail(task, OSP_E_IO, "as asked");
}
OSP_TASK(fail_after, void);

static osp_status speak(osp_task *task, Job *job)
{
    (void)task;
    OSP_CHECK(osp_write(job->ctx, OSP_STR("more")) < 0);
    OSP_CHECK(osp_fail(job->ctx, 404, "too late") == OSP_E_FAILED);
    return OSP_OK;
}
OSP_TASK(speak, Job);

static void cleaned(void *arg)
{
    (void)arg;
    seen.cleaned++;
}

static osp_status get(osp_ctx *ctx, const void *raw_in, void *out)
{
    const JobIn *in = raw_in;
    (void)out;
    OSP_TRY(osp_defer(ctx, cleaned, NULL));
    Job *job = osp_new(ctx, Job);
    *job = (Job){ ctx, in->name, in->wait };
    if (osp_str_equal(in->name, OSP_STR("hi"))) {
        return osp_text(ctx, OSP_STR("hi"));
    }
    if (osp_str_equal(in->name, OSP_STR("speak"))) {
        OSP_TRY(osp_after(ctx, speak, job));
        return osp_text(ctx, OSP_STR("spoken"));
    }
    OSP_TRY(osp_after(ctx, note, job));
    if (osp_str_equal(in->name, OSP_STR("three"))) {
        Job *other = osp_new(ctx, Job);
        *other = (Job){ ctx, OSP_STR("other"), 0 };
        OSP_TRY(osp_after(ctx, fail_after, NULL));
        OSP_TRY(osp_after(ctx, note, other));
    }
    if (osp_str_equal(in->name, OSP_STR("refused"))) {
        return osp_fail(ctx, 409, "as asked");
    }
    if (osp_str_equal(in->name, OSP_STR("broken"))) {
        return osp_task_fail(&ctx->task, OSP_E_DB, "as asked");
    }
    return osp_text(ctx, OSP_STR("answered"));
}

static const osp_route get_route = {
    .in_ = &osp_type_JobIn, .out_ = &osp_type_void, .call_ = get, .handler_ = "get"
};
static const char *const param_names[] = { "name" };
static const osp_route_leaf leaf = { .pattern = "/[name]",
                                     .param_names = param_names,
                                     .param_count = 1,
                                     .by_method = { [OSP_METHOD_GET] = &get_route } };
static const osp_route_node end = { .leaf = &leaf }, root = { .param = &end };
static const osp_route_leaf *const leaves[] = { &leaf };
static const osp_app_def app = {
    .name = "after", .root = &root, .leaves = leaves, .leaf_count = OSP_ARRAY_LEN(leaves)
};

/* The number of answers that have come. */
static size_t answers(osp_client *client)
{
    osp_client_read(client, SIZE_MAX);
    return osp_client_count(client, "HTTP/1.1 200 OK\r\n");
}

/* ---------------------------------------------------------------- tests */

OSP_UNIT_TEST(after_answers_first,
              "the answer is sent before work after it ends, and the connection goes on meanwhile")
{
    osp_rig rig;
    osp_rig_open_app(&rig, &app);
    osp_client client = osp_client_open(&rig);
    osp_client_send(&client, OSP_STR(GET("/work?wait=5")));
    OSP_CHECK(answers(&client) == 1 && seen.begun == 1 && seen.done == 0);
    OSP_CHECK(rig.worker->afters == 1);
    osp_client_send(&client, OSP_STR(GET("/hi")));
    OSP_CHECK(answers(&client) == 2 && seen.done == 0 && seen.cleaned == 1);
    osp_rig_pass(&rig, WORK_S);
    OSP_CHECK(seen.done == 1 && seen.cleaned == 2 && rig.worker->afters == 0);
    OSP_CHECK(strcmp(seen.text, "work test") == 0); /* of a request that is long answered */
    osp_client_close(&client);
    osp_rig_close(&rig);
}

OSP_UNIT_TEST(after_pipelined, "what a client has sent behind such a request is answered at once")
{
    osp_rig rig;
    osp_rig_open_app(&rig, &app);
    osp_client client = osp_client_open(&rig);
    osp_client_send(&client,
                    OSP_STR(GET("/hi") GET("/a?wait=5") GET("/b?wait=5") GET("/hi") GET("/hi")));
    OSP_CHECK(answers(&client) == 5 && seen.begun == 2 && seen.done == 0);
    OSP_CHECK(memmem(client.text, client.kept, "answered", 8) != NULL);
    osp_rig_pass(&rig, WORK_S);
    OSP_CHECK(seen.done == 2);
    osp_client_close(&client);
    osp_rig_close(&rig);
}

OSP_UNIT_TEST(after_order,
              "the last one given is done first, and a failure keeps no other from being done")
{
    osp_rig rig;
    osp_rig_open_app(&rig, &app);
    osp_client client = osp_client_open(&rig);
    osp_client_send(&client, OSP_STR(GET("/three")));
    OSP_CHECK(answers(&client) == 1);
    OSP_CHECK(strcmp(seen.order, "o!t") == 0 && seen.done == 2);
    osp_client_close(&client);
    osp_rig_close(&rig);
}

OSP_UNIT_TEST(after_failures, "it is done after a failed request too, and has not failed itself")
{
    osp_rig rig;
    osp_rig_open_app(&rig, &app);
    osp_client client = osp_client_open(&rig);
    osp_client_send(&client, OSP_STR(GET("/refused")));
    OSP_CHECK(osp_client_status(&client) == 409 && seen.done == 1);
    osp_client_forget(&client);
    osp_client_send(&client, OSP_STR(GET("/broken")));
    OSP_CHECK(osp_client_status(&client) == 500 && seen.done == 2);
    osp_client_forget(&client);
    osp_client_send(&client, OSP_STR(GET("/speak")));
    OSP_CHECK(osp_client_status(&client) == 200);
    OSP_CHECK(osp_client_count(&client, "HTTP/1.1") == 1); /* nothing can be said any more */
    osp_client_close(&client);
    osp_rig_close(&rig);
}

OSP_UNIT_TEST(after_client_gone, "a client that goes does not end it")
{
    osp_rig rig;
    osp_rig_open_app(&rig, &app);
    osp_client client = osp_client_open(&rig);
    osp_client_send(&client, OSP_STR(GET("/work?wait=5")));
    OSP_CHECK(answers(&client) == 1);
    osp_client_close(&client);
    OSP_CHECK(rig.worker->conn_count == 0 && seen.done == 0);
    osp_rig_pass(&rig, WORK_S);
    OSP_CHECK(seen.done == 1 && seen.last == OSP_OK && seen.cleaned == 1);
    osp_rig_close(&rig);
}

OSP_UNIT_TEST(after_limit,
              "beyond the limit it is done before the next request of its connection, not dropped")
{
    osp_rig rig;
    osp_config config = *osp_config_default();
    config.limits.requests = 4; /* one of them may work after its response elsewhere */
    osp_rig_open_app_with(&rig, &app, &config);
    osp_client first = osp_client_open(&rig), second = osp_client_open(&rig);
    osp_client_send(&first, OSP_STR(GET("/a?wait=5")));
    osp_client_send(&second, OSP_STR(GET("/b?wait=5")));
    OSP_CHECK(answers(&first) == 1 && answers(&second) == 1 && seen.begun == 2);
    OSP_CHECK(rig.worker->afters == 1);
    osp_client_send(&first, OSP_STR(GET("/hi")));
    osp_client_send(&second, OSP_STR(GET("/hi")));
    OSP_CHECK(answers(&first) == 2 && answers(&second) == 1);
    osp_rig_pass(&rig, WORK_S);
    OSP_CHECK(answers(&second) == 2 && seen.done == 2);
    osp_client_close(&first);
    osp_client_close(&second);
    osp_rig_close(&rig);
}

OSP_UNIT_TEST(after_limit_gone, "there too a client that goes does not end it")
{
    osp_rig rig;
    osp_config config = *osp_config_default();
    config.limits.requests = 1;
    osp_rig_open_app_with(&rig, &app, &config);
    osp_client client = osp_client_open(&rig);
    osp_client_send(&client, OSP_STR(GET("/a?wait=5")));
    OSP_CHECK(answers(&client) == 1 && rig.worker->afters == 0);
    osp_client_close(&client);
    OSP_CHECK(rig.worker->conn_count == 1 && seen.done == 0);
    osp_rig_pass(&rig, WORK_S);
    OSP_CHECK(rig.worker->conn_count == 0 && seen.done == 1 && seen.last == OSP_OK);
    osp_rig_close(&rig);
}

OSP_UNIT_TEST(after_deadline, "it has deadlines.after_s, and no time of the handler's")
{
    osp_rig rig;
    osp_config config = *osp_config_default();
    config.deadlines.after_s = 2 * OSP_HANDLER_S;
    osp_rig_open_app_with(&rig, &app, &config);
    osp_client client = osp_client_open(&rig);
    osp_client_send(&client, OSP_STR(GET("/a?wait=1000")));
    osp_rig_pass(&rig, 2 * OSP_HANDLER_S - 1);
    OSP_CHECK(answers(&client) == 1 && seen.begun == 1 && seen.last == OSP_OK);
    osp_rig_pass(&rig, 1);
    OSP_CHECK(seen.last == OSP_E_DEADLINE && seen.done == 0 && rig.worker->works == NULL);
    osp_client_close(&client);
    osp_rig_close(&rig);
}

OSP_UNIT_TEST(after_drain, "a worker that drains ends when it is done")
{
    osp_rig rig;
    osp_rig_open_app(&rig, &app);
    osp_client client = osp_client_open(&rig);
    osp_client_send(&client, OSP_STR(GET("/a?wait=5")));
    osp_client_close(&client);
    rig.worker->drain_until_us = rig.now_us + INT64_C(1000000) * OSP_DRAIN_S;
    osp_worker_stop_when_done(rig.worker);
    OSP_CHECK(rig.worker->works != NULL);
    osp_rig_pass(&rig, WORK_S - 1);
    OSP_CHECK(seen.done == 0);
    rig.now_us += 1000000;
    osp_loop_hold_clock(rig.worker->loop, rig.now_us);
    OSP_CHECK(osp_loop_run(rig.worker->loop) == OSP_OK); /* by itself */
    OSP_CHECK(seen.done == 1 && rig.worker->works == NULL);
    osp_rig_close(&rig);
}
