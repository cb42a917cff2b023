/* /shop, on example.com's hosts alone: north.example.com, south.example.com. */
#include <openspeed/openspeed.h>

static osp_status show(osp_ctx *ctx, const void *in, void *out)
{
    return osp_text(ctx, osp_format(ctx, "the shop at %.*s\n", OSP_ARG(osp_client_host(ctx))));
}
OSP_ROUTE(GET, show, void, void);
