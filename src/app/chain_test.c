/* Middleware around routes and refusals, without a socket: who runs, in which order, and what of
 * the answer it sees. */
#include <openspeed/middleware.h>

#include "app/chain.h"
#include "tests/unit/fault.h"
#include "tests/unit/unit.h"

static char trace[512]; /* "a(b(h)b200)a200": who ran, and the status that it saw afterwards */

static void note(const char *text)
{
    OSP_CHECK(strlen(trace) + strlen(text) < sizeof trace);
    strcat(trace, text);
}

static osp_status around(osp_ctx *ctx, osp_next *next, const char *name)
{
    char status[8];
    note(name);
    note("(");
    OSP_TRY(osp_run(ctx, next));
    snprintf(status, sizeof status, ")%s%d", name, osp_answer_status(ctx));
    note(status);
    return OSP_OK;
}

static osp_status outer(osp_ctx *ctx, osp_next *next)
{
    OSP_TRY(around(ctx, next, "a"));
    return osp_set_header(ctx, OSP_STR("X-Outer"), OSP_STR("1"));
}

static osp_status inner(osp_ctx *ctx, osp_next *next)
{
    return around(ctx, next, "b");
}

static osp_status twice(osp_ctx *ctx, osp_next *next)
{
    OSP_TRY(osp_run(ctx, next));
    return osp_run(ctx, next);
}

static osp_status twice_quietly(osp_ctx *ctx, osp_next *next)
{
    OSP_TRY(osp_run(ctx, next));
    OSP_CHECK(osp_run(ctx, next) == OSP_E_INVALID);
    return OSP_OK;
}

static osp_status silent(osp_ctx *ctx, osp_next *next)
{
    (void)ctx;
    (void)next;
    return OSP_OK;
}

static osp_status shorts(osp_ctx *ctx, osp_next *next)
{
    (void)next;
    note("s");
    return osp_text(ctx, OSP_STR("short"));
}

static osp_status refuses(osp_ctx *ctx, osp_next *next)
{
    (void)next;
    return osp_fail(ctx, 403, "not you");
}

static osp_status breaks_after(osp_ctx *ctx, osp_next *next)
{
    OSP_TRY(osp_run(ctx, next));
    return osp_fail(ctx, 502, "behind it");
}

static osp_status errs_after(osp_ctx *ctx, osp_next *next)
{
    OSP_TRY(osp_run(ctx, next));
    return OSP_E_IO;
}

/* A value that the route needs, and what it hears when it is closed. */
static osp_status make_value(osp_ctx *ctx, const void *in, void *out)
{
    (void)ctx;
    (void)in;
    *(int *)out = 1;
    note("v");
    return OSP_OK;
}

static osp_status close_value(osp_ctx *ctx, void *value, osp_status outcome)
{
    (void)value;
    note(outcome == OSP_OK ? "V" : "F");
    return osp_header(ctx, OSP_STR("Break")).len > 0 ? osp_fail(ctx, 409, "not kept") : OSP_OK;
}

static const osp_provider value_provider = { .by_ = &osp_provision,
                                             .in_ = &osp_type_void,
                                             .size_ = sizeof(int),
                                             .make_ = make_value,
                                             .name_ = "value",
                                             .close_when = OSP_BEFORE_RESPONSE,
                                             .close = close_value };
static const osp_need value_need[] = { { .provider = &value_provider, .name = "value" },
                                       { .name = NULL } };

/* Puts another answer in place of a failure. */
static osp_status replaces(osp_ctx *ctx, osp_next *next)
{
    OSP_TRY(osp_run(ctx, next));
    OSP_CHECK(ctx->task.error.status == OSP_OK && !ctx->failed && !ctx->task.refused);
    osp_set_status(ctx, 418);
    return osp_text(ctx, OSP_STR("a page"));
}

#define STEP(name) static const osp_middleware name##_step = { .call_ = name, .name_ = #name }
STEP(outer);
STEP(inner);
STEP(twice);
STEP(twice_quietly);
STEP(silent);
STEP(shorts);
STEP(refuses);
STEP(breaks_after);
STEP(errs_after);
STEP(replaces);

