/* The middleware that comes with OpenSpeed, one at a time around one route. */
#include "app/mw/mw.h"
#include "base/base64.h"

#include "tests/unit/unit.h"

typedef struct Thing {
    osp_str name;
} Thing;
OSP_TYPE(Thing, FIELD(name));

static osp_status gives(osp_ctx *ctx, const void *in, void *out)
{
    (void)ctx;
    (void)in;
    ((Thing *)out)->name = OSP_STR("thing");
    return OSP_OK;
}

static osp_status waits(osp_ctx *ctx, const void *in, void *out)
{
    (void)in;
    (void)out;
    OSP_CHECK(ctx->task.deadline_us != 0);
    OSP_TRY(osp_sleep_ms(ctx, 60000));
    return osp_text(ctx, OSP_STR("late"));
}

static const osp_route gives_route = {
    .in_ = &osp_type_void, .out_ = &osp_type_Thing, .call_ = gives, .handler_ = "gives"
};
static const osp_route waits_route = {
    .in_ = &osp_type_void, .out_ = &osp_type_void, .call_ = waits, .handler_ = "waits"
};

static osp_origin origin;

static void tell_origin(const osp_ctx *ctx, osp_origin *ret_origin)
{
    (void)ctx;
    *ret_origin = origin;
}

static void give_name(const osp_ctx *ctx, char text[OSP_REQUEST_NAME_LEN])
{
    (void)ctx;
    memset(text, 'n', OSP_REQUEST_NAME_LEN);
}

static const osp_door door = { .origin = tell_origin, .name = give_name };

typedef struct fixture {
    osp_route_leaf leaf;
    osp_route_node root;
    osp_app_def app;
    osp_header_field headers[4];
    uint32_t header_count;
    const osp_route_gate *gate;
    char first[4096];
    osp_arena arena;
    osp_ctx ctx;
} fixture;

static fixture *prepare(const osp_middleware *const *chain)
{
    fixture *f = calloc(1, sizeof *f);
    OSP_CHECK(f != NULL);
    f->leaf = (osp_route_leaf){ .pattern = "/", .chain = chain };
    f->leaf.by_method[OSP_METHOD_GET] = &gives_route;
    f->root.leaf = &f->leaf;
    f->app = (osp_app_def){ .name = "test", .root = &f->root, .root_chain = chain };
    origin = (osp_origin){ 0 };
    osp_arena_init(&f->arena, f->first, sizeof f->first, 1 << 20);
    return f;
}

static void header(fixture *f, const char *name, const char *value)
{
    OSP_CHECK(f->header_count < OSP_ARRAY_LEN(f->headers));
    f->headers[f->header_count++] = (osp_header_field){ osp_str_from(name), osp_str_from(value) };
}

static int ask(fixture *f, osp_method method, const char *target)
{
    osp_ctx_init(&f->ctx, &f->app, &f->arena);
    f->ctx.door = &door;
    f->ctx.gate = f->gate;
    f->ctx.request.method = method;
    f->ctx.request.target = osp_str_from(target);
    f->ctx.request.headers = f->headers;
    f->ctx.request.header_count = f->header_count;
    f->ctx.request.conditional = true;
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
    return osp_answer_header(&f->ctx, osp_str_from(name));
}

