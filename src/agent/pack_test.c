#include "agent/pack.h"

#include <stdlib.h>

#include "tests/unit/unit.h"

typedef struct Login {
    osp_str email, hint;
} Login;
OSP_TYPE(Login, FIELD(email), FIELD(hint, .secret = true, .name = "words"));

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
static const osp_route_leaf leaf = { .pattern = "/login/[key]",
                                     .by_method = { [OSP_METHOD_POST] = &route } };
static const osp_app_def app = { .name = "test" };

typedef struct fixture {
    osp_arena arena;
    osp_ctx ctx;
    osp_record record;
    osp_header_field headers[3];
    osp_record_facts facts;
    osp_buf packed, json, other;
} fixture;

static fixture *setup(void)
{
    fixture *f = calloc(1, sizeof *f);
    OSP_CHECK(f != NULL);
    osp_arena_init(&f->arena, NULL, 0, 1 << 20);
    osp_ctx_init(&f->ctx, &app, &f->arena);
    f->ctx.task.services = NULL;
    f->ctx.match.leaf = &leaf;
    f->headers[0] = (osp_header_field){ OSP_STR("Host"), OSP_STR("a") };
    f->headers[1] = (osp_header_field){ OSP_STR("Content-Type"), OSP_STR("application/json") };
    f->headers[2] = (osp_header_field){ OSP_STR("Content-Length"), OSP_STR("15") };
    f->ctx.request = (osp_request){ .method = OSP_METHOD_POST,
                                    .target = OSP_STR("/login/k"),
                                    .headers = f->headers,
                                    .header_count = 3,
                                    .body = OSP_STR("{\"words\":\"a\n b\"}") };
    f->facts = (osp_record_facts){
        .head = OSP_STR("POST /login/k HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
                        "Content-Length: 15\r\n\r\n"),
        .answer = OSP_STR("HTTP/1.1 200 OK\r\nVary: x\r\n\r\nhell\xfe"),
        .bytes_in = 100,
        .bytes_out = 33,
        .stack = 4096,
        .status = 200,
        .body_bytes = f->ctx.request.body.len,
    };
    osp_buf_init(&f->packed, NULL, 0, 4 * OSP_PACK_MAX);
    osp_buf_init(&f->json, NULL, 0, 4 * OSP_PACK_MAX);
    osp_buf_init(&f->other, NULL, 0, 4 * OSP_PACK_MAX);
    OSP_CHECK(osp_record_begin(&f->record, &f->ctx, "7-1"));
    return f;
}

static void done(fixture *f)
{
    osp_buf_done(&f->packed);
    osp_buf_done(&f->json);
    osp_buf_done(&f->other);
    osp_arena_done(&f->arena);
    free(f);
}

static osp_str text_of(const osp_buf *buf)
{
    return (osp_str){ buf->ptr, buf->len };
}

static void fill(fixture *f)
{
    osp_task *task = &f->ctx.task;
    const uint32_t outer = osp_trace_begin(task, OSP_SPAN_HANDLER, "login", "routes/x.c", 3);
    const uint32_t sql = osp_trace_begin(task, OSP_SPAN_SQL, "SELECT\n\"a\"", NULL, 0);
    osp_trace_rows(task, sql, 2);
    osp_trace_end(task, sql, OSP_E_DB);
    osp_trace_end(task, outer, OSP_OK);
    f->record.trace.lines[0] =
        (osp_trace_line){ .level = 2, .text_len = 4, .file = "lib/a.c", .line = 8 };
    f->record.trace.line_count = 1;
    f->record.trace.text_len = 4;
    memcpy(f->record.trace.text, "late", 4);
    osp_task_fail(task, OSP_E_DB, "no such table");
    (void)snprintf(f->record.replay_of, sizeof f->record.replay_of, "6-1");
}

OSP_UNIT_TEST(pack_same, "what was packed is told as if it had been told at once")
{
    fixture *f = setup();
    fill(f);
    OSP_CHECK(osp_pack(&f->record, &f->ctx, &f->facts, &f->packed) == OSP_OK);
    OSP_CHECK(osp_str_equal(osp_pack_id(text_of(&f->packed)), OSP_STR("7-1")));
    OSP_CHECK(osp_pack_write(text_of(&f->packed), &f->json) == OSP_OK);
    osp_unpacked *u = malloc(sizeof *u);
    OSP_CHECK(u != NULL && osp_unpack(text_of(&f->packed), u) == OSP_OK);
    f->facts.us = u->facts.us; /* which the packing has measured */
    f->facts.memory = u->facts.memory;
    free(u);
    OSP_CHECK(osp_record_write(&f->record, &f->ctx, &f->facts, &f->other) == OSP_OK);
    if (!osp_str_equal(text_of(&f->json), text_of(&f->other))) {
        fprintf(stderr, "%.*s\n%.*s\n", (int)f->json.len, f->json.ptr, (int)f->other.len,
                f->other.ptr);
    }
    OSP_CHECK(osp_str_equal(text_of(&f->json), text_of(&f->other)));
    OSP_CHECK(memmem(f->json.ptr, f->json.len, "{\\\"words\\\":\\\"[redacted]\\\"}", 26) != NULL);
    done(f);
}

