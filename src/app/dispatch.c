/* The one function that every front door calls: from a request to its answer. */
#include "app/ctx.h"

#include <string.h>

#include "wire/uri.h"

/* RFC 9110 15.5.6: a 405 names the methods that there are. */
static void method_not_allowed(osp_ctx *ctx, const osp_route_leaf *leaf)
{
    char allow[64];
    size_t len = 0;
    for (size_t i = 0; i < OSP_METHOD_OTHER; i++) {
        const bool head = i == OSP_METHOD_HEAD && leaf->by_method[OSP_METHOD_GET] != NULL;
        if (leaf->by_method[i] == NULL && !head) {
            continue;
        }
        const size_t name_len = strlen(osp_method_name((osp_method)i));
        OSP_ASSERT(len + name_len + 2 <= sizeof allow);
        if (len > 0) {
            memcpy(allow + len, ", ", 2);
            len += 2;
        }
        memcpy(allow + len, osp_method_name((osp_method)i), name_len);
        len += name_len;
    }
    osp_fail(ctx, 405, "This URL does not answer that method.");
    const osp_str value = osp_copy(ctx, ((osp_str){ allow, len }));
    if (value.len > 0 && osp_set_header(ctx, OSP_STR("Allow"), value) != OSP_OK) {
        osp_task_fail(&ctx->task, OSP_E_LIMIT, "no room for the Allow header");
    }
}

/* RFC 9110 10.2.3: a 503 says when to come again. */
static bool is_shut(osp_ctx *ctx, const osp_route *route)
{
    const uint32_t seconds = ctx->gate->shut_s(ctx->gate, route);
    if (seconds == 0) {
        return false;
    }
    osp_fail(ctx, 503, "This URL has failed too often; try again later.");
    const osp_str value = osp_format(ctx, "%u", (unsigned)seconds);
    if (value.len > 0 && osp_set_header(ctx, OSP_STR("Retry-After"), value) != OSP_OK) {
        osp_task_fail(&ctx->task, OSP_E_LIMIT, "no room for the Retry-After header");
    }
    return true;
}

/* The path in its normal form and the query; false when the target is malformed, or memory does not
 * suffice to tell. */
static inline bool read_target(osp_ctx *ctx)
{
    osp_request *request = &ctx->request;
    osp_target target;
    osp_status status = osp_target_split(request->target, &target);
    if (status == OSP_OK) {
        request->path = target.path;
        request->query = target.query;
        if (!target.is_normal) {
            status = osp_path_normalise(target.path, ctx->task.arena, &request->path);
        }
    }
    if (status == OSP_E_NOMEM) {
        osp_task_fail(&ctx->task, status, "out of memory for the path");
        ctx->failed = true; /* and not tried again */
        return false;
    }
    if (status != OSP_OK) {
        osp_fail(ctx, 400, "The path of the URL is malformed.");
        return false;
    }
    return true;
}

/* The route that would answer, passing over `skip` URLs that turned out to be others. */
static inline const osp_route *find_route(osp_ctx *ctx, size_t skip)
{
    if (osp_route_find(ctx->app->root, ctx->request.path, skip, &ctx->match) != OSP_OK) {
        ctx->match.leaf = NULL;
        osp_fail(ctx, 404, "There is nothing at this URL.");
        return NULL;
    }
    const osp_route *route = osp_ctx_route(ctx);
    if (route == NULL) {
        method_not_allowed(ctx, ctx->match.leaf);
        return NULL;
    }
    if (ctx->gate != NULL && is_shut(ctx, route)) {
        return NULL;
    }
    return route;
}

/* OSP_OK | OSP_DONE (the URL is another's) | a failure. */
static inline osp_status bind_route(osp_ctx *ctx, const osp_route *route, void **ret_in)
{
    *ret_in = NULL;
    if (route->in_->size == 0) {
        return OSP_OK;
    }
    *ret_in = osp_task_alloc(&ctx->task, route->in_->size);
    return *ret_in != NULL ? osp_bind(ctx, route->in_, *ret_in) : OSP_E_NOMEM;
}

/* What the handler has not said of its answer, its output and its route say. */
static inline void settle(osp_ctx *ctx, const osp_route *route, const void *out)
{
    osp_response *response = &ctx->response;
    const bool sent = response->media_type.ptr != NULL;
    if (!sent && out != NULL) {
        response->type = route->out_;
        response->value = out;
        response->media_type = OSP_STR("application/json");
    }
    if (response->status == 0) {
        const bool empty = out == NULL && !sent;
        response->status = route->status != 0 ? route->status : empty ? 204 : 200;
    }
}

