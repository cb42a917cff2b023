/* Middleware around what answers a request. */
#ifndef OSP_APP_CHAIN_H
#define OSP_APP_CHAIN_H

#include "app/ctx.h"

/* Runs a chain around osp_app_endpoint.  The answer of ctx is settled afterwards, whatever
 * happened; what failed last is in ctx->task.error, for the log.  Yields: if a step does. */
void osp_chain_run(osp_ctx *ctx, const osp_middleware *const *chain);

/* Whether there is any middleware. */
bool osp_chain_wraps(const osp_app_def *app);

/* The innermost step: binds the input and calls the route that was found, or refuses.  A failure is
 * not answered yet.  ret_who: the handler's name; NULL: none answers. */
osp_status osp_app_endpoint(osp_ctx *ctx, const char **ret_who);

/* The answer where there is none, or one that must not be sent: of a failure of `who`, which
 * returned `status`. */
void osp_app_answer_failure(osp_ctx *ctx, const char *who, osp_status status);

#endif
