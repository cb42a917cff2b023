#include <openspeed/openspeed.h>

typedef struct HelloIn {
    osp_str name;
    int32_t times;
} HelloIn;
OSP_TYPE(HelloIn, PATH(name, .max_len = 40), QUERY(times, RANGE(1, 10), .fallback = "1"));

typedef struct Hello {
    osp_str message;
    int32_t times;
} Hello;
OSP_TYPE(Hello, FIELD(message), FIELD(times));

static osp_status hello(osp_ctx *ctx, const HelloIn *in, Hello *out)
{
    out->message = osp_format(ctx, "Hello, %.*s", OSP_ARG(in->name));
    out->times = in->times;
    return OSP_OK;
}
OSP_ROUTE(GET, hello, HelloIn, Hello, .summary = "Greet somebody");