/* The same where something may have been read or written in parts. */
static osp_status settle_flow(osp_ctx *ctx, const osp_route *route, const void *out)
{
    const osp_flow *flow = ctx->flow;
    if (flow->begun) {
        return OSP_OK;
    }
    if (ctx->response.media_type.ptr == NULL && flow->out != NULL) { /* nothing was written */
        if (flow->out->length != 0) {
            return osp_stream_unwritten(ctx);
        }
        ctx->response.media_type = osp_stream_media_type(flow->out);
    }
    settle(ctx, route, out);
    return OSP_OK;
}

/* Room for the output, which a stream is told of before the handler runs. */
static osp_status make_output(osp_ctx *ctx, const osp_type *type, void **ret_out)
{
    *ret_out = osp_task_alloc(&ctx->task, type->size);
    if (*ret_out == NULL) {
        return OSP_E_NOMEM;
    }
    if (type->kind == OSP_KIND_STREAM) {
        osp_flow *flow = osp_ctx_flow(ctx);
        if (flow == NULL) {
            return OSP_E_NOMEM;
        }
        flow->out = *ret_out;
    }
    return OSP_OK;
}

static osp_status call_route(osp_ctx *ctx, const osp_route *route, const void *in)
{
    OSP_DEBUG_ASSERT(route->call_ != NULL && !ctx->failed);
    void *out = NULL;
    if (route->out_->size > 0) {
        OSP_TRY(make_output(ctx, route->out_, &out));
    }
    OSP_TRY(route->call_(ctx, in, out));
    if (ctx->task.error.status != OSP_OK) {
        return ctx->task.error.status;
    }
    if (ctx->failed) {
        return OSP_E_FAILED;
    }
    if (ctx->flow != NULL) {
        return settle_flow(ctx, route, out);
    }
    settle(ctx, route, out);
    return OSP_OK;
}

/* The input of a route, for which a body that pends must be here unless it reads it as it comes. */
static inline osp_status prepare(osp_ctx *ctx, const osp_route *route, void **ret_in)
{
    if (ctx->request.body_pends && !osp_route_reads_stream(route)) {
        OSP_TRY(osp_ctx_gather(ctx));
    }
    return bind_route(ctx, route, ret_in);
}

void osp_app_handle(osp_ctx *ctx)
{
    const osp_route *route = ctx->route; /* looked for before, it may be there already */
    void *in = NULL;
    osp_status status = OSP_DONE;
    if (route == NULL && (ctx->failed || !read_target(ctx))) {
        status = OSP_E_FAILED;
    }
    for (size_t skip = 0; status == OSP_DONE; skip++) {
        if (route == NULL || skip > 0) {
            route = find_route(ctx, skip);
        }
        status = route != NULL ? prepare(ctx, route, &in) : OSP_E_FAILED;
    }
    if (route == NULL && ctx->task.error.status == OSP_OK) {
        OSP_DEBUG_ASSERT(ctx->failed && ctx->response.status >= 400);
        return;
    }
    if (status == OSP_OK) {
        status = call_route(ctx, route, in);
    }
    if (status >= 0 && !ctx->failed) {
        OSP_DEBUG_ASSERT(ctx->response.status != 0);
        return;
    }
    /* A sticky failure wins: a query that failed must never look like "no row". */
    if (ctx->task.error.status == OSP_OK && ctx->failed) {
        return;
    }
    if (ctx->task.error.status == OSP_OK) {
        osp_task_fail(&ctx->task, status, "%s returned %d (%s)", route->handler_, (int)status,
                      osp_status_text(status));
    }
    const osp_status cause = ctx->task.error.status;
    const bool busy = cause == OSP_E_NOMEM || cause == OSP_E_BUSY || cause == OSP_E_LIMIT ||
                      cause == OSP_E_DEADLINE;
    ctx->failed = true;
    osp_problem(ctx, busy ? 503 : 500,
                busy ? OSP_STR("The server is short of resources; try again later.")
                     : OSP_STR("The server failed to answer this request."),
                NULL);
}

const osp_route *osp_app_find(osp_ctx *ctx)
{
    ctx->route = read_target(ctx) ? find_route(ctx, 0) : NULL;
    return ctx->route;
}
