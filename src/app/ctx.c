/* What handlers may ask of a request and say of its answer. */
#include <openspeed/answer.h>

#include "app/ctx.h"

#include <stdio.h>
#include <string.h>

#define SAID_MAX 510 /* bytes of what osp_fail says; the rest is left out */

const char *osp_method_name(osp_method method)
{
    static const char *const names[OSP_METHOD_OTHER] = {
        [OSP_METHOD_GET] = "GET",         [OSP_METHOD_HEAD] = "HEAD",
        [OSP_METHOD_POST] = "POST",       [OSP_METHOD_PUT] = "PUT",
        [OSP_METHOD_DELETE] = "DELETE",   [OSP_METHOD_PATCH] = "PATCH",
        [OSP_METHOD_OPTIONS] = "OPTIONS",
    };
    OSP_ASSERT((unsigned)method < OSP_METHOD_OTHER);
    return names[method];
}

/* The answer stands from here on, and what is open in a database must not commit. */
static void fail(osp_ctx *ctx)
{
    ctx->failed = true;
    ctx->task.refused = true;
}

static bool has_begun(const osp_ctx *ctx)
{
    return ctx->flow != NULL && ctx->flow->begun;
}

/* Behind the head of an answer that was sent nobody reads a problem document, but the log. */
static void cut(osp_ctx *ctx, const osp_place *here, osp_str text)
{
    if (has_begun(ctx) && ctx->door != NULL && !osp_stream_withdraw(ctx)) {
        osp_error cause = { 0 };
        (void)osp_error_set(&cause, OSP_E_FAILED, "the answer was cut off: %.*s", OSP_ARG(text));
        osp_task_fail_here(&ctx->task, OSP_E_FAILED, &cause, here);
    }
}

/* A number that may come from anywhere must not end the worker. */
static bool is_status(osp_ctx *ctx, const osp_place *here, int status, int least, const char *call)
{
    if (status >= least && status <= 599) {
        return true;
    }
    osp_error cause = { 0 };
    (void)osp_error_set(&cause, OSP_E_INVALID, "%s with status %d, which is not %d to 599", call,
                        status, least);
    osp_task_fail_here(&ctx->task, OSP_E_INVALID, &cause, here);
    return false;
}

/* What is said, up to SAID_MAX bytes of whole characters; in the request's memory. */
static osp_str say(osp_ctx *ctx, const char *format, va_list args)
{
    char text[SAID_MAX + 2]; /* with the byte behind, which tells whether a character ends before */
    const int wanted = vsnprintf(text, sizeof text, format, args);
    size_t len = wanted < 0 ? 0 : wanted < SAID_MAX ? (size_t)wanted : SAID_MAX;
    while (len > 0 && ((unsigned char)text[len] & 0xC0) == 0x80) {
        len--;
    }
    return osp_task_copy(&ctx->task, (osp_str){ text, len });
}

osp_status osp_fail_at(osp_ctx *ctx, const osp_place *here, int status, const char *format, ...)
{
    if (ctx->failed || !is_status(ctx, here, status, 400, "osp_fail")) {
        return OSP_E_FAILED;
    }
    va_list args;
    va_start(args, format);
    const osp_str text = say(ctx, format, args);
    va_end(args);
    cut(ctx, here, text);
    fail(ctx);
    osp_problem(ctx, status, text, NULL);
    return OSP_E_FAILED;
}

osp_status osp_fail_with_at(osp_ctx *ctx, const osp_place *here, const osp_failure *failure)
{
    if (ctx->failed || !is_status(ctx, here, failure->status, 400, "osp_fail_with")) {
        return OSP_E_FAILED;
    }
    const char *flaw = osp_problem_flaw(failure);
    if (flaw != NULL) {
        osp_error cause = { 0 };
        (void)osp_error_set(&cause, OSP_E_INVALID, "osp_fail_with: %s", flaw);
        osp_task_fail_here(&ctx->task, OSP_E_INVALID, &cause, here);
        return OSP_E_FAILED;
    }
    cut(ctx, here, failure->detail);
    fail(ctx);
    osp_problem_tell(ctx, failure, NULL);
    return OSP_E_FAILED;
}

const osp_failure *osp_failure_of(const osp_ctx *ctx)
{
    return ctx->failed || ctx->told ? &ctx->failure : NULL;
}

/* What has been sent stays, and so does its failure: nothing can stand in its place.  Of a failure
 * that has become the answer nobody else will tell the cause. */
