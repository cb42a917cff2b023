/* Inputs from requests: every source, and which route a URL that does not fit is led to. */
#include <openspeed/app.h>

#include "app/ctx.h"
#include "http/params.h"
#include "tests/unit/every_kind.h"
#include "tests/unit/fault.h"
#include "tests/unit/unit.h"

typedef struct Range {
    osp_opt_int from;
    osp_opt_int to;
} Range;
OSP_TYPE(Range, FIELD(from, .needs = "to"), FIELD(to));

typedef struct Query {
    osp_str_list id;
    Range range;
    osp_opt_str a, b, x_left, x_right;
    int32_t page;
} Query;
static const char *query_good(const Query *query)
{
    return query->page == 13 ? "must not be on page 13" : NULL;
}
OSP_CHECKER(query_good, Query);
OSP_TYPE(Query, PATH_LIST(id, osp_str), QUERY_OBJECT(range, Range, .style = OSP_STYLE_DEEP),
         QUERY(a, .needs = "b"), COOKIE(b), HEADER(x_left, .needs = "x_right"), HEADER(x_right),
         HEADER(page, .name = "X-Page", .fallback = "1"), OPTIONS(CHECK(query_good)));

typedef struct Form {
    int64_t id;
    osp_str name;
    osp_str_list tags;
    osp_opt_str password;
} Form;
OSP_TYPE(Form, PATH(id), FORM(name, .max_len = 5), FORM_LIST(tags, osp_str),
         FORM(password, .secret = true, .min_len = 9));

typedef struct Kept {
    int64_t id;
    osp_json_map more;
} Kept;
OSP_TYPE(Kept, PATH(id, .nomatch = true), EXTRA(more));

typedef struct Picky {
    int64_t id;
    osp_opt_int n;
    osp_opt_int other;
    osp_opt_str name;
} Picky;
OSP_TYPE(Picky, PATH(id, RANGE(1, 99), .nomatch = true), QUERY(n, .nomatch = true), QUERY(other),
         FIELD(name));

static const void *seen;
static const char *who;

static osp_status note(osp_ctx *ctx, const void *in, void *out)
{
    (void)out;
    seen = in;
    who = osp_ctx_route(ctx)->handler_;
    return OSP_OK;
}

#define ROUTE(in, name)                                                                            \
    {                                                                                              \
        .in_ = &osp_type_##in, .out_ = &osp_type_void, .call_ = note, .handler_ = name             \
    }
static const osp_route query_route = ROUTE(Query, "query"), form_route = ROUTE(Form, "form"),
                       kept_route = ROUTE(Kept, "kept"), picky_route = ROUTE(Picky, "picky"),
                       any_route = ROUTE(void, "any");

/* /x/[id] answers by `get` and `post`; /[...id], when given, answers GET. */
typedef struct fixture {
    osp_route_leaf leaf, rest;
    osp_route_node end, x, root;
    osp_route_edge edge;
    osp_app_def app;
    char first[8192];
    osp_arena arena;
    osp_ctx ctx;
    osp_header_field headers[40];
} fixture;

static fixture *prepare(const osp_route *get, const osp_route *post, const osp_route *rest)
{
    static const char *const names[] = { "id" };
    fixture *f = calloc(1, sizeof *f);
    OSP_CHECK(f != NULL);
    f->leaf = (osp_route_leaf){ .pattern = "/x/[id]", .param_names = names, .param_count = 1 };
    f->rest = (osp_route_leaf){ .pattern = "/[...id]", .param_names = names, .param_count = 1 };
    f->leaf.by_method[OSP_METHOD_GET] = get;
    f->leaf.by_method[OSP_METHOD_POST] = post;
    f->rest.by_method[OSP_METHOD_GET] = rest;
    f->end.leaf = &f->leaf;
    f->x.param = &f->end;
    f->edge = (osp_route_edge){ "x", 1, &f->x };
    f->root.edges = &f->edge;
    f->root.rest = rest != NULL ? &f->rest : NULL;
    f->app = (osp_app_def){ .name = "test", .root = &f->root };
    osp_arena_init(&f->arena, f->first, sizeof f->first, 1 << 20);
    return f;
}

static void finish(fixture *f)
{
    osp_arena_done(&f->arena);
    free(f);
}

