/* The one function that every front door calls: from a request to its answer. */
#include "app/chain.h"

#include <string.h>

#include "app/page_keeper.h"
#include "app/provide.h"
#include "base/trace.h"
#include "wire/uri.h"

/* Sets a header of our own making; what there is no room for is a failure of ours.  Without memory
 * for the value it failed before. */
static void must_set(osp_ctx *ctx, osp_str name, osp_str value)
{
    if (value.len > 0 && osp_set_header(ctx, name, value) != OSP_OK) {
        osp_task_fail(&ctx->task, OSP_E_LIMIT, "no room for the %s header", name.ptr);
    }
}

osp_str osp_leaf_methods(osp_ctx *ctx, const osp_route_leaf *leaf)
{
    char text[64];
    size_t len = 0;
    for (size_t i = 0; i < OSP_METHOD_OTHER; i++) {
        const bool implied = i == OSP_METHOD_OPTIONS || (i == OSP_METHOD_HEAD && leaf != NULL &&
                                                         leaf->by_method[OSP_METHOD_GET] != NULL);
        if (leaf != NULL && leaf->by_method[i] == NULL && !implied) {
            continue;
        }
        const size_t name_len = strlen(osp_method_name((osp_method)i));
        OSP_ASSERT(len + name_len + 2 <= sizeof text);
        if (len > 0) {
            memcpy(text + len, ", ", 2);
            len += 2;
        }
        memcpy(text + len, osp_method_name((osp_method)i), name_len);
        len += name_len;
    }
    return osp_copy(ctx, ((osp_str){ text, len }));
}

static void allow(osp_ctx *ctx, const osp_route_leaf *leaf)
{
    must_set(ctx, OSP_STR("Allow"), osp_leaf_methods(ctx, leaf));
}

/* RFC 9110 9.3.7: what no route answers by itself. */
static void answer_options(osp_ctx *ctx, const osp_route_leaf *leaf)
{
    const osp_route *patch = leaf != NULL ? leaf->by_method[OSP_METHOD_PATCH] : NULL;
    ctx->response.status = 204;
    allow(ctx, leaf);
    if (patch != NULL) { /* RFC 5789 3.1 */
        const osp_str type = osp_bind_media_type(patch->in_);
        must_set(ctx, OSP_STR("Accept-Patch"), type.len > 0 ? type : OSP_STR("*/*"));
    }
}

/* RFC 9110 9.1. */
static void method_unknown(osp_ctx *ctx)
{
    osp_fail(ctx, 501, "The server does not know that method.");
}

bool osp_response_has(const osp_response *response, osp_str name)
{
    for (uint32_t i = 0; i < response->header_count; i++) {
        if (osp_str_equal_nocase(response->headers[i].name, name)) {
            return true;
        }
    }
    return false;
}

/* Fields without which a status must not be sent, where the application has set none.  RFC 9110
 * 11.6.1, 15.5.6. */
static void complete(osp_ctx *ctx)
{
    const osp_response *response = &ctx->response;
    if (response->status == 401 && !osp_response_has(response, OSP_STR("WWW-Authenticate"))) {
        must_set(ctx, OSP_STR("WWW-Authenticate"), OSP_STR("Bearer"));
    }
    if (response->status == 405 && !osp_response_has(response, OSP_STR("Allow"))) {
        allow(ctx, ctx->match.leaf);
    }
    if (response->status == 503) {
        osp_retry_later(ctx);
    }
}

/* RFC 9110 10.2.3: a 503 says when to come again. */
void osp_retry_later(osp_ctx *ctx)
{
    osp_response *response = &ctx->response;
    if (!osp_response_has(response, OSP_STR("Retry-After")) &&
        response->header_count < OSP_ANSWER_HEADERS_MAX) {
        response->headers[response->header_count++] =
            (osp_header_field){ OSP_STR("Retry-After"), OSP_STR("1") };
    }
}

static void answer_shut(osp_ctx *ctx)
{
    const uint32_t seconds = ctx->gate->shut_s(ctx->gate, ctx->match.leaf, osp_ctx_route(ctx));
    osp_fail(ctx, 503, "This URL has failed too often; try again later.");
    if (seconds != 0) {
        must_set(ctx, OSP_STR("Retry-After"), osp_format(ctx, "%u", (unsigned)seconds));
    }
}

