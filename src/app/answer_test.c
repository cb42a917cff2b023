/* Answers by hand: what is chosen, sent and taken back. */
#include <openspeed/answer.h>

#include "app/ctx.h"
#include "tests/unit/fault.h"
#include "tests/unit/unit.h"

typedef struct Point {
    int32_t x, y;
    osp_str note;
} Point;
OSP_TYPE(Point, FIELD(x), FIELD(y), FIELD(note));

typedef struct Credit {
    int32_t balance;
    osp_str_list accounts;
} Credit;
OSP_TYPE(Credit, FIELD(balance), LIST(accounts, osp_str));

typedef struct Nothing {
    osp_opt_int missing;
} Nothing;
OSP_TYPE(Nothing, FIELD(missing));

typedef struct Clash {
    int32_t code;
} Clash;
OSP_TYPE(Clash, FIELD(code, .name = "status"));

static const osp_app_def app = { .name = "test" };

static osp_arena arena;
static osp_header_field header;

/* name: NULL: a request without headers. */
static void begin(osp_ctx *ctx, const char *name, const char *value)
{
    osp_arena_init(&arena, NULL, 0, 1 << 20);
    memset(ctx, 0, sizeof(*ctx));
    osp_ctx_init(ctx, &app, &arena);
    header = (osp_header_field){ osp_str_from(name), osp_str_from(value) };
    ctx->request.headers = &header;
    ctx->request.header_count = name != NULL;
}

static bool says(const osp_ctx *ctx, const char *text)
{
    const osp_str body = ctx->response.bytes;
    return memmem(body.ptr, body.len, text, strlen(text)) != NULL;
}

/* ---------------------------------------------------------------- negotiation */

OSP_UNIT_TEST(answer_accepts, "what the client likes best is one of the arguments, and Vary tells")
{
    osp_ctx ctx;
    begin(&ctx, "Accept", "text/csv, application/json;q=0.5");
    OSP_CHECK(strcmp(osp_accepts(&ctx, "application/json", "text/csv"), "text/csv") == 0);
    OSP_CHECK(osp_accepts(&ctx, "text/html") == NULL);
    OSP_CHECK_STR(osp_answer_header(&ctx, S("Vary")), S("Accept"));
    OSP_CHECK(strcmp(osp_accepts_language(&ctx, "de", "en"), "de") == 0);
    OSP_CHECK(strcmp(osp_accepts_encoding(&ctx, "gzip", "identity"), "identity") == 0);
    OSP_CHECK_STR(osp_answer_header(&ctx, S("Vary")),
                  S("Accept, Accept-Language, Accept-Encoding"));
    osp_arena_done(&arena);
}

OSP_UNIT_TEST(answer_accepts_no_room, "without room for Vary the request fails")
{
    osp_ctx ctx;
    begin(&ctx, NULL, NULL);
    for (int i = 0; i < OSP_ANSWER_HEADERS_MAX; i++) {
        OSP_CHECK(osp_add_header(&ctx, S("A"), S("1")) == OSP_OK);
    }
    OSP_CHECK(osp_accepts(&ctx, "text/html") != NULL);
    OSP_CHECK(ctx.task.error.status == OSP_E_LIMIT);
    osp_arena_done(&arena);
}

/* ---------------------------------------------------------------- redirects */

