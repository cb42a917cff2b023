/* Conditional requests against handlers that send validators, or none, or judge by themselves. */
#include "app/ctx.h"

#include "tests/unit/unit.h"

#define TAG "\"one\""
#define DATE "Sun, 06 Nov 1994 08:49:37 GMT"
#define BEFORE "Sun, 06 Nov 1994 08:49:36 GMT"
#define AFTER "Sun, 06 Nov 1994 08:49:38 GMT"

typedef struct Asks {
    osp_opt_str if_none_match;
} Asks;
OSP_TYPE(Asks, HEADER(if_none_match));

typedef struct Named {
    osp_opt_str tag;
} Named;
OSP_TYPE(Named, HEADER(tag, .name = "If-Match"));

static int calls;

static osp_status tagged(osp_ctx *ctx, const void *in, void *out)
{
    (void)in;
    (void)out;
    calls++;
    OSP_TRY(osp_set_header(ctx, S("etag"), S(TAG)));
    OSP_TRY(osp_set_header(ctx, S("last-modified"), S(DATE)));
    return osp_text(ctx, S("text"));
}

static osp_status weak(osp_ctx *ctx, const void *in, void *out)
{
    (void)in;
    (void)out;
    OSP_TRY(osp_set_header(ctx, S("ETag"), S("W/" TAG)));
    return osp_text(ctx, S("text"));
}

static osp_status plain(osp_ctx *ctx, const void *in, void *out)
{
    (void)in;
    (void)out;
    calls++;
    return osp_text(ctx, S("text"));
}

static osp_status missing(osp_ctx *ctx, const void *in, void *out)
{
    (void)in;
    (void)out;
    return osp_fail(ctx, 404, "not there");
}

#define ROUTE(call, in)                                                                            \
    {                                                                                              \
        .in_ = &osp_type_##in, .out_ = &osp_type_void, .call_ = call, .handler_ = #call            \
    }
static const osp_route tagged_route = ROUTE(tagged, void), weak_route = ROUTE(weak, void),
                       plain_route = ROUTE(plain, void), missing_route = ROUTE(missing, void),
                       asks_route = ROUTE(tagged, Asks), named_route = ROUTE(tagged, Named);

static bool has_get; /* beside the route that is asked */

/* The status of a request with the fields "A: b\nC: d". */
static int ask(const osp_route *route, osp_method method, const char *fields)
{
    static char first[8192];
    osp_header_field headers[4];
    osp_ctx ctx;
    osp_arena arena;
    osp_route_leaf leaf = { .pattern = "/" };
    leaf.by_method[OSP_METHOD_GET] = has_get ? &plain_route : NULL;
    leaf.by_method[method] = route;
    const osp_route_node root = { .leaf = &leaf };
    const osp_app_def app = { .name = "test", .root = &root };
    osp_arena_init(&arena, first, sizeof(first), 1 << 20);
    osp_ctx_init(&ctx, &app, &arena);
    ctx.request.method = method;
    ctx.request.target = S("/");
    ctx.request.conditional = true;
    ctx.request.headers = headers;
    ctx.request.header_count = 0;
    for (const char *at = fields; *at != 0;) {
        const size_t name = strcspn(at, ":");
        const size_t line = strcspn(at, "\n");
        OSP_CHECK(name + 2 <= line && ctx.request.header_count < OSP_ARRAY_LEN(headers));
        headers[ctx.request.header_count++] =
            (osp_header_field){ { at, name }, { at + name + 2, line - name - 2 } };
        at += line + (at[line] == '\n');
    }
    osp_app_handle(&ctx);
    const int status = ctx.response.status;
    osp_arena_done(&arena);
    return status;
}

