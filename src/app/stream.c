/* What a handler does with a message as it comes and goes.
 *
 *     front door --parts--> osp_read      osp_write --parts--> front door
 *
 * A front door moves the parts (osp_door).  Without one, in tests and where a message is only ever
 * whole, the body is one part and what is written is collected into the answer.
 *
 * The head of a streamed answer is sent by the first write; until then the handler may still fail
 * and be answered a problem document. */
#include <string.h>

#include "app/chain.h"

#define COLLECTED_MAX ((size_t)32 << 20) /* bytes of a streamed answer that is kept whole */

const osp_type osp_type_osp_body = { .name = "osp_body",
                                     .size = sizeof(osp_body),
                                     .kind = OSP_KIND_STREAM };
const osp_type osp_type_osp_stream = { .name = "osp_stream",
                                       .size = sizeof(osp_stream),
                                       .kind = OSP_KIND_STREAM };

bool osp_route_reads_stream(const osp_route *route)
{
    const osp_type *in = route->in_;
    if (in->kind == OSP_KIND_STREAM) {
        return true;
    }
    for (uint16_t i = 0; i < in->field_count; i++) {
        const osp_field *field = &in->fields[i];
        if (field->source_ == OSP_SOURCE_BODY && field->type_ != NULL &&
            field->type_->kind == OSP_KIND_STREAM) {
            return true;
        }
    }
    return false;
}

osp_str osp_stream_media_type(const osp_stream *out)
{
    return out->media_type.len > 0 ? out->media_type : OSP_STR("application/octet-stream");
}

osp_flow *osp_ctx_flow(osp_ctx *ctx)
{
    if (ctx->flow == NULL) {
        ctx->flow = osp_task_alloc(&ctx->task, sizeof(*ctx->flow)); /* zeroed */
    }
    return ctx->flow;
}

osp_status osp_read(osp_ctx *ctx, osp_str *ret_part)
{
    OSP_ASSERT(ret_part != NULL);
    if (ctx->failed) {
        return OSP_E_FAILED;
    }
    if (ctx->request.body_pends) {
        return ctx->door->read(ctx, ret_part);
    }
    osp_flow *flow = osp_ctx_flow(ctx);
    if (flow == NULL) {
        return OSP_E_NOMEM;
    }
    if (flow->body_given || ctx->request.body.len == 0) {
        return OSP_DONE;
    }
    flow->body_given = true;
    *ret_part = ctx->request.body;
    return OSP_OK;
}

/* From here on the answer is a stream; what was set for it stands. */
static osp_status begin(osp_ctx *ctx, osp_flow *flow)
{
    osp_response *response = &ctx->response;
    const osp_route *route = osp_ctx_route(ctx);
    if (flow->out == NULL) {
        osp_task_fail(&ctx->task, OSP_E_INVALID,
                      "osp_write in a route whose output is not osp_stream");
        return OSP_E_INVALID;
    }
    if (flow->out->length < 0) {
        osp_task_fail(&ctx->task, OSP_E_INVALID, "the length of a stream is negative");
        return OSP_E_INVALID;
    }
    flow->length = (uint64_t)flow->out->length;
    response->type = NULL;
    response->media_type = osp_stream_media_type(flow->out);
    if (response->status == 0) {
        response->status = route != NULL && route->status != 0 ? route->status : 200;
    }
    if (route != NULL && ctx->request.conditional) {
        osp_conditions_after(ctx, route);
        if (ctx->failed) {
            return OSP_E_FAILED;
        }
    }
    flow->begun = true;
    return ctx->door != NULL ? ctx->door->begin(ctx) : OSP_OK;
}

bool osp_stream_withdraw(osp_ctx *ctx)
{
    osp_flow *flow = ctx->flow;
    if (flow == NULL || !flow->begun || flow->upgraded || ctx->door == NULL ||
        !ctx->door->withdraw(ctx)) {
        return false;
    }
    flow->begun = false;
    return true;
}

/* Appends to a buffer that grows in the request's arena. */
static osp_status gather(osp_ctx *ctx, osp_buf *all, osp_str part, size_t max)
{
    if (part.len > max - all->len) {
        return OSP_E_LIMIT;
    }
    if (part.len > all->cap - all->len) {
        const size_t len = all->len;
        const size_t cap = (len + part.len) * 2;
        char *bigger = osp_task_alloc(&ctx->task, cap);
        if (bigger == NULL) {
            return OSP_E_NOMEM;
        }
        if (len > 0) {
            memcpy(bigger, all->ptr, len);
        }
        osp_buf_init(all, bigger, cap, cap);
        all->len = len;
    }
    osp_buf_str(all, part);
    return OSP_OK;
}

static osp_status refuse_size(osp_ctx *ctx)
{
    const unsigned long long max = ctx->request.body_max;
    return osp_chain_body_max(ctx) != 0 ? osp_fail(ctx, 413, OSP_BODY_TOO_LARGE_HERE, max)
                                        : osp_fail(ctx, 413, OSP_BODY_TOO_LARGE, max);
}

