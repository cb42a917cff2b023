/* The body unchanged, of any length, part by part as it comes. */
#include <openspeed/openspeed.h>

static osp_status echo(osp_ctx *ctx, const osp_body *in, osp_stream *out)
{
    osp_str part;
    osp_status status;
    out->media_type = in->media_type;
    out->length = in->length > 0 ? in->length : 0;
    while ((status = osp_read(ctx, &part)) == OSP_OK) {
        OSP_TRY(osp_write(ctx, part));
    }
    return status;
}
OSP_ROUTE(POST, echo, osp_body, osp_stream, .summary = "The body as it came");