OSP_UNIT_TEST(conditions_get, "GET is held against the validators that the handler sent")
{
    static const struct {
        const char *fields;
        int status;
    } cases[] = {
        { "Host: a", 200 },
        { "If-Match: *", 200 },
        { "If-Match: " TAG, 200 },
        { "If-Match: \"a,b\",, \"c\" ," TAG, 200 },
        { "If-Match: \"a\"\nif-match: " TAG, 200 },
        { "If-Match: \"two\"", 412 },
        { "If-Match: W/" TAG, 412 },
        { "If-Match: one", 412 },
        { "If-Match: \"one", 412 },
        { "If-Match: w/" TAG, 412 },
        { "If-Match: " TAG "\nIf-Unmodified-Since: " BEFORE, 200 },
        { "If-Unmodified-Since: " BEFORE, 412 },
        { "If-Unmodified-Since: " DATE, 200 },
        { "If-Unmodified-Since: x", 200 },
        { "If-None-Match: *", 304 },
        { "If-None-Match: " TAG, 304 },
        { "If-None-Match: \"two\", W/" TAG, 304 },
        { "If-None-Match: \"two\"", 200 },
        { "If-None-Match: x, " TAG, 200 },
        { "If-None-Match: \"two\"\nIf-Modified-Since: " DATE, 200 },
        { "If-Modified-Since: " DATE, 304 },
        { "If-Modified-Since: " AFTER, 304 },
        { "If-Modified-Since: " BEFORE, 200 },
        { "If-Modified-Since: " DATE "\nIf-Modified-Since: " DATE, 200 },
        { "If-Match: \"two\"\nIf-None-Match: *", 412 },
        { "if-range: " TAG, 200 },
        { "If-Hatch: " TAG, 200 },
    };
    for (size_t i = 0; i < OSP_ARRAY_LEN(cases); i++) {
        if (ask(&tagged_route, OSP_METHOD_GET, cases[i].fields) != cases[i].status) {
            fprintf(stderr, "not %d: %s\n", cases[i].status, cases[i].fields);
            exit(1);
        }
    }
    OSP_CHECK(ask(&weak_route, OSP_METHOD_GET, "If-None-Match: " TAG) == 304);
    OSP_CHECK(ask(&weak_route, OSP_METHOD_GET, "If-Match: W/" TAG) == 412);
}

OSP_UNIT_TEST(conditions_unknown, "without validators no tag fits, and no date counts")
{
    OSP_CHECK(ask(&plain_route, OSP_METHOD_GET, "If-Match: " TAG) == 412);
    OSP_CHECK(ask(&plain_route, OSP_METHOD_GET, "If-Match: *") == 200);
    OSP_CHECK(ask(&plain_route, OSP_METHOD_GET, "If-None-Match: " TAG) == 200);
    OSP_CHECK(ask(&plain_route, OSP_METHOD_GET, "If-None-Match: *") == 304);
    OSP_CHECK(ask(&plain_route, OSP_METHOD_GET, "If-Modified-Since: " AFTER) == 200);
    OSP_CHECK(ask(&plain_route, OSP_METHOD_GET, "If-Unmodified-Since: " BEFORE) == 200);
    OSP_CHECK(ask(&missing_route, OSP_METHOD_GET, "If-Match: " TAG) == 404);
    OSP_CHECK(ask(&missing_route, OSP_METHOD_GET, "If-None-Match: *") == 404);
}

OSP_UNIT_TEST(conditions_change,
              "what changes something does not run when its tag cannot be the one")
{
    static const osp_method methods[] = { OSP_METHOD_PUT, OSP_METHOD_PATCH, OSP_METHOD_DELETE,
                                          OSP_METHOD_POST };
    for (size_t i = 0; i < OSP_ARRAY_LEN(methods); i++) {
        calls = 0;
        OSP_CHECK(ask(&tagged_route, methods[i], "If-Match: " TAG) == 412);
        OSP_CHECK(calls == 0);
        OSP_CHECK(ask(&tagged_route, methods[i], "If-Match: *") == 200);
        OSP_CHECK(ask(&tagged_route, methods[i], "If-None-Match: " TAG) == 200);
        OSP_CHECK(ask(&tagged_route, methods[i], "If-Modified-Since: " DATE) == 200);
        OSP_CHECK(calls == 3);
    }
    OSP_CHECK(ask(&plain_route, OSP_METHOD_OPTIONS, "If-Match: " TAG) == 200);
}

OSP_UNIT_TEST(conditions_change_there, "nor where there may be what must not be there")
{
    has_get = true;
    calls = 0;
    OSP_CHECK(ask(&tagged_route, OSP_METHOD_PUT, "If-None-Match: *") == 412);
    OSP_CHECK(ask(&tagged_route, OSP_METHOD_PUT, "If-None-Match: " TAG) == 412);
    OSP_CHECK(calls == 0);
    OSP_CHECK(ask(&tagged_route, OSP_METHOD_PUT, "If-Match: *") == 200);
    OSP_CHECK(ask(&asks_route, OSP_METHOD_PUT, "If-None-Match: *") == 200);
    OSP_CHECK(calls == 2);
}

OSP_UNIT_TEST(conditions_own, "a route that takes one of the fields judges all of them")
{
    OSP_CHECK(ask(&asks_route, OSP_METHOD_GET, "If-None-Match: *") == 200);
    OSP_CHECK(ask(&asks_route, OSP_METHOD_PUT, "If-Match: \"two\"") == 200);
    OSP_CHECK(ask(&named_route, OSP_METHOD_PUT, "If-Match: \"two\"") == 200);
    OSP_CHECK(ask(&named_route, OSP_METHOD_GET, "If-None-Match: *") == 200);
}