/* headers: "name: value" lines. */
static int ask(fixture *f, osp_method method, const char *target, const char *headers,
               const char *body)
{
    osp_arena_reset(&f->arena);
    osp_ctx_init(&f->ctx, &f->app, &f->arena);
    f->ctx.request.method = method;
    f->ctx.request.target = osp_str_from(target);
    f->ctx.request.headers = f->headers;
    f->ctx.request.header_count = 0;
    for (const char *line = headers; *line != 0;) {
        const char *colon = strstr(line, ": ");
        const size_t end = strcspn(line, "\n");
        f->headers[f->ctx.request.header_count++] =
            (osp_header_field){ { line, (size_t)(colon - line) },
                                { colon + 2, end - (size_t)(colon + 2 - line) } };
        line += end + (line[end] == '\n');
    }
    f->ctx.request.body = osp_str_from(body);
    seen = NULL;
    who = "nobody";
    osp_app_handle(&f->ctx);
    OSP_CHECK((seen != NULL || strcmp(who, "any") == 0) == (f->ctx.response.status < 400));
    return f->ctx.response.status;
}

#define GET(target, headers) ask(f, OSP_METHOD_GET, (target), (headers), "")

/* Whether the problem document says so. */
static bool says(const fixture *f, const char *part)
{
    const osp_str text = f->ctx.response.bytes;
    const bool has = memmem(text.ptr, text.len, part, strlen(part)) != NULL;
    if (!has) {
        fprintf(stderr, "not in %.*s\n", OSP_ARG(text));
    }
    return has;
}

OSP_UNIT_TEST(bind_sources, "path, query, cookie and header reach one struct in their styles")
{
    fixture *f = prepare(&query_route, NULL, NULL);
    OSP_CHECK(GET("/x/a,b/", "") == 404); /* a last '/' is another URL */
    OSP_CHECK(GET("/q/../x/./a,b%2Cc?range[from]=1&range%5Bto%5D=2&a=%2B",
                  "Cookie: z=1; b=x%20y\nx-page: 7") == 204);
    const Query *in = seen;
    OSP_CHECK(in->id.count == 2);
    OSP_CHECK_STR(in->id.items[0], S("a"));
    OSP_CHECK_STR(in->id.items[1], S("b,c"));
    OSP_CHECK(in->range.from.value == 1 && in->range.to.value == 2 && in->page == 7);
    OSP_CHECK_STR(in->a.value, S("+"));
    OSP_CHECK_STR(in->b.value, S("x y"));
    OSP_CHECK(GET("/x/a", "") == 204);
    in = seen;
    OSP_CHECK(in->page == 1 && in->a.is == OSP_ABSENT && in->range.from.is == OSP_ABSENT);
    finish(f);
}

typedef struct Docs {
    osp_str path;
} Docs;
OSP_TYPE(Docs, PATH(path));
typedef struct MaybeDocs {
    osp_opt_str path;
} MaybeDocs;
OSP_TYPE(MaybeDocs, PATH(path));
typedef struct HomeDocs {
    osp_str path;
} HomeDocs;
OSP_TYPE(HomeDocs, PATH(path, .fallback = "index"));
static const osp_route docs_route = ROUTE(Docs, "docs"), maybe_route = ROUTE(MaybeDocs, "maybe"),
                       home_route = ROUTE(HomeDocs, "home");

OSP_UNIT_TEST(bind_any, "where an optional catch-all is nothing, its member is absent or empty")
{
    fixture *f = prepare(&docs_route, NULL, NULL);
    static const char *const names[] = { "path" };
    f->leaf = (osp_route_leaf){
        .pattern = "/x/[[...path]]", .param_names = names, .param_count = 1, .rest = OSP_REST_ANY
    };
    f->x = (osp_route_node){ .leaf = &f->leaf, .rest = &f->leaf };
    f->leaf.by_method[OSP_METHOD_GET] = &docs_route;
    OSP_CHECK(GET("/x", "") == 204);
    OSP_CHECK_STR(((const Docs *)seen)->path, S(""));
    OSP_CHECK(GET("/x/a/b%20c", "") == 204);
    OSP_CHECK_STR(((const Docs *)seen)->path, S("a/b c"));
    f->leaf.by_method[OSP_METHOD_GET] = &maybe_route;
    OSP_CHECK(GET("/x", "") == 204);
    OSP_CHECK(((const MaybeDocs *)seen)->path.is == OSP_ABSENT);
    OSP_CHECK(GET("/x/a", "") == 204);
    OSP_CHECK_STR(((const MaybeDocs *)seen)->path.value, S("a"));
    f->leaf.by_method[OSP_METHOD_GET] = &home_route;
    OSP_CHECK(GET("/x", "") == 204);
    OSP_CHECK_STR(((const HomeDocs *)seen)->path, S("index"));
    finish(f);
}

