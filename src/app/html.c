/* Text that stands in a page. */
#include <string.h>

#include "app/ctx.h"

osp_str osp_html_entity(char c)
{
    switch (c) {
    case '&':
        return OSP_STR("&amp;");
    case '<':
        return OSP_STR("&lt;");
    case '>':
        return OSP_STR("&gt;");
    case '"':
        return OSP_STR("&quot;");
    case '\'':
        return OSP_STR("&#39;"); /* &apos; is none of HTML 4 */
    default:
        return (osp_str){ 0 };
    }
}

osp_str osp_escape_html(osp_ctx *ctx, osp_str text)
{
    size_t extra = 0;
    for (size_t i = 0; i < text.len; i++) {
        const size_t len = osp_html_entity(text.ptr[i]).len;
        extra += len > 0 ? len - 1 : 0;
    }
    if (extra == 0) {
        return text;
    }
    char *out = osp_task_alloc(&ctx->task, text.len + extra);
    if (out == NULL) {
        return (osp_str){ 0 };
    }
    char *at = out;
    for (size_t i = 0; i < text.len; i++) {
        const osp_str entity = osp_html_entity(text.ptr[i]);
        if (entity.len == 0) {
            *at++ = text.ptr[i];
        } else {
            memcpy(at, entity.ptr, entity.len);
            at += entity.len;
        }
    }
    return (osp_str){ out, text.len + extra };
}
