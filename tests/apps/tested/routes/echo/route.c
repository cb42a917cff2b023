#include <openspeed/openspeed.h>

/* Sends back what comes, part by part, and the trailer behind it. */
static osp_status echo(osp_ctx *ctx, const osp_body *in, osp_stream *out)
{
    osp_str part;
    osp_status status;
    out->media_type = in->media_type;
    while ((status = osp_read(ctx, &part)) == OSP_OK) {
        OSP_TRY(osp_write(ctx, part));
    }
    OSP_TRY(status);
    return osp_set_trailer(ctx, S("Sum"), osp_trailer(ctx, S("Sum")));
}
OSP_ROUTE(POST, echo, osp_body, osp_stream);