static osp_status works(osp_ctx *ctx, const void *in, void *out)
{
    (void)in;
    (void)out;
    note("h");
    return osp_text(ctx, OSP_STR("worked"));
}

static osp_status fails(osp_ctx *ctx, const void *in, void *out)
{
    (void)in;
    (void)out;
    note("h");
    return osp_fail(ctx, 404, "no such thing");
}

static osp_status errs(osp_ctx *ctx, const void *in, void *out)
{
    (void)in;
    (void)out;
    osp_task_fail(&ctx->task, OSP_E_DB, "the cause");
    return OSP_E_DB;
}

typedef struct Word {
    osp_str id;
} Word;
OSP_TYPE(Word, PATH(id, .min_len = 2));
typedef struct Number {
    int64_t id;
} Number;
OSP_TYPE(Number, PATH(id, .nomatch = true));

static osp_status greets(osp_ctx *ctx, const void *in, void *out)
{
    (void)out;
    note("w");
    return osp_text(ctx, ((const Word *)in)->id);
}

static osp_status counts(osp_ctx *ctx, const void *in, void *out)
{
    (void)out;
    note("n");
    OSP_CHECK(((const Number *)in)->id == 7);
    return osp_text(ctx, OSP_STR("seven"));
}

static osp_status streams(osp_ctx *ctx, const void *in, void *out)
{
    (void)in;
    (void)out;
    OSP_TRY(osp_write(ctx, OSP_STR("part")));
    return OSP_OK;
}

#define ROUTE(handler, In, Out)                                                                    \
    {                                                                                              \
        .in_ = &osp_type_##In, .out_ = &osp_type_##Out, .call_ = handler, .handler_ = #handler     \
    }
static const osp_route works_route = ROUTE(works, void, void),
                       fails_route = ROUTE(fails, void, void), errs_route = ROUTE(errs, void, void),
                       greets_route = ROUTE(greets, Word, void),
                       counts_route = ROUTE(counts, Number, void),
                       streams_route = ROUTE(streams, void, osp_stream);

static const osp_route needs_route = { .in_ = &osp_type_void,
                                       .out_ = &osp_type_void,
                                       .call_ = works,
                                       .handler_ = "works",
                                       .needs = value_need };
static const osp_route refuses_route = { .in_ = &osp_type_void,
                                         .out_ = &osp_type_void,
                                         .call_ = fails,
                                         .handler_ = "fails",
                                         .needs = value_need };

static const char *const names[] = { "id" };

/* "/x/[id]" and, behind it, "/x/[...id]". */
typedef struct fixture {
    osp_route_leaf leaf, rest;
    osp_route_node end, x, root;
    osp_route_edge edge;
    osp_app_def app;
    osp_header_field headers[1];
    uint32_t header_count;
    char first[8192];
    osp_arena arena;
    osp_ctx ctx;
} fixture;

static fixture *prepare(const osp_route *get, const osp_middleware *const *chain)
{
    fixture *f = calloc(1, sizeof *f);
    OSP_CHECK(f != NULL);
    f->leaf = (osp_route_leaf){ .pattern = "/x/[id]", .param_names = names, .param_count = 1 };
    f->leaf.by_method[OSP_METHOD_GET] = get;
    f->leaf.chain = chain;
    f->end.leaf = &f->leaf;
    f->x.param = &f->end;
    f->edge = (osp_route_edge){ "x", 1, &f->x };
    f->root.edges = &f->edge;
    f->app = (osp_app_def){ .name = "test", .root = &f->root, .root_chain = chain };
    osp_arena_init(&f->arena, f->first, sizeof f->first, 1 << 20);
    trace[0] = 0;
    return f;
}

static int ask(fixture *f, osp_method method, const char *target)
{
    trace[0] = 0;
    osp_ctx_init(&f->ctx, &f->app, &f->arena);
    f->ctx.request.method = method;
    f->ctx.request.target = osp_str_from(target);
    f->ctx.request.headers = f->headers;
    f->ctx.request.header_count = f->header_count;
    osp_app_handle(&f->ctx);
    return f->ctx.response.status;
}