OSP_UNIT_TEST(answer_redirect, "a redirect has an encoded Location and no body")
{
    static const struct {
        const char *url, *location; /* NULL: refused */
    } cases[] = {
        { "/orders", "/orders" },
        { "https://example.org/a?b=c#d", "https://example.org/a?b=c#d" },
        { "/a b", "/a%20b" },
        { "/\xc3\xa4", "/%C3%A4" },
        { "/%2F%zz%4", "/%2F%25zz%254" },
        { "/\"<>\\^`{|}", "/%22%3C%3E%5C%5E%60%7B%7C%7D" },
        { "", NULL },
        { "/a\r\nSet-Cookie: a=1", NULL },
        { "/a\tb", NULL },
        { "/\x7f", NULL },
    };
    for (size_t i = 0; i < OSP_ARRAY_LEN(cases); i++) {
        osp_ctx ctx;
        begin(&ctx, NULL, NULL);
        const osp_status status = osp_redirect(&ctx, 303, osp_str_from(cases[i].url));
        OSP_CHECK(status == (cases[i].location != NULL ? OSP_OK : OSP_E_INVALID));
        OSP_CHECK(ctx.response.status == (status == OSP_OK ? 303 : 0));
        OSP_CHECK_STR(osp_answer_header(&ctx, S("Location")), osp_str_from(cases[i].location));
        OSP_CHECK((ctx.response.media_type.ptr != NULL) == (status == OSP_OK));
        OSP_CHECK(ctx.response.bytes.len == 0 && ctx.response.media_type.len == 0);
        osp_arena_done(&arena);
    }
}

OSP_UNIT_TEST(answer_redirect_status,
              "only statuses that lead elsewhere, and the log says which did not")
{
    for (int status = 299; status <= 309; status++) {
        osp_ctx ctx;
        begin(&ctx, NULL, NULL);
        const bool good =
            status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
        OSP_CHECK(osp_redirect(&ctx, status, S("/")) == (good ? OSP_OK : OSP_E_INVALID));
        OSP_CHECK((ctx.task.error.status == OSP_OK) == good);
        OSP_CHECK(good || ctx.task.place != NULL);
        osp_arena_done(&arena);
    }
}

OSP_UNIT_TEST(answer_redirect_limit, "a Location has a limit")
{
    static char url[OSP_LOCATION_MAX + 1];
    memset(url, 'a', sizeof url);
    for (size_t over = 0; over < 2; over++) {
        osp_ctx ctx;
        begin(&ctx, NULL, NULL);
        OSP_CHECK(osp_redirect(&ctx, 302, (osp_str){ url, OSP_LOCATION_MAX + over }) ==
                  (over ? OSP_E_LIMIT : OSP_OK));
        osp_arena_done(&arena);
    }
}

OSP_UNIT_TEST(answer_local_url, "a local URL is one for every browser")
{
    static const char *const good[] = { "/",      "/a",     "/a//b",    "/a?next=//b",
                                        "/a#//b", "/%2F/b", "/\xc3\xa4" };
    static const char *const bad[] = {
        "",      "a",    "//a",      "/\\a",   "\\/a", "\\\\a", "/a\\b",        " /a",   "/\t/a",
        "/\n/a", "/a b", "http://a", "http:a", "?a",   "#a",    "javascript:1", "/a\x7f"
    };
    for (size_t i = 0; i < OSP_ARRAY_LEN(good); i++) {
        OSP_CHECK(osp_is_local_url(osp_str_from(good[i])));
    }
    for (size_t i = 0; i < OSP_ARRAY_LEN(bad); i++) {
        OSP_CHECK(!osp_is_local_url(osp_str_from(bad[i])));
    }
    OSP_CHECK(!osp_is_local_url((osp_str){ "/\0a", 3 }));
}

/* ---------------------------------------------------------------- bodies */

OSP_UNIT_TEST(answer_json, "a value is written at once, and one that is no JSON is refused")
{
    osp_ctx ctx;
    begin(&ctx, NULL, NULL);
    Point point = { 1, -2, S("a") };
    OSP_CHECK(osp_send_json(&ctx, Point, &point) == OSP_OK);
    point.x = 9;
    OSP_CHECK_STR(ctx.response.bytes, S("{\"x\":1,\"y\":-2,\"note\":\"a\"}"));
    OSP_CHECK_STR(ctx.response.media_type, S("application/json"));
    point.note = S("\xff");
    OSP_CHECK(osp_send_json(&ctx, Point, &point) == OSP_E_JSON_UTF8);
    OSP_CHECK_STR(ctx.response.bytes, S("{\"x\":1,\"y\":-2,\"note\":\"a\"}"));
    osp_arena_done(&arena);
}

