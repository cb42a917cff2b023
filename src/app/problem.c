/* Problem documents (RFC 9457): what a client reads when a request failed.
 *
 * The document is bytes in the request's arena.  Texts of the client are JSON-escaped by the
 * codec; a detail that is not valid UTF-8 is left out rather than repaired. */
#include "app/ctx.h"

#define PROBLEM_MAX (64 * 1024)

static void member(osp_buf *out, const char *name, osp_str value)
{
    const size_t before = out->len;
    osp_buf_str(out, osp_str_from(name));
    if (osp_json_string(value, out) != OSP_OK) {
        out->len = before;
    }
}

static void issue(osp_buf *out, const osp_issue *item)
{
    if (item->in != NULL) {
        member(out, "{\"in\":", osp_str_from(item->in));
        member(out, ",\"name\":", item->where);
    } else {
        member(out, "{\"pointer\":", item->where);
    }
    member(out, ",\"code\":", osp_str_from(osp_issue_code_name(item->code)));
    member(out, ",\"detail\":", item->detail);
    osp_buf_byte(out, '}');
}

void osp_problem(osp_ctx *ctx, int status, osp_str detail, const osp_issues *issues)
{
    OSP_ASSERT(status >= 400 && status <= 599);
    osp_buf out;
    osp_buf_init(&out, NULL, 0, PROBLEM_MAX);
    osp_str title = osp_http_reason(status);
    osp_buf_printf(&out, "{\"type\":\"about:blank\",\"status\":%d", status);
    member(&out, ",\"title\":", title.len ? title : OSP_STR("Error"));
    if (detail.len > 0) {
        member(&out, ",\"detail\":", detail);
    }
    if (issues != NULL && issues->count > 0) {
        osp_buf_str(&out, OSP_STR(",\"errors\":["));
        for (size_t i = 0; i < issues->count; i++) {
            if (i > 0) {
                osp_buf_byte(&out, ',');
            }
            issue(&out, &issues->items[i]);
        }
        osp_buf_byte(&out, ']');
    }
    osp_buf_byte(&out, '}');
    ctx->response.status = status;
    ctx->response.type = NULL;
    ctx->response.media_type = OSP_STR("application/problem+json");
    ctx->response.bytes =
        out.failed ? (osp_str){ 0 } : osp_task_copy(&ctx->task, (osp_str){ out.ptr, out.len });
    osp_buf_done(&out);
}