static void finish(fixture *f)
{
    osp_arena_done(&f->arena);
    free(f);
}

static osp_str answered(const fixture *f, const char *name)
{
    osp_str value = { 0 };
    for (uint32_t i = 0; i < f->ctx.response.header_count; i++) {
        if (osp_str_equal_nocase(f->ctx.response.headers[i].name, osp_str_from(name))) {
            value = f->ctx.response.headers[i].value;
        }
    }
    return value;
}

#define CHAIN(...)                                                                                 \
    (const osp_middleware *const[])                                                                \
    {                                                                                              \
        __VA_ARGS__, NULL                                                                          \
    }
#define CHECK_TRACE(want) OSP_CHECK_STR(osp_str_from(trace), OSP_STR(want))

OSP_UNIT_TEST(chain_order, "outer steps run around inner ones, which run around the handler")
{
    fixture *f = prepare(&works_route, CHAIN(&outer_step, &inner_step));
    OSP_CHECK(ask(f, OSP_METHOD_GET, "/x/1") == 200);
    CHECK_TRACE("a(b(h)b200)a200");
    OSP_CHECK_STR(answered(f, "X-Outer"), OSP_STR("1"));
    OSP_CHECK_STR(f->ctx.response.bytes, OSP_STR("worked"));
    finish(f);
}

OSP_UNIT_TEST(chain_failures,
              "a step sees the final status of what failed, and may set fields of it")
{
    fixture *f = prepare(&fails_route, CHAIN(&outer_step, &inner_step));
    OSP_CHECK(ask(f, OSP_METHOD_GET, "/x/1") == 404);
    CHECK_TRACE("a(b(h)b404)a404");
    OSP_CHECK_STR(answered(f, "X-Outer"), OSP_STR("1"));
    f->leaf.by_method[OSP_METHOD_GET] = &errs_route;
    OSP_CHECK(ask(f, OSP_METHOD_GET, "/x/1") == 500);
    CHECK_TRACE("a(b()b500)a500");
    OSP_CHECK(f->ctx.task.error.status == OSP_E_DB); /* for the log */
    f->leaf.by_method[OSP_METHOD_GET] = &greets_route;
    OSP_CHECK(ask(f, OSP_METHOD_GET, "/x/1") == 422);
    CHECK_TRACE("a(b()b422)a422");
    OSP_CHECK(ask(f, OSP_METHOD_GET, "/x/12") == 200);
    CHECK_TRACE("a(b(w)b200)a200");
    finish(f);
}

OSP_UNIT_TEST(chain_refusals, "what no route answers passes a chain as well")
{
    static const struct {
        osp_method method;
        const char *target;
        int status;
    } cases[] = {
        { OSP_METHOD_GET, "/y", 404 },      { OSP_METHOD_PUT, "/x/1", 405 },
        { OSP_METHOD_OTHER, "/x/1", 501 },  { OSP_METHOD_OPTIONS, "/x/1", 204 },
        { OSP_METHOD_OPTIONS, "*", 204 },   { OSP_METHOD_GET, "*", 400 },
        { OSP_METHOD_GET, "/%00", 400 },    { OSP_METHOD_GET, "https://h/x/1", 421 },
        { OSP_METHOD_OTHER, "h:443", 501 },
    };
    fixture *f = prepare(&works_route, CHAIN(&outer_step));
    for (size_t i = 0; i < OSP_ARRAY_LEN(cases); i++) {
        char want[32];
        OSP_CHECK(ask(f, cases[i].method, cases[i].target) == cases[i].status);
        snprintf(want, sizeof want, "a()a%d", cases[i].status);
        OSP_CHECK_STR(osp_str_from(trace), osp_str_from(want));
        OSP_CHECK_STR(answered(f, "X-Outer"), OSP_STR("1"));
    }
    OSP_CHECK(ask(f, OSP_METHOD_PUT, "/x/1") == 405);
    OSP_CHECK_STR(answered(f, "Allow"), OSP_STR("GET, HEAD, OPTIONS"));
    f->app.root_chain = CHAIN(&inner_step);
    OSP_CHECK(ask(f, OSP_METHOD_PUT, "/x/1") == 405);
    CHECK_TRACE("a()a405"); /* that of the URL */
    OSP_CHECK(ask(f, OSP_METHOD_GET, "/y") == 404);
    CHECK_TRACE("b()b404");
    finish(f);
}

