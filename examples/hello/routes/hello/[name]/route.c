/* GET /hello/ada answers {"message":"Hello, ada"}. */
#include <openspeed/openspeed.h>

typedef struct HelloIn {
    osp_str name;
} HelloIn;
OSP_TYPE(HelloIn, PATH(name, .max_len = 100));

typedef struct Hello {
    osp_str message;
} Hello;
OSP_TYPE(Hello, FIELD(message));

static osp_status hello(osp_ctx *ctx, const HelloIn *in, Hello *out)
{
    out->message = osp_format(ctx, "Hello, %.*s", OSP_ARG(in->name));
    return OSP_OK;
}
OSP_ROUTE(GET, hello, HelloIn, Hello, .summary = "Greet somebody by name");
