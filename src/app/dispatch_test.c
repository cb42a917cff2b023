/* Requests through the dispatch without a socket: what a handler gets, and what the client reads.
 */
#include <openspeed/app.h>

#include "app/ctx.h"
#include "tests/unit/fault.h"
#include "tests/unit/unit.h"

typedef struct In {
    osp_str id;
    int32_t limit;
    osp_opt_str tag;
    osp_str_list ids;
    osp_opt_str user_agent;
    osp_str name;
    osp_opt_int age;
} In;
OSP_TYPE(In, PATH(id), QUERY(limit, RANGE(1, 100), .fallback = "20"), QUERY(tag),
         QUERY_LIST(ids, osp_str, .max_len = 2), HEADER(user_agent, .max_len = 4),
         FIELD(name, .min_len = 1), FIELD(age));

typedef struct Out {
    osp_str id, tag, agent, name;
    int32_t limit, ids;
} Out;
OSP_TYPE(Out, FIELD(id), FIELD(tag), FIELD(agent), FIELD(name), FIELD(limit), FIELD(ids));

static osp_status echo(osp_ctx *ctx, const void *raw_in, void *raw_out)
{
    const In *in = raw_in;
    Out *out = raw_out;
    (void)ctx;
    *out = (Out){ in->id,   in->tag.value, in->user_agent.value,
                  in->name, in->limit,     (int32_t)in->ids.count };
    return OSP_OK;
}

typedef struct Agent {
    osp_str user_agent;
} Agent;
OSP_TYPE(Agent, HEADER(user_agent, .max_len = 3));

static osp_status fails(osp_ctx *ctx, const void *in, void *out)
{
    (void)in;
    (void)out;
    (void)osp_fail(ctx, 404, "no \"%s\"", "such\nthing");
    return osp_fail(ctx, 500, "the first failure wins");
}

/* Goes on after the failure as if nothing had happened. */
static osp_status forgets(osp_ctx *ctx, const void *in, void *out)
{
    (void)in;
    (void)osp_fail(ctx, 404, "not there");
    ((Out *)out)->id = OSP_STR("typed");
    osp_set_status(ctx, 201);
    OSP_CHECK(osp_text(ctx, OSP_STR("text")) == OSP_E_FAILED);
    return OSP_OK;
}

static osp_status texts(osp_ctx *ctx, const void *in, void *out)
{
    (void)in;
    ((Out *)out)->id = OSP_STR("typed");
    return osp_text(ctx, OSP_STR("text"));
}

static osp_status late(osp_ctx *ctx, const void *in, void *out)
{
    (void)ctx;
    (void)in;
    (void)out;
    return OSP_E_DEADLINE;
}

static osp_status broken(osp_ctx *ctx, const void *in, void *out)
{
    (void)ctx;
    (void)in;
    (void)out;
    return OSP_E_IO;
}

static osp_status sticky(osp_ctx *ctx, const void *in, void *out)
{
    (void)in;
    (void)out;
    osp_task_fail(&ctx->task, OSP_E_DB, "secret cause");
    return osp_fail(ctx, 404, "not there");
}

static osp_status unwritable(osp_ctx *ctx, const void *in, void *out)
{
    (void)ctx;
    (void)in;
    ((Out *)out)->id = OSP_STR("\xff");
    return OSP_OK;
}

static osp_status quiet(osp_ctx *ctx, const void *in, void *out)
{
    (void)in;
    (void)out;
    OSP_TRY(osp_set_header(ctx, OSP_STR("X-One"), OSP_STR("1")));
    OSP_CHECK(osp_set_header(ctx, OSP_STR("X-Two"), OSP_STR("a\r\nb")) == OSP_E_INVALID);
    OSP_CHECK(osp_set_header(ctx, OSP_STR("bad name"), OSP_STR("1")) == OSP_E_INVALID);
    OSP_CHECK(osp_set_header(ctx, OSP_STR("Content-Length"), OSP_STR("1")) == OSP_E_INVALID);
    return OSP_OK;
}

/* The query says with which number, and of which call. */
static osp_status odd_status(osp_ctx *ctx, const void *in, void *out)
{
    int64_t number = 0;
    (void)in;
    (void)out;
    const osp_str query = ctx->request.query;
    OSP_CHECK(osp_str_to_int((osp_str){ query.ptr + 1, query.len - 1 }, &number) == OSP_OK);
    if (query.ptr[0] == 'f') {
        return osp_fail(ctx, (int)number, "as asked");
    }
    osp_set_status(ctx, (int)number);
    return OSP_OK;
}