OSP_UNIT_TEST(pack_sent,
              "an answer that was sent as it came is told by its fields and its beginning")
{
    fixture *f = setup();
    f->facts.answer = (osp_str){ 0 };
    f->ctx.response.headers[0] = (osp_header_field){ OSP_STR("X-A"), OSP_STR("b") };
    f->ctx.response.header_count = 1;
    f->ctx.response.media_type = OSP_STR("application/json");
    f->facts.sent = OSP_STR("{\"token\":\"hunter2\",\"x\":");
    f->facts.bytes_out = 4000;
    OSP_CHECK(osp_pack(&f->record, &f->ctx, &f->facts, &f->packed) == OSP_OK);
    OSP_CHECK(osp_pack_write(text_of(&f->packed), &f->json) == OSP_OK);
    OSP_CHECK(memmem(f->json.ptr, f->json.len, "{\"name\":\"X-A\",\"value\":\"b\"}", 26) != NULL);
    OSP_CHECK(memmem(f->json.ptr, f->json.len, "\"bytes\":4000,\"form\":\"json\"", 26) != NULL);
    OSP_CHECK(memmem(f->json.ptr, f->json.len, "hunter2", 7) == NULL);
    done(f);
}

OSP_UNIT_TEST(pack_nonsense,
              "bytes that are cut or changed are refused or told, and nothing breaks")
{
    fixture *f = setup();
    fill(f);
    osp_unpacked *u = malloc(sizeof *u);
    OSP_CHECK(u != NULL && osp_pack(&f->record, &f->ctx, &f->facts, &f->packed) == OSP_OK);
    for (size_t len = 0; len < f->packed.len; len++) {
        osp_str part = { malloc(len + 1), len };
        OSP_CHECK(part.ptr != NULL);
        memcpy((char *)(uintptr_t)part.ptr, f->packed.ptr, len);
        OSP_CHECK(osp_unpack(part, u) == OSP_E_INVALID);
        (void)osp_pack_id(part);
        free((void *)(uintptr_t)part.ptr);
    }
    for (size_t at = 0; at < f->packed.len; at++) {
        for (unsigned bit = 0; bit < 8; bit++) {
            f->packed.ptr[at] = (char)(f->packed.ptr[at] ^ (1 << bit));
            f->json.len = 0;
            (void)!osp_pack_write(text_of(&f->packed), &f->json);
            f->packed.ptr[at] = (char)(f->packed.ptr[at] ^ (1 << bit));
        }
    }
    free(u);
    done(f);
}

OSP_UNIT_TEST(pack_largest, "the largest request that can be replayed fits, with all of its steps")
{
    fixture *f = setup();
    static char sql[OSP_RECORD_SQL_MAX + 2], body[OSP_RECORD_ORIGINAL_MAX];
    static char answer[OSP_H1_HEAD_MAX + OSP_RECORD_BODY_MAX + 9];
    memset(sql, 'q', sizeof sql - 1);
    memset(body, 'b', sizeof body);
    memset(answer, 'a', sizeof answer);
    for (size_t i = 0; i < OSP_TRACE_SPANS_MAX; i++) {
        osp_trace_end(&f->ctx.task, osp_trace_begin(&f->ctx.task, OSP_SPAN_SQL, sql, sql, 7),
                      OSP_OK);
    }
    f->record.trace.text_len = OSP_TRACE_TEXT_MAX;
    f->ctx.request.body = (osp_str){ body, sizeof body - f->facts.head.len };
    f->facts.body_bytes = f->ctx.request.body.len;
    f->facts.answer = (osp_str){ answer, sizeof answer };
    OSP_CHECK(osp_pack(&f->record, &f->ctx, &f->facts, &f->packed) !=
              OSP_OK); /* files that long are none */
    OSP_CHECK(f->packed.len == 0);
    for (size_t i = 0; i < OSP_TRACE_SPANS_MAX; i++) {
        f->record.trace.spans[i].file = "routes/api/articles/[slug]/comments/route.c";
    }
    OSP_CHECK(osp_pack(&f->record, &f->ctx, &f->facts, &f->packed) == OSP_OK);
    OSP_CHECK(osp_pack_write(text_of(&f->packed), &f->json) == OSP_OK);
    OSP_CHECK(memmem(f->json.ptr, f->json.len, "\"n\":512,", 8) != NULL);
    OSP_CHECK(memmem(f->json.ptr, f->json.len, "\"replayable\":true", 17) != NULL);
    done(f);
}

OSP_UNIT_TEST(pack_names, "what a damaged worker calls a request and its handler is told as a text")
{
    static const osp_route odd = {
        .in_ = &osp_type_Login, .out_ = &osp_type_void, .handler_ = "a\",\"b\":\"", .file_ = "c.c"
    };
    static const osp_route_leaf at = { .pattern = "/", .by_method = { [OSP_METHOD_POST] = &odd } };
    fixture *f = setup();
    f->ctx.match.leaf = &at;
    (void)snprintf(f->record.id, sizeof f->record.id, "7\",\"original\":\"");
    OSP_CHECK(osp_pack(&f->record, &f->ctx, &f->facts, &f->packed) == OSP_OK);
    OSP_CHECK(osp_pack_write(text_of(&f->packed), &f->json) == OSP_OK);
    static const char *const said[] = { "\"id\":\"7\\\",\\\"original\\\":\\\"\"",
                                        "\"handler\":\"a\\\",\\\"b\\\":\\\"\"" };
    for (size_t i = 0; i < OSP_ARRAY_LEN(said); i++) {
        OSP_CHECK(memmem(f->json.ptr, f->json.len, said[i], strlen(said[i])) != NULL);
    }
    done(f);
}
