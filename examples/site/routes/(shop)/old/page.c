#include <openspeed/openspeed.h>

static osp_status load(osp_ctx *ctx, const void *in, void *out)
{
    return osp_redirect(ctx, 308, S("/"));
}
OSP_PAGE(load, void, void);
