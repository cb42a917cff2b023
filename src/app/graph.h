/* What needs what: the providers of an application, as its tables say. */
#ifndef OSP_APP_GRAPH_H
#define OSP_APP_GRAPH_H

#include <openspeed/manifest.h>
#include <openspeed/provider.h>

#include "base/buf.h"
#include "type/pattern.h"

#define OSP_PROVIDERS_MAX 1024 /* providers that the routes of an application lead to */

/* Calls visit(provider, arg) once for each provider that routes lead to, until it returns false. */
void osp_graph_walk(const osp_app_def *app, bool (*visit)(const osp_provider *provider, void *arg),
                    void *arg);

/* A provider that routes lead to; NULL: there is none. */
const osp_provider *osp_graph_first(const osp_app_def *app);

/* Compiles the patterns of all inputs, of routes and of providers; the build has refused those that
 * do not.  ret_set: the caller frees it, also on failure.  OSP_OK | OSP_E_NOMEM | OSP_E_INVALID */
OSP_MUST_CHECK osp_status osp_graph_patterns(const osp_app_def *app, osp_patterns **ret_set,
                                             osp_error *err);

/* A provider that a route leads to. */
typedef struct osp_reached {
    const osp_provider *provider;
    bool needed; /* nothing on the way to it is only wanted */
} osp_reached;

/* Lists the providers that a route and the middleware around it lead to, each once; what a provider
 * needs stands behind it.
 *
 * leaf     of the route
 * max      items of `ret`; those beyond are left out
 * Returns  their number */
size_t osp_graph_reach(const osp_route_leaf *leaf, const osp_route *route, osp_reached *ret,
                       size_t max);

/* Whether what `needs` asks for proves who asks, whatever the request: a provider that
 * authenticates is among them or behind them, and nothing on the way is only wanted.
 *
 * without   one that counts for nothing, as if nobody had asked for it; NULL: none */
bool osp_needs_authenticate(const osp_need *needs, const osp_provider *without);

/* Appends one line a finding, "FILE:LINE: error: ... : PATH": a provider that nothing makes, or
 * that is another than what is needed; one that needs itself; one that lives longer than what it
 * needs; one that reads what no maker can; one that closes when what it needs is closed; a route
 * that nothing guards where its folder denies.  PATH leads from a route to it.
 *
 * Returns   the number of findings */
size_t osp_graph_check(const osp_app_def *app, osp_buf *out);

/* Takes away each provider in turn that authenticates, as if all who need it had forgotten to say
 * so, and appends what becomes of the routes that it guards.  One that builds all the same is open,
 * and nobody would be told.
 *
 * Returns   the number of providers of which that is so: findings */
size_t osp_graph_forget(const osp_app_def *app, osp_buf *out);

#endif