osp_status osp_ctx_gather(osp_ctx *ctx)
{
    osp_buf all;
    osp_str part;
    osp_status status;
    osp_buf_init(&all, NULL, 0, 0);
    if (ctx->request.body_length > 0 &&
        (uint64_t)ctx->request.body_length > ctx->request.body_max) {
        return refuse_size(ctx); /* before the client is asked for it */
    }
    while ((status = osp_read(ctx, &part)) == OSP_OK) {
        status = gather(ctx, &all, part, ctx->request.body_max);
        if (status == OSP_E_LIMIT) {
            return refuse_size(ctx);
        }
        OSP_TRY(status);
    }
    ctx->request.body = osp_buf_text(&all);
    ctx->request.body_pends = false;
    return status == OSP_DONE ? OSP_OK : status;
}

osp_status osp_write(osp_ctx *ctx, osp_str part)
{
    OSP_ASSERT(part.ptr != NULL || part.len == 0);
    osp_flow *flow = osp_ctx_flow(ctx);
    if (flow == NULL) {
        return OSP_E_NOMEM;
    }
    if (ctx->failed) {
        return OSP_E_FAILED;
    }
    if (!flow->begun) {
        OSP_TRY(begin(ctx, flow));
    }
    if (!flow->upgraded && flow->length != 0 && part.len > flow->length - flow->written) {
        osp_task_fail(&ctx->task, OSP_E_INVALID, "more was written than the length that was told");
        return OSP_E_LIMIT;
    }
    if (part.len == 0) {
        return OSP_OK;
    }
    flow->written += part.len;
    if (ctx->door != NULL) {
        return ctx->door->write(ctx, part);
    }
    const osp_status status = gather(ctx, &flow->collected, part, COLLECTED_MAX);
    if (status != OSP_OK) {
        return osp_task_fail(&ctx->task, status, "more was written than is kept of an answer");
    }
    ctx->response.bytes = osp_buf_text(&flow->collected);
    return OSP_OK;
}

osp_status osp_stream_unwritten(osp_ctx *ctx)
{
    const int status = ctx->response.status; /* 0: of a success */
    if (ctx->request.method == OSP_METHOD_HEAD || (status != 0 && !osp_status_has_body(status))) {
        return osp_write(ctx, (osp_str){ 0 });
    }
    return osp_task_fail(&ctx->task, OSP_E_INVALID,
                         "nothing was written, though a length was told");
}

osp_status osp_stream_written(osp_ctx *ctx)
{
    const osp_flow *flow = ctx->flow;
    if (flow->upgraded || flow->length == 0 || flow->written == flow->length ||
        ctx->request.method == OSP_METHOD_HEAD || !osp_status_has_body(ctx->response.status)) {
        return OSP_OK;
    }
    return osp_task_fail(&ctx->task, OSP_E_INVALID,
                         "less was written than the length that was told");
}

osp_status osp_flush(osp_ctx *ctx)
{
    const bool begun = ctx->flow != NULL && ctx->flow->begun;
    return begun && ctx->door != NULL ? ctx->door->flush(ctx) : OSP_OK;
}

osp_status osp_set_trailer(osp_ctx *ctx, osp_str name, osp_str value)
{
    if (!osp_header_is_free(name, value)) {
        return OSP_E_INVALID;
    }
    osp_flow *flow = osp_ctx_flow(ctx);
    if (flow == NULL) {
        return OSP_E_NOMEM;
    }
    if (flow->trailer_count == OSP_TRAILERS_MAX) {
        return OSP_E_LIMIT;
    }
    flow->trailers[flow->trailer_count++] = (osp_header_field){ name, value };
    return OSP_OK;
}

osp_str osp_trailer(const osp_ctx *ctx, osp_str name)
{
    const osp_flow *flow = ctx->flow;
    for (uint8_t i = 0; flow != NULL && i < flow->in_trailer_count; i++) {
        if (osp_str_equal_nocase(flow->in_trailers[i].name, name)) {
            return flow->in_trailers[i].value;
        }
    }
    return (osp_str){ 0 };
}

osp_status osp_inform(osp_ctx *ctx, int status)
{
    if ((status != 102 && status != 103) || (ctx->flow != NULL && ctx->flow->begun)) {
        return OSP_E_INVALID;
    }
    if (ctx->failed) {
        return OSP_E_FAILED;
    }
    return ctx->door != NULL && ctx->request.minor > 0 ? ctx->door->inform(ctx, status) : OSP_OK;
}

osp_status osp_upgrade(osp_ctx *ctx, osp_str protocol)
{
    const osp_request *request = &ctx->request;
    osp_flow *flow = osp_ctx_flow(ctx);
    if (flow == NULL) {
        return OSP_E_NOMEM;
    }
    if (ctx->failed || flow->begun) {
        return OSP_E_FAILED;
    }
    if (ctx->door == NULL ||
        !osp_request_lists(request, OSP_STR("Connection"), OSP_STR("upgrade"))) {
        return OSP_E_UNSUPPORTED;
    }
    const bool fits = request->minor > 0 && !request->has_body &&
                      osp_request_lists(request, OSP_STR("Upgrade"), protocol);
    const osp_status status = fits ? ctx->door->upgrade(ctx, protocol) : OSP_E_UNSUPPORTED;
    if (status != OSP_OK) {
        ctx->door->close(ctx); /* the client may have gone on in the protocol */
        return status;
    }
    flow->begun = true;
    flow->upgraded = true;
    ctx->response.status = 101;
    ctx->request.body_pends = true; /* the bare bytes that follow */
    return OSP_OK;
}
