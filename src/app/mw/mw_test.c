/* The middleware that comes with OpenSpeed, one at a time around one route. */
#include "app/mw/mw.h"

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

static const osp_route gives_route = { .in_ = &osp_type_void,
                                       .out_ = &osp_type_Thing,
                                       .call_ = gives,
                                       .handler_ = "gives" };
static const osp_route waits_route = { .in_ = &osp_type_void,
                                       .out_ = &osp_type_void,
                                       .call_ = waits,
                                       .handler_ = "waits" };

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
    f->headers[f->header_count++] =
        (osp_header_field){ osp_str_from(name), osp_str_from(value) };
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
STEP(override, osp_method_override, .header = NULL);

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

OSP_UNIT_TEST(mw_timeout, "a wait ends with its time, and the deadline with what it is around")
{
    fixture *f = prepare(within);
    f->leaf.by_method[OSP_METHOD_GET] = &waits_route;
    OSP_CHECK(ask(f, OSP_METHOD_GET, "/") == 503);
    OSP_CHECK(f->ctx.task.deadline_us == 0);
    finish(f);
}

static uint32_t shut_for_7(const osp_route_gate *gate, const osp_route *route)
{
    (void)gate;
    return route->handler_[0] == 's' ? 7 : 0;
}

typedef struct Numbered {
    int64_t id;
} Numbered;
OSP_TYPE(Numbered, QUERY(id, RANGE(1, 10), .nomatch = true));

OSP_UNIT_TEST(mw_method_override,
              "a method that a header chooses is kept from a shut route, and from another's URL")
{
    static const osp_route_gate gate = { shut_for_7 };
    static const osp_route shut = {
        .in_ = &osp_type_void, .out_ = &osp_type_Thing, .call_ = gives, .handler_ = "shut"
    };
    static const osp_route numbered = {
        .in_ = &osp_type_Numbered, .out_ = &osp_type_Thing, .call_ = gives, .handler_ = "gives"
    };
    static const struct {
        const char *method, *target;
        int status;
    } cases[] = {
        { "put", "/", 503 },         { "PATCH", "/", 405 },     { "DELETE", "/?id=5", 200 },
        { "DELETE", "/?id=11", 404 }, { "DELETE", "/?id=x", 404 }, { "GET", "/", 200 },
    };
    for (size_t i = 0; i < OSP_ARRAY_LEN(cases); i++) {
        fixture *f = prepare(override);
        f->leaf.by_method[OSP_METHOD_POST] = &gives_route;
        f->leaf.by_method[OSP_METHOD_PUT] = &shut;
        f->leaf.by_method[OSP_METHOD_DELETE] = &numbered;
        f->gate = &gate;
        header(f, "X-HTTP-Method-Override", cases[i].method);
        OSP_CHECK(ask(f, OSP_METHOD_POST, cases[i].target) == cases[i].status);
        finish(f);
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
    OSP_CHECK(osp_cors_check(&(osp_cors_options){
                  .origins = "https://a.example http://localhost:3000", .credentials = true }) ==
              NULL);
    OSP_CHECK(osp_timeout_check(&(osp_timeout_options){ .ms = 0 }) != NULL);
    OSP_CHECK(osp_cache_control_check(&(osp_cache_control_options){ 0 }) != NULL);
    OSP_CHECK(osp_cache_control_check(&(osp_cache_control_options){ "a\r\nb" }) != NULL);
    OSP_CHECK(osp_timing_check(&(osp_timing_options){ "a b" }) != NULL);
    OSP_CHECK(osp_timing_check(&(osp_timing_options){ 0 }) == NULL);
    OSP_CHECK(osp_canonical_check(&(osp_canonical_options){ 0 }) != NULL);
    OSP_CHECK(osp_canonical_check(&(osp_canonical_options){ .host = "a", .status = 303 }) != NULL);
    OSP_CHECK(osp_mw_check(&canonical_step) == NULL && osp_mw_check(&security_step) == NULL);
}
