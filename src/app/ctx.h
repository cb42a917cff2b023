/* One request as the application sees it, and the one function that every front door calls. */
#ifndef OSP_APP_CTX_H
#define OSP_APP_CTX_H

#include <openspeed/answer.h>
#include <openspeed/manifest.h>
#include <openspeed/provider.h>

#include "base/task.h"
#include "http/message.h"
#include "http/router.h"
#include "type/json.h"
#include "wire/ip.h"

/* Keeps requests from routes that the front door has shut. */
typedef struct osp_route_gate {
    /* For how many seconds; 0: the route is open. */
    uint32_t (*shut_s)(const struct osp_route_gate *gate, const osp_route_leaf *leaf,
                       const osp_route *route);
} osp_route_gate;

/* Who is at the other end of the connection. */
typedef struct osp_origin {
    osp_ip peer;
    bool tls;               /* the peer's proxy says so */
    const osp_trust *trust; /* static; NULL: nobody is trusted */
} osp_origin;

#define OSP_FORWARDED_ITEMS_MAX 32 /* proxies in a row whose word is read */

#define OSP_REQUEST_NAME_LEN 32 /* bytes of the id that a front door gives */

/* How a front door moves the parts of a message while its handler runs.  Each answers as the
 * function of app.h that it stands behind. */
typedef struct osp_door {
    osp_status (*read)(osp_ctx *ctx, osp_str *ret_part);
    osp_status (*begin)(osp_ctx *ctx); /* the head of a streamed answer */
    bool (*withdraw)(osp_ctx *ctx);    /* which is forgotten; false: some of it has been sent */
    osp_status (*write)(osp_ctx *ctx, osp_str part);
    osp_status (*flush)(osp_ctx *ctx);
    osp_status (*inform)(osp_ctx *ctx, int status);
    osp_status (*upgrade)(osp_ctx *ctx, osp_str protocol);
    void (*close)(osp_ctx *ctx); /* what follows the answer is no request */
    void (*origin)(const osp_ctx *ctx, osp_origin *ret_origin);
    /* A name that no other request has.  Safe in a signal handler. */
    void (*name)(const osp_ctx *ctx, char text[OSP_REQUEST_NAME_LEN]);
    void (*log)(osp_ctx *ctx, const osp_place *here, osp_log_level level, const char *format,
                va_list args);
} osp_door;

/* What tests give in place of what a provider would make. */
typedef struct osp_provider_override {
    const osp_provider *provider; /* NULL: the end of the list */
    const void *value;            /* NULL: absent */
} osp_provider_override;

typedef struct osp_made osp_made; /* app/provide.h */

#define OSP_TRAILERS_MAX 16 /* trailer fields of a message */

#define OSP_LOCATION_MAX 8192       /* bytes of the URL of a redirect, encoded */
#define OSP_ATTACHMENT_NAME_MAX 255 /* bytes, as file systems have them */

#define OSP_JSON_STACK 1024              /* bytes of a value that needs no memory to be written */
#define OSP_JSON_SIZE ((size_t)64 << 20) /* of the largest one that is written by hand */

/* The streamed parts of a message. */
typedef struct osp_flow {
    osp_stream *out;       /* of a route that streams its answer; NULL: of another */
    uint64_t length;       /* that was told; 0: none */
    uint64_t written;      /* bytes of content */
    osp_buf collected;     /* what was written, where no front door takes it */
    struct osp_form *form; /* whose parts are read; NULL: none */
    bool body_given;       /* the whole body has been read */
    bool begun;            /* the head of the answer is gone */
    bool upgraded;         /* and nothing of HTTP follows */
    uint8_t trailer_count, in_trailer_count;
    osp_header_field trailers[OSP_TRAILERS_MAX], in_trailers[OSP_TRAILERS_MAX];
} osp_flow;

/* Something to do when the answer has been sent. */
typedef struct osp_after {
    struct osp_after *next;
    osp_task_fn *fn;
    void *arg;
    const osp_place *here; /* static; NULL: not known */
} osp_after;

/* Why no route answers a request. */
typedef enum osp_refusal {
    OSP_REFUSAL_NONE = 0,
    OSP_REFUSAL_NOT_FOUND,
    OSP_REFUSAL_SLASH,        /* the URL is one without the slash at its end: a redirect */
    OSP_REFUSAL_OTHER_METHOD, /* the URL has none of this method: 405, 501 or OPTIONS */
    OSP_REFUSAL_SHUT,
    OSP_REFUSAL_TARGET,  /* is malformed */
    OSP_REFUSAL_METHOD,  /* is not known, and its target no path */
    OSP_REFUSAL_SECURED, /* https is asked for where there is none */
    OSP_REFUSAL_WHOLE,   /* a method about the whole server that cannot be */
    OSP_REFUSAL_OPTIONS, /* of the whole server */
    OSP_REFUSAL_MEMORY,
    OSP_REFUSAL_MESSAGE /* the front door refuses it: ctx->refused */
} osp_refusal;

