/* Events as a browser reads them: what is sent is cut up again by the rules of HTML 9.2.6. */
#include "app/ctx.h"
#include "tests/unit/unit.h"

static const osp_app_def app = { .name = "test" };

typedef struct fixture {
    osp_arena arena;
    osp_ctx ctx;
    osp_stream out;
} fixture;

static void start(fixture *f)
{
    memset(f, 0, sizeof *f);
    osp_arena_init(&f->arena, NULL, 0, 16u << 20);
    osp_ctx_init(&f->ctx, &app, &f->arena);
    f->ctx.request.headers = NULL;
    f->ctx.request.header_count = 0;
    f->ctx.request.method = OSP_METHOD_GET;
    osp_ctx_flow(&f->ctx)->out = &f->out;
}

/* What a reader of the stream knows behind its last event. */
typedef struct reader {
    char event[64], id[64], data[8192];
    size_t data_len;
    long long retry_ms; /* -1: none was said */
    int dispatched;
} reader;

static void take_field(reader *r, reader *next, osp_str name, osp_str value)
{
    if (osp_str_equal(name, S("event"))) {
        OSP_CHECK(value.len < sizeof next->event);
        snprintf(next->event, sizeof next->event, "%.*s", OSP_ARG(value));
    } else if (osp_str_equal(name, S("data"))) {
        OSP_CHECK(value.len < sizeof next->data - next->data_len);
        memcpy(next->data + next->data_len, value.ptr, value.len);
        next->data_len += value.len;
        next->data[next->data_len++] = '\n';
    } else if (osp_str_equal(name, S("id"))) {
        OSP_CHECK(value.len < sizeof r->id && memchr(value.ptr, '\0', value.len) == NULL);
        snprintf(r->id, sizeof r->id, "%.*s", OSP_ARG(value));
    } else if (osp_str_equal(name, S("retry"))) {
        r->retry_ms = strtoll(value.ptr, NULL, 10);
    } else {
        OSP_CHECK(!"a field that no reader knows");
    }
}

static void dispatch(reader *r, reader *next)
{
    if (next->data_len > 0) {
        snprintf(r->event, sizeof r->event, "%s", next->event[0] != '\0' ? next->event : "message");
        r->data_len = next->data_len - 1; /* without its last LF */
        memcpy(r->data, next->data, r->data_len);
        r->dispatched++;
    }
    memset(next, 0, sizeof *next);
}

/* Reads what has been sent; all line ends of ours are LF. */
static void read_all(const fixture *f, reader *r)
{
    static reader next;
    osp_str rest = f->ctx.response.bytes;
    memset(&next, 0, sizeof next);
    memset(r, 0, sizeof *r);
    r->retry_ms = -1;
    while (rest.len > 0) {
        const char *lf = memchr(rest.ptr, '\n', rest.len);
        OSP_CHECK(lf != NULL); /* nothing is left behind the last line */
        const osp_str line = { rest.ptr, (size_t)(lf - rest.ptr) };
        OSP_CHECK(memchr(line.ptr, '\r', line.len) == NULL);
        rest = (osp_str){ lf + 1, rest.len - line.len - 1 };
        const char *colon = memchr(line.ptr, ':', line.len);
        if (line.len == 0) {
            dispatch(r, &next);
        } else if (colon != line.ptr) {
            OSP_CHECK(colon != NULL);
            const osp_str name = { line.ptr, (size_t)(colon - line.ptr) };
            osp_str value = { colon + 1, line.len - name.len - 1 };
            if (value.len > 0 && value.ptr[0] == ' ') {
                value = (osp_str){ value.ptr + 1, value.len - 1 };
            }
            take_field(r, &next, name, value);
        }
    }
}

OSP_UNIT_TEST(sse_text, "an event is its fields in their order, and an empty line")
{
    static fixture f;
    start(&f);
    OSP_CHECK(osp_sse_send(&f.ctx, .event = S("tick"), .data = S("a\nb"), .id = S("7"),
                           .retry_ms = 2000) == OSP_OK);
    OSP_CHECK(osp_sse_comment(&f.ctx, S("still here")) == OSP_OK);
    OSP_CHECK(osp_sse_comment(&f.ctx, S("")) == OSP_OK);
    OSP_CHECK(osp_sse_send(&f.ctx, .data = S("c")) == OSP_OK);
    OSP_CHECK_STR(f.ctx.response.bytes, S("event: tick\nid: 7\nretry: 2000\ndata: a\ndata: b\n\n"
                                          ": still here\n: \ndata: c\n\n"));
    OSP_CHECK_STR(f.ctx.response.media_type, S("text/event-stream"));
    OSP_CHECK_STR(osp_answer_header(&f.ctx, S("Cache-Control")), S("no-store"));
    osp_arena_done(&f.arena);
}

OSP_UNIT_TEST(sse_read_again, "what is sent is what a browser reads, whatever ends its lines")
{
    static const struct {
        osp_str sent, read;
    } cases[] = {
        { { "", 0 }, { "", 0 } },
        { { NULL, 0 }, { "", 0 } },
        { { " a: b", 5 }, { " a: b", 5 } },
        { { "\xef\xbb\xbf:", 4 }, { "\xef\xbb\xbf:", 4 } },
        { { "a\nb\rc\r\nd", 8 }, { "a\nb\nc\nd", 7 } },
        { { "\n", 1 }, { "\n", 1 } },
        { { "\r", 1 }, { "\n", 1 } },
        { { "\r\n", 2 }, { "\n", 1 } },
        { { "\n\r", 2 }, { "\n\n", 2 } },
        { { "\r\r\n\n", 4 }, { "\n\n\n", 3 } },
        { { "a\n\nevent: evil\ndata: b\n\n", 24 }, { "a\n\nevent: evil\ndata: b\n\n", 24 } },
        { { "a\0b", 3 }, { "a\0b", 3 } },
    };
    static fixture f;
    static reader r;
    for (size_t i = 0; i < OSP_ARRAY_LEN(cases); i++) {
        start(&f);
        OSP_CHECK(osp_sse_send(&f.ctx, .data = cases[i].sent) == OSP_OK);
        read_all(&f, &r);
        OSP_CHECK_STR(((osp_str){ r.data, r.data_len }), cases[i].read);
        OSP_CHECK(r.dispatched == 1 && strcmp(r.event, "message") == 0);
        OSP_CHECK(r.id[0] == '\0' && r.retry_ms == -1);
        osp_arena_done(&f.arena);
    }
}

