/* A representation that is written in parts, with both validators and all that describes it. */
#include <openspeed/openspeed.h>

static osp_status flow(osp_ctx *ctx, const void *in, osp_stream *out)
{
    (void)in;
    out->media_type = S("text/plain");
    out->length = 4;
    OSP_TRY(osp_set_header(ctx, S("ETag"), S("\"one\"")));
    OSP_TRY(osp_set_header(ctx, S("Last-Modified"), S("Sat, 29 Oct 1994 19:43:31 GMT")));
    OSP_TRY(osp_set_header(ctx, S("Cache-Control"), S("no-cache")));
    OSP_TRY(osp_set_header(ctx, S("Content-Language"), S("en")));
    OSP_TRY(osp_set_header(ctx, S("Content-Location"), S("/flow")));
    OSP_TRY(osp_set_header(ctx, S("Expires"), S("Sun, 30 Oct 1994 19:43:31 GMT")));
    OSP_TRY(osp_set_header(ctx, S("Vary"), S("Cookie")));
    OSP_TRY(osp_write(ctx, S("fl")));
    return osp_write(ctx, S("ow"));
}
OSP_ROUTE(GET, flow, void, osp_stream);