/* What is wrong with a method or a target, or is about no path. */
static osp_refusal judge_odd(const osp_ctx *ctx, osp_status status, const osp_target *target)
{
    const osp_method method = ctx->request.method;
    if (status == OSP_E_NOMEM) {
        return OSP_REFUSAL_MEMORY;
    }
    if (method == OSP_METHOD_OTHER) { /* CONNECT, most likely: its targets are no paths */
        return OSP_REFUSAL_METHOD;
    }
    if (status != OSP_OK) {
        return OSP_REFUSAL_TARGET;
    }
    if (target->is_https) {
        return OSP_REFUSAL_SECURED;
    }
    return method == OSP_METHOD_OPTIONS ? OSP_REFUSAL_OPTIONS : OSP_REFUSAL_WHOLE;
}

__attribute__((noinline)) static bool read_odd_target(osp_ctx *ctx)
{
    osp_request *request = &ctx->request;
    osp_target target;
    osp_status status = osp_target_split(request->target, &target);
    if (status == OSP_OK) {
        request->path = target.path;
        request->query = target.query;
        if (target.is_normal && !target.is_https) {
            return true;
        }
        status = osp_path_normalise(target.path, ctx->task.arena, &request->path);
    }
    if (status != OSP_OK || target.is_https || request->path.ptr[0] == '*') {
        ctx->refusal = judge_odd(ctx, status, &target);
        return false;
    }
    return true;
}

/* The path in its normal form and the query; false when the request is refused. */
static inline bool read_target(osp_ctx *ctx)
{
    osp_request *request = &ctx->request;
    if (!osp_target_is_plain(request->target)) {
        return read_odd_target(ctx);
    }
    request->path = request->target;
    return true;
}

/* A URL that there is, and a method that it has no route for. */
static void answer_other_method(osp_ctx *ctx)
{
    if (ctx->request.method == OSP_METHOD_OPTIONS) {
        answer_options(ctx, ctx->match.leaf);
    } else if (ctx->request.method == OSP_METHOD_OTHER) {
        method_unknown(ctx);
    } else {
        osp_fail(ctx, 405, "This URL does not answer that method.");
    }
}

static void answer_refusal(osp_ctx *ctx)
{
    switch ((osp_refusal)ctx->refusal) {
    case OSP_REFUSAL_NOT_FOUND:
        osp_fail(ctx, 404, "There is nothing at this URL.");
        return;
    case OSP_REFUSAL_SLASH:
        osp_slash_redirect(ctx);
        return;
    case OSP_REFUSAL_OTHER_METHOD:
        answer_other_method(ctx);
        return;
    case OSP_REFUSAL_SHUT:
        answer_shut(ctx);
        return;
    case OSP_REFUSAL_TARGET:
        osp_fail(ctx, 400, "The path of the URL is malformed.");
        return;
    case OSP_REFUSAL_METHOD:
        method_unknown(ctx);
        return;
    case OSP_REFUSAL_SECURED: /* RFC 9110 7.4 */
        osp_fail(ctx, 421, "This connection is not secured, which https is.");
        return;
    case OSP_REFUSAL_WHOLE: /* RFC 9110 7.1 */
        osp_fail(ctx, 400, "Only OPTIONS can be about the whole server.");
        return;
    case OSP_REFUSAL_OPTIONS:
        answer_options(ctx, NULL);
        return;
    case OSP_REFUSAL_MEMORY:
        osp_task_fail(&ctx->task, OSP_E_NOMEM, "out of memory for the path");
        ctx->failed = true;
        return;
    case OSP_REFUSAL_MESSAGE:
        osp_fail(ctx, ctx->refused, "%.*s", OSP_ARG(ctx->refused_detail));
        return;
    case OSP_REFUSAL_NONE:
        break;
    }
    OSP_ASSERT(!"a request is refused for a reason");
}

/* What a path that no URL is like comes to; false: the request is refused.  Where routes stand on
 * hosts there is no root to look at before. */
__attribute__((noinline)) static bool find_otherwise(osp_ctx *ctx, size_t skip)
{
    if (ctx->app->hosts != NULL &&
        osp_ctx_find(ctx, NULL, ctx->request.path, skip, &ctx->match) == OSP_OK) {
        return true;
    }
    const osp_status status = skip == 0 ? osp_slash_find(ctx) : OSP_E_NOT_FOUND;
    if (status == OSP_OK) {
        return true;
    }
    ctx->match.leaf = NULL;
    ctx->refusal = status == OSP_DONE ? OSP_REFUSAL_SLASH : OSP_REFUSAL_NOT_FOUND;
    return false;
}

