/* One request as the application sees it, and the one function that every front door calls. */
#ifndef OSP_APP_CTX_H
#define OSP_APP_CTX_H

#include <openspeed/manifest.h>

#include "base/task.h"
#include "http/message.h"
#include "http/router.h"
#include "type/json.h"

/* Keeps requests from routes that the front door has shut. */
typedef struct osp_route_gate {
    /* For how many seconds; 0: the route is open. */
    uint32_t (*shut_s)(const struct osp_route_gate *gate, const osp_route *route);
} osp_route_gate;

struct osp_ctx {
    osp_task task; /* first: a request is a task */
    const osp_app_def *app;
    osp_request request;
    osp_response response;
    const osp_route_gate *gate; /* borrowed; NULL: all routes are open */
    osp_route_match match;      /* leaf is NULL when nothing matched */
    bool failed;                /* osp_fail was called; the answer is a problem */
};
_Static_assert(offsetof(osp_ctx, task) == 0, "OSP_TASK_OF relies on it");

/* "GET" and so on, for a method that a route can be declared for; static. */
const char *osp_method_name(osp_method method);

/* Starts a request.  arena: borrowed until the request ends; the caller fills ctx->request. */
void osp_ctx_init(osp_ctx *ctx, const osp_app_def *app, osp_arena *arena);

/* Answers ctx->request: normalises the path, routes, binds the input, calls the handler.  Always
 * leaves an answer in ctx->response; ctx->task.error tells the cause of a 500.  Yields: if the
 * handler does. */
void osp_app_handle(osp_ctx *ctx);

/* The route that answers the request; NULL when none does or it is not known yet.  Safe in a signal
 * handler. */
const osp_route *osp_ctx_route(const osp_ctx *ctx);

/* Makes the answer a problem document in place of whatever was set. */
void osp_problem(osp_ctx *ctx, int status, osp_str detail, const osp_issues *issues);

/* Key of the osp_patterns * among a task's services: those of all types that routes lead to. */
extern const char osp_patterns_key;

/* Fills an input struct from the request.  OSP_OK | OSP_DONE (a member with .nomatch does not fit:
 * the URL is another's) | OSP_E_FAILED (the problem is set). */
OSP_MUST_CHECK osp_status osp_bind(osp_ctx *ctx, const osp_type *in, void *value);

#endif
