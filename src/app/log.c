/* What an application says of a request, and what the request is called.
 *
 *     X-Request-Id of a trusted peer --> osp_request_id <-- a name of the front door's own
 *
 * Nobody else may choose an id: it is looked for in logs, and believed.  It is made when somebody
 * asks, so that a request which nobody asks about costs nothing. */
#include "app/ctx.h"
#include "base/trace.h"

#include <stdio.h>
#include <string.h>

static bool is_id(osp_str text)
{
    static const char more[] = "-_.:/+=@~";
    for (size_t i = 0; i < text.len; i++) {
        const char c = text.ptr[i];
        const bool alnum =
            (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (!alnum && (c == 0 || strchr(more, c) == NULL)) {
            return false;
        }
    }
    return text.len > 0 && text.len <= OSP_REQUEST_ID_MAX;
}

/* The one field of that name; empty when there are none or several. */
static osp_str sent_id(const osp_request *request)
{
    osp_str found = { 0 };
    size_t count = 0;
    for (uint32_t i = 0; i < request->header_count; i++) {
        const osp_str name = request->headers[i].name;
        if (name.len == 12 && osp_str_equal_nocase(name, OSP_STR("X-Request-Id"))) {
            found = request->headers[i].value;
            count++;
        }
    }
    return count == 1 ? found : (osp_str){ 0 };
}

osp_str osp_request_id(osp_ctx *ctx)
{
    osp_origin origin = { .trust = NULL };
    if (ctx->id.len > 0) {
        return ctx->id;
    }
    if (ctx->door == NULL) {
        return (osp_str){ 0 };
    }
    const osp_str sent = sent_id(&ctx->request);
    if (is_id(sent)) { /* else nobody needs to know who the peer is, which costs a system call */
        ctx->door->origin(ctx, &origin);
        if (osp_trust_has(origin.trust, &origin.peer)) {
            ctx->id = sent;
            return sent;
        }
    }
    ctx->door->name(ctx, ctx->name);
    ctx->id = (osp_str){ ctx->name, sizeof ctx->name };
    return ctx->id;
}

const char osp_log_key = 0;

void osp_task_log_at(osp_task *task, const osp_place *here, osp_log_level level, const char *format,
                     ...)
{
    OSP_ASSERT((unsigned)level <= OSP_LOG_ERROR);
    osp_task *root = osp_task_root(task);
    osp_ctx *ctx = root->of_request ? OSP_CONTAINER_OF(root, osp_ctx, task) : NULL;
    const osp_log_sink *sink = ctx == NULL ? osp_task_service(task, &osp_log_key) : NULL;
    va_list args;
    if (OSP_TRACED) {
        va_start(args, format);
        osp_trace_say(task, here, (int)level, format, args);
        va_end(args);
    }
    va_start(args, format);
    if (ctx != NULL && ctx->door != NULL) {
        ctx->door->log(ctx, here, level, format, args);
    } else if (sink != NULL) {
        sink->log(sink, root, here, level, format, args);
    } else {
        vfprintf(stderr, format, args);
        fputc('\n', stderr);
    }
    va_end(args);
}