OSP_UNIT_TEST(chain_short, "a step may answer in place of what it wraps")
{
    fixture *f = prepare(&works_route, CHAIN(&outer_step, &shorts_step, &inner_step));
    OSP_CHECK(ask(f, OSP_METHOD_GET, "/x/1") == 200);
    CHECK_TRACE("a(s)a200");
    OSP_CHECK_STR(f->ctx.response.bytes, OSP_STR("short"));
    f->leaf.chain = CHAIN(&outer_step, &refuses_step);
    OSP_CHECK(ask(f, OSP_METHOD_GET, "/x/1") == 403);
    CHECK_TRACE("a()a403");
    OSP_CHECK(f->ctx.task.error.status == OSP_OK);
    finish(f);
}

OSP_UNIT_TEST(chain_silent, "a step that neither runs what it wraps nor answers is a failure")
{
    fixture *f = prepare(&works_route, CHAIN(&outer_step, &silent_step));
    OSP_CHECK(ask(f, OSP_METHOD_GET, "/x/1") == 500);
    CHECK_TRACE("a()a500");
    OSP_CHECK(strstr(f->ctx.task.error.message,
                     "silent neither called osp_run nor answered the request") != NULL);
    finish(f);
}

OSP_UNIT_TEST(chain_twice, "what is wrapped runs once, and a second call is a failure")
{
    fixture *f = prepare(&works_route, CHAIN(&outer_step, &twice_step));
    OSP_CHECK(ask(f, OSP_METHOD_GET, "/x/1") == 500);
    CHECK_TRACE("a(h)a500");
    OSP_CHECK(strstr(f->ctx.task.error.message, "twice called osp_run a second time") != NULL);
    f->leaf.chain = CHAIN(&twice_quietly_step);
    OSP_CHECK(ask(f, OSP_METHOD_GET, "/x/1") == 500); /* whatever it makes of that */
    finish(f);
}

OSP_UNIT_TEST(chain_replaces, "what a step says after the answer stands in its place")
{
    fixture *f = prepare(&works_route, CHAIN(&outer_step, &breaks_after_step));
    OSP_CHECK(ask(f, OSP_METHOD_GET, "/x/1") == 502);
    CHECK_TRACE("a(h)a502");
    f->leaf.by_method[OSP_METHOD_GET] = &fails_route; /* which failed before */
    OSP_CHECK(ask(f, OSP_METHOD_GET, "/x/1") == 502);
    f->leaf.chain = CHAIN(&outer_step, &errs_after_step);
    OSP_CHECK(ask(f, OSP_METHOD_GET, "/x/1") == 500);
    OSP_CHECK(strstr(f->ctx.task.error.message, "errs_after returned") != NULL);
    f->leaf.chain = CHAIN(&replaces_step);
    OSP_CHECK(ask(f, OSP_METHOD_GET, "/x/1") == 418);
    OSP_CHECK_STR(f->ctx.response.bytes, OSP_STR("a page"));
    f->leaf.by_method[OSP_METHOD_GET] = &errs_route;
    OSP_CHECK(ask(f, OSP_METHOD_GET, "/x/1") == 418);
    OSP_CHECK(f->ctx.task.error.status == OSP_E_DB); /* the log is told all the same */
    finish(f);
}

