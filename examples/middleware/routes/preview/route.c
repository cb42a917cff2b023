#include <openspeed/openspeed.h>

static osp_status preview(osp_ctx *ctx, const void *in, void *out)
{
    return osp_text(ctx, osp_format(ctx, "soon, %.*s", OSP_ARG(osp_basic_name(ctx))));
}
OSP_ROUTE(GET, preview, void, void);