struct osp_ctx {
    osp_task task; /* first: a request is a task */
    const osp_app_def *app;
    osp_request request;
    osp_response response;
    const osp_door *door;       /* static; NULL: bodies are whole */
    osp_flow *flow;             /* NULL: nothing is streamed yet */
    const osp_route *route;     /* that osp_app_find found */
    osp_after *after;           /* the last one first; NULL: nothing comes after the answer */
    const osp_route_gate *gate; /* borrowed; NULL: all routes are open */
    osp_made *made;             /* by providers, the newest first; NULL: nothing */
    const osp_provider_override *overrides; /* borrowed; NULL in production */
    osp_route_match match;                  /* leaf is NULL when nothing matched */
    bool failed;                            /* osp_fail was called; the answer is a problem */
    bool told;                              /* the answer is the problem of a failure before */
    bool shown;      /* the problem that is the answer has become a page, or would have */
    uint8_t refusal; /* osp_refusal: that looking for the route has found */
    int refused;     /* a status, of OSP_REFUSAL_MESSAGE */
    osp_str refused_detail;
    osp_str id;                      /* empty: nobody has asked for it */
    char name[OSP_REQUEST_NAME_LEN]; /* that `id` may be */
    osp_failure failure;             /* where `failed` or `told` says so */
};
_Static_assert(offsetof(osp_ctx, task) == 0, "OSP_TASK_OF relies on it");

/* "GET" and so on, for a method that a route can be declared for; static. */
const char *osp_method_name(osp_method method);

/* Starts a request.  arena: borrowed until the request ends; the caller fills ctx->request. */
static inline void osp_ctx_init(osp_ctx *ctx, const osp_app_def *app, osp_arena *arena)
{
    OSP_DEBUG_ASSERT(app != NULL);
    osp_task_init(&ctx->task, arena);
    ctx->task.of_request = true;
    ctx->app = app;
    ctx->gate = NULL;
    ctx->door = NULL;
    ctx->flow = NULL;
    ctx->route = NULL;
    ctx->after = NULL;
    ctx->made = NULL;
    ctx->overrides = NULL;
    ctx->match.leaf = NULL;
    ctx->match.param_count = 0;
    ctx->failed = false;
    ctx->told = false;
    ctx->shown = false;
    ctx->refusal = OSP_REFUSAL_NONE;
    ctx->id.len = 0;
    ctx->request.path = (osp_str){ 0 };
    ctx->request.query = (osp_str){ 0 };
    ctx->request.body = (osp_str){ 0 };
    ctx->request.body_pends = false;
    ctx->request.conditional = false;
    ctx->response.status = 0;
    ctx->response.media_type = (osp_str){ 0 };
    ctx->response.bytes = (osp_str){ 0 };
    ctx->response.file = NULL;
    ctx->response.type = NULL;
    ctx->response.header_count = 0;
}

/* Whether the answer is set: by osp_send and its kin, a redirect, a problem.  Each has a media
 * type, if an empty one. */
static inline bool osp_ctx_has_answered(const osp_ctx *ctx)
{
    return ctx->response.media_type.ptr != NULL;
}

/* What stands for a byte in a page (osp_escape_html); static.  Empty: the byte itself. */
osp_str osp_html_entity(char c);

/* RFC 9110 5.6.2. */
bool osp_is_token(osp_str name);

/* Whether an application may set this field: well-formed, and not one of the framing. */
bool osp_header_is_free(osp_str name, osp_str value);

/* Who the client is, as osp_client_address has it. */
osp_ip osp_client_ip(const osp_ctx *ctx);

/* Looks for the route of ctx->request, before its body is there; NULL when none answers it, and
 * ctx->refusal tells why.  osp_app_handle goes on from here. */
const osp_route *osp_app_find(osp_ctx *ctx);

/* Finds the leaf of a path, as osp_route_find does; NULL: on the host that the client asked for. */
OSP_MUST_CHECK static inline osp_status osp_ctx_find(const osp_ctx *ctx, const char *host,
                                                     osp_str path, size_t skip,
                                                     osp_route_match *ret_match)
{
    const osp_app_def *app = ctx->app;
    return app->hosts == NULL
               ? osp_route_find(app->root, path, skip, ret_match)
               : osp_route_find_on(app->hosts,
                                   host != NULL ? osp_str_from(host) : osp_client_host(ctx), path,
                                   skip, ret_match);
}