/* The route that would answer, passing over `skip` URLs that turned out to be others; NULL when the
 * request is refused. */
static inline const osp_route *find_route(osp_ctx *ctx, size_t skip)
{
    if (osp_route_find(ctx->app->root, ctx->request.path, skip, &ctx->match) != OSP_OK &&
        !find_otherwise(ctx, skip)) {
        return NULL;
    }
    const osp_route *route = osp_ctx_route(ctx);
    if (route == NULL) {
        ctx->refusal = OSP_REFUSAL_OTHER_METHOD;
        return NULL;
    }
    if (osp_ctx_is_shut(ctx, route)) {
        ctx->refusal = OSP_REFUSAL_SHUT;
        return NULL;
    }
    return route;
}

/* An input or an output, zeroed. */
static inline void *make_value(osp_ctx *ctx, const osp_type *type)
{
    void *value = osp_arena_zalloc_few(ctx->task.arena, type->size);
    return value != NULL ? value : osp_task_alloc(&ctx->task, type->size);
}

static inline osp_status bind_input(osp_ctx *ctx, const osp_route *route, void *in)
{
    const osp_place here = { route->in_->file_, route->in_->line_ };
    const uint32_t span = osp_span_begin(&ctx->task, OSP_SPAN_INPUT, route->in_->name, &here);
    const osp_status status = osp_bind(ctx, route->in_, in);
    osp_span_end(&ctx->task, span, status);
    return status;
}