static osp_status challenges(osp_ctx *ctx, const void *in, void *out)
{
    (void)in;
    (void)out;
    OSP_TRY(osp_set_header(ctx, OSP_STR("www-authenticate"), OSP_STR("Basic")));
    return osp_fail(ctx, 401, "who?");
}

static osp_status typed(osp_ctx *ctx, const void *in, void *out)
{
    (void)in;
    *(Out *)out = (Out){ .id = OSP_STR("not to be sent") };
    osp_set_status(ctx, 205);
    return OSP_OK;
}

#define ROUTE(call, in, out)                                                                       \
    {                                                                                              \
        .in_ = &osp_type_##in, .out_ = &osp_type_##out, .call_ = call, .handler_ = #call           \
    }
static const osp_route echo_route = ROUTE(echo, In, Out), agent_route = ROUTE(fails, Agent, void),
                       fails_route = ROUTE(fails, void, void),
                       broken_route = ROUTE(broken, void, void),
                       sticky_route = ROUTE(sticky, void, Out),
                       unwritable_route = ROUTE(unwritable, void, Out),
                       quiet_route = ROUTE(quiet, void, void),
                       forgets_route = ROUTE(forgets, void, Out),
                       texts_route = ROUTE(texts, void, Out), late_route = ROUTE(late, void, void),
                       odd_route = ROUTE(odd_status, void, void),
                       challenges_route = ROUTE(challenges, void, void),
                       typed_route = ROUTE(typed, void, Out);

static const char *const names[] = { "id" };

/* One leaf "/x/[id]" that answers GET by `get` and POST by `post`. */
typedef struct fixture {
    osp_route_leaf leaf;
    osp_route_node end, x, root;
    osp_route_edge edge;
    osp_app_def app;
    char first[8192];
    osp_arena arena;
    osp_ctx ctx;
    osp_buf out;
} fixture;

static fixture *prepare(const osp_route *get, const osp_route *post)
{
    fixture *f = calloc(1, sizeof *f);
    OSP_CHECK(f != NULL);
    f->leaf = (osp_route_leaf){ .pattern = "/x/[id]", .param_names = names, .param_count = 1 };
    f->leaf.by_method[OSP_METHOD_GET] = get;
    f->leaf.by_method[OSP_METHOD_POST] = post;
    f->end.leaf = &f->leaf;
    f->x.param = &f->end;
    f->edge = (osp_route_edge){ "x", 1, &f->x };
    f->root.edges = &f->edge;
    f->app = (osp_app_def){ .name = "test", .root = &f->root };
    osp_arena_init(&f->arena, f->first, sizeof f->first, 1 << 20);
    osp_buf_init(&f->out, NULL, 0, 1 << 20);
    return f;
}

static void finish(fixture *f)
{
    osp_buf_done(&f->out);
    osp_arena_done(&f->arena);
    free(f);
}

static int ask(fixture *f, osp_method method, const char *target, const char *body)
{
    osp_ctx_init(&f->ctx, &f->app, &f->arena);
    static const osp_header_field headers[] = { { { "User-Agent", 10 }, { "unit", 4 } } };
    f->ctx.request.method = method;
    f->ctx.request.target = osp_str_from(target);
    f->ctx.request.headers = headers;
    f->ctx.request.header_count = 1;
    f->ctx.request.body = osp_str_from(body);
    osp_app_handle(&f->ctx);
    return f->ctx.response.status;
}

#define DATE "Date: Tue, 15 Nov 1994 08:12:31 GMT\r\n"

/* The answer as it goes over the wire. */
static osp_str wire(fixture *f, bool head_only)
{
    const osp_reply_options options = { .date_line = DATE, .head_only = head_only };
    f->out.len = 0;
    OSP_CHECK(osp_reply_write_h1(&f->ctx.response, &options, &f->out) == OSP_OK);
    return (osp_str){ f->out.ptr, f->out.len };
}

static bool has(osp_str text, const char *part)
{
    return memmem(text.ptr, text.len, part, strlen(part)) != NULL;
}

OSP_UNIT_TEST(dispatch_binds, "path, query, list, header and body reach one struct")
{
    fixture *f = prepare(NULL, &echo_route);
    OSP_CHECK(ask(f, OSP_METHOD_POST, "/x/a%20b?tag=c+d&ids=1&ids=2", "{\"name\":\"n\"}") == 200);
    OSP_CHECK_STR(wire(f, false),
                  OSP_STR("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: "
                          "69\r\n" DATE "\r\n{\"id\":\"a b\",\"tag\":\"c d\",\"agent\":\"unit\","
                          "\"name\":\"n\",\"limit\":20,\"ids\":2}"));
    finish(f);
}

