/* What the document says of those who must say who they are. */
#define OSP_UNIT security_test /* its routes are its own */
#include "api/security.h"

#include "tests/unit/unit.h"

typedef struct Who {
    int64_t id;
} Who;
OSP_PROVIDES(by_token, Who);
OSP_PROVIDES(by_cookie, Who);
OSP_PROVIDES(by_key, Who);
OSP_PROVIDES(by_other, Who);
OSP_PROVIDES(tenant, Who);

static osp_status make(osp_ctx *ctx, const void *in, void *out)
{
    (void)ctx;
    (void)in;
    (void)out;
    return OSP_OK;
}
#define MAKER(In)                                                                                  \
    static osp_status make_##In(osp_ctx *ctx, const In *in, Who *out)                              \
    {                                                                                              \
        return make(ctx, in, out);                                                                 \
    }

typedef struct TokenIn {
    osp_opt_str authorization;
    osp_opt_str trace;
} TokenIn;
OSP_TYPE(TokenIn, HEADER(authorization, .doc = "Bearer and a token"), HEADER(trace));
MAKER(TokenIn)
OSP_PROVIDER(by_token, make_TokenIn, TokenIn, Who, .authenticates = true);

typedef struct CookieIn {
    osp_opt_str session;
} CookieIn;
OSP_TYPE(CookieIn, COOKIE(session));
MAKER(CookieIn)
OSP_PROVIDER(by_cookie, make_CookieIn, CookieIn, Who, .authenticates = true);

typedef struct KeyIn {
    osp_opt_str x_api_key;
    int64_t version;
} KeyIn;
OSP_TYPE(KeyIn, HEADER(x_api_key), QUERY(version, .fallback = "1"));
MAKER(KeyIn)
OSP_PROVIDER(by_key, make_KeyIn, KeyIn, Who, .authenticates = true);

typedef struct OtherIn {
    const Who *token;
    osp_opt_str authorization;
} OtherIn;
OSP_TYPE(OtherIn, NEED(token, by_token), HEADER(authorization));
MAKER(OtherIn)
OSP_PROVIDER(by_other, make_OtherIn, OtherIn, Who, .authenticates = true, .challenge = "Token");

typedef struct TenantIn {
    int64_t version;
    osp_str tenant;
} TenantIn;
OSP_TYPE(TenantIn, QUERY(version, .fallback = "2"), HEADER(tenant));
MAKER(TenantIn)
OSP_PROVIDER(tenant, make_TenantIn, TenantIn, Who);

typedef struct In {
    const Who *key, *cookie, *tenant;
} In;
OSP_TYPE(In, NEED(key, by_key), WANT(cookie, by_cookie), NEED(tenant, tenant));
static osp_status show(osp_ctx *ctx, const In *in, void *out)
{
    return make(ctx, in, out);
}
OSP_ROUTE(GET, show, In, void);
static osp_status change(osp_ctx *ctx, const void *in, void *out)
{
    return make(ctx, in, out);
}
OSP_ROUTE(PUT, change, void, void, .needs = NEEDS(by_other));

#define ROUTE_OF(method) &OSP_SYMBOL(osp_route_, OSP_UNIT, method)
static const osp_route_leaf leaf = {
    .pattern = "/",
    .file = "routes/route.c",
    .by_method = { [OSP_METHOD_GET] = ROUTE_OF(GET), [OSP_METHOD_PUT] = ROUTE_OF(PUT) }
};
static const osp_route_leaf *const leaves[] = { &leaf };
static const osp_app_def app = { .name = "test", .leaves = leaves, .leaf_count = 1 };

static void has(const osp_buf *out, const char *part)
{
    if (memmem(out->ptr, out->len, part, strlen(part)) == NULL) {
        fprintf(stderr, "no %s in\n%.*s\n", part, (int)out->len, out->ptr);
        exit(1);
    }
}

OSP_UNIT_TEST(security_document, "what providers read, and how they know who asks, is documented")
{
    osp_buf out;
    osp_buf_init(&out, NULL, 0, 1 << 20);
    OSP_CHECK(osp_openapi_write(&app, &out, NULL) == OSP_OK);
    /* GET: a parameter once, whoever reads it; what is a credential is none. */
    has(&out,
        "\"parameters\":[{\"name\":\"version\",\"in\":\"query\",\"schema\":{\"type\":\"integer\","
        "\"format\":\"int64\",\"default\":1}},{\"name\":\"tenant\",\"in\":\"header\","
        "\"required\":true,\"schema\":{\"type\":\"string\"}}]");
    has(&out, "\"security\":[{\"by_key\":[],\"by_cookie\":[]},{\"by_key\":[]}]");
    /* PUT */
    has(&out,
        "\"parameters\":[{\"name\":\"trace\",\"in\":\"header\",\"schema\":{\"type\":\"string\"}}]");
    has(&out, "\"security\":[{\"by_other\":[],\"by_token\":[]}]");
    has(&out, "\"401\":{\"$ref\":\"#/components/responses/Problem401\"}");
    has(&out, "\"securitySchemes\":{\"by_key\":{\"type\":\"apiKey\",\"in\":\"header\","
              "\"name\":\"x-api-key\"},\"by_cookie\":{\"type\":\"apiKey\",\"in\":\"cookie\","
              "\"name\":\"session\"},\"by_other\":{\"type\":\"apiKey\",\"in\":\"header\","
              "\"name\":\"authorization\"},\"by_token\":{\"type\":\"http\",\"scheme\":\"bearer\","
              "\"description\":\"Bearer and a token\"}}");
    osp_buf_done(&out);
}
