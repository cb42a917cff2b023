/* A handler that finds out late that it cannot go on. */
#include <openspeed/openspeed.h>

static osp_status fails(osp_ctx *ctx, const void *in, osp_stream *out)
{
    (void)in;
    out->media_type = S("text/plain");
    OSP_TRY(osp_write(ctx, S("begun")));
    return osp_fail(ctx, 500, "It has failed.");
}
OSP_ROUTE(GET, fails, void, osp_stream);