OSP_UNIT_TEST(dispatch_all_issues, "every bad member is named in one answer")
{
    fixture *f = prepare(NULL, &echo_route);
    OSP_CHECK(ask(f, OSP_METHOD_POST, "/x/a?limit=101&ids=1&ids=2&ids=3",
                  "{\"name\":\"\",\"age\":\"old\"}") == 422);
    const osp_str text = wire(f, false);
    OSP_CHECK(has(text, "application/problem+json"));
    OSP_CHECK(has(text, "{\"in\":\"query\",\"name\":\"limit\""));
    OSP_CHECK(has(text, "{\"in\":\"query\",\"name\":\"ids\""));
    OSP_CHECK(has(text, "{\"pointer\":\"/name\""));
    OSP_CHECK(has(text, "{\"pointer\":\"/age\""));
    finish(f);
    f = prepare(NULL, &agent_route);
    OSP_CHECK(ask(f, OSP_METHOD_POST, "/x/a", "") == 422);
    OSP_CHECK(has(wire(f, false), "{\"in\":\"header\",\"name\":\"user-agent\""));
    finish(f);
}

OSP_UNIT_TEST(dispatch_refusals, "what cannot be parsed, routed or answered has its own status")
{
    fixture *f = prepare(&fails_route, &echo_route);
    OSP_CHECK(ask(f, OSP_METHOD_POST, "/x/a", "{") == 400);
    OSP_CHECK(ask(f, OSP_METHOD_POST, "/x/a", "") == 422);
    OSP_CHECK(has(wire(f, false), "is required"));
    OSP_CHECK(ask(f, OSP_METHOD_POST, "/x/a?tag=1&tag=2", "{\"name\":\"n\"}") == 422);
    OSP_CHECK(ask(f, OSP_METHOD_GET, "/y", "") == 404);
    OSP_CHECK(ask(f, OSP_METHOD_GET, "/x/%00", "") == 400);
    OSP_CHECK(ask(f, OSP_METHOD_GET, "/x/a%2Fb", "") == 400);
    OSP_CHECK(ask(f, OSP_METHOD_PUT, "/x/a", "") == 405);
    OSP_CHECK(has(wire(f, false), "Allow: GET, HEAD, POST, OPTIONS\r\n"));
    finish(f);
}

OSP_UNIT_TEST(dispatch_methods, "methods and targets that no route is asked about")
{
    fixture *f = prepare(&fails_route, NULL);
    OSP_CHECK(ask(f, OSP_METHOD_OTHER, "/x/a", "") == 501);
    OSP_CHECK(ask(f, OSP_METHOD_OTHER, "host:80", "") == 501);
    OSP_CHECK(ask(f, OSP_METHOD_OTHER, "/y", "") == 404);
    OSP_CHECK(ask(f, OSP_METHOD_OPTIONS, "/x/a", "") == 204);
    OSP_CHECK(has(wire(f, false), "Allow: GET, HEAD, OPTIONS\r\n"));
    OSP_CHECK(ask(f, OSP_METHOD_OPTIONS, "/y", "") == 404);
    OSP_CHECK(ask(f, OSP_METHOD_OPTIONS, "*", "") == 204);
    OSP_CHECK(has(wire(f, false), "Allow: GET, HEAD, POST, PUT, DELETE, PATCH, OPTIONS\r\n"));
    OSP_CHECK(ask(f, OSP_METHOD_GET, "*", "") == 400);
    OSP_CHECK(ask(f, OSP_METHOD_OPTIONS, "host:80", "") == 400);
    OSP_CHECK(ask(f, OSP_METHOD_GET, "http://h/x/a", "") == 404);
    OSP_CHECK(has(wire(f, false), "such\\nthing")); /* the handler's */
    OSP_CHECK(ask(f, OSP_METHOD_GET, "https://h/x/a", "") == 421);
    finish(f);
}

