/* /_status: without its escape the folder would be a private one. */
#include <openspeed/openspeed.h>

static osp_status show(osp_ctx *ctx, const void *in, void *out)
{
    return osp_text(ctx, S("fine\n"));
}
OSP_ROUTE(GET, show, void, void);
