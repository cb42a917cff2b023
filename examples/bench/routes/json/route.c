#include <openspeed/openspeed.h>

typedef struct Hello { osp_str message; } Hello;
OSP_TYPE(Hello, FIELD(message));

static osp_status hello(osp_ctx *ctx, const void *in, Hello *out)
{
    (void)ctx;
    (void)in;
    out->message = S("Hello, World!");
    return OSP_OK;
}
OSP_ROUTE(GET, hello, void, Hello);