/* What OSP_USE declares, under a name. */
#define STEP(name, middleware, ...)                                                                \
    static const middleware##_options name##_options = { __VA_ARGS__ };                            \
    static osp_status name##_call(osp_ctx *ctx, osp_next *next)                                    \
    {                                                                                              \
        return middleware(ctx, next, &name##_options);                                             \
    }                                                                                              \
    static const osp_middleware name##_step = { .call_ = name##_call,                              \
                                                .options_ = &name##_options,                       \
                                                .name_ = #middleware };                            \
    static const osp_middleware *const name[] = { &name##_step, NULL }

STEP(canonical, osp_canonical, .host = "www.example.com", .https = true);
STEP(security, osp_security_headers, .hsts_s = 100, .hsts_subdomains = true, .frame_options = "");
STEP(tags, osp_etag, .weak = true);
STEP(open_cors, osp_cors, .origins = "*");
STEP(within, osp_timeout, .ms = 1);

OSP_UNIT_TEST(mw_canonical, "what came to another host, or over http, goes to the one URL")
{
    static const struct {
        const char *host, *target, *location; /* NULL: it is the one */
        bool tls;
    } cases[] = {
        { "www.example.com", "/?a=b", NULL, true },
        { "WWW.Example.com", "/", NULL, true },
        { "www.example.com", "/?a=b", "https://www.example.com/?a=b", false },
        { "example.com", "/", "https://www.example.com/", true },
        { "evil.example", "/nowhere", "https://www.example.com/nowhere", false },
        /* the port that is meant anyway, and others */
        { "www.example.com:443", "/", NULL, true },
        { "www.example.com:80", "/", "https://www.example.com/", true },
        { "www.example.com:8443", "/", "https://www.example.com/", true },
        { "www.example.com.", "/", "https://www.example.com/", true },
        { ":443", "/", "https://www.example.com/", true },
        { "[::1]", "//evil.example/x", "https://www.example.com//evil.example/x", true },
        /* the whole URL as a target, which wins over Host */
        { "www.example.com", "http://www.example.com/?a=b", "https://www.example.com/?a=b", false },
        { "www.example.com", "http://evil.example/a", "https://www.example.com/a", true },
        { "www.example.com", "http://evil.example?a", "https://www.example.com/?a", true },
        { "www.example.com", "http://evil.example", "https://www.example.com/", true },
        { "evil.example", "HTTP://WWW.EXAMPLE.COM:443/", NULL, true },
    };
    for (size_t i = 0; i < OSP_ARRAY_LEN(cases); i++) {
        fixture *f = prepare(canonical);
        origin.tls = cases[i].tls;
        header(f, "Host", cases[i].host);
        const int status = ask(f, OSP_METHOD_GET, cases[i].target);
        if (cases[i].location == NULL) {
            OSP_CHECK(status == 200 && answered(f, "Location").len == 0);
        } else {
            OSP_CHECK(status == 308);
            OSP_CHECK_STR(answered(f, "Location"), osp_str_from(cases[i].location));
        }
        finish(f);
    }
}

OSP_UNIT_TEST(mw_security_headers, "defaults, what is left out, and HSTS over https alone")
{
    fixture *f = prepare(security);
    OSP_CHECK(ask(f, OSP_METHOD_GET, "/") == 200);
    OSP_CHECK_STR(answered(f, "X-Content-Type-Options"), OSP_STR("nosniff"));
    OSP_CHECK_STR(answered(f, "Referrer-Policy"), OSP_STR("no-referrer"));
    OSP_CHECK(osp_str_starts_with(answered(f, "Content-Security-Policy"),
                                  OSP_STR("default-src 'self'; ")));
    OSP_CHECK(answered(f, "X-Frame-Options").len == 0);
    OSP_CHECK(answered(f, "Strict-Transport-Security").len == 0);
    OSP_CHECK(osp_csp_nonce(&f->ctx).len == 0);
    origin.tls = true;
    OSP_CHECK(ask(f, OSP_METHOD_GET, "/nowhere") == 404);
    OSP_CHECK_STR(answered(f, "Strict-Transport-Security"),
                  OSP_STR("max-age=100; includeSubDomains"));
    finish(f);
}

STEP(reporting, osp_security_headers, .csp = "script-src 'nonce-{nonce}'",
     .csp_report_only = "style-src 'nonce-{nonce}'; report-to csp",
     .embedder_policy = "require-corp", .reporting_endpoints = "csp=\"https://r.example/\"");
STEP(tried, osp_security_headers, .csp = "", .csp_report_only = "script-src 'nonce-{nonce}'");

OSP_UNIT_TEST(mw_security_reports, "a policy that is tried has the nonce of the one that holds")
{
    fixture *f = prepare(reporting);
    OSP_CHECK(ask(f, OSP_METHOD_GET, "/") == 200);
    const osp_str nonce = osp_csp_nonce(&f->ctx);
    OSP_CHECK(nonce.len == 22);
    OSP_CHECK_STR(answered(f, "Content-Security-Policy"),
                  osp_format(&f->ctx, "script-src 'nonce-%.*s'", OSP_ARG(nonce)));
    OSP_CHECK_STR(answered(f, "Content-Security-Policy-Report-Only"),
                  osp_format(&f->ctx, "style-src 'nonce-%.*s'; report-to csp", OSP_ARG(nonce)));
    OSP_CHECK_STR(answered(f, "Cross-Origin-Embedder-Policy"), OSP_STR("require-corp"));
    OSP_CHECK_STR(answered(f, "Reporting-Endpoints"), OSP_STR("csp=\"https://r.example/\""));
    finish(f);
    f = prepare(tried);
    OSP_CHECK(ask(f, OSP_METHOD_GET, "/") == 200 && osp_csp_nonce(&f->ctx).len == 22);
    OSP_CHECK(answered(f, "Content-Security-Policy").len == 0);
    finish(f);
}

OSP_UNIT_TEST(mw_etag, "a value is encoded for its tag, and the tag holds the conditions")
{
    fixture *f = prepare(tags);
    OSP_CHECK(ask(f, OSP_METHOD_GET, "/") == 200);
    OSP_CHECK_STR(f->ctx.response.bytes, OSP_STR("{\"name\":\"thing\"}"));
    OSP_CHECK(f->ctx.response.type == NULL);
    char tag[64];
    const osp_str made = answered(f, "ETag");
    OSP_CHECK(made.len == 28 && osp_str_starts_with(made, OSP_STR("W/\"")));
    snprintf(tag, sizeof tag, "%.*s", OSP_ARG(made));
    header(f, "If-None-Match", tag);
    OSP_CHECK(ask(f, OSP_METHOD_GET, "/") == 304);
    OSP_CHECK(ask(f, OSP_METHOD_GET, "/nowhere") == 404 && answered(f, "ETag").len == 0);
    finish(f);
}

OSP_UNIT_TEST(mw_cors_any, "any origin is said so, and caches need not look at it")
{
    fixture *f = prepare(open_cors);
    OSP_CHECK(ask(f, OSP_METHOD_GET, "/") == 200);
    OSP_CHECK_STR(answered(f, "Access-Control-Allow-Origin"), OSP_STR("*"));
    header(f, "Origin", "https://a.example");
    OSP_CHECK(ask(f, OSP_METHOD_GET, "/") == 200);
    OSP_CHECK_STR(answered(f, "Access-Control-Allow-Origin"), OSP_STR("*"));
    OSP_CHECK(answered(f, "Vary").len == 0);
    OSP_CHECK(answered(f, "Access-Control-Allow-Credentials").len == 0);
    header(f, "Access-Control-Request-Method", "GET");
    OSP_CHECK(ask(f, OSP_METHOD_OPTIONS, "/") == 204);
    OSP_CHECK_STR(answered(f, "Access-Control-Allow-Methods"), OSP_STR("GET, HEAD, OPTIONS"));
    OSP_CHECK(ask(f, OSP_METHOD_OPTIONS, "/nowhere") == 204);
    finish(f);
}

STEP(some_cors, osp_cors, .origins = "https://a.example http://[::1]:3000", .credentials = true);

OSP_UNIT_TEST(mw_cors_listed, "an origin is one of the list from end to end, or none")
{
    static const char *const others[] = {
        "null",
        "*",
        "https://a.exampl",
        "https://a.example.evil",
        "https://evil.a.example",
        "https://evila.example",
        "http://a.example",
        "https://a.example:443",
        "https://a.example/",
        "HTTPS://a.example",
        "https://a.example http://[::1]:3000",
        "https://a.example,https://b",
        "",
        " ",
        "https://",
    };
    for (size_t i = 0; i < OSP_ARRAY_LEN(others); i++) {
        fixture *f = prepare(some_cors);
        header(f, "Origin", others[i]);
        OSP_CHECK(ask(f, OSP_METHOD_GET, "/") == 200);
        OSP_CHECK(answered(f, "Access-Control-Allow-Origin").len == 0);
        OSP_CHECK(answered(f, "Access-Control-Allow-Credentials").len == 0);
        OSP_CHECK_STR(answered(f, "Vary"), OSP_STR("Origin"));
        finish(f);
    }
    fixture *f = prepare(some_cors);
    header(f, "Origin", "http://[::1]:3000");
    OSP_CHECK(ask(f, OSP_METHOD_GET, "/") == 200);
    OSP_CHECK_STR(answered(f, "Access-Control-Allow-Origin"), OSP_STR("http://[::1]:3000"));
    header(f, "Origin", "https://a.example"); /* which of the two does the browser mean? */
    OSP_CHECK(ask(f, OSP_METHOD_GET, "/") == 200);
    OSP_CHECK(answered(f, "Access-Control-Allow-Origin").len == 0);
    header(f, "Access-Control-Request-Method", "PUT");
    OSP_CHECK(ask(f, OSP_METHOD_OPTIONS, "/") == 403);
    finish(f);
}

static osp_status is_customer(osp_ctx *ctx, osp_str asks, bool *ret_match)
{
    OSP_CHECK(!osp_str_equal(asks, S("https://a.example"))); /* is listed */
    OSP_CHECK(!osp_str_equal(asks, S("null")));
    *ret_match = osp_str_starts_with(asks, S("https://c"));
    return osp_str_equal(asks, S("https://c.broken")) ? osp_fail(ctx, 503, "later") : OSP_OK;
}
STEP(judged_cors, osp_cors, .origins = "https://a.example", .verify = is_customer,
     .credentials = true);

OSP_UNIT_TEST(mw_cors_judged, "an origin that no list has is one that the application says yes to")
{
    static const struct {
        const char *origin;
        bool may;
        int status, preflight;
    } cases[] = {
        { "https://a.example", true, 200, 204 },     { "https://c1.example", true, 200, 204 },
        { "https://b.example", false, 200, 403 },    { "null", false, 200, 403 },
        { "https://c1.example x", false, 200, 403 }, { "https://c.broken", false, 503, 503 },
    };
    for (size_t i = 0; i < OSP_ARRAY_LEN(cases); i++) {
        fixture *f = prepare(judged_cors);
        header(f, "Origin", cases[i].origin);
        OSP_CHECK(ask(f, OSP_METHOD_GET, "/") == cases[i].status);
        const osp_str told = answered(f, "Access-Control-Allow-Origin");
        OSP_CHECK_STR(told, osp_str_from(cases[i].may ? cases[i].origin : ""));
        header(f, "Access-Control-Request-Method", "GET");
        OSP_CHECK(ask(f, OSP_METHOD_OPTIONS, "/") == cases[i].preflight);
        OSP_CHECK((answered(f, "Access-Control-Allow-Credentials").len > 0) == cases[i].may);
        OSP_CHECK(osp_str_starts_with(answered(f, "Vary"), S("Origin")));
        finish(f);
    }
}

OSP_UNIT_TEST(mw_timeout, "a wait ends with its time, and the deadline with what it is around")
{
    fixture *f = prepare(within);
    f->leaf.by_method[OSP_METHOD_GET] = &waits_route;
    OSP_CHECK(ask(f, OSP_METHOD_GET, "/") == 503);
    OSP_CHECK(f->ctx.task.deadline_us == 0);
    finish(f);
}

/* ---------------------------------------------------------------- other sites */

STEP(csrf, osp_csrf, .origins = "https://shop.example https://other.example:8443");
STEP(override, osp_method_override, .header = "X-Method");

/* Answers whatever is asked. */
static fixture *prepare_all(const osp_middleware *const *chain)
{
    fixture *f = prepare(chain);
    for (size_t i = 0; i < OSP_METHOD_OTHER; i++) {
        f->leaf.by_method[i] = &gives_route;
    }
    return f;
}

OSP_UNIT_TEST(mw_csrf, "what a page of another site sends goes no further")
{
    static const struct {
        osp_method method;
        const char *site, *origin;
        bool tls;
        int status;
    } cases[] = {
        { OSP_METHOD_POST, NULL, NULL, true, 200 }, /* no browser */
        { OSP_METHOD_POST, "same-origin", NULL, true, 200 },
        { OSP_METHOD_POST, "same-origin", "null", true, 200 }, /* by a referrer policy */
        { OSP_METHOD_POST, "none", NULL, true, 200 },
        { OSP_METHOD_POST, "same-site", NULL, true, 403 },
        { OSP_METHOD_POST, "cross-site", NULL, true, 403 },
        { OSP_METHOD_POST, "cross-site", "https://here.example", true, 403 },
        { OSP_METHOD_POST, "Same-Origin", NULL, true, 403 },
        { OSP_METHOD_POST, "same-origin, cross-site", NULL, true, 403 },
        { OSP_METHOD_POST, "cross-site", "https://shop.example", true, 200 },
        { OSP_METHOD_POST, "same-site", "https://other.example:8443", true, 200 },
        { OSP_METHOD_POST, NULL, "https://shop.example", true, 200 },
        { OSP_METHOD_POST, NULL, "https://shop.example.evil", true, 403 },
        { OSP_METHOD_POST, NULL, "https://shop.example https://other.example:8443", true, 403 },
        { OSP_METHOD_POST, NULL, "https://here.example", true, 200 },
        { OSP_METHOD_POST, NULL, "https://Here.Example", true, 200 },
        { OSP_METHOD_POST, NULL, "http://here.example", true, 403 },
        { OSP_METHOD_POST, NULL, "http://here.example", false, 200 },
        { OSP_METHOD_POST, NULL, "https://here.example", false, 200 }, /* a proxy unknown to us */
        { OSP_METHOD_POST, NULL, "https://here.example:8443", true, 403 },
        { OSP_METHOD_POST, NULL, "https://evil.example", true, 403 },
        { OSP_METHOD_POST, NULL, "https://here.example.evil.example", true, 403 },
        { OSP_METHOD_POST, NULL, "https://", true, 403 },
        { OSP_METHOD_POST, NULL, "://here.example", false, 403 },
        { OSP_METHOD_POST, NULL, "app://here.example", false, 403 },
        { OSP_METHOD_POST, NULL, "here.example", true, 403 },
        { OSP_METHOD_POST, NULL, "null", true, 403 },
        { OSP_METHOD_PUT, "cross-site", NULL, true, 403 },
        { OSP_METHOD_PATCH, "cross-site", NULL, true, 403 },
        { OSP_METHOD_DELETE, "cross-site", NULL, true, 403 },
        { OSP_METHOD_OTHER, "cross-site", NULL, true, 403 },
        { OSP_METHOD_GET, "cross-site", "https://evil.example", true, 200 },
        { OSP_METHOD_HEAD, "cross-site", NULL, true, 200 },
        { OSP_METHOD_OPTIONS, "cross-site", "https://evil.example", true, 200 },
    };
    for (size_t i = 0; i < OSP_ARRAY_LEN(cases); i++) {
        fixture *f = prepare_all(csrf);
        origin.tls = cases[i].tls;
        header(f, "Host", "here.example");
        if (cases[i].site != NULL) {
            header(f, "Sec-Fetch-Site", cases[i].site);
        }
        if (cases[i].origin != NULL) {
            header(f, "Origin", cases[i].origin);
        }
        const int status = ask(f, cases[i].method, "/");
        if (status != cases[i].status) {
            fprintf(stderr, "case %zu: %d\n", i, status);
        }
        OSP_CHECK(status == cases[i].status);
        finish(f);
    }
}

OSP_UNIT_TEST(mw_csrf_host,
              "the port that a scheme has anyway is no other host; two words are no word")
{
    static const struct {
        const char *host, *origin, *second;
        int status;
    } cases[] = {
        { "here.example:443", "https://here.example", NULL, 200 },
        { "here.example:80", "http://here.example", NULL, 200 },
        { "here.example:80", "https://here.example", NULL, 403 },
        { "here.example:8443", "https://here.example:8443", NULL, 200 },
        { "here.example:8443", "https://here.example", NULL, 403 },
        { "here.example", "http://here.example", "http://here.example", 403 },
        { "here.example", "http://here.example", "https://evil.example", 403 },
    };
    for (size_t i = 0; i < OSP_ARRAY_LEN(cases); i++) {
        fixture *f = prepare_all(csrf);
        header(f, "Host", cases[i].host);
        header(f, "Origin", cases[i].origin);
        if (cases[i].second != NULL) {
            header(f, "Origin", cases[i].second);
        }
        OSP_CHECK(ask(f, OSP_METHOD_POST, "/") == cases[i].status);
        finish(f);
    }
    fixture *f = prepare_all(csrf);
    header(f, "Sec-Fetch-Site", "same-origin");
    OSP_CHECK(ask(f, OSP_METHOD_POST, "/") == 200);
    header(f, "Sec-Fetch-Site", "cross-site");
    OSP_CHECK(ask(f, OSP_METHOD_POST, "/") == 403);
    finish(f);
}

OSP_UNIT_TEST(mw_csrf_upgrade, "a GET that asks for another protocol opens it with cookies")
{
    fixture *f = prepare_all(csrf);
    header(f, "Host", "here.example");
    header(f, "Upgrade", "websocket");
    OSP_CHECK(ask(f, OSP_METHOD_GET, "/") == 200);
    header(f, "Origin", "https://evil.example");
    OSP_CHECK(ask(f, OSP_METHOD_GET, "/") == 403);
    finish(f);
}

OSP_UNIT_TEST(mw_csrf_override, "what a POST stands for is kept out with it, whichever is outside")
{
    OSP_CHECK(override[0] == &override_step);
    static const osp_middleware *const outside[] = { &csrf_step, &override_step, NULL };
    static const osp_middleware *const inside[] = { &override_step, &csrf_step, NULL };
    const osp_middleware *const *const chains[] = { outside, inside };
    for (size_t i = 0; i < OSP_ARRAY_LEN(chains); i++) {
        fixture *f = prepare_all(chains[i]);
        f->leaf.by_method[OSP_METHOD_POST] = NULL;
        header(f, "X-Method", "DELETE");
        OSP_CHECK(ask(f, OSP_METHOD_POST, "/") == 200);
        header(f, "Sec-Fetch-Site", "cross-site");
        OSP_CHECK(ask(f, OSP_METHOD_POST, "/") == 403);
        finish(f);
    }
}

typedef struct OddIn {
    int64_t id;
} OddIn;
OSP_TYPE(OddIn, QUERY(id, .nomatch = true));

OSP_UNIT_TEST(mw_override_nomatch,
              "a method that does not take the URL, once chosen, finds nothing")
{
    static const osp_route odd_route = {
        .in_ = &osp_type_OddIn, .out_ = &osp_type_Thing, .call_ = gives, .handler_ = "gives"
    };
    fixture *f = prepare(override);
    f->leaf.by_method[OSP_METHOD_PUT] = &odd_route;
    header(f, "X-Method", "PUT");
    OSP_CHECK(ask(f, OSP_METHOD_POST, "/?id=1") == 200);
    OSP_CHECK(ask(f, OSP_METHOD_POST, "/?id=x") == 404);
    finish(f);
}

static uint32_t shut_all(const osp_route_gate *gate, const osp_route_leaf *leaf,
                         const osp_route *route)
{
    (void)leaf;
    (void)gate;
    return route == &gives_route ? 7 : 0;
}

OSP_UNIT_TEST(mw_override_gate, "a route that is shut is shut also for a POST that stands for it")
{
    static const osp_route_gate gate = { shut_all };
    fixture *f = prepare(override);
    f->leaf.by_method[OSP_METHOD_PUT] = &gives_route;
    f->leaf.by_method[OSP_METHOD_POST] = &waits_route;
    header(f, "X-Method", "PUT");
    f->gate = &gate;
    OSP_CHECK(ask(f, OSP_METHOD_POST, "/") == 503);
    OSP_CHECK_STR(answered(f, "Retry-After"), OSP_STR("7"));
    finish(f);
}

OSP_UNIT_TEST(mw_cors_shut, "a page may ask a route that is shut, and reads why it does not answer")
{
    static const osp_route_gate gate = { shut_all };
    fixture *f = prepare(some_cors);
    f->gate = &gate;
    header(f, "Origin", "https://a.example");
    OSP_CHECK(ask(f, OSP_METHOD_GET, "/") == 503);
    OSP_CHECK_STR(answered(f, "Access-Control-Allow-Origin"), OSP_STR("https://a.example"));
    OSP_CHECK_STR(answered(f, "Retry-After"), OSP_STR("7"));
    header(f, "Access-Control-Request-Method", "GET");
    OSP_CHECK(ask(f, OSP_METHOD_OPTIONS, "/") == 204);
    OSP_CHECK_STR(answered(f, "Access-Control-Allow-Methods"), OSP_STR("GET, HEAD, OPTIONS"));
    OSP_CHECK(answered(f, "Retry-After").len == 0);
    finish(f);
}

OSP_UNIT_TEST(mw_csrf_token, "a token is of one session, of one key, and of no other text")
{
    osp_str both[] = { OSP_STR("0123456789abcdef0123456789abcdef"),
                       OSP_STR("fedcba9876543210fedcba9876543210") };
    const osp_str_list first = { both, 1 }, rotated = { both, 2 }, second = { both + 1, 1 };
    const osp_str_list swapped = { (osp_str[]){ both[1], both[0] }, 2 };
    fixture *f = prepare(csrf);
    OSP_CHECK(ask(f, OSP_METHOD_GET, "/") == 200);
    osp_ctx *ctx = &f->ctx;
    const osp_str sid = OSP_STR("s1");
    const osp_str token = osp_csrf_token(ctx, first, sid), other = osp_csrf_token(ctx, first, sid);
    OSP_CHECK(token.len == 65 && !osp_str_equal(token, other));
    OSP_CHECK(osp_csrf_token_fits(ctx, first, sid, token));
    OSP_CHECK(osp_csrf_token_fits(ctx, first, sid, other));
    OSP_CHECK(osp_csrf_token_fits(ctx, rotated, sid, token));
    OSP_CHECK(osp_csrf_token_fits(ctx, swapped, sid, token));
    OSP_CHECK(!osp_csrf_token_fits(ctx, second, sid, token));
    OSP_CHECK(!osp_csrf_token_fits(ctx, first, OSP_STR("s2"), token));
    OSP_CHECK(!osp_csrf_token_fits(ctx, first, sid, (osp_str){ 0 }));
    OSP_CHECK(!osp_csrf_token_fits(ctx, first, sid, (osp_str){ token.ptr, token.len - 1 }));
    for (size_t i = 0; i < token.len; i++) {
        char text[65];
        memcpy(text, token.ptr, sizeof text);
        text[i] = text[i] == 'A' ? 'B' : 'A';
        OSP_CHECK(!osp_csrf_token_fits(ctx, first, sid, (osp_str){ text, sizeof text }));
    }
    OSP_CHECK(ctx->task.error.status == OSP_OK);
    OSP_CHECK(!osp_csrf_token_fits(ctx, first, (osp_str){ 0 }, token));
    OSP_CHECK(ctx->task.error.status == OSP_E_INVALID);
    OSP_CHECK(osp_csrf_token(ctx, (osp_str_list){ 0 }, sid).len == 0);
    finish(f);
}

/* ---------------------------------------------------------------- who asks */

static int asked; /* how often a word was judged */

static osp_status knows_ada(osp_ctx *ctx, osp_str name, osp_str password, bool *ret_match)
{
    asked++;
    if (osp_str_equal(name, OSP_STR("broken"))) {
        osp_task_fail(&ctx->task, OSP_E_IO, "the list of users is gone");
        *ret_match = true;
        return OSP_OK; /* it forgets to say so */
    }
    if (osp_str_equal(name, OSP_STR("banned"))) {
        return osp_fail(ctx, 403, "Not you.");
    }
    *ret_match =
        osp_str_equal(name, OSP_STR("ada")) && osp_secret_equal(password, OSP_STR("p:\xc3\xa4ss"));
    return OSP_OK;
}

static osp_status knows_token(osp_ctx *ctx, osp_str token, bool *ret_match)
{
    (void)ctx;
    asked++;
    *ret_match = osp_secret_equal(token, OSP_STR("abc.DEF-_~+/12=="));
    return OSP_OK;
}

STEP(basic, osp_basic, .realm = "the garden", .verify = knows_ada);
STEP(bearer, osp_bearer, .verify = knows_token);

STEP(api_key, osp_bearer, .verify = knows_token, .header = "X-Api-Key", .prefix = "");
STEP(word, osp_bearer, .verify = knows_token, .prefix = "Token");

OSP_UNIT_TEST(mw_bearer_elsewhere, "a token may stand in another header, or behind another word")
{
    static const struct {
        const osp_middleware *const *chain;
        const char *name, *value, *challenge; /* NULL: it is let in */
    } cases[] = {
        { api_key, "x-api-key", "abc.DEF-_~+/12==", NULL },
        { api_key, "x-api-key",
          "Bearer abc.DEF-_~+/12==", "Bearer realm=\"private\", error=\"invalid_token\"" },
        { api_key, "Authorization", "Bearer abc.DEF-_~+/12==", "Bearer realm=\"private\"" },
        { api_key, "x-api-key", "", "Bearer realm=\"private\"" },
        { word, "Authorization", "token  abc.DEF-_~+/12==", NULL },
        { word, "Authorization", "Bearer abc.DEF-_~+/12==", "Token realm=\"private\"" },
        { word, "Authorization", "Token abc", "Token realm=\"private\", error=\"invalid_token\"" },
    };
    for (size_t i = 0; i < OSP_ARRAY_LEN(cases); i++) {
        fixture *f = prepare(cases[i].chain);
        header(f, cases[i].name, cases[i].value);
        OSP_CHECK(ask(f, OSP_METHOD_GET, "/") == (cases[i].challenge == NULL ? 200 : 401));
        OSP_CHECK_STR(answered(f, "WWW-Authenticate"),
                      osp_str_from(cases[i].challenge != NULL ? cases[i].challenge : ""));
        finish(f);
    }
}

static osp_status shows_name(osp_ctx *ctx, const void *in, void *out)
{
    (void)in;
    (void)out;
    return osp_text(ctx, osp_basic_name(ctx));
}
static const osp_route name_route = {
    .in_ = &osp_type_void, .out_ = &osp_type_void, .call_ = shows_name, .handler_ = "shows_name"
};

/* A status of 0: the word is judged, and good. */
static void try_basic(const char *scheme, osp_str credentials, int status, bool judged)
{
    char encoded[OSP_BASIC_MAX + 8], text[OSP_BASIC_MAX + 64];
    OSP_CHECK(OSP_BASE64_SIZE(credentials.len) <= sizeof encoded);
    const size_t len = osp_base64_encode(credentials, encoded);
    snprintf(text, sizeof text, "%s%.*s", scheme, (int)len, encoded);
    fixture *f = prepare(basic);
    f->leaf.by_method[OSP_METHOD_GET] = &name_route;
    asked = 0;
    header(f, "Authorization", text);
    OSP_CHECK(ask(f, OSP_METHOD_GET, "/") == status);
    OSP_CHECK(asked == judged);
    if (status == 401) {
        OSP_CHECK_STR(answered(f, "WWW-Authenticate"),
                      OSP_STR("Basic realm=\"the garden\", charset=\"UTF-8\""));
    } else if (status == 200) {
        OSP_CHECK_STR(f->ctx.response.bytes, OSP_STR("ada"));
    }
    finish(f);
}

OSP_UNIT_TEST(mw_basic, "name and password are read strictly, and judged once")
{
    const osp_str good = OSP_STR("ada:p:\xc3\xa4ss");
    try_basic("Basic ", good, 200, true);
    try_basic("bASIC   ", good, 200, true);
    try_basic("Basic ", OSP_STR("ada:other"), 401, true);
    try_basic("Basic ", OSP_STR("ada:p:\xc3\xa4s"), 401, true);
    try_basic("Basic ", OSP_STR(":"), 401, true);
    try_basic("Basic ", OSP_STR("banned:x"), 403, true);
    try_basic("Basic ", OSP_STR("broken:x"), 500, true);
    try_basic("Basic ", OSP_STR("ada"), 401, false);
    try_basic("Basic ", OSP_STR("ada:p\r\n"), 401, false);
    try_basic("Basic ", ((osp_str){ "ada:\0", 5 }), 401, false);
    try_basic("Basic ", OSP_STR("ada:p:\xe4ss"), 401, false); /* Latin-1 */
    try_basic("Basic ", OSP_STR(""), 401, false);
    try_basic("Basic ====", good, 401, false);
    try_basic("Basic", good, 401, false);
    try_basic("Bearer ", good, 401, false);
    try_basic("Basic\t", good, 401, false);
}

OSP_UNIT_TEST(mw_basic_limit, "as many bytes as a name and password may have, and one group more")
{
    char text[OSP_BASIC_MAX / 4 * 3 + 3];
    memset(text, 'x', sizeof text);
    memcpy(text, "ada:", 4);
    try_basic("Basic ", (osp_str){ text, sizeof text - 3 }, 401, true);
    try_basic("Basic ", (osp_str){ text, sizeof text }, 401, false);
}

OSP_UNIT_TEST(mw_basic_missing, "without a word, and with two, nobody is asked")
{
    fixture *f = prepare(basic);
    asked = 0;
    OSP_CHECK(ask(f, OSP_METHOD_GET, "/") == 401);
    OSP_CHECK(ask(f, OSP_METHOD_GET, "/nowhere") == 401);
    OSP_CHECK(ask(f, OSP_METHOD_DELETE, "/") == 401);
    header(f, "Authorization", "Basic YWRhOnA6w6Rzcw==");
    OSP_CHECK(ask(f, OSP_METHOD_GET, "/") == 200 && asked == 1);
    header(f, "authorization", "Basic YWRhOnA6w6Rzcw==");
    OSP_CHECK(ask(f, OSP_METHOD_GET, "/") == 401 && asked == 1);
    finish(f);
}

OSP_UNIT_TEST(mw_bearer, "a token is read strictly, and a wrong one is called so")
{
    static const struct {
        const char *value;
        int status;
        bool judged, wrong;
    } cases[] = {
        { "Bearer abc.DEF-_~+/12==", 200, true, false },
        { "bearer  abc.DEF-_~+/12==", 200, true, false },
        { "Bearer abc", 401, true, true },
        { "Bearer", 401, false, true },
        { "Bearer ==", 401, false, true },
        { "Bearer a=b", 401, false, true },
        { "Bearer abc.DEF-_~+/12== x", 401, false, true },
        { "Bearer abc,DEF", 401, false, true },
        { "Bearerabc.DEF-_~+/12==", 401, false, false },
        { "Basic abc.DEF-_~+/12==", 401, false, false },
        { "", 401, false, false },
    };
    for (size_t i = 0; i < OSP_ARRAY_LEN(cases); i++) {
        fixture *f = prepare(bearer);
        asked = 0;
        header(f, "Authorization", cases[i].value);
        OSP_CHECK(ask(f, OSP_METHOD_GET, "/") == cases[i].status);
        OSP_CHECK(asked == cases[i].judged);
        const char *challenge = cases[i].status == 200 ? ""
                                : cases[i].wrong
                                    ? "Bearer realm=\"private\", error=\"invalid_token\""
                                    : "Bearer realm=\"private\"";
        OSP_CHECK_STR(answered(f, "WWW-Authenticate"), osp_str_from(challenge));
        finish(f);
    }
}

/* ---------------------------------------------------------------- signed cookies */

static osp_str_list test_keys(osp_ctx *ctx)
{
    static osp_str key = { "0123456789abcdef0123456789abcdef", 32 };
    (void)ctx;
    return (osp_str_list){ &key, 1 };
}

static osp_str_list no_keys(osp_ctx *ctx)
{
    (void)ctx;
    return (osp_str_list){ 0 };
}

STEP(cookies, osp_signed_cookies, .names = "sid cart", .keys = test_keys, .path = "/shop");
STEP(strict_cookies, osp_signed_cookies, .names = "sid", .keys = test_keys, .strict = true);
STEP(keyless_cookies, osp_signed_cookies, .names = "sid", .keys = no_keys);

static osp_status shows_sid(osp_ctx *ctx, const void *in, void *out)
{
    osp_str value = OSP_STR("nobody");
    (void)in;
    (void)out;
    const osp_status status = osp_signed_cookie(ctx, osp_cookie_keys(ctx), OSP_STR("sid"), &value);
    return osp_text(ctx, status >= 0 ? value : OSP_STR("nobody"));
}
static const osp_route sid_route = {
    .in_ = &osp_type_void, .out_ = &osp_type_void, .call_ = shows_sid, .handler_ = "shows_sid"
};

/* "sid=VALUE.MAC", as a browser sends it. */
static void sign_sid(const char *value, char *text, size_t size)
{
    fixture *f = prepare(cookies);
    OSP_CHECK(ask(f, OSP_METHOD_GET, "/") == 200);
    OSP_CHECK(osp_set_signed_cookie(&f->ctx, test_keys(&f->ctx), OSP_STR("sid"),
                                    osp_str_from(value)) == OSP_OK);
    const osp_str written = answered(f, "Set-Cookie");
    snprintf(text, size, "%.*s", (int)strcspn(written.ptr, ";"), written.ptr);
    finish(f);
}

OSP_UNIT_TEST(mw_signed_cookies, "what nobody has signed is taken away, and reads as nothing")
{
    char good[256], forged[256];
    sign_sid("ada", good, sizeof good);
    snprintf(forged, sizeof forged, "%s", good);
    memcpy(forged + 4, "eve", 3);
    const struct {
        const osp_middleware *const *chain;
        const char *cookie, *body;
        int status;
        bool taken;
    } cases[] = {
        { cookies, good, "ada", 200, false },
        { cookies, forged, "nobody", 200, true },
        { cookies, "sid=ada", "nobody", 200, true },
        { cookies, "x=1", "nobody", 200, false },
        { strict_cookies, good, "ada", 200, false },
        { strict_cookies, forged, NULL, 400, true },
        { strict_cookies, "x=1", "nobody", 200, false },
        { keyless_cookies, good, NULL, 500, false },
        { keyless_cookies, "x=1", NULL, 500, false },
        { NULL, good, NULL, 500, false },
    };
    for (size_t i = 0; i < OSP_ARRAY_LEN(cases); i++) {
        fixture *f = prepare(cases[i].chain);
        f->leaf.by_method[OSP_METHOD_GET] = &sid_route;
        header(f, "Cookie", cases[i].cookie);
        OSP_CHECK(ask(f, OSP_METHOD_GET, "/") == cases[i].status);
        if (cases[i].body != NULL) {
            OSP_CHECK_STR(f->ctx.response.bytes, osp_str_from(cases[i].body));
        }
        const osp_str set = answered(f, "Set-Cookie");
        OSP_CHECK((set.len > 0) == cases[i].taken);
        OSP_CHECK(!cases[i].taken || osp_str_starts_with(set, OSP_STR("sid=;")));
        OSP_CHECK(!cases[i].taken || cases[i].chain != cookies ||
                  memmem(set.ptr, set.len, "Path=/shop", 10) != NULL);
        finish(f);
    }
}

/* ---------------------------------------------------------------- language */

STEP(languages, osp_language, .offers = { "en", "de-CH", "fr" }, .query = "lang", .cookie = "lang");
STEP(browsers, osp_language, .offers = { "en", "de" });

static osp_status shows_language(osp_ctx *ctx, const void *in, void *out)
{
    const char *language = osp_language_of(ctx);
    (void)in;
    (void)out;
    return osp_text(ctx, osp_str_from(language != NULL ? language : "none"));
}
static const osp_route language_route = { .in_ = &osp_type_void,
                                          .out_ = &osp_type_void,
                                          .call_ = shows_language,
                                          .handler_ = "shows_language" };

OSP_UNIT_TEST(mw_language, "the URL, then a cookie, then the browser; of the offers alone")
{
    static const struct {
        const osp_middleware *const *chain;
        const char *target, *cookie, *accept, *language, *vary;
    } cases[] = {
        { languages, "/", NULL, NULL, "en", "Cookie, Accept-Language" },
        { languages, "/", NULL, "fr", "fr", "Cookie, Accept-Language" },
        { languages, "/", NULL, "de", "de-CH", "Cookie, Accept-Language" },
        { languages, "/", NULL, "it", "en", "Cookie, Accept-Language" },
        { languages, "/", "lang=DE-ch", "fr", "de-CH", "Cookie" },
        { languages, "/", "lang=de\"x", "fr", "fr", "Cookie, Accept-Language" },
        { languages, "/?lang=fr", "lang=de-CH", "en", "fr", "" },
        { languages, "/?a=b&lang=xx", "lang=de-CH", "en", "de-CH", "Cookie" },
        { languages, "/?lang=%66r", NULL, NULL, "fr", "" },
        { languages, "/?%ff&lang=fr", NULL, NULL, "en", "Cookie, Accept-Language" },
        { browsers, "/?lang=de", "lang=de", "en", "en", "Accept-Language" },
        { browsers, "/", NULL, "de-AT, en;q=0.5", "de", "Accept-Language" },
        { NULL, "/", NULL, "de", "none", "" },
    };
    for (size_t i = 0; i < OSP_ARRAY_LEN(cases); i++) {
        fixture *f = prepare(cases[i].chain);
        f->leaf.by_method[OSP_METHOD_GET] = &language_route;
        if (cases[i].cookie != NULL) {
            header(f, "Cookie", cases[i].cookie);
        }
        if (cases[i].accept != NULL) {
            header(f, "Accept-Language", cases[i].accept);
        }
        OSP_CHECK(ask(f, OSP_METHOD_GET, cases[i].target) == 200);
        OSP_CHECK_STR(f->ctx.response.bytes, osp_str_from(cases[i].language));
        OSP_CHECK_STR(answered(f, "Vary"), osp_str_from(cases[i].vary));
        OSP_CHECK_STR(answered(f, "Content-Language"),
                      osp_str_from(cases[i].chain != NULL ? cases[i].language : ""));
        finish(f);
    }
}

OSP_UNIT_TEST(mw_language_failure, "a failure is not in the language of the page that it replaces")
{
    fixture *f = prepare(languages);
    header(f, "Accept-Language", "fr");
    OSP_CHECK(ask(f, OSP_METHOD_GET, "/nowhere") == 404);
    OSP_CHECK(answered(f, "Content-Language").len == 0);
    finish(f);
}

/* ---------------------------------------------------------------- memory and options */

OSP_UNIT_TEST(mw_guards_memory, "without memory nobody comes in, at whichever allocation it ends")
{
    static const osp_middleware *const chains[][2] = {
        { &basic_step, NULL },
        { &bearer_step, NULL },
        { &cookies_step, NULL },
        { &languages_step, NULL },
    };
    char good[256];
    sign_sid("ada", good, sizeof good);
    for (size_t i = 0; i < OSP_ARRAY_LEN(chains); i++) {
        bool enough = false;
        for (size_t limit = 0; !enough && limit < 4096; limit += 16) {
            fixture *f = prepare(chains[i]);
            f->leaf.by_method[OSP_METHOD_GET] = &language_route;
            osp_arena_done(&f->arena);
            osp_arena_init(&f->arena, f->first, 0, limit);
            header(f, "Authorization",
                   i == 0 ? "Basic YWRhOnA6w6Rzcw==" : "Bearer abc.DEF-_~+/12==");
            header(f, "Cookie", good);
            const int status = ask(f, OSP_METHOD_GET, "/");
            OSP_CHECK(status == 200 || status == 503 || status == 500);
            enough = status == 200;
            finish(f);
        }
        OSP_CHECK(enough);
    }
}

OSP_UNIT_TEST(mw_checks, "options that cannot work are named")
{
    static const osp_cors_options cors[] = {
        { .origins = NULL },
        { .origins = " " },
        { .origins = "*", .credentials = true },
        { .origins = "https://a.example/" },
        { .origins = "https://A.example" },
        { .origins = "a.example" },
        { .origins = "https://" },
        { .origins = "https://a.example,https://b.example" },
        { .origins = "https://*.a.example" },
    };
    for (size_t i = 0; i < OSP_ARRAY_LEN(cors); i++) {
        OSP_CHECK(osp_cors_check(&cors[i]) != NULL);
    }
    OSP_CHECK(osp_cors_check(&(osp_cors_options){ .origins = "*" }) == NULL);
    OSP_CHECK(
        osp_cors_check(&(osp_cors_options){ .origins = "https://a.example http://localhost:3000",
                                            .credentials = true }) == NULL);
    OSP_CHECK(osp_security_headers_check(&reporting_options) == NULL);
    OSP_CHECK(osp_security_headers_check(&(osp_security_headers_options){ .csp = "a\nb" }) != NULL);
    OSP_CHECK(osp_security_headers_check(
                  &(osp_security_headers_options){ .reporting_endpoints = "/csp" }) != NULL);
    OSP_CHECK(osp_timeout_check(&(osp_timeout_options){ .ms = 0 }) != NULL);
    OSP_CHECK(osp_cache_control_check(&(osp_cache_control_options){ 0 }) != NULL);
    OSP_CHECK(osp_cache_control_check(&(osp_cache_control_options){ "a\r\nb" }) != NULL);
    OSP_CHECK(osp_timing_check(&(osp_timing_options){ "a b" }) != NULL);
    OSP_CHECK(osp_timing_check(&(osp_timing_options){ 0 }) == NULL);
    OSP_CHECK(osp_canonical_check(&(osp_canonical_options){ 0 }) != NULL);
    OSP_CHECK(osp_canonical_check(&(osp_canonical_options){ .host = "a", .status = 303 }) != NULL);
    OSP_CHECK(osp_csrf_check(&(osp_csrf_options){ .origins = "https://a.example/" }) != NULL);
    OSP_CHECK(osp_csrf_check(&(osp_csrf_options){ .origins = "*" }) != NULL);
    OSP_CHECK(osp_csrf_check(&(osp_csrf_options){ 0 }) == NULL);
    OSP_CHECK(osp_basic_check(&(osp_basic_options){ 0 }) != NULL);
    OSP_CHECK(osp_basic_check(&(osp_basic_options){ "a\"b", knows_ada }) != NULL);
    OSP_CHECK(osp_bearer_check(&(osp_bearer_options){ 0 }) != NULL);
    OSP_CHECK(osp_bearer_check(&(osp_bearer_options){ "a\nb", .verify = knows_token }) != NULL);
    OSP_CHECK(osp_bearer_check(&(osp_bearer_options){ .verify = knows_token, .header = "X Key" }) !=
              NULL);
    OSP_CHECK(osp_bearer_check(&(osp_bearer_options){ .verify = knows_token, .prefix = "A " }) !=
              NULL);
    OSP_CHECK(osp_cors_check(&(osp_cors_options){ .verify = is_customer }) == NULL);
    OSP_CHECK(osp_cors_check(&(osp_cors_options){ "*", .verify = is_customer }) != NULL);
    OSP_CHECK(osp_signed_cookies_check(&(osp_signed_cookies_options){ .keys = no_keys }) != NULL);
    OSP_CHECK(osp_signed_cookies_check(&(osp_signed_cookies_options){ .names = "a" }) != NULL);
    OSP_CHECK(osp_signed_cookies_check(
                  &(osp_signed_cookies_options){ .names = "a b;c", .keys = no_keys }) != NULL);
    OSP_CHECK(osp_language_check(&(osp_language_options){ 0 }) != NULL);
    OSP_CHECK(osp_language_check(&(osp_language_options){ .offers = { "de_CH" } }) != NULL);
    OSP_CHECK(osp_language_check(&(osp_language_options){ .offers = { "en", "" } }) != NULL);
    osp_language_options many = { .query = NULL };
    for (size_t i = 0; i < OSP_LANGUAGES_MAX; i++) {
        many.offers[i] = "en";
    }
    OSP_CHECK(osp_language_check(&many) == NULL);
    many.offers[OSP_LANGUAGES_MAX] = "de";
    OSP_CHECK(osp_language_check(&many) != NULL);
    OSP_CHECK(osp_request_ids_check(&(osp_request_ids_options){ "X Id" }) != NULL);
    OSP_CHECK(osp_request_ids_check(&(osp_request_ids_options){ "Content-Length" }) != NULL);
    OSP_CHECK(osp_method_override_check(&(osp_method_override_options){ "" }) != NULL);
    OSP_CHECK(osp_mw_check(&canonical_step) == NULL && osp_mw_check(&security_step) == NULL);
    OSP_CHECK(osp_mw_check(&csrf_step) == NULL && osp_mw_check(&languages_step) == NULL);
}
