/* Answers whose length nobody knows before, with a trailer. */
#include <openspeed/openspeed.h>

static osp_status tell(osp_ctx *ctx, const void *in, osp_stream *out)
{
    (void)in;
    out->media_type = S("text/plain");
    OSP_TRY(osp_set_header(ctx, S("Trailer"), S("X-Behind")));
    OSP_TRY(osp_write(ctx, S("Hello, ")));
    OSP_TRY(osp_flush(ctx));
    OSP_TRY(osp_write(ctx, S("World!")));
    return osp_set_trailer(ctx, S("X-Behind"), S("1"));
}
OSP_ROUTE(GET, tell, void, osp_stream);

static osp_status repeat(osp_ctx *ctx, const osp_body *in, osp_stream *out)
{
    out->media_type = in->media_type;
    osp_str part;
    osp_status status;
    while ((status = osp_read(ctx, &part)) == OSP_OK) {
        OSP_TRY(osp_write(ctx, part));
    }
    return status == OSP_DONE ? OSP_OK : status;
}
OSP_ROUTE(POST, repeat, osp_body, osp_stream);
