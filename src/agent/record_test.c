#include "agent/record.h"

#include <stdlib.h>

#include "base/base64.h"
#include "tests/unit/unit.h"
#include "type/json_tree.h"

typedef struct Login {
    osp_str email, passphrase_hint;
} Login;
OSP_TYPE(Login, FIELD(email), FIELD(passphrase_hint, .secret = true, .name = "hint"));

static osp_status login(osp_ctx *ctx, const void *in, void *out)
{
    (void)ctx, (void)in, (void)out;
    return OSP_OK;
}

static const osp_route route = { .in_ = &osp_type_Login,
                                 .out_ = &osp_type_void,
                                 .call_ = login,
                                 .handler_ = "login",
                                 .file_ = "routes/login/route.c",
                                 .line_ = 12,
                                 .method_ = OSP_METHOD_POST };
static const osp_route_leaf leaf = { .pattern = "/login",
                                     .by_method = { [OSP_METHOD_POST] = &route } };
static const osp_app_def app = { .name = "test" };

typedef struct fixture {
    osp_arena arena, tree;
    osp_ctx ctx;
    osp_record record;
    osp_header_field headers[8];
    osp_record_facts facts;
    osp_buf out;
} fixture;

static fixture *setup(void)
{
    fixture *f = calloc(1, sizeof *f);
    OSP_CHECK(f != NULL);
    osp_arena_init(&f->arena, NULL, 0, 1 << 20);
    osp_arena_init(&f->tree, NULL, 0, 64 << 20);
    osp_ctx_init(&f->ctx, &app, &f->arena);
    f->ctx.task.services = NULL;
    f->ctx.match.leaf = &leaf;
    f->ctx.request.method = OSP_METHOD_POST;
    f->ctx.request.target = OSP_STR("/login?token=hunter2&next=%2F");
    f->ctx.request.headers = f->headers;
    f->headers[0] = (osp_header_field){ OSP_STR("Host"), OSP_STR("localhost") };
    f->headers[1] = (osp_header_field){ OSP_STR("Cookie"), OSP_STR("session=hunter2") };
    f->headers[2] = (osp_header_field){ OSP_STR("Authorization"), OSP_STR("Bearer hunter2") };
    f->headers[3] = (osp_header_field){ OSP_STR("Content-Type"), OSP_STR("application/json") };
    f->headers[4] = (osp_header_field){ OSP_STR("X-Odd"), OSP_STR("caf\xe9 \"a\"") };
    f->ctx.request.header_count = 5;
    f->ctx.request.body =
        OSP_STR("{\"email\":\"ada@example.com\",\"password\":\"hunter2\",\"hint\":\"hunter2\"}");
    f->facts = (osp_record_facts){
        .head = OSP_STR("POST /login?token=hunter2&next=%2F HTTP/1.1\r\n\r\n"),
        .answer = OSP_STR("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nSet-Cookie: "
                          "session=hunter2\r\nVary: Accept\r\n\r\n{\"user\":\"Ada\",\"token\":"
                          "\"hunter2\"}"),
        .bytes_in = 120,
        .bytes_out = 130,
        .stack = 4096,
        .status = 200,
    };
    osp_buf_init(&f->out, NULL, 0, (size_t)4 << 20);
    OSP_CHECK(osp_record_begin(&f->record, &f->ctx, "7-1"));
    return f;
}

static const osp_json_value *written(fixture *f)
{
    const osp_json_value *root = NULL;
    osp_error err = { 0 };
    f->facts.body_bytes = f->ctx.request.body.len;
    OSP_CHECK(osp_record_write(&f->record, &f->ctx, &f->facts, &f->out) == OSP_OK);
    const osp_status status =
        osp_json_tree_read((osp_str){ f->out.ptr, f->out.len }, &f->tree, &root, &err);
    if (status != OSP_OK) {
        fprintf(stderr, "%s\n%.*s\n", err.message, (int)f->out.len, f->out.ptr);
    }
    OSP_CHECK(status == OSP_OK);
    return root;
}

static bool is_text(const osp_json_value *root, const char *pointer, const char *wanted)
{
    const osp_str text = osp_json_tree_text(osp_json_find(root, osp_str_from(pointer)));
    const bool equal = osp_str_equal(text, osp_str_from(wanted));
    if (!equal) {
        fprintf(stderr, "%s is %.*s\n", pointer, OSP_ARG(text));
    }
    return equal;
}

static void done(fixture *f)
{
    osp_buf_done(&f->out);
    osp_arena_done(&f->arena);
    osp_arena_done(&f->tree);
    free(f);
}

