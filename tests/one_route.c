/* One route, as an application writes it: the public headers must be clean for gcc, clang and tcc.
 */
#include <openspeed/openspeed.h>

typedef struct GreetIn {
    osp_str name;
    int32_t times;
} GreetIn;
OSP_TYPE(GreetIn, PATH(name, .min_len = 1), QUERY(times, RANGE(1, 3), .fallback = "1"));

typedef struct Greeting {
    osp_str message;
    osp_opt_int times;
} Greeting;
OSP_TYPE(Greeting, FIELD(message), FIELD(times));

static osp_status greet(osp_ctx *ctx, const GreetIn *in, Greeting *out)
{
    out->message = osp_format(ctx, "Hello, %.*s", OSP_ARG(in->name));
    out->times = (osp_opt_int)SET(in->times);
    return OSP_OK;
}
OSP_ROUTE(GET, greet, GreetIn, Greeting, .summary = "Greet somebody", .errors = { 422 });

static osp_status around(osp_ctx *ctx, osp_next *next)
{
    OSP_TRY(osp_run(ctx, next));
    return OSP_OK;
}
OSP_MIDDLEWARE(around);

typedef struct limit_options {
    int most;
    const char *name;
} limit_options;
static osp_status limit(osp_ctx *ctx, osp_next *next, const limit_options *options)
{
    return options->most == 3 ? osp_run(ctx, next) : OSP_E_FAILED;
}
OSP_USE(limit, .most = 3, .name = "three");
