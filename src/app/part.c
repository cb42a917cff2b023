/* The part of a file that a request asks for: Range and If-Range (RFC 9110 13.1.5, 14.2). */
#include "app/files.h"

/* Whether what the client has parts of is this version.  A weak tag is none to put parts together
 * by. */
static bool is_version(const osp_ctx *ctx, const osp_validators *of)
{
    const osp_str said = osp_request_header(&ctx->request, OSP_STR("If-Range"));
    return said.len == 0 || (osp_str_equal(said, of->etag) && said.ptr[0] == '"') ||
           (of->is_date_strong && osp_str_equal(said, of->modified));
}

static osp_status tell(osp_ctx *ctx, const osp_byte_range *part, uint64_t size)
{
    char text[OSP_CONTENT_RANGE_SIZE];
    const size_t len = osp_content_range(part, size, text);
    const osp_str value = osp_task_copy(&ctx->task, (osp_str){ text, len });
    return value.len > 0 ? osp_file_field(ctx, OSP_STR("Content-Range"), value) : OSP_E_NOMEM;
}

osp_status osp_part_find(osp_ctx *ctx, const osp_validators *of, uint64_t size,
                         osp_byte_range *ret_part)
{
    const osp_str said = osp_request_header(&ctx->request, OSP_STR("Range"));
    osp_range_verdict verdict = OSP_RANGE_WHOLE;
    *ret_part = (osp_byte_range){ 0, size };
    if (said.len > 0 && ctx->request.method == OSP_METHOD_GET && is_version(ctx, of)) {
        verdict = osp_range_read(said, size, ret_part);
    }
    if (verdict == OSP_RANGE_WHOLE) {
        return OSP_OK;
    }
    if (verdict == OSP_RANGE_PART) {
        ctx->response.status = 206;
        return tell(ctx, ret_part, size);
    }
    osp_response_drop(&ctx->response, OSP_STR("ETag")); /* which are not the problem's */
    osp_response_drop(&ctx->response, OSP_STR("Last-Modified"));
    osp_response_drop(&ctx->response, OSP_STR("Cache-Control"));
    OSP_TRY(tell(ctx, NULL, size));
    return osp_fail_at(ctx, NULL, 416, "The file has no such part.");
}
