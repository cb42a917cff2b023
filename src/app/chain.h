/* Middleware around what answers a request. */
#ifndef OSP_APP_CHAIN_H
#define OSP_APP_CHAIN_H

#include "app/ctx.h"

/* Runs a chain around osp_app_endpoint.  The answer of ctx is settled afterwards, whatever
 * happened; what failed last is in ctx->task.error, for the log.  Yields: if a step does. */
void osp_chain_run(osp_ctx *ctx, const osp_middleware *const *chain);

/* Whether there is any middleware. */
bool osp_chain_wraps(const osp_app_def *app);
/* Whether some of it limits bodies. */
bool osp_chain_limits_bodies(const osp_app_def *app);

/* The chain of what was looked for: of its URL, or of the whole application; NULL: none. */
static inline const osp_middleware *const *osp_chain_of(const osp_ctx *ctx)
{
    return ctx->match.leaf != NULL ? ctx->match.leaf->chain : ctx->app->root_chain;
}

/* What the chain of a request says of the bytes of its body; 0: nothing. */
uint64_t osp_chain_body_max(const osp_ctx *ctx);

/* The methods that a URL answers, as Allow has them (RFC 9110 10.2.1); NULL: those that the server
 * knows.  Empty when there is no memory. */
osp_str osp_leaf_methods(osp_ctx *ctx, const osp_route_leaf *leaf);

/* The innermost step: binds the input and calls the route that was found, or refuses.  A failure is
 * not answered yet.  ret_who: the handler's name; NULL: none answers. */
osp_status osp_app_endpoint(osp_ctx *ctx, const char **ret_who);

/* The answer where there is none, or one that must not be sent: of a failure of `who`, which
 * returned `status`. */
void osp_app_settle_failure(osp_ctx *ctx, const char *who, osp_status status);
/* The same, shown by a page of the application if it has one for failures.
 *
 * step   the middleware that has failed, static; NULL: what it wraps
 * Yields: as the loads of layouts do. */
void osp_app_answer_failure(osp_ctx *ctx, const char *who, osp_status status,
                            const osp_middleware *step);

#endif