OSP_UNIT_TEST(chain_nomatch, "which URL it is is known before a chain starts")
{
    fixture *f = prepare(&counts_route, CHAIN(&outer_step));
    f->rest = (osp_route_leaf){ .pattern = "/x/[...id]", .param_names = names, .param_count = 1 };
    f->rest.by_method[OSP_METHOD_GET] = &greets_route;
    f->rest.chain = CHAIN(&inner_step);
    f->x.rest = &f->rest;
    OSP_CHECK(ask(f, OSP_METHOD_GET, "/x/7") == 200);
    CHECK_TRACE("a(n)a200");
    OSP_CHECK(ask(f, OSP_METHOD_GET, "/x/seven") == 200);
    CHECK_TRACE("b(w)b200");
    f->rest.chain = NULL;
    OSP_CHECK(ask(f, OSP_METHOD_GET, "/x/seven") == 200);
    CHECK_TRACE("w");
    f->x.rest = NULL;
    OSP_CHECK(ask(f, OSP_METHOD_GET, "/x/seven") == 404);
    CHECK_TRACE("a()a404");
    finish(f);
}

OSP_UNIT_TEST(chain_stream, "what was streamed is whole when a step sees it")
{
    fixture *f = prepare(&streams_route, CHAIN(&inner_step));
    OSP_CHECK(ask(f, OSP_METHOD_GET, "/x/1") == 200);
    CHECK_TRACE("b()b200");
    OSP_CHECK_STR(f->ctx.response.bytes, OSP_STR("part"));
    f->leaf.chain = CHAIN(&breaks_after_step); /* nothing of which can be sent any more */
    OSP_CHECK(ask(f, OSP_METHOD_GET, "/x/1") == 502);
    OSP_CHECK(f->ctx.failed);
    finish(f);
}

OSP_UNIT_TEST(chain_needs, "what a route needs is closed before control comes back")
{
    fixture *f = prepare(&needs_route, CHAIN(&outer_step, &inner_step));
    OSP_CHECK(ask(f, OSP_METHOD_GET, "/x/1") == 200);
    CHECK_TRACE("a(b(vhV)b200)a200");
    f->leaf.by_method[OSP_METHOD_GET] = &refuses_route;
    OSP_CHECK(ask(f, OSP_METHOD_GET, "/x/1") == 404);
    CHECK_TRACE("a(b(vhF)b404)a404");
    f->leaf.chain = CHAIN(&outer_step, &refuses_step); /* nothing is made for who may not ask */
    OSP_CHECK(ask(f, OSP_METHOD_GET, "/x/1") == 403);
    CHECK_TRACE("a()a403");
    finish(f);
}

OSP_UNIT_TEST(chain_needs_fail, "what fails when it is closed is the answer that steps see")
{
    fixture *f = prepare(&needs_route, CHAIN(&outer_step));
    f->headers[0] = (osp_header_field){ OSP_STR("Break"), OSP_STR("1") };
    f->header_count = 1;
    OSP_CHECK(ask(f, OSP_METHOD_GET, "/x/1") == 409);
    CHECK_TRACE("a(vhV)a409");
    finish(f);
}

typedef struct thirst {
    fixture *f;
    const char *target;
    int status;
} thirst;

static void ask_starving(void *arg)
{
    const thirst *t = arg;
    osp_arena_reset(&t->f->arena);
    (void)ask(t->f, OSP_METHOD_GET, t->target);
}

static void judge_answer(void *arg, bool starved)
{
    const thirst *t = arg;
    const int status = t->f->ctx.response.status;
    OSP_CHECK(status == t->status || (starved && status == 503));
    OSP_CHECK(t->f->ctx.task.error.status == OSP_OK || status == 503);
}

OSP_UNIT_TEST(chain_memory, "an answer is right or 503, whichever allocation fails")
{
    static const osp_middleware *const chain[] = { &outer_step, &inner_step, NULL };
    thirst trials[] = { { prepare(&needs_route, chain), "/x/1", 200 },
                        { prepare(&refuses_route, chain), "/x/1", 404 },
                        { prepare(&counts_route, chain), "/x/seven", 404 },
                        { prepare(&works_route, chain), "/x/%2e%2e/y", 404 } };
    for (size_t i = 0; i < OSP_ARRAY_LEN(trials); i++) {
        ask_starving(&trials[i]);
        OSP_CHECK(trials[i].f->ctx.response.status == trials[i].status);
        OSP_CHECK(osp_fault_each(&(osp_fault_trial){
                      .work = ask_starving, .judge = judge_answer, .arg = &trials[i] }) > 0);
        finish(trials[i].f);
    }
}