OSP_UNIT_TEST(answer_json_lines, "lines of JSON go to a stream, whose media type they give")
{
    osp_ctx ctx;
    osp_stream out = { .length = 0 };
    begin(&ctx, NULL, NULL);
    osp_ctx_flow(&ctx)->out = &out;
    Point point = { 1, 2, S("\n") };
    OSP_CHECK(osp_send_json_line(&ctx, Point, &point) == OSP_OK);
    point.note = S("\xff");
    OSP_CHECK(osp_send_json_line(&ctx, Point, &point) == OSP_E_JSON_UTF8);
    point.note = S("b");
    OSP_CHECK(osp_send_json_line(&ctx, Point, &point) == OSP_OK);
    OSP_CHECK_STR(ctx.response.bytes, S("{\"x\":1,\"y\":2,\"note\":\"\\n\"}\n"
                                        "{\"x\":1,\"y\":2,\"note\":\"b\"}\n"));
    OSP_CHECK_STR(ctx.response.media_type, S("application/x-ndjson"));
    osp_arena_done(&arena);
    out.media_type = S("application/jsonl");
    begin(&ctx, NULL, NULL);
    osp_ctx_flow(&ctx)->out = &out;
    OSP_CHECK(osp_send_json_line(&ctx, Point, &point) == OSP_OK);
    OSP_CHECK_STR(ctx.response.media_type, S("application/jsonl"));
    osp_arena_done(&arena);
}

OSP_UNIT_TEST(answer_attachment, "the name of a file in ASCII, and in UTF-8 where that is not all")
{
    static const struct {
        const char *name, *want; /* NULL: refused */
    } cases[] = {
        { "", "attachment" },
        { "a b.txt", "attachment; filename=\"a b.txt\"" },
        { "../a/b", "attachment; filename=\".._a_b\"" },
        { "a\\b", "attachment; filename=\"a_b\"" },
        { "a\r\nb", "attachment; filename=\"a__b\"" },
        { "a\"b", "attachment; filename=\"a_b\"; filename*=UTF-8''a%22b" },
        { "50%.txt", "attachment; filename=\"50_.txt\"; filename*=UTF-8''50%25.txt" },
        { "\xe2\x82\xac.txt", "attachment; filename=\"_.txt\"; filename*=UTF-8''%E2%82%AC.txt" },
        { "\xff", NULL },
    };
    for (size_t i = 0; i < OSP_ARRAY_LEN(cases); i++) {
        osp_ctx ctx;
        begin(&ctx, NULL, NULL);
        OSP_CHECK(osp_attachment(&ctx, osp_str_from(cases[i].name)) ==
                  (cases[i].want != NULL ? OSP_OK : OSP_E_INVALID));
        OSP_CHECK_STR(osp_answer_header(&ctx, S("Content-Disposition")),
                      osp_str_from(cases[i].want));
        osp_arena_done(&arena);
    }
}

OSP_UNIT_TEST(answer_attachment_limit, "the name of a file has a limit, also where all is encoded")
{
    static char name[OSP_ATTACHMENT_NAME_MAX + 1];
    for (size_t over = 0; over < 2; over++) {
        osp_ctx ctx;
        memset(name, '%', sizeof name);
        begin(&ctx, NULL, NULL);
        OSP_CHECK(osp_attachment(&ctx, (osp_str){ name, OSP_ATTACHMENT_NAME_MAX + over }) ==
                  (over ? OSP_E_LIMIT : OSP_OK));
        osp_arena_done(&arena);
    }
}

/* ---------------------------------------------------------------- failures */