OSP_UNIT_TEST(record_line, "a request is told with all that it is made of")
{
    fixture *f = setup();
    const osp_json_value *root = written(f);
    OSP_CHECK(is_text(root, "/t", "request") && is_text(root, "/id", "7-1"));
    OSP_CHECK(is_text(root, "/summary/method", "POST"));
    OSP_CHECK(is_text(root, "/summary/pattern", "/login"));
    OSP_CHECK(is_text(root, "/summary/status", "200"));
    OSP_CHECK(is_text(root, "/record/handler", "login"));
    OSP_CHECK(is_text(root, "/record/file", "routes/login/route.c"));
    OSP_CHECK(is_text(root, "/record/bytesIn", "120") && is_text(root, "/record/stack", "4096"));
    OSP_CHECK(is_text(root, "/record/request/headers/0/value", "localhost"));
    OSP_CHECK(is_text(root, "/record/request/headers/4/value", "caf\xc3\xa9 \"a\""));
    OSP_CHECK(is_text(root, "/record/request/body/form", "json"));
    OSP_CHECK(is_text(root, "/record/answer/headers/2/name", "Vary"));
    OSP_CHECK(is_text(root, "/record/answer/headers/2/value", "Accept"));
    OSP_CHECK(osp_json_count(osp_json_find(root, OSP_STR("/record/answer/headers"))) == 3);
    OSP_CHECK(is_text(root, "/record/replayable", "true"));
    done(f);
}

OSP_UNIT_TEST(record_secrets, "no secret is shown, and a replay has them all")
{
    fixture *f = setup();
    const osp_json_value *root = written(f);
    const osp_json_value *original = osp_json_member(root, OSP_STR("original"));
    const char *end = memmem(f->out.ptr, f->out.len, "\"original\"", 10);
    OSP_CHECK(original != NULL && end != NULL);
    OSP_CHECK(memmem(f->out.ptr, (size_t)(end - f->out.ptr), "hunter2", 7) == NULL);
    OSP_CHECK(is_text(root, "/record/target", "/login?token=[redacted]&next=%2F"));
    OSP_CHECK(is_text(root, "/record/request/headers/1/value", "session=[redacted]"));
    OSP_CHECK(is_text(root, "/record/answer/headers/1/value", "[redacted]"));
    OSP_CHECK(is_text(root, "/record/request/body/text",
                      "{\"email\":\"ada@example.com\",\"password\":\"[redacted]\",\"hint\":"
                      "\"[redacted]\"}"));
    OSP_CHECK(
        is_text(root, "/record/answer/body/text", "{\"user\":\"Ada\",\"token\":\"[redacted]\"}"));
    char bytes[256];
    size_t len = 0;
    const osp_str body = osp_json_tree_text(osp_json_member(original, OSP_STR("body")));
    OSP_CHECK(OSP_BASE64_SIZE(f->ctx.request.body.len) <= sizeof bytes);
    OSP_CHECK(osp_base64_decode(body, bytes, &len) == OSP_OK);
    OSP_CHECK(osp_str_equal((osp_str){ bytes, len }, f->ctx.request.body));
    done(f);
}

OSP_UNIT_TEST(record_spans, "spans and what the log says are told, with statements that repeat")
{
    fixture *f = setup();
    osp_task *task = &f->ctx.task;
    const char *sql = "SELECT \"name\" FROM users WHERE id = ?";
    const uint32_t handler = osp_trace_begin(task, OSP_SPAN_HANDLER, "login", "routes/x.c", 12);
    for (size_t i = 0; i < OSP_RECORD_REPEATS; i++) {
        const uint32_t span = osp_trace_begin(task, OSP_SPAN_SQL, sql, "routes/x.c", 14);
        osp_trace_rows(task, span, 1);
        osp_trace_end(task, span, OSP_OK);
    }
    const uint32_t other = osp_trace_begin(task, OSP_SPAN_ROWS, "SELECT 1", NULL, 0);
    osp_trace_offloaded(task);
    osp_trace_end(task, other, OSP_E_DB);
    osp_trace_end(task, handler, OSP_OK);
    f->record.trace.lines[0] = (osp_trace_line){ .level = 2, .text_len = 4, .file = "lib/a.c" };
    f->record.trace.text_len = 4;
    memcpy(f->record.trace.text, "late", 4);
    f->record.trace.line_count = 1;
    const osp_json_value *root = written(f);
    OSP_CHECK(is_text(root, "/summary/sql/count", "4") &&
              is_text(root, "/summary/sql/repeats", "3"));
    OSP_CHECK(is_text(root, "/summary/level", "2"));
    OSP_CHECK(is_text(root, "/record/repeated/0/sql", sql));
    OSP_CHECK(is_text(root, "/record/repeated/0/times", "3"));
    OSP_CHECK(osp_json_count(osp_json_find(root, OSP_STR("/record/repeated"))) == 1);
    OSP_CHECK(is_text(root, "/record/spans/1/in", "1") &&
              is_text(root, "/record/spans/1/rows", "1"));
    OSP_CHECK(is_text(root, "/record/spans/1/name", sql) &&
              is_text(root, "/record/spans/1/line", "14"));
    OSP_CHECK(is_text(root, "/record/spans/4/offloaded", "true"));
    OSP_CHECK(is_text(root, "/record/spans/4/failed", "true"));
    OSP_CHECK(is_text(root, "/record/log/0/text", "late"));
    OSP_CHECK(is_text(root, "/record/log/0/level", "warning"));
    done(f);
}