OSP_UNIT_TEST(dispatch_as_sent, "the target and its query are there as they were sent")
{
    static const struct {
        const char *target, *query, *path;
    } cases[] = { { "/x/a", "", "/x/a" },
                  { "/x/a?", "", "/x/a" },
                  { "/x/./%61?b=%20+c?d&e", "b=%20+c?d&e", "/x/a" },
                  { "http://h/x/a?q", "q", "/x/a" },
                  { "/nowhere?q", "q", "/nowhere" } };
    fixture *f = prepare(&quiet_route, NULL);
    for (size_t i = 0; i < OSP_ARRAY_LEN(cases); i++) {
        (void)ask(f, OSP_METHOD_GET, cases[i].target, "");
        OSP_CHECK_STR(osp_request_target(&f->ctx), osp_str_from(cases[i].target));
        OSP_CHECK_STR(osp_request_query(&f->ctx), osp_str_from(cases[i].query));
        OSP_CHECK_STR(osp_path(&f->ctx), osp_str_from(cases[i].path));
    }
    OSP_CHECK(ask(f, OSP_METHOD_GET, "/x/%00?q", "") == 400); /* malformed */
    OSP_CHECK_STR(osp_request_target(&f->ctx), OSP_STR("/x/%00?q"));
    finish(f);
}

OSP_UNIT_TEST(dispatch_completes, "fields that a status must have are there")
{
    fixture *f = prepare(&odd_route, NULL);
    OSP_CHECK(ask(f, OSP_METHOD_GET, "/x/1?f401", "") == 401);
    OSP_CHECK(has(wire(f, false), "WWW-Authenticate: Bearer\r\n"));
    OSP_CHECK(ask(f, OSP_METHOD_GET, "/x/1?f405", "") == 405);
    OSP_CHECK(has(wire(f, false), "Allow: GET, HEAD, OPTIONS\r\n"));
    OSP_CHECK(ask(f, OSP_METHOD_GET, "/x/1?f403", "") == 403);
    OSP_CHECK(f->ctx.response.header_count == 1);
    OSP_CHECK_STR(osp_answer_header(&f->ctx, S("Vary")), S("Accept"));
    OSP_CHECK(ask(f, OSP_METHOD_GET, "/x/1?s205", "") == 205);
    OSP_CHECK(has(wire(f, false), "Content-Length: 0\r\n"));
    finish(f);
    f = prepare(&challenges_route, &typed_route);
    OSP_CHECK(ask(f, OSP_METHOD_GET, "/x/1", "") == 401);
    OSP_CHECK_STR(osp_answer_header(&f->ctx, S("WWW-Authenticate")), S("Basic"));
    OSP_CHECK(f->ctx.response.header_count == 2);
    OSP_CHECK(ask(f, OSP_METHOD_POST, "/x/1", "") == 205);
    OSP_CHECK_STR(wire(f, false),
                  S("HTTP/1.1 205 Reset Content\r\nContent-Length: 0\r\n" DATE "\r\n"));
    finish(f);
}

OSP_UNIT_TEST(dispatch_failures, "the first failure wins, and a cause never reaches the client")
{
    fixture *f = prepare(&fails_route, &sticky_route);
    OSP_CHECK(ask(f, OSP_METHOD_GET, "/x/a", "") == 404);
    OSP_CHECK(has(wire(f, false), "no \\\"such\\nthing\\\""));
    OSP_CHECK(ask(f, OSP_METHOD_POST, "/x/a", "") == 500);
    OSP_CHECK(!has(wire(f, false), "secret cause"));
    OSP_CHECK(f->ctx.task.error.status == OSP_E_DB);
    finish(f);
    f = prepare(&broken_route, NULL);
    OSP_CHECK(ask(f, OSP_METHOD_GET, "/x/a", "") == 500);
    OSP_CHECK(f->ctx.task.error.status == OSP_E_IO);
    finish(f);
}

OSP_UNIT_TEST(dispatch_fail_then_ok, "a failure is the answer whatever the handler returns")
{
    fixture *f = prepare(&forgets_route, &texts_route);
    OSP_CHECK(ask(f, OSP_METHOD_GET, "/x/a", "") == 404);
    OSP_CHECK(f->ctx.task.refused);
    OSP_CHECK(has(wire(f, false), "application/problem+json"));
    OSP_CHECK(has(wire(f, false), "not there") && !has(wire(f, false), "typed"));
    OSP_CHECK(ask(f, OSP_METHOD_POST, "/x/a", "") == 200);
    OSP_CHECK(has(wire(f, false), "\r\n\r\ntext") && !has(wire(f, false), "typed"));
    finish(f);
}

OSP_UNIT_TEST(dispatch_deadline, "what took too long is 503")
{
    fixture *f = prepare(&late_route, NULL);
    OSP_CHECK(ask(f, OSP_METHOD_GET, "/x/a", "") == 503);
    finish(f);
}

