#include <openspeed/openspeed.h>

static osp_status hello(osp_ctx *ctx, const void *in, void *out)
{
    return osp_text(ctx, OSP_STR("hello"));
}
OSP_ROUTE(GET, hello, void, void);