OSP_UNIT_TEST(bind_refusals, "each source names what is wrong as the client wrote it")
{
    fixture *f = prepare(&query_route, NULL, NULL);
    OSP_CHECK(GET("/x/a?range[from]=x&a=1&a=2", "X-Page: 1\nx-page: 2\nCookie: b=\"") == 422);
    OSP_CHECK(says(f, "{\"in\":\"query\",\"name\":\"range[from]\",\"code\":\"type\""));
    OSP_CHECK(says(f, "{\"in\":\"query\",\"name\":\"range[to]\",\"code\":\"needs\""));
    OSP_CHECK(says(f, "{\"in\":\"query\",\"name\":\"a\",\"code\":\"duplicate\""));
    OSP_CHECK(says(f, "{\"in\":\"header\",\"name\":\"X-Page\",\"code\":\"duplicate\""));
    OSP_CHECK(says(f, "{\"in\":\"cookie\",\"name\":\"b\",\"code\":\"type\""));
    OSP_CHECK(GET("/x/a?a=1", "") == 422);
    OSP_CHECK(says(f, "{\"in\":\"cookie\",\"name\":\"b\",\"code\":\"needs\",\"detail\":\"is "
                      "required with a\"}"));
    OSP_CHECK(GET("/x/a", "X-Left: 1") == 422);
    OSP_CHECK(says(f, "{\"in\":\"header\",\"name\":\"x-right\",\"code\":\"needs\",\"detail\":"
                      "\"is required with x-left\"}"));
    OSP_CHECK(GET("/x/a", "X-Page: 13") == 422);
    OSP_CHECK(
        says(f, "{\"pointer\":\"\",\"code\":\"check\",\"detail\":\"must not be on page 13\"}"));
    OSP_CHECK(GET("/x/a", "X-Page: ") == 422);
    OSP_CHECK(GET("/x/%ff", "") == 400);
    OSP_CHECK(GET("/x/a?b=%ff", "") == 400);
    OSP_CHECK(GET("/x/a?b=%2", "") == 400);
    finish(f);
}

OSP_UNIT_TEST(bind_limits, "pairs, cookies and lines are counted")
{
    fixture *f = prepare(&query_route, NULL, NULL);
    char text[2000];
    for (size_t over = 0; over < 2; over++) {
        char *at = stpcpy(text, "/x/a?");
        for (size_t i = 0; i < OSP_URI_PAIRS_MAX + over; i++) {
            at = stpcpy(at, "z&");
        }
        OSP_CHECK(GET(text, "") == (over ? 400 : 204));
        at = stpcpy(text, "cookie: ");
        for (size_t i = 0; i < OSP_COOKIES_MAX + over; i++) {
            at = stpcpy(at, "z=1;");
        }
        OSP_CHECK(GET("/x/a", text) == (over ? 400 : 204));
        at = text;
        for (size_t i = 0; i < OSP_PARAM_LINES_MAX + over; i++) {
            at = stpcpy(at, "x-page: 1\n");
        }
        OSP_CHECK(GET("/x/a", text) == (over ? 400 : 422));
    }
    finish(f);
}