OSP_UNIT_TEST(dispatch_odd_status, "a status out of range is 500 and names the line of the call")
{
    static const struct {
        const char *target;
        int status;
    } cases[] = {
        { "/x/1?f400", 400 }, { "/x/1?f599", 599 },  { "/x/1?f399", 500 }, { "/x/1?f302", 500 },
        { "/x/1?f600", 500 }, { "/x/1?f-404", 500 }, { "/x/1?s200", 200 }, { "/x/1?s599", 599 },
        { "/x/1?s199", 500 }, { "/x/1?s1000", 500 }, { "/x/1?s0", 500 },
    };
    fixture *f = prepare(&odd_route, NULL);
    for (size_t i = 0; i < OSP_ARRAY_LEN(cases); i++) {
        OSP_CHECK(ask(f, OSP_METHOD_GET, cases[i].target, "") == cases[i].status);
        const bool odd = cases[i].status == 500;
        OSP_CHECK((f->ctx.task.error.status == OSP_E_INVALID) == odd);
        OSP_CHECK(!odd || strstr(f->ctx.task.place->file, "dispatch_test.c") != NULL);
    }
    finish(f);
}

static uint32_t shut_for_7(const osp_route_gate *gate, const osp_route_leaf *leaf,
                           const osp_route *route)
{
    (void)gate;
    OSP_CHECK(leaf != NULL);
    return route == &fails_route ? 7 : 0;
}

OSP_UNIT_TEST(dispatch_shut,
              "a route that is shut is 503 with the time to come again, others are not")
{
    static const osp_route_gate gate = { shut_for_7 };
    fixture *f = prepare(&fails_route, &quiet_route);
    for (int post = 0; post < 2; post++) {
        osp_ctx_init(&f->ctx, &f->app, &f->arena);
        f->ctx.gate = &gate;
        f->ctx.request.method = post ? OSP_METHOD_POST : OSP_METHOD_GET;
        f->ctx.request.target = OSP_STR("/x/1");
        f->ctx.request.header_count = 0;
        osp_app_handle(&f->ctx);
        OSP_CHECK(f->ctx.response.status == (post ? 204 : 503));
        OSP_CHECK_STR(osp_answer_header(&f->ctx, post ? S("X-One") : S("Retry-After")),
                      post ? S("1") : S("7"));
    }
    finish(f);
}

OSP_UNIT_TEST(reply_unwritable, "a value that is no JSON leaves the buffer as it was")
{
    fixture *f = prepare(&unwritable_route, NULL);
    OSP_CHECK(ask(f, OSP_METHOD_GET, "/x/a", "") == 200);
    osp_buf_str(&f->out, OSP_STR("before"));
    const osp_reply_options options = { 0 };
    OSP_CHECK(osp_reply_write_h1(&f->ctx.response, &options, &f->out) == OSP_E_JSON_UTF8);
    OSP_CHECK_STR(((osp_str){ f->out.ptr, f->out.len }), OSP_STR("before"));
    finish(f);
}

OSP_UNIT_TEST(reply_empty, "a void answer is 204 without a length, and HEAD has no body")
{
    fixture *f = prepare(&quiet_route, &echo_route);
    OSP_CHECK(ask(f, OSP_METHOD_GET, "/x/a", "") == 204);
    OSP_CHECK_STR(wire(f, false), OSP_STR("HTTP/1.1 204 No Content\r\n" DATE "X-One: 1\r\n\r\n"));
    OSP_CHECK(ask(f, OSP_METHOD_HEAD, "/x/a", "") == 204);
    OSP_CHECK(ask(f, OSP_METHOD_POST, "/x/a", "{\"name\":\"n\"}") == 200);
    const osp_str head = wire(f, true);
    OSP_CHECK(has(head, "Content-Length: 64\r\n") && !has(head, "\"id\""));
    finish(f);
}

OSP_UNIT_TEST(reply_lengths, "the length is right at every width")
{
    fixture *f = prepare(NULL, &echo_route);
    static char body[40000];
    const size_t sizes[] = { 1, 30, 34, 35, 36, 900, 934, 935, 936, 9000, 20000 };
    for (size_t i = 0; i < OSP_ARRAY_LEN(sizes); i++) {
        size_t len = (size_t)snprintf(body, sizeof body, "{\"name\":\"");
        memset(body + len, 'n', sizes[i]);
        len += sizes[i];
        snprintf(body + len, sizeof body - len, "\"}");
        OSP_CHECK(ask(f, OSP_METHOD_POST, "/x/a", body) == 200);
        const osp_str text = wire(f, false);
        const char *json = memmem(text.ptr, text.len, "\r\n\r\n", 4);
        char want[64];
        snprintf(want, sizeof want, "Content-Length: %zu\r\n",
                 text.len - (size_t)(json + 4 - text.ptr));
        OSP_CHECK(has(text, want));
        osp_arena_reset(&f->arena);
    }
    finish(f);
}