OSP_UNIT_TEST(record_bodies, "what is no text, or is in parts, is told by its size alone")
{
    fixture *f = setup();
    f->headers[3].value = OSP_STR("multipart/form-data; boundary=x");
    f->facts.answer = OSP_STR("HTTP/1.1 200 OK\r\nContent-Type: image/png\r\n\r\n\x89PNG\r\n\xff");
    f->facts.bytes_out = f->facts.answer.len;
    const osp_json_value *root = written(f);
    OSP_CHECK(is_text(root, "/record/request/body/form", "parts"));
    OSP_CHECK(osp_json_find(root, OSP_STR("/record/request/body/text")) == NULL);
    OSP_CHECK(is_text(root, "/record/answer/body/form", "binary"));
    OSP_CHECK(is_text(root, "/record/answer/body/bytes", "7"));
    OSP_CHECK(osp_json_find(root, OSP_STR("/record/answer/body/text")) == NULL);
    done(f);
}

OSP_UNIT_TEST(record_limits, "what is too long is cut, and what cannot be replayed says so")
{
    fixture *f = setup();
    char *body = malloc(OSP_RECORD_ORIGINAL_MAX + 1);
    OSP_CHECK(body != NULL);
    memset(body, 'a', OSP_RECORD_ORIGINAL_MAX + 1);
    f->headers[3].value = OSP_STR("text/plain");
    f->ctx.request.body = (osp_str){ body, OSP_RECORD_ORIGINAL_MAX - f->facts.head.len };
    const osp_json_value *root = written(f);
    OSP_CHECK(is_text(root, "/record/replayable", "true") &&
              osp_json_member(root, OSP_STR("original")) != NULL);
    OSP_CHECK(is_text(root, "/record/request/body/cut", "true"));
    OSP_CHECK(osp_json_tree_text(osp_json_find(root, OSP_STR("/record/request/body/text"))).len ==
              OSP_RECORD_BODY_MAX);
    f->out.len = 0;
    f->ctx.request.body.len++;
    root = written(f);
    OSP_CHECK(is_text(root, "/record/replayable", "false") &&
              osp_json_member(root, OSP_STR("original")) == NULL);
    free(body);
    done(f);
}

OSP_UNIT_TEST(record_long, "a line that would be too long is written without its bodies")
{
    fixture *f = setup();
    static char sql[OSP_RECORD_SQL_MAX];
    memset(sql, '\x01', sizeof sql - 1); /* six bytes each in JSON */
    for (size_t i = 0; i < OSP_TRACE_SPANS_MAX; i++) {
        osp_trace_end(&f->ctx.task, osp_trace_begin(&f->ctx.task, OSP_SPAN_SQL, sql, NULL, 0),
                      OSP_OK);
    }
    const osp_json_value *root = written(f);
    OSP_CHECK(f->out.len <= OSP_RECORD_LINE_MAX);
    OSP_CHECK(osp_json_count(osp_json_find(root, OSP_STR("/record/spans"))) == OSP_TRACE_SPANS_MAX);
    OSP_CHECK(is_text(root, "/record/replayable", "false"));
    OSP_CHECK(osp_json_find(root, OSP_STR("/record/request/body/text")) == NULL);
    done(f);
}

OSP_UNIT_TEST(record_services, "a task keeps its services, also when its recording has ended")
{
    static const char key;
    fixture *f = setup();
    const osp_service services[] = { { &key, f }, { NULL, NULL } };
    f->ctx.task.services = services;
    OSP_CHECK(osp_record_begin(&f->record, &f->ctx, "7-2"));
    OSP_CHECK(osp_task_service(&f->ctx.task, &key) == f);
    OSP_CHECK(osp_record_of(&f->ctx.task) == &f->record);
    osp_record_end(&f->record);
    OSP_CHECK(osp_task_service(&f->ctx.task, &key) == f);
    OSP_CHECK(osp_record_of(&f->ctx.task) == NULL);
    done(f);
}

OSP_UNIT_TEST(record_memory, "a request that has no memory left is not recorded")
{
    fixture *f = setup();
    const osp_service services[] = { { NULL, NULL } };
    f->ctx.task.services = services;
    f->arena.bytes_max = f->arena.bytes;
    f->arena.at = f->arena.end;
    OSP_CHECK(!osp_record_begin(&f->record, &f->ctx, "7-2"));
    OSP_CHECK(f->ctx.task.services == services);
    done(f);
}
