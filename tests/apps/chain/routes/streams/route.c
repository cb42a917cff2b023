#include <openspeed/openspeed.h>

static osp_status show(osp_ctx *ctx, const void *in, osp_stream *out)
{
    OSP_TRY(osp_write(ctx, OSP_STR("one ")));
    OSP_TRY(osp_flush(ctx));
    return osp_write(ctx, OSP_STR("two"));
}
OSP_ROUTE(GET, show, void, osp_stream);