osp_status osp_ctx_recover(osp_ctx *ctx)
{
    const osp_error *error = &ctx->task.error;
    if (ctx->told && !ctx->failed) { /* its log has been told */
        ctx->told = false;
        osp_problem_withdraw(ctx);
        (void)osp_task_recover(&ctx->task);
        return OSP_E_FAILED;
    }
    if (!ctx->failed || has_begun(ctx)) {
        return ctx->failed ? OSP_E_FAILED : osp_task_recover(&ctx->task);
    }
    if (error->status != OSP_OK) {
        osp_task_log_at(&ctx->task, ctx->task.place, OSP_LOG_ERROR, "%s", error->message);
    }
    ctx->failed = false;
    ctx->task.refused = false;
    osp_problem_withdraw(ctx);
    const osp_status status = osp_task_recover(&ctx->task);
    return status != OSP_OK ? status : OSP_E_FAILED;
}

osp_status osp_fail_field(osp_ctx *ctx, const char *pointer, const char *format, ...)
{
    OSP_ASSERT(pointer != NULL);
    if (ctx->failed) {
        return OSP_E_FAILED;
    }
    va_list args;
    va_start(args, format);
    const osp_str text = say(ctx, format, args);
    va_end(args);
    cut(ctx, NULL, text);
    osp_issues *issues = osp_new(ctx, osp_issues);
    if (issues == NULL) {
        return OSP_E_NOMEM;
    }
    osp_issues_add(issues, NULL, osp_str_from(pointer),
                   (osp_flaw){ .says = OSP_SAY(CHECK), .value = text });
    fail(ctx);
    osp_problem(ctx, 422, OSP_STR(OSP_FIELDS_BAD), issues);
    return OSP_E_FAILED;
}

osp_status osp_send(osp_ctx *ctx, osp_str media_type, osp_str body)
{
    OSP_DEBUG_ASSERT(body.ptr != NULL || body.len == 0);
    if (ctx->failed) {
        return OSP_E_FAILED;
    }
    if (has_begun(ctx)) {
        return OSP_E_INVALID;
    }
    ctx->response.media_type = media_type;
    ctx->response.bytes = body;
    ctx->response.file = NULL;
    ctx->response.type = NULL;
    return OSP_OK;
}

osp_status osp_text(osp_ctx *ctx, osp_str body)
{
    return osp_send(ctx, OSP_STR("text/plain; charset=utf-8"), body);
}

void osp_set_status_at(osp_ctx *ctx, const osp_place *here, int status)
{
    if (!ctx->failed && is_status(ctx, here, status, 200, "osp_set_status")) {
        ctx->response.status = status;
    }
}

osp_method osp_request_method(const osp_ctx *ctx)
{
    return ctx->request.method;
}

osp_str osp_path(const osp_ctx *ctx)
{
    return ctx->request.path;
}

osp_str osp_request_target(const osp_ctx *ctx)
{
    return ctx->request.target;
}

osp_str osp_request_query(const osp_ctx *ctx)
{
    return ctx->request.query;
}

osp_str osp_route_pattern(const osp_ctx *ctx)
{
    return ctx->match.leaf ? osp_str_from(ctx->match.leaf->pattern) : (osp_str){ 0 };
}

/* ---------------------------------------------------------------- all routes */

osp_status osp_routes_walk(const osp_ctx *ctx,
                           bool (*visit)(const osp_route_place *place, void *arg), void *arg)
{
    for (size_t i = 0; i < ctx->app->leaf_count; i++) {
        const osp_route_leaf *leaf = ctx->app->leaves[i];
        const bool is_own = leaf->asset == NULL && !osp_leaf_is_ours(leaf);
        for (int method = 0; method < OSP_METHOD_OTHER && is_own; method++) {
            const osp_route_place place = { osp_str_from(leaf->pattern), (osp_method)method,
                                            leaf->by_method[method] };
            if (place.route != NULL && !visit(&place, arg)) {
                return OSP_DONE;
            }
        }
    }
    return OSP_OK;
}

const osp_route *osp_route_named(const osp_ctx *ctx, osp_method method, osp_str pattern)
{
    if ((unsigned)method >= OSP_METHOD_OTHER) {
        return NULL;
    }
    for (size_t i = 0; i < ctx->app->leaf_count; i++) {
        const osp_route_leaf *leaf = ctx->app->leaves[i];
        if (leaf->asset == NULL && osp_str_equal(osp_str_from(leaf->pattern), pattern)) {
            return leaf->by_method[method];
        }
    }
    return NULL;
}