OSP_UNIT_TEST(bind_form, "an urlencoded body is a source, and its secrets stay there")
{
    fixture *f = prepare(NULL, &form_route, NULL);
    const char *const form = "Content-Type: application/x-www-form-urlencoded; charset=utf-8";
    OSP_CHECK(ask(f, OSP_METHOD_POST, "/x/1", form, "name=a+b&tags=x&tags=%26&other=1") == 204);
    const Form *in = seen;
    OSP_CHECK_STR(in->name, S("a b"));
    OSP_CHECK(in->tags.count == 2 && in->password.is == OSP_ABSENT);
    OSP_CHECK_STR(in->tags.items[1], S("&"));
    OSP_CHECK(ask(f, OSP_METHOD_POST, "/x/1", form, "name=toolong&password=hunter2") == 422);
    OSP_CHECK(says(f, "{\"in\":\"form\",\"name\":\"name\""));
    OSP_CHECK(says(f, "{\"in\":\"form\",\"name\":\"password\""));
    OSP_CHECK(memmem(f->ctx.response.bytes.ptr, f->ctx.response.bytes.len, "hunter", 6) == NULL);
    OSP_CHECK(ask(f, OSP_METHOD_POST, "/x/1", "", "") == 422);
    OSP_CHECK(ask(f, OSP_METHOD_POST, "/x/1", form, "name=%") == 400);
    OSP_CHECK(ask(f, OSP_METHOD_POST, "/x/1", "", "name=a") == 415);
    OSP_CHECK(ask(f, OSP_METHOD_POST, "/x/1", "Content-Type: text/plain", "name=a") == 415);
    OSP_CHECK(ask(f, OSP_METHOD_POST, "/x/1", "Content-Type: multipart/mixed", "name=a") == 415);
    OSP_CHECK(says(f, "must be application/x-www-form-urlencoded, multipart/form-data"));
    char body[600];
    for (size_t over = 0; over < 2; over++) {
        char *at = stpcpy(body, "name=a");
        for (size_t i = 1; i < OSP_PARAM_FORM_PAIRS_MAX + over; i++) {
            at = stpcpy(at, "&z");
        }
        OSP_CHECK(ask(f, OSP_METHOD_POST, "/x/1", form, body) == (over ? 413 : 204));
    }
    finish(f);
}

OSP_UNIT_TEST(bind_extra, "members that nothing names are kept when the input asks for them")
{
    fixture *f = prepare(NULL, &kept_route, NULL);
    OSP_CHECK(ask(f, OSP_METHOD_POST, "/x/1", "", "{\"a\":[1],\"b\":null}") == 204);
    const Kept *in = seen;
    OSP_CHECK(in->id == 1 && in->more.count == 2);
    OSP_CHECK_STR(in->more.items[0].value.text, S("[1]"));
    OSP_CHECK(ask(f, OSP_METHOD_POST, "/x/a", "", "{") == 404);
    finish(f);
}

OSP_UNIT_TEST(bind_coded, "a coded, ranged or doubly typed body is refused before it is read")
{
    static const struct {
        const char *headers;
        int status;
    } cases[] = {
        { "Content-Type: application/json\nContent-Encoding: , Identity ,", 204 },
        { "Content-Encoding: gzip", 415 },
        { "content-encoding: identity, br", 415 },
        { "Content-Type: text/plain\nContent-Encoding: gzip", 415 },
        { "Content-Range: bytes 0-1/2", 204 }, /* of POST it has no meaning */
        { "Content-Type: application/json\nCONTENT-type: application/json", 400 },
    };
    fixture *f = prepare(NULL, &kept_route, NULL);
    for (size_t i = 0; i < OSP_ARRAY_LEN(cases); i++) {
        const char *body = "{\"a\":[1],\"b\":null}";
        OSP_CHECK(ask(f, OSP_METHOD_POST, "/x/1", cases[i].headers, body) == cases[i].status);
        const bool coded = cases[i].status == 415;
        OSP_CHECK((osp_answer_header(&f->ctx, S("Accept-Encoding")).len > 0) == coded);
        OSP_CHECK(osp_answer_header(&f->ctx, S("Accept")).len == 0);
    }
    OSP_CHECK(ask(f, OSP_METHOD_POST, "/x/1", "Content-Type: text/plain", "{}") == 415);
    OSP_CHECK_STR(osp_answer_header(&f->ctx, S("Accept")), S("application/json"));
    finish(f);
}

OSP_UNIT_TEST(bind_nomatch, "what does not fit is another route's, or nothing's")
{
    fixture *f = prepare(&picky_route, &kept_route, &any_route);
    static const struct {
        const char *target, *body, *who;
        int status;
    } cases[] = {
        { "/x/1", "", "picky", 204 },
        { "/x/1?n=2", "", "picky", 204 },
        { "/x/a", "", "any", 204 },
        { "/x/0", "", "any", 204 },
        { "/x/100", "", "any", 204 },
        { "/x/1?n=a", "", "any", 204 },
        { "/x/1?n=1&n=2", "", "any", 204 },
        { "/x/a?other=b", "{", "any", 204 }, /* nothing else of it is judged */
        { "/x/1?other=b&n=c", "{", "any", 204 },
        { "/x/1?other=b", "", "nobody", 422 },
        { "/x/1", "{", "nobody", 400 },
        { "/x/a?%ff", "", "any", 204 },
        { "/x/1?%ff", "", "nobody", 400 },
    };
    for (size_t i = 0; i < OSP_ARRAY_LEN(cases); i++) {
        OSP_CHECK(ask(f, OSP_METHOD_GET, cases[i].target, "", cases[i].body) == cases[i].status);
        OSP_CHECK(strcmp(who, cases[i].who) == 0);
    }
    OSP_CHECK(ask(f, OSP_METHOD_HEAD, "/x/a", "", "") == 204);
    OSP_CHECK(ask(f, OSP_METHOD_POST, "/x/a", "", "{}") == 405); /* the next one answers GET only */
    finish(f);
    f = prepare(&picky_route, NULL, NULL);
    OSP_CHECK(ask(f, OSP_METHOD_GET, "/x/a", "", "") == 404);
    OSP_CHECK(ask(f, OSP_METHOD_POST, "/x/a", "", "") == 405);
    finish(f);
}