OSP_UNIT_TEST(answer_fail_with, "a problem has a type, an instance and members of its own")
{
    osp_ctx ctx;
    osp_str accounts[] = { S("/a"), S("/b") };
    const Credit credit = { 30, { accounts, 2 } };
    begin(&ctx, NULL, NULL);
    OSP_CHECK(osp_fail_with(&ctx, .status = 403, .type = S("/problems/credit"),
                            .title = S("No credit"), .detail = S("20 \"are\" missing."),
                            .instance = S("/log/1"), OSP_MEMBERS(Credit, &credit)) == OSP_E_FAILED);
    OSP_CHECK_STR(ctx.response.bytes,
                  S("{\"type\":\"/problems/credit\",\"status\":403,\"title\":\"No credit\","
                    "\"detail\":\"20 \\\"are\\\" missing.\",\"instance\":\"/log/1\","
                    "\"balance\":30,\"accounts\":[\"/a\",\"/b\"]}"));
    OSP_CHECK(osp_failure_of(&ctx)->status == 403);
    OSP_CHECK(osp_fail_with(&ctx, .status = 404) == OSP_E_FAILED); /* the first one wins */
    OSP_CHECK(ctx.response.status == 403);
    osp_arena_done(&arena);
    begin(&ctx, NULL, NULL);
    const Nothing nothing = { 0 };
    (void)osp_fail_with(&ctx, .status = 404, OSP_MEMBERS(Nothing, &nothing));
    OSP_CHECK_STR(ctx.response.bytes,
                  S("{\"type\":\"about:blank\",\"status\":404,\"title\":\"Not Found\"}"));
    OSP_CHECK_STR(osp_failure_of(&ctx)->title, S("Not Found"));
    osp_arena_done(&arena);
}

OSP_UNIT_TEST(answer_fail_with_misuse,
              "members that a problem has already, and statuses of successes")
{
    osp_ctx ctx;
    const Clash clash = { 1 };
    begin(&ctx, NULL, NULL);
    OSP_CHECK(osp_fail_with(&ctx, .status = 404, OSP_MEMBERS(Clash, &clash)) == OSP_E_FAILED);
    OSP_CHECK(ctx.task.error.status == OSP_E_INVALID && !ctx.failed);
    osp_arena_done(&arena);
    begin(&ctx, NULL, NULL);
    OSP_CHECK(osp_fail_with(&ctx, .status = 399) == OSP_E_FAILED);
    OSP_CHECK(ctx.task.error.status == OSP_E_INVALID && !ctx.failed);
    osp_arena_done(&arena);
}

OSP_UNIT_TEST(answer_problem_forms, "a problem is a page or a text for those who like that better")
{
    static const struct {
        const char *accept, *media_type;
    } cases[] = {
        { NULL, "application/problem+json" },
        { "*/*", "application/problem+json" },
        { "application/json", "application/problem+json" },
        { "image/png", "application/problem+json" },
        { "text/html;q=0.1", "text/html; charset=utf-8" },
        { "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
          "text/html; charset=utf-8" },
        { "application/json, text/html;q=0.9", "application/problem+json" },
        { "text/plain", "text/plain; charset=utf-8" },
    };
    for (size_t i = 0; i < OSP_ARRAY_LEN(cases); i++) {
        osp_ctx ctx;
        begin(&ctx, cases[i].accept != NULL ? "Accept" : NULL, cases[i].accept);
        (void)osp_fail(&ctx, 404, "not \"there\"");
        OSP_CHECK_STR(ctx.response.media_type, osp_str_from(cases[i].media_type));
        OSP_CHECK_STR(osp_answer_header(&ctx, S("Vary")), S("Accept"));
        OSP_CHECK(ctx.response.status == 404 && says(&ctx, "not "));
        osp_arena_done(&arena);
    }
}