/* Whether a path that nothing answers is one but for its '/' at the end.  OSP_OK (ctx->match and
 * the path are of the one without) | OSP_DONE (osp_slash_redirect answers) | OSP_E_NOT_FOUND. */
osp_status osp_slash_find(osp_ctx *ctx);
void osp_slash_redirect(osp_ctx *ctx);

/* The same by all that the URL says: leaves of which a member with .nomatch does not fit are passed
 * over, as osp_app_handle does; ret_passed tells how many were. */
const osp_route *osp_app_find_meant(osp_ctx *ctx, size_t *ret_passed);

/* Answers what the URL of ctx->match.leaf has no route for: OPTIONS, or 405 or 501. */
void osp_app_refuse_method(osp_ctx *ctx);

/* Whether a route reads its request's body as it comes. */
bool osp_route_reads_stream(const osp_route *route);

/* Whether providers make something before a route's handler is called. */
static inline bool osp_route_has_needs(const osp_route *route)
{
    return route->needs != NULL || route->in_->needs_ != NULL;
}

/* The same, or before a middleware around it. */
bool osp_leaf_has_needs(const osp_route_leaf *leaf, const osp_route *route);

/* Whether it does for some requests: also a form in parts is read as it comes. */
bool osp_route_may_stream(const osp_route *route);
/* Whether it does for this one. */
bool osp_request_streams(const osp_request *request, const osp_route *route);
/* Whether the handler of a request starts before its body is here: when it reads that as it comes,
 * or may not be called at all, for which nobody has to send a body first.
 *
 * route  that was found; NULL: none answers
 * waits  the client sends nothing before it has heard a word (RFC 9110 10.1.1) */
bool osp_app_starts_early(const osp_ctx *ctx, const osp_route *route, bool waits, bool body_here);

/* The detail of a 413, with an unsigned long long: words that name the limit and its value. */
#define OSP_BODY_TOO_LARGE "The body is too large: limits.body is %llu bytes."
#define OSP_BODY_TOO_LARGE_HERE "The body is too large: this URL takes %llu bytes."
#define OSP_FILE_TOO_LARGE "A file is too large: limits.upload_file is %llu bytes."
#define OSP_FORM_TOO_MANY "The form has too many fields: limits.form_fields is %u."
#define OSP_FORM_TOO_LARGE "The form is too large: limits.upload_total is %llu bytes."

/* The detail of a 422. */
#define OSP_FIELDS_BAD "The request has fields that are not valid."

/* Waits for the whole of a body that pends, up to request.body_max bytes. */
OSP_MUST_CHECK osp_status osp_ctx_gather(osp_ctx *ctx);

/* Of what a route streams. */
osp_str osp_stream_media_type(const osp_stream *out);

/* A handler has told a length and written nothing: right where the answer has no body to send. */
OSP_MUST_CHECK osp_status osp_stream_unwritten(osp_ctx *ctx);

/* Takes back a streamed answer, so that a problem can stand in its place; false: it has not begun,
 * or the client has some of it. */
bool osp_stream_withdraw(osp_ctx *ctx);

/* Whether as much was written of an answer that has begun as its head tells. */
OSP_MUST_CHECK osp_status osp_stream_written(osp_ctx *ctx);

/* The streamed parts of the message, from now on; NULL when there is no memory. */
osp_flow *osp_ctx_flow(osp_ctx *ctx);

/* Answers ctx->request: normalises the path, routes, binds the input, calls the handler.  Always
 * leaves an answer in ctx->response; ctx->task.error tells the cause of a 500.  Yields: if the
 * handler does. */
void osp_app_handle(osp_ctx *ctx);

/* Calls fn(task of ctx, arg) when the answer has been given to the socket, or has no client any
 * more; the last one first, whatever the answer was.  here: named by the log; NULL: not known.
 * OSP_OK | OSP_E_NOMEM, OSP_E_LIMIT (the request fails) */
osp_status osp_ctx_after(osp_ctx *ctx, const osp_place *here, osp_task_fn *fn, void *arg);
/* Does the last thing of these that has not been done, with a task that has not failed, been
 * cancelled or refused yet; ctx->task.error tells how it failed.  Whoever handled the request calls
 * this until there is none, before its arena is reset.
 *
 * deadline_us   monotonic; 0: none
 * Returns       false: there is none */
bool osp_ctx_after_next(osp_ctx *ctx, int64_t deadline_us);

