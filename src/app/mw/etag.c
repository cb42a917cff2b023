/* Tags from the bytes of an answer: a client that has them already is told so, and gets none.
 *
 * A value is encoded here, once: the answer is its bytes from then on.  Source: RFC 9110 8.8.3. */
#include "app/mw/mw.h"
#include "base/base64.h"
#include "base/digest.h"
#include "type/json.h"

#define ENCODED_MAX                                                                                \
    ((size_t)32 << 20)  /* bytes of a value that gets a tag; a larger one has none                 \
                         */
#define DIGEST_BYTES 18 /* of 32: nobody finds two answers of one tag by chance */

/* Turns a value into the bytes that it would be sent as; false: it stays a value. */
static bool encode(osp_ctx *ctx)
{
    osp_response *response = &ctx->response;
    osp_buf out;
    osp_buf_init(&out, NULL, 0, ENCODED_MAX);
    const bool good = osp_json_encode(response->type, response->value, &out) == OSP_OK &&
                      !out.failed && out.len > 0;
    const osp_str bytes = good ? osp_task_copy(&ctx->task, osp_buf_text(&out)) : (osp_str){ 0 };
    osp_buf_done(&out);
    if (bytes.len == 0) {
        return false; /* writing the answer will say why */
    }
    response->type = NULL;
    response->bytes = bytes;
    return true;
}

static osp_str make_tag(osp_ctx *ctx, bool weak)
{
    uint8_t digest[OSP_SHA256_SIZE];
    char text[OSP_BASE64URL_SIZE(DIGEST_BYTES)];
    osp_sha256 sha;
    osp_sha256_init(&sha);
    osp_sha256_add(&sha, ctx->response.media_type); /* of one value in two forms */
    osp_sha256_add(&sha, ctx->response.bytes);
    osp_sha256_end(&sha, digest);
    (void)osp_base64url_encode((osp_str){ (const char *)digest, DIGEST_BYTES }, text);
    return osp_format(ctx, "%s\"%.*s\"", weak ? "W/" : "", (int)sizeof text, text);
}

osp_status osp_etag(osp_ctx *ctx, osp_next *next, const osp_etag_options *options)
{
    const osp_route *route = osp_ctx_route(ctx);
    const osp_method method = osp_request_method(ctx);
    OSP_TRY(osp_run(ctx, next));
    const bool whole = ctx->flow == NULL || !ctx->flow->begun;
    if (!whole || route == NULL || osp_answer_status(ctx) != 200 ||
        (method != OSP_METHOD_GET && method != OSP_METHOD_HEAD) ||
        osp_response_has(&ctx->response, OSP_STR("ETag"))) {
        return OSP_OK;
    }
    if (ctx->response.type != NULL && !encode(ctx)) {
        return OSP_OK;
    }
    const osp_str tag = make_tag(ctx, options->weak);
    OSP_TRY(tag.len > 0 ? osp_set_header(ctx, OSP_STR("ETag"), tag) : OSP_E_NOMEM);
    if (ctx->request.conditional) {
        osp_conditions_after(ctx, route);
    }
    return OSP_OK;
}