typedef struct Order {
    osp_str text;
} Order;
OSP_TYPE(Order, FIELD(text));

OSP_UNIT_TEST(sse_json, "a value is one line, and what is no JSON is not sent at all")
{
    static char big[3000];
    static fixture f;
    memset(big, 'x', sizeof big);
    start(&f);
    Order order = { S("a\r\nb") };
    OSP_CHECK(osp_sse_send(&f.ctx, .event = S("order"), OSP_EVENT_JSON(Order, &order)) == OSP_OK);
    order.text = S("\xff");
    OSP_CHECK(osp_sse_send(&f.ctx, OSP_EVENT_JSON(Order, &order)) == OSP_E_JSON_UTF8);
    OSP_CHECK_STR(f.ctx.response.bytes, S("event: order\ndata: {\"text\":\"a\\r\\nb\"}\n\n"));
    order.text = (osp_str){ big, sizeof big }; /* beyond what needs no memory */
    OSP_CHECK(osp_sse_send(&f.ctx, OSP_EVENT_JSON(Order, &order)) == OSP_OK);
    OSP_CHECK(f.ctx.response.bytes.len == 38 + sizeof big + 19);
    osp_arena_done(&f.arena);
}

OSP_UNIT_TEST(sse_lengths, "an event is whole at every length around that of one write")
{
    static fixture f;
    static reader r;
    static char text[4096];
    memset(text, 'x', sizeof text);
    for (size_t len = 480; len < 1100; len++) {
        start(&f);
        text[len / 2] = '\r';
        OSP_CHECK(osp_sse_send(&f.ctx, .event = S("e"), .id = S("i"), .retry_ms = 1,
                               .data = { text, len }) == OSP_OK);
        text[len / 2] = '\n';
        read_all(&f, &r);
        OSP_CHECK_STR(((osp_str){ r.data, r.data_len }), ((osp_str){ text, len }));
        OSP_CHECK(strcmp(r.event, "e") == 0 && strcmp(r.id, "i") == 0 && r.retry_ms == 1);
        text[len / 2] = 'x';
        osp_arena_done(&f.arena);
    }
}

OSP_UNIT_TEST(sse_refused, "a name or an id that would be another field is refused")
{
    static const osp_str bad[] = { { "a\nb", 3 }, { "a\r", 2 }, { "\r\nb", 3 }, { "a\0b", 3 } };
    static fixture f;
    for (size_t i = 0; i < OSP_ARRAY_LEN(bad) * 2 + 1; i++) {
        start(&f);
        const osp_str text = bad[i / 2 % OSP_ARRAY_LEN(bad)];
        const osp_sse_event event = { .event = i % 2 == 0 ? text : S(""),
                                      .id = i % 2 == 1 ? text : S("") };
        const osp_sse_event negative = { .retry_ms = -1 };
        OSP_CHECK(osp_sse_send_event(&f.ctx, i == OSP_ARRAY_LEN(bad) * 2 ? &negative : &event) ==
                  OSP_E_INVALID);
        OSP_CHECK(f.ctx.response.bytes.len == 0 && !f.ctx.flow->begun);
        OSP_CHECK(f.ctx.task.error.status == OSP_E_INVALID);
        osp_arena_done(&f.arena);
    }
}

OSP_UNIT_TEST(sse_said_before, "what a handler has said of its answer stands")
{
    static fixture f;
    start(&f);
    f.out.media_type = S("text/event-stream; charset=utf-8");
    OSP_CHECK(osp_set_header(&f.ctx, S("cache-control"), S("no-cache")) == OSP_OK);
    OSP_CHECK(osp_sse_comment(&f.ctx, S("hello")) == OSP_OK);
    OSP_CHECK_STR(f.ctx.response.media_type, S("text/event-stream; charset=utf-8"));
    OSP_CHECK_STR(osp_answer_header(&f.ctx, S("Cache-Control")), S("no-cache"));
    osp_arena_done(&f.arena);
}

OSP_UNIT_TEST(sse_elsewhere, "where no stream is, and behind a failure, nothing is sent or said")
{
    static fixture f;
    start(&f);
    f.ctx.flow->out = NULL;
    OSP_CHECK(osp_sse_send(&f.ctx, .data = S("a")) == OSP_E_INVALID);
    OSP_CHECK(f.ctx.response.header_count == 0 && f.ctx.response.bytes.len == 0);
    osp_arena_done(&f.arena);
    start(&f);
    f.ctx.failed = true;
    OSP_CHECK(osp_sse_send(&f.ctx, .data = S("a")) == OSP_E_FAILED);
    OSP_CHECK(osp_sse_comment(&f.ctx, S("a")) == OSP_E_FAILED);
    OSP_CHECK(f.ctx.response.header_count == 0 && f.ctx.response.bytes.len == 0);
    osp_arena_done(&f.arena);
}
