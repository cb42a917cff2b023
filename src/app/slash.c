/* A '/' at the end of a URL that nothing answers with it.
 *
 * Only what would be 404 comes here, so that other requests pay nothing.  The redirect is written
 * from the normal form, never from what was sent: it begins with one '/' and a segment, so that no
 * browser takes it for another host. */
#include <openspeed/answer.h>

#include "app/ctx.h"
#include "base/buf.h"
#include "wire/uri.h"

osp_status osp_slash_find(osp_ctx *ctx)
{
    const osp_app_info *info = ctx->app->info;
    osp_str path = ctx->request.path;
    if (info == NULL || info->trailing_slash == OSP_SLASH_STRICT || path.len < 2 ||
        path.ptr[path.len - 1] != '/') {
        return OSP_E_NOT_FOUND;
    }
    path.len--;
    OSP_TRY(osp_ctx_find(ctx, NULL, path, 0, &ctx->match));
    if (info->trailing_slash == OSP_SLASH_REDIRECT) {
        return OSP_DONE;
    }
    ctx->request.path = path;
    return OSP_OK;
}

/* The path without its end and the query as it was sent, as a URL. */
static osp_status write_url(osp_ctx *ctx, osp_buf *url)
{
    const osp_str path = ctx->request.path, query = ctx->request.query;
    const size_t max = 3 * path.len + query.len;
    char *storage = osp_task_alloc(&ctx->task, max);
    if (storage == NULL) {
        return OSP_E_NOMEM;
    }
    osp_buf_init(url, storage, max, max);
    for (size_t i = 0; i + 1 < path.len; i++) {
        if (path.ptr[i] == '/' || osp_uri_is_unreserved(path.ptr[i])) {
            osp_buf_byte(url, path.ptr[i]);
        } else {
            osp_percent_put(url, path.ptr[i]);
        }
    }
    if (query.ptr != NULL) {
        osp_buf_byte(url, '?');
        osp_buf_str(url, query);
    }
    OSP_ASSERT(!url->failed);
    return OSP_OK;
}

void osp_slash_redirect(osp_ctx *ctx)
{
    osp_buf url = { 0 };
    osp_status status = write_url(ctx, &url);
    if (status == OSP_OK) {
        status = osp_redirect(ctx, 308, osp_buf_text(&url));
    }
    if (status == OSP_E_LIMIT) { /* encoded it is too long for a field */
        osp_fail(ctx, 404, "There is nothing at this URL.");
    } else if (status != OSP_OK && !ctx->failed) {
        osp_task_fail(&ctx->task, status, "the URL of a redirect: %s", osp_status_text(status));
        ctx->failed = true;
    }
}