OSP_UNIT_TEST(answer_escape_html, "five characters of a text become others, and all else stays")
{
    static const char bytes[] = "\xc3\xa4\0\x01\xff a";
    osp_ctx ctx;
    begin(&ctx, "Accept", "*/*");
    OSP_CHECK_STR(osp_escape_html(&ctx, S("<a href=\"x\">'&amp;'</a>")),
                  S("&lt;a href=&quot;x&quot;&gt;&#39;&amp;amp;&#39;&lt;/a&gt;"));
    OSP_CHECK_STR(osp_escape_html(&ctx, S("<")), S("&lt;"));
    const osp_str plain = { bytes, sizeof bytes - 1 }, same = osp_escape_html(&ctx, plain);
    OSP_CHECK(same.ptr == plain.ptr && same.len == plain.len);
    OSP_CHECK(osp_escape_html(&ctx, S("")).len == 0);
    for (int c = 0; c < 256; c++) {
        const char text[] = { (char)c };
        const bool special = c != 0 && strchr("&<>\"'", c) != NULL;
        OSP_CHECK((osp_escape_html(&ctx, (osp_str){ text, 1 }).len == 1) == !special);
    }
    osp_arena_done(&arena);
}

OSP_UNIT_TEST(answer_problem_page,
              "a page escapes all that may be the client's, and has no scripts")
{
    osp_ctx ctx;
    begin(&ctx, "Accept", "text/html");
    ctx.id = S("id<1>");
    (void)osp_fail(&ctx, 404, "no <script>alert('&\"')</script>\x01");
    OSP_CHECK_STR(ctx.response.bytes,
                  S("<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n"
                    "<meta name=\"viewport\" content=\"width=device-width\">\n"
                    "<title>404 Not Found</title>\n<main>\n<h1>404 Not Found</h1>\n"
                    "<p>no &lt;script&gt;alert(&#39;&amp;&quot;&#39;)&lt;/script&gt; </p>\n"
                    "<p><small>Request <code>id&lt;1&gt;</code></small></p>\n</main>\n</html>\n"));
    osp_arena_done(&arena);
    begin(&ctx, "Accept", "text/html");
    (void)osp_fail_field(&ctx, "/<b>", "is <i>");
    OSP_CHECK(says(&ctx, "<li><code>/&lt;b&gt;</code> is &lt;i&gt;</li>"));
    osp_arena_done(&arena);
    begin(&ctx, "Accept", "text/html");
    (void)osp_fail(&ctx, 404, "\xff");
    OSP_CHECK(!says(&ctx, "<p>"));
    osp_arena_done(&arena);
}

OSP_UNIT_TEST(answer_problem_plain, "a text has a line for each thing, whatever is in it")
{
    osp_ctx ctx;
    begin(&ctx, "Accept", "text/plain");
    ctx.id = S("7");
    (void)osp_fail_field(&ctx, "/a\nb", "is <taken>");
    OSP_CHECK_STR(ctx.response.bytes,
                  S("422 Unprocessable Content\n\nThe request has fields that are "
                    "not valid.\n\n/a b: is <taken>\n\nRequest 7\n"));
    osp_arena_done(&arena);
}

/* ---------------------------------------------------------------- taking back */

OSP_UNIT_TEST(answer_recover, "a failure that is taken back leaves its status, and nothing else")
{
    osp_ctx ctx;
    begin(&ctx, NULL, NULL);
    ctx.id = S("7");
    OSP_CHECK(osp_recover(&ctx) == OSP_OK && osp_failure_of(&ctx) == NULL);
    (void)osp_fail(&ctx, 404, "gone");
    OSP_CHECK(osp_html(&ctx, S("page")) == OSP_E_FAILED);
    OSP_CHECK_STR(osp_failure_of(&ctx)->detail, S("gone"));
    OSP_CHECK(osp_recover(&ctx) == OSP_E_FAILED);
    OSP_CHECK(osp_failure_of(&ctx) == NULL && !ctx.task.refused);
    OSP_CHECK(osp_answer_header(&ctx, S("X-Request-Id")).len == 0);
    OSP_CHECK(osp_html(&ctx, S("page")) == OSP_OK);
    OSP_CHECK(osp_answer_status(&ctx) == 404);
    OSP_CHECK_STR(ctx.response.bytes, S("page"));
    (void)osp_fail(&ctx, 409, "again"); /* it can fail anew */
    OSP_CHECK(ctx.response.status == 409);
    osp_arena_done(&arena);
}