/* ---------------------------------------------------------------- memory */

/* Every kind that has a text, and every form in which a source may carry it. */
typedef struct Full {
    osp_str_list id;
    bool flag;
    int32_t i32;
    int64_t i64;
    uint32_t u32;
    uint64_t u64;
    float f;
    double d;
    osp_str s;
    osp_decimal decimal;
    osp_bytes bytes;
    osp_time time;
    osp_date date;
    osp_duration duration;
    osp_uuid uuid;
    Color color;
    osp_opt_bytes obytes;
    double_list pipes;
    osp_str_list tags;
    Range range;
    osp_str x_token;
    Color_list x_colors;
    osp_str session;
    int64_t_list seen;
    Every every;
} Full;
OSP_TYPE(Full, PATH_LIST(id, osp_str), QUERY(flag), QUERY(i32, RANGE(-9, 9)), QUERY(i64),
         QUERY(u32), QUERY(u64), QUERY(f), QUERY(d, .multiple_of = 0.5),
         QUERY(s, .format = OSP_FORMAT_SLUG), QUERY(decimal), QUERY(bytes, .max_len = 40),
         QUERY(time), QUERY(date), QUERY(duration), QUERY(uuid), QUERY_ENUM(color, Color),
         QUERY(obytes), QUERY_LIST(pipes, double, .style = OSP_STYLE_PIPE, EACH(AT_LEAST(0))),
         QUERY_LIST(tags, osp_str, .unique = true, EACH(.max_len = 9)),
         QUERY_OBJECT(range, Range, .style = OSP_STYLE_DEEP), HEADER(x_token, .max_len = 20),
         HEADER_LIST(x_colors, Color), COOKIE(session), COOKIE_LIST(seen, int64_t, .joined = true),
         BODY(every, Every));
static const osp_route full_route = ROUTE(Full, "full");

#define FULL_QUERY                                                                                 \
    "?flag=true&i32=-9&i64=4&u32=4294967295&u64=18446744073709551615&f=1.5&d=-2.5e10&s=a-b"        \
    "&decimal=12.50&bytes=AAECAw%3D%3D&time=2026-01-31T12:00:00.5Z&date=1999-12-31"                \
    "&duration=PT1.5S&uuid=00000000-0000-4000-8000-00000000000a&color=gr%22een&obytes=AAE%3D"      \
    "&pipes=1|2.5%7C3&tags=%61&tags=b+c&range[from]=1&range[to]=2"
#define FULL_HEADERS                                                                               \
    "X-Token: abc\nX-Colors: red, red\nx-colors: red\nCookie: session=a%20b; seen=1,2,3\n"         \
    "Content-Type: application/json"
#define FORM_HEADER "Content-Type: application/x-www-form-urlencoded"