/* OSP_OK | OSP_DONE (the URL is another's) | a failure. */
static inline osp_status bind_route(osp_ctx *ctx, const osp_route *route, void **ret_in)
{
    *ret_in = NULL;
    if (route->in_->size == 0) {
        return OSP_OK;
    }
    *ret_in = make_value(ctx, route->in_);
    return *ret_in != NULL ? bind_input(ctx, route, *ret_in) : OSP_E_NOMEM;
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
        return osp_stream_written(ctx);
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

/* A stream is told of its output before the handler runs. */
__attribute__((noinline)) static osp_status open_output(osp_ctx *ctx, void *out)
{
    osp_flow *flow = osp_ctx_flow(ctx);
    if (flow == NULL) {
        return OSP_E_NOMEM;
    }
    flow->out = out;
    return OSP_OK;
}

static inline osp_status call_handler(osp_ctx *ctx, const osp_route *route, const void *in,
                                      void *out)
{
    const osp_place here = { route->file_, route->line_ };
    const uint32_t span = osp_span_begin(&ctx->task, OSP_SPAN_HANDLER, route->handler_, &here);
    const osp_status status = route->call_(ctx, in, out);
    osp_span_end(&ctx->task, span, ctx->task.error.status < 0 ? ctx->task.error.status : status);
    return status;
}

__attribute__((always_inline)) static inline osp_status
call_route(osp_ctx *ctx, const osp_route *route, const void *in)
{
    OSP_DEBUG_ASSERT(route->call_ != NULL && !ctx->failed);
    void *out = NULL;
    if (route->out_->size > 0) {
        out = make_value(ctx, route->out_);
        OSP_TRY(out != NULL ? OSP_OK : OSP_E_NOMEM);
        OSP_TRY(route->out_->kind == OSP_KIND_STREAM ? open_output(ctx, out) : OSP_OK);
    }
    OSP_TRY(call_handler(ctx, route, in, out));
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

/* Whether an answer without tag and date has middleware around it, which may give it one: then its
 * conditions are judged when the chain has ended. */
static bool may_get_validators(const osp_ctx *ctx)
{
    return ctx->match.leaf->chain != NULL && !osp_response_has(&ctx->response, OSP_STR("ETag")) &&
           !osp_response_has(&ctx->response, OSP_STR("Last-Modified"));
}

/* Conditions come in between: after all other reasons to refuse, before anything is done or sent
 * (RFC 9110 13.2.1). */
__attribute__((always_inline)) static inline osp_status
perform(osp_ctx *ctx, const osp_route *route, const void *in)
{
    const bool conditional = ctx->request.conditional;
    if (conditional) {
        OSP_TRY(osp_conditions_before(ctx, route));
    }
    OSP_TRY(call_route(ctx, route, in));
    if (conditional && !may_get_validators(ctx)) {
        osp_conditions_after(ctx, route);
    }
    return OSP_OK;
}

/* As prepare, with what the route needs before its body is here and its input is judged, so that
 * who may not ask learns nothing else; but a URL that is another's needs nothing.  OSP_OK |
 * OSP_DONE | a failure. */
static osp_status prepare_with_needs(osp_ctx *ctx, const osp_route *route, void **ret_in)
{
    void *in = NULL;
    if (route->in_->size > 0) {
        in = osp_task_alloc(&ctx->task, route->in_->size);
        if (in == NULL) {
            return OSP_E_NOMEM;
        }
        const osp_status meant = osp_bind_matches(ctx, route->in_, in);
        if (meant != OSP_OK) {
            return meant;
        }
    }
    *ret_in = in;
    OSP_TRY(osp_provide(ctx, route->needs, NULL));
    OSP_TRY(osp_provide(ctx, route->in_->needs_, in));
    if (ctx->request.body_pends && !osp_request_streams(&ctx->request, route)) {
        OSP_TRY(osp_ctx_gather(ctx));
    }
    return in != NULL ? bind_input(ctx, route, in) : OSP_OK;
}

/* The input of a route, for which a body that pends must be here unless it reads it as it comes. */
static inline osp_status prepare(osp_ctx *ctx, const osp_route *route, void **ret_in)
{
    if (osp_route_has_needs(route)) {
        return prepare_with_needs(ctx, route, ret_in);
    }
    if (ctx->request.body_pends && !osp_request_streams(&ctx->request, route)) {
        OSP_TRY(osp_ctx_gather(ctx));
    }
    return bind_route(ctx, route, ret_in);
}

bool osp_app_starts_early(const osp_ctx *ctx, const osp_route *route, bool waits, bool body_here)
{
    return route == NULL ? waits
                         : osp_request_streams(&ctx->request, route) ||
                               (!body_here && osp_leaf_has_needs(ctx->match.leaf, route)) ||
                               (waits && ctx->match.leaf->chain != NULL);
}

/* Answers that no route does; its chain is that of the URL, or of the whole application. */
__attribute__((noinline)) static void refuse(osp_ctx *ctx)
{
    const osp_middleware *const *chain = osp_chain_of(ctx);
    if (chain != NULL) {
        osp_chain_run(ctx, chain);
    } else {
        answer_refusal(ctx);
    }
}

static bool may_not_match(const osp_type *in)
{
    bool may = false;
    for (uint16_t i = 0; i < in->field_count; i++) {
        may |= in->fields[i].nomatch;
    }
    return may;
}

/* The route may turn out to be another URL's before its chain runs; what else is wrong with its
 * input is said within.  OSP_OK | OSP_DONE. */
__attribute__((noinline)) static osp_status wrap(osp_ctx *ctx, const osp_route *route)
{
    if (may_not_match(route->in_)) {
        void *scratch = osp_arena_zalloc(ctx->task.arena, route->in_->size);
        if (scratch == NULL) {
            ctx->refusal = OSP_REFUSAL_MEMORY;
        } else if (osp_bind_matches(ctx, route->in_, scratch) == OSP_DONE) {
            return OSP_DONE;
        }
        if (ctx->failed) {
            (void)osp_ctx_recover(ctx);
            ctx->response.status = 0;
        }
    }
    osp_chain_run(ctx, ctx->match.leaf->chain);
    return OSP_OK;
}

osp_status osp_app_endpoint(osp_ctx *ctx, const char **ret_who)
{
    void *in;
    if (ctx->refusal != OSP_REFUSAL_NONE) {
        answer_refusal(ctx);
        return ctx->task.error.status; /* it may have failed to say so */
    }
    const osp_route *route = osp_ctx_route(ctx);
    *ret_who = route->handler_;
    const osp_status status = prepare(ctx, route, &in);
    if (status == OSP_DONE) { /* of a method that a middleware has chosen; its chain has begun */
        *ret_who = NULL;
        return osp_fail(ctx, 404, "There is nothing at this URL.");
    }
    return status == OSP_OK ? perform(ctx, route, in) : status;
}

/* The answer where the handler has given none, or one that must not be sent.  A sticky failure
 * wins: a query that failed must never look like "no row". */
__attribute__((noinline)) void osp_app_settle_failure(osp_ctx *ctx, const char *who,
                                                      osp_status status)
{
    if (ctx->failed) {
        complete(ctx);
    }
    if (ctx->task.error.status == OSP_OK) {
        if (ctx->failed || who == NULL) {
            OSP_DEBUG_ASSERT(ctx->response.status != 0);
            return;
        }
        osp_task_fail(&ctx->task, status, "%s returned %d (%s)", who, (int)status,
                      osp_status_text(status));
    }
    const osp_status cause = ctx->task.error.status;
    const bool busy = cause == OSP_E_NOMEM || cause == OSP_E_BUSY || cause == OSP_E_LIMIT ||
                      cause == OSP_E_DEADLINE;
    ctx->failed = true;
    (void)osp_stream_withdraw(ctx);
    osp_problem(ctx, busy ? 503 : 500,
                busy ? OSP_STR("The server is short of resources; try again later.")
                     : OSP_STR("The server failed to answer this request."),
                NULL);
    if (busy) {
        osp_retry_later(ctx);
    }
}

void osp_app_answer_failure(osp_ctx *ctx, const char *who, osp_status status,
                            const osp_middleware *step)
{
    if (ctx->shown) {
        return;
    }
    osp_app_settle_failure(ctx, who, status);
    if (ctx->app->page_keeper != NULL) {
        ctx->app->page_keeper->fail(ctx, step);
    }
}

/* The end of a request; route: NULL when none has answered. */
static inline void settle_request(osp_ctx *ctx, const osp_route *route, osp_status status)
{
    if (ctx->task.kin != NULL) {
        status = osp_task_settle(&ctx->task, status);
    }
    if (ctx->made != NULL) {
        status = osp_provided_close(ctx, NULL, status);
    }
    if (status < 0 || ctx->failed) {
        osp_app_answer_failure(ctx, route != NULL ? route->handler_ : NULL, status, NULL);
    }
    OSP_DEBUG_ASSERT(ctx->response.status != 0);
}

/* From a route that was found, or NULL, to the end of the request; `skip` URLs turned out to be
 * others. */
__attribute__((noinline)) static void handle_found(osp_ctx *ctx, const osp_route *route,
                                                   size_t skip)
{
    void *in = NULL;
    for (; route != NULL; route = find_route(ctx, ++skip)) {
        const bool wrapped = ctx->match.leaf->chain != NULL;
        osp_status status = wrapped ? wrap(ctx, route) : prepare(ctx, route, &in);
        if (status != OSP_DONE) {
            status = wrapped || status != OSP_OK ? status : perform(ctx, route, in);
            settle_request(ctx, route, status);
            return;
        }
    }
    refuse(ctx);
    settle_request(ctx, NULL, ctx->task.error.status);
}

void osp_app_handle(osp_ctx *ctx)
{
    const osp_route *route = ctx->route; /* looked for before, it may be there already */
    if (route == NULL && ctx->refusal == OSP_REFUSAL_NONE && read_target(ctx)) {
        route = find_route(ctx, 0);
    }
    if (route == NULL || ctx->match.leaf->chain != NULL || osp_route_has_needs(route) ||
        ctx->request.body_pends) {
        handle_found(ctx, route, 0);
        return;
    }
    void *in; /* most requests are no more than this */
    const osp_status status = bind_route(ctx, route, &in);
    if (status == OSP_DONE) {
        handle_found(ctx, find_route(ctx, 1), 1);
        return;
    }
    settle_request(ctx, route, status == OSP_OK ? perform(ctx, route, in) : status);
}

void osp_app_refuse_method(osp_ctx *ctx)
{
    answer_other_method(ctx);
    if (ctx->failed) {
        complete(ctx);
    }
}

const osp_route *osp_app_find(osp_ctx *ctx)
{
    ctx->route = read_target(ctx) ? find_route(ctx, 0) : NULL;
    return ctx->route;
}

const osp_route *osp_app_find_meant(osp_ctx *ctx, size_t *ret_passed)
{
    const osp_route *route = osp_app_find(ctx);
    *ret_passed = 0;
    while (route != NULL && may_not_match(route->in_)) {
        void *scratch = osp_task_alloc(&ctx->task, route->in_->size);
        if (scratch == NULL || osp_bind_matches(ctx, route->in_, scratch) != OSP_DONE) {
            break;
        }
        route = find_route(ctx, ++*ret_passed);
    }
    ctx->route = route;
    return route;
}
