/* The body as it comes, with the trailer Sum of the request. */
#include "lib/seen.h"

typedef struct EchoIn {
    bool told; /* answers with the length of the body */
    osp_body body;
} EchoIn;
OSP_TYPE(EchoIn, QUERY(told, .fallback = "false"), BODY(body, osp_body));

static osp_status echo_parts(osp_ctx *ctx)
{
    osp_str part;
    osp_status status;
    while ((status = osp_read(ctx, &part)) == OSP_OK) {
        seen_bytes(part.len);
        OSP_TRY(osp_write(ctx, part));
    }
    const osp_str sum = osp_trailer(ctx, S("sum"));
    return status == OSP_DONE && sum.len > 0 ? osp_set_trailer(ctx, S("Sum"), sum) : status;
}

static osp_status echo(osp_ctx *ctx, const EchoIn *in, osp_stream *out)
{
    out->media_type = in->body.media_type;
    out->length = in->told && in->body.length > 0 ? in->body.length : 0;
    OSP_TRY(seen_begin(ctx));
    return seen_end(echo_parts(ctx));
}
OSP_ROUTE(POST, echo, EchoIn, osp_stream);
