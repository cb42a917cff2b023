#include "agent/failure.h"

#include <sys/socket.h>
#include <unistd.h>

#include "tests/unit/unit.h"

static osp_arena arena, reports;
static osp_ctx ctx;
static const osp_app_def app = { .name = "app" };

typedef struct Login {
    osp_str name, word;
} Login;
OSP_TYPE(Login, FIELD(name), FIELD(word, .secret = true));

static const osp_route route = { .in_ = &osp_type_Login,
                                 .file_ = "routes/in/[token]/route.c",
                                 .line_ = 12,
                                 .method_ = OSP_METHOD_POST };
static const osp_route_leaf leaf = { .pattern = "/in/[token]",
                                     .by_method = { [OSP_METHOD_POST] = &route } };
static const osp_header_field headers[] = {
    { OSP_STR("Host"), OSP_STR("localhost") },
    { OSP_STR("Authorization"), OSP_STR("Bearer abc") },
    { OSP_STR("Content-Type"), OSP_STR("application/json") },
    { OSP_STR("X-Odd"), OSP_STR("<script>\xff") },
};

static void begin(const osp_route_leaf *found)
{
    osp_arena_init(&arena, NULL, 0, 1 << 20);
    osp_arena_init(&reports, NULL, 0, 1 << 20);
    osp_ctx_init(&ctx, &app, &arena);
    ctx.request.method = OSP_METHOD_POST;
    ctx.request.target = OSP_STR("/in/abc?session=1&page=2");
    ctx.request.headers = headers;
    ctx.request.header_count = OSP_ARRAY_LEN(headers);
    ctx.request.body = OSP_STR("{\"name\":\"n\",\"word\":\"w\"}");
    ctx.match.leaf = found;
}

static void end(void)
{
    osp_arena_done(&arena);
    osp_arena_done(&reports);
}

OSP_UNIT_TEST(failure_report,
              "a 5xx is told with its cause, its place and its request without secrets")
{
    osp_report report;
    static const osp_place call = { "routes/in/[token]/route.c", 20 };
    begin(&leaf);
    osp_task_fail(&ctx.task, OSP_E_DB, "no such table: %s", "users");
    ctx.response.status = 500;
    OSP_CHECK(osp_report_of_failure(&reports, &ctx, &report));
    OSP_CHECK(report.kind == OSP_REPORT_FAILURE && report.status == 500 && report.line == 12);
    OSP_CHECK_STR(report.sentence, OSP_STR("no such table: users"));
    ctx.task.place = &call;
    OSP_CHECK(osp_report_of_failure(&reports, &ctx, &report));
    OSP_CHECK_STR(report.file, OSP_STR("routes/in/[token]/route.c"));
    OSP_CHECK(report.line == 20);
    const osp_report_request *request = &report.request.value;
    OSP_CHECK_STR(request->target, OSP_STR("/in/[redacted]?session=[redacted]&page=2"));
    OSP_CHECK_STR(request->route, OSP_STR("POST /in/[token]"));
    OSP_CHECK_STR(request->body, OSP_STR("{\"name\":\"n\",\"word\":\"[redacted]\"}"));
    OSP_CHECK_STR(request->headers.items[1].value, OSP_STR("Bearer [redacted]"));
    OSP_CHECK_STR(request->headers.items[3].value, OSP_STR("<script>\xef\xbf\xbd"));
    osp_buf json;
    osp_buf_init(&json, NULL, 0, OSP_REPORT_JSON_MAX);
    OSP_CHECK(osp_report_write(&report, &json) == OSP_OK);
    OSP_CHECK(memmem(json.ptr, json.len, "abc", 3) == NULL);
    osp_buf_done(&json);
    end();
}

OSP_UNIT_TEST(failure_none, "what is no failure of the server is not told")
{
    osp_report report;
    begin(NULL);
    ctx.response.status = 503; /* a probe, or one that is shut */
    OSP_CHECK(!osp_report_of_failure(&reports, &ctx, &report));
    (void)osp_fail(&ctx, 404, "gone");
    OSP_CHECK(!osp_report_of_failure(&reports, &ctx, &report));
    end();
    begin(NULL);
    (void)osp_fail(&ctx, 502, "The other server is away.");
    OSP_CHECK(osp_report_of_failure(&reports, &ctx, &report));
    OSP_CHECK_STR(report.sentence, OSP_STR("The other server is away."));
    OSP_CHECK(report.file.len == 0 && report.request.value.route.len == 0);
    ctx.task.cancelled = true;
    OSP_CHECK(!osp_report_of_failure(&reports, &ctx, &report));
    end();
}

