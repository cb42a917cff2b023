/* Streams where the name is a number ... */
#include <openspeed/openspeed.h>

typedef struct PickIn {
    int32_t id;
    osp_body body;
} PickIn;
OSP_TYPE(PickIn, PATH(id, .nomatch = true), BODY(body, osp_body));

static osp_status pick(osp_ctx *ctx, const PickIn *in, osp_stream *out)
{
    (void)in;
    osp_str part;
    osp_status status;
    out->media_type = S("text/plain");
    OSP_TRY(osp_write(ctx, S("streamed: ")));
    while ((status = osp_read(ctx, &part)) == OSP_OK) {
        OSP_TRY(osp_write(ctx, part));
    }
    return status;
}
OSP_ROUTE(POST, pick, PickIn, osp_stream);