/* The route that answers the request; NULL when none does or it is not known yet.  Safe in a signal
 * handler. */
static inline const osp_route *osp_ctx_route(const osp_ctx *ctx)
{
    const osp_route_leaf *leaf = ctx->match.leaf;
    const osp_method method = ctx->request.method;
    if (leaf == NULL || (unsigned)method >= OSP_METHOD_OTHER) {
        return NULL;
    }
    const osp_route *route = leaf->by_method[method];
    return route == NULL && method == OSP_METHOD_HEAD ? leaf->by_method[OSP_METHOD_GET] : route;
}

/* Whether a leaf is the library's own affair, which nobody has written and nobody reviews. */
static inline bool osp_leaf_is_ours(const osp_route_leaf *leaf)
{
    const osp_route *route = leaf->by_method[OSP_METHOD_GET];
    return leaf->asset == NULL && route != NULL && route->hidden && leaf->file != NULL &&
           leaf->file[0] == '(';
}

/* Whether a route is the page of its leaf. */
static inline bool osp_leaf_shows(const osp_route_leaf *leaf, const osp_route *route)
{
    return leaf->page != NULL && route == leaf->by_method[OSP_METHOD_GET];
}

/* What a method of a page can do, up to a NULL; NULL: what the leaf has for the method does it. */
static inline const osp_route *const *osp_leaf_actions(const osp_route_leaf *leaf,
                                                       osp_method method)
{
    return leaf->page != NULL && method == OSP_METHOD_POST ? leaf->page->actions : NULL;
}

/* Whether the front door keeps requests from a route. */
static inline bool osp_ctx_is_shut(const osp_ctx *ctx, const osp_route *route)
{
    return ctx->gate != NULL && ctx->gate->shut_s(ctx->gate, ctx->match.leaf, route) != 0;
}

/* Whether the answer has a header field of that name, in any case. */
bool osp_response_has(const osp_response *response, osp_str name);

/* Makes the answer a problem document in place of whatever was set. */
void osp_problem(osp_ctx *ctx, int status, osp_str detail, const osp_issues *issues);

/* The same for a failure without flaws, with all that it says. */
void osp_problem_tell(osp_ctx *ctx, const osp_failure *failure, const osp_issues *issues);
/* Takes the problem back; its status and what says to caches on what it depended stay. */
void osp_problem_withdraw(osp_ctx *ctx);
/* What the answer tells, in the client's language. */
osp_failure osp_problem_said(osp_ctx *ctx);
/* Why a failure cannot be told as a problem document; static.  NULL: it can. */
const char *osp_problem_flaw(const osp_failure *failure);

/* Says when to come again, unless the answer, a 503, does so already. */
void osp_retry_later(osp_ctx *ctx);

/* Where a task that belongs to no request says a line; `task` has no parent. */
typedef struct osp_log_sink {
    void (*log)(const struct osp_log_sink *sink, osp_task *task, const osp_place *here,
                osp_log_level level, const char *format, va_list args);
} osp_log_sink;
/* Key of the osp_log_sink * among a task's services. */
extern const char osp_log_key;

/* Key of the osp_patterns * among a task's services: those of all types that routes lead to. */
extern const char osp_patterns_key;

/* Holds the conditions of a request (If-Match and its kin) against what is known before the handler
 * runs, for methods that change something.  OSP_OK | OSP_E_FAILED (the problem is set). */
OSP_MUST_CHECK osp_status osp_conditions_before(osp_ctx *ctx, const osp_route *route);
/* The same for GET and HEAD, whose handler has answered or begins to: the answer may become 304 or
 * 412. */
void osp_conditions_after(osp_ctx *ctx, const osp_route *route);

/* Fills an input struct from the request.  OSP_OK | OSP_DONE (a member with .nomatch does not fit:
 * the URL is another's) | OSP_E_FAILED (the problem is set). */
OSP_MUST_CHECK osp_status osp_bind(osp_ctx *ctx, const osp_type *in, void *value);
/* Whether the URL is meant for an input, by its members with .nomatch alone: OSP_OK, also where one
 * is wrong in another way, which osp_bind will say | OSP_DONE (the URL is another's) | a failure.
 */
OSP_MUST_CHECK osp_status osp_bind_matches(osp_ctx *ctx, const osp_type *in, void *value);
/* The media type that an input takes its body as; static.  Empty: any, or it takes none. */
osp_str osp_bind_media_type(const osp_type *in);

/* Whether the request has a cookie of a name, also one that is malformed, which osp_cookie refuses.
 */
bool osp_cookie_is_sent(const osp_ctx *ctx, osp_str name);

#endif