/* What has come at the other end of the channel. */
static osp_str heard(int fd)
{
    static char text[1 << 16];
    const ssize_t len = recv(fd, text, sizeof(text), MSG_DONTWAIT);
    return (osp_str){ text, len > 0 ? (size_t)len : 0 };
}

OSP_UNIT_TEST(failure_told, "a request that fails is told of, and once that it no longer does")
{
    int fds[2];
    osp_channel channel;
    osp_failed failed = { .count = 0 };
    OSP_CHECK(osp_channel_pair(fds) == OSP_OK);
    osp_channel_begin(&channel, fds[0]);
    begin(&leaf);
    ctx.response.status = 200;
    osp_failed_answered(&failed, &channel, &ctx, 1);
    OSP_CHECK(heard(fds[1]).len == 0);
    osp_task_fail(&ctx.task, OSP_E_DB, "no such table");
    ctx.response.status = 500;
    osp_failed_answered(&failed, &channel, &ctx, 1);
    OSP_CHECK(osp_str_starts_with(heard(fds[1]), OSP_STR(OSP_FAILURE_REPORT)));
    ctx.task.error.status = OSP_OK;
    ctx.response.status = 404;
    ctx.request.target = OSP_STR("/other");
    osp_failed_answered(&failed, &channel, &ctx, 1);
    OSP_CHECK(heard(fds[1]).len == 0);
    ctx.request.target = OSP_STR("/in/abc?session=1&page=2");
    osp_failed_answered(&failed, &channel, &ctx, 1);
    const osp_str over = heard(fds[1]);
    OSP_CHECK(osp_str_starts_with(over, OSP_STR(OSP_FAILURE_OVER)));
    OSP_CHECK(memmem(over.ptr, over.len, "/in/[redacted]?", 15) != NULL);
    osp_failed_answered(&failed, &channel, &ctx, 1);
    OSP_CHECK(heard(fds[1]).len == 0);
    size_t told = 0;
    osp_task_fail(&ctx.task, OSP_E_DB, "no such table");
    ctx.response.status = 500;
    for (uint32_t i = 0; i < 3 * OSP_FAILED_TOLD_MAX; i++) {
        osp_failed_answered(&failed, &channel, &ctx, 2 + i / (2 * OSP_FAILED_TOLD_MAX));
        told += heard(fds[1]).len > 0;
    }
    OSP_CHECK(told == 2 * OSP_FAILED_TOLD_MAX);
    end();
    osp_channel_end(&channel);
    OSP_CHECK(close(fds[1]) == 0);
}

OSP_UNIT_TEST(failure_crashed, "of the request that ends a worker a line is told, without secrets")
{
    static osp_failed_memory memory;
    int fds[2];
    OSP_CHECK(osp_channel_pair(fds) == OSP_OK);
    begin(&leaf);
    osp_failed_crashed(&memory, fds[0], &ctx);
    const osp_str line = heard(fds[1]);
    OSP_CHECK(osp_str_starts_with(line, OSP_STR("\n" OSP_FAILURE_CRASHED)));
    OSP_CHECK(line.ptr[line.len - 1] == '\n' && line.ptr[line.len - 2] == '}');
    OSP_CHECK(memmem(line.ptr, line.len, "abc", 3) == NULL);
    /* A request that has no room is not told of, and nothing else happens. */
    osp_header_field many[OSP_REPORT_HEADERS_MAX];
    static char value[8000];
    memset(value, 'v', sizeof(value));
    for (size_t i = 0; i < OSP_ARRAY_LEN(many); i++) {
        many[i] = (osp_header_field){ OSP_STR("X"), { value, sizeof(value) } };
    }
    ctx.request.headers = many;
    ctx.request.header_count = OSP_ARRAY_LEN(many);
    osp_failed_crashed(&memory, fds[0], &ctx);
    const osp_str rest = heard(fds[1]);
    OSP_CHECK(rest.len == 0 || rest.ptr[rest.len - 1] == '\n');
    end();
    OSP_CHECK(close(fds[0]) == 0 && close(fds[1]) == 0);
}
