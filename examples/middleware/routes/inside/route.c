#include <openspeed/openspeed.h>

static osp_status inside(osp_ctx *ctx, const void *in, void *out)
{
    return osp_text(ctx, osp_client_address(ctx));
}
OSP_ROUTE(GET, inside, void, void);
