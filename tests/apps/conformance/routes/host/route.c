/* The host that was asked for. */
#include <openspeed/openspeed.h>

static osp_status host(osp_ctx *ctx, const void *in, void *out)
{
    (void)in;
    (void)out;
    return osp_text(ctx, osp_client_host(ctx));
}
OSP_ROUTE(GET, host, void, void);