OSP_UNIT_TEST(answer_recover_cause, "a cause that nobody has answered is only cleared")
{
    osp_ctx ctx;
    begin(&ctx, NULL, NULL);
    osp_task_fail(&ctx.task, OSP_E_DB_CONSTRAINT, "not unique");
    OSP_CHECK(osp_recover(&ctx) == OSP_E_DB_CONSTRAINT);
    OSP_CHECK(ctx.task.error.status == OSP_OK && osp_answer_status(&ctx) == 0);
    osp_task_fail(&ctx.task, OSP_E_DB, "no disk");
    (void)osp_fail(&ctx, 500, "sorry");
    OSP_CHECK(osp_recover(&ctx) == OSP_E_DB); /* and the log says it */
    OSP_CHECK(ctx.task.error.status == OSP_OK && !ctx.failed);
    osp_arena_done(&arena);
}

OSP_UNIT_TEST(answer_recover_late, "nothing stands in the place of an answer that has begun")
{
    osp_ctx ctx;
    osp_flow flow = { .begun = true };
    begin(&ctx, NULL, NULL);
    ctx.flow = &flow;
    (void)osp_fail(&ctx, 500, "cut");
    OSP_CHECK(osp_recover(&ctx) == OSP_E_FAILED);
    OSP_CHECK(ctx.failed);
    osp_arena_done(&arena);
}

/* ---------------------------------------------------------------- without memory */

typedef struct starving {
    osp_ctx ctx;
    osp_status status;
} starving;

static osp_status answer_everything(osp_ctx *ctx)
{
    static const char key[] = "0123456789abcdef0123456789abcdef";
    osp_str keys[] = { { key, 32 } };
    const osp_str_list list = { keys, 1 };
    const Point point = { 1, 2, S("a") };
    OSP_TRY(osp_set_cookie(ctx, S("a"), S("1")));
    OSP_TRY(osp_set_signed_cookie(ctx, list, S("b"), S("2")));
    OSP_TRY(osp_vary(ctx, S("Cookie")));
    OSP_TRY(osp_vary(ctx, S("Origin")));
    OSP_TRY(osp_attachment(ctx, S("\xe2\x82\xac")));
    OSP_TRY(osp_redirect(ctx, 303, S("/a b")));
    return osp_send_json(ctx, Point, &point);
}

static void begin_starving(void *arg)
{
    starving *s = arg;
    begin(&s->ctx, "Accept", "text/html");
}

static void answer_starving(void *arg)
{
    starving *s = arg;
    s->status = answer_everything(&s->ctx);
    if (s->status == OSP_OK) {
        (void)osp_fail(&s->ctx, 404, "a page");
    }
}

static void judge_starving(void *arg, bool starved)
{
    starving *s = arg;
    if (s->status != OSP_OK) {
        OSP_CHECK(starved && (s->status == OSP_E_NOMEM || s->status == OSP_E_LIMIT));
    } else if (!starved || s->ctx.task.error.status == OSP_OK) {
        OSP_CHECK(s->ctx.response.status == 404 && s->ctx.response.bytes.len > 0);
        OSP_CHECK_STR(s->ctx.response.media_type, S("text/html; charset=utf-8"));
        OSP_CHECK_STR(osp_answer_header(&s->ctx, S("Vary")), S("Cookie, Origin, Accept"));
    }
    osp_arena_done(&arena);
}

OSP_UNIT_TEST(answer_memory, "an answer is whole or a failure, whichever allocation fails")
{
    starving s;
    const osp_fault_trial trial = {
        .begin = begin_starving, .work = answer_starving, .judge = judge_starving, .arg = &s
    };
    OSP_CHECK(osp_fault_each(&trial) > 0);
}
