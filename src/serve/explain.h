/* Why a request is answered as it is: for people who ask the application. */
#ifndef OSP_SERVE_EXPLAIN_H
#define OSP_SERVE_EXPLAIN_H

#include <openspeed/manifest.h>

#include "app/ctx.h"
#include "base/buf.h"
#include "type/pattern.h"

#define OSP_EXPLAIN_ARENA_MAX ((size_t)64 << 20) /* bytes that one question may take */

/* A request that nobody has sent, found as one that somebody has. */
typedef struct osp_asked {
    osp_arena arena;
    osp_ctx ctx;
    const char *method;     /* as it was given */
    const osp_route *route; /* that answers; NULL: none, and ctx.refusal tells why */
    size_t passed;          /* leaves before it that a member with .nomatch has left */
    osp_patterns *patterns; /* of inputs */
    osp_service services[2];
} osp_asked;

/* Looks for what answers.
 *
 * target   "/users/7?page=2" or a whole URL; what a browser would encode may stand as it is
 * Returns  OSP_OK | OSP_E_INVALID (err says why) | OSP_E_NOMEM; osp_asked_done in each case */
OSP_MUST_CHECK osp_status osp_ask(osp_asked *ret, const osp_app_def *app, const char *method,
                                  const char *target, osp_error *err);
void osp_asked_done(osp_asked *asked);

/* The status of what no route answers: 404, 405, 400, or 204 for OPTIONS. */
int osp_asked_status(const osp_asked *asked);
/* A route to name a leaf by: of the method that was asked for, else its first. */
const osp_route *osp_asked_route_of(const osp_asked *asked, const osp_route_leaf *leaf);
/* Where a route is written; line 0: it has none of its own. */
osp_place osp_place_of(const osp_route_leaf *leaf, const osp_route *route);
/* Appends "FILE:LINE" of a route, or the file of one without a line of its own. */
void osp_say_place(osp_buf *out, const osp_route_leaf *leaf, const osp_route *route);
/* Appends `"key":` and a JSON string, with a comma in front where something is before it. */
void osp_say_key(osp_buf *out, const char *key, osp_str text);
/* Appends `,"file":F,"line":N`. */
void osp_say_json_place(osp_buf *out, osp_place place);

/* Appends what answers a request, which others could have, and why they do not. */
void osp_explain(const osp_asked *asked, bool json, osp_buf *out);
/* Appends all that runs for it, in order. */
void osp_why(const osp_asked *asked, bool json, osp_buf *out);

#endif