static const struct request {
    const osp_type *in;
    const osp_route *get, *post;
    const char *target, *headers, *body;
    int status;
} requests[] = {
    { &osp_type_Full, NULL, &full_route, "/x/./a%20,b" FULL_QUERY, FULL_HEADERS, every_text, 204 },
    { &osp_type_Full, NULL, &full_route,
      "/x/"
      "a?flag=2&i32=10&i64=x&u32=-1&u64=1.5&f=1e99&d=0.3&s=A_&decimal=1e5&bytes="
      "AAECAwQFBgcICQoLDA0O"
      "DxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4v&time=x&date=2026-02-30&duration=P&uuid=1&color="
      "blue&obytes=%21&pipes=-1|x&tags=a&tags=a&range[from]=1&range[at]=2",
      "X-Token: 123456789012345678901\nX-Colors: red,blue\nCookie: session=%ff; seen=1,x",
      "{\"i32\":10,\"circle\":{\"radius\":0,\"note\":\"123456789\"},\"tags\":[\"a\",\"a\"],"
      "\"given\":1}",
      422 },
    { &osp_type_Full, NULL, &full_route, "/x/a" FULL_QUERY, FULL_HEADERS, "{\"raw\":[}", 400 },
    { &osp_type_Full, NULL, &full_route, "/x/a" FULL_QUERY, "Content-Type: text/plain", "x", 415 },
    { &osp_type_Form, NULL, &form_route, "/x/1", FORM_HEADER, "name=a+b&tags=%41&tags=b+c", 204 },
    { &osp_type_Form, NULL, &form_route, "/x/1", FORM_HEADER, "name=too+long&password=a+b", 422 },
    { &osp_type_Form, NULL, &form_route, "/x/1", FORM_HEADER, "name=%", 400 },
    { &osp_type_Kept, NULL, &kept_route, "/x/1", "", "{\"a\":[1],\"b\\n\":\"c\\td\"}", 204 },
    { &osp_type_Kept, NULL, &kept_route, "/x/y", "", "{}", 404 },
    { &osp_type_Query, &query_route, NULL, "/x/a,b?a=%41&range[from]=1",
      "X-Page: 13\nCookie: b=x%20y", "", 422 },
    { &osp_type_Picky, &picky_route, NULL, "/x/1?n=%32", "", "", 204 },
};

typedef struct thirst {
    const struct request *request;
    fixture *f;
    osp_buf came, wanted; /* as text */
    int status;
} thirst;

/* What came of a request: every member of its input, or how much was wrong. */
static void write_outcome(const thirst *t, osp_buf *out)
{
    out->len = 0;
    osp_buf_printf(out, "%d %s", t->status, who);
    const osp_type *in = t->request->in;
    for (uint16_t i = 0; seen != NULL && i < in->field_count; i++) {
        const osp_field *field = &in->fields[i];
        osp_buf_byte(out, ' ');
        OSP_CHECK(osp_json_encode_field(field, (const char *)seen + field->offset_, out) == OSP_OK);
    }
    const osp_str text = t->f->ctx.response.bytes;
    for (size_t i = 0; i + 6 < text.len; i++) {
        osp_buf_str(out, memcmp(text.ptr + i, "\"code\"", 6) == 0 ? OSP_STR("!") : OSP_STR(""));
    }
    OSP_CHECK(!out->failed);
}

static void bind_starving(void *arg)
{
    thirst *t = arg;
    const struct request *r = t->request;
    t->status = ask(t->f, r->post != NULL ? OSP_METHOD_POST : OSP_METHOD_GET, r->target, r->headers,
                    r->body);
}

/* All of it, or 503; a refusal may come without its document, but not with half of one. */
static void judge_outcome(void *arg, bool starved)
{
    thirst *t = arg;
    const osp_str document = t->f->ctx.response.bytes;
    write_outcome(t, &t->came);
    const osp_str came = { t->came.ptr, t->came.len }, wanted = { t->wanted.ptr, t->wanted.len };
    OSP_CHECK(document.len == 0 || osp_json_check(document) == OSP_OK);
    if (!starved || (t->status != 503 && document.len != 0) || t->status < 400) {
        OSP_CHECK_STR(came, wanted);
    } else {
        OSP_CHECK(t->status == 503 || t->status == t->request->status);
    }
}

OSP_UNIT_TEST(bind_memory, "an input is bound whole or answered 503, whichever allocation fails")
{
    for (size_t i = 0; i < OSP_ARRAY_LEN(requests); i++) {
        thirst t = { .request = &requests[i],
                     .f = prepare(requests[i].get, requests[i].post, NULL) };
        osp_buf_init(&t.came, NULL, 0, 1 << 16);
        osp_buf_init(&t.wanted, NULL, 0, 1 << 16);
        bind_starving(&t);
        if (t.status != requests[i].status) {
            fprintf(stderr, "%s: %d\n%.*s\n", requests[i].target, t.status,
                    OSP_ARG(t.f->ctx.response.bytes));
        }
        OSP_CHECK(t.status == requests[i].status);
        write_outcome(&t, &t.wanted);
        OSP_CHECK(osp_fault_each(&(osp_fault_trial){
                      .work = bind_starving, .judge = judge_outcome, .arg = &t }) > 1);
        osp_buf_done(&t.came);
        osp_buf_done(&t.wanted);
        finish(t.f);
    }
}