/* ---------------------------------------------------------------- memory */

static osp_status names_field(osp_ctx *ctx, const void *in, void *out)
{
    (void)in;
    (void)out;
    return osp_fail_field(ctx, "/name", "is taken by %s", "another");
}

static osp_status formats(osp_ctx *ctx, const void *in, void *out)
{
    (void)in;
    (void)out;
    return osp_text(ctx, osp_format(ctx, "%s-%d", "text", 7));
}

static const osp_route names_route = ROUTE(names_field, void, void),
                       formats_route = ROUTE(formats, void, void);

static const struct request {
    const osp_route *get, *post;
    osp_method method;
    const char *target, *body;
    int status;
} requests[] = {
    { NULL, &echo_route, OSP_METHOD_POST, "/x/%41?limit=7&tag=a%20b&ids=1&ids=2",
      "{\"name\":\"a\\nb\",\"age\":3}", 200 },
    { NULL, &echo_route, OSP_METHOD_POST, "/x/1?limit=0&ids=1&ids=2&ids=3", "{\"name\":\"\"}",
      422 },
    { &names_route, NULL, OSP_METHOD_GET, "/x/1", "", 422 },
    { &fails_route, NULL, OSP_METHOD_GET, "/x/1", "", 404 },
    { &formats_route, NULL, OSP_METHOD_GET, "/x/1", "", 200 },
    { &quiet_route, NULL, OSP_METHOD_GET, "/x/1", "", 204 },
    { &quiet_route, NULL, OSP_METHOD_GET, "/a/../y/1", "", 404 },
    { &quiet_route, NULL, OSP_METHOD_POST, "/x/1", "", 405 },
    { &quiet_route, NULL, OSP_METHOD_GET, "/x/%zz", "", 400 },
};

typedef struct thirst {
    const struct request *request;
    fixture *f;
    osp_buf whole; /* the answer with all the memory there is */
    osp_status written;
} thirst;

static void ask_starving(void *arg)
{
    thirst *t = arg;
    const osp_reply_options options = { .date_line = DATE };
    osp_arena_reset(&t->f->arena);
    osp_buf_done(&t->f->out);
    osp_buf_init(&t->f->out, NULL, 0, 1 << 20);
    (void)ask(t->f, t->request->method, t->request->target, t->request->body);
    t->written = osp_reply_write_h1(&t->f->ctx.response, &options, &t->f->out);
}

/* The answer, or that memory is short; a refusal without its document still has its header fields.
 */
static void judge_answer(void *arg, bool starved)
{
    thirst *t = arg;
    const osp_response *response = &t->f->ctx.response;
    const osp_str text = { t->f->out.ptr, t->f->out.len }, whole = { t->whole.ptr, t->whole.len };
    if (t->written != OSP_OK) {
        OSP_CHECK(starved && (t->written == OSP_E_NOMEM || t->written == OSP_E_LIMIT));
        OSP_CHECK(text.len == 0);
    } else if (starved && response->status >= 400) {
        OSP_CHECK(response->status == 503 || response->status == t->request->status);
        OSP_CHECK(response->bytes.len == 0 || osp_json_check(response->bytes) == OSP_OK);
        OSP_CHECK(response->status != 405 || has(text, "Allow: GET, HEAD, OPTIONS\r\n"));
    } else {
        OSP_CHECK_STR(text, whole);
    }
}

OSP_UNIT_TEST(dispatch_memory, "an answer is right or 503, whichever allocation fails")
{
    for (size_t i = 0; i < OSP_ARRAY_LEN(requests); i++) {
        thirst t = { .request = &requests[i], .f = prepare(requests[i].get, requests[i].post) };
        ask_starving(&t);
        OSP_CHECK(t.written == OSP_OK && t.f->ctx.response.status == requests[i].status);
        t.whole = t.f->out;
        osp_buf_init(&t.f->out, NULL, 0, 0);
        OSP_CHECK(osp_fault_each(&(osp_fault_trial){
                      .work = ask_starving, .judge = judge_answer, .arg = &t }) > 0);
        osp_buf_done(&t.whole);
        finish(t.f);
    }
}
