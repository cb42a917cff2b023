/* The agent: what the worker of a development build has beside its application.  It answers
 * /_openspeed, tells browsers of changes, and `openspeed dev` of requests. */
#ifndef OSP_AGENT_AGENT_H
#define OSP_AGENT_AGENT_H

#include "agent/channel.h"
#include "agent/failure.h"
#include "app/dev.h"
#include "serve/worker.h"

#define OSP_AGENT_EVENTS_MAX 32    /* that a browser may be behind; then it loses the oldest */
#define OSP_AGENT_EVENT_MAX 262144 /* bytes of the data of one */
#define OSP_AGENT_BROWSERS_MAX 64  /* that listen at once; another one is answered 503 */
#define OSP_AGENT_ALIVE_S 10       /* between two signs of life to a browser */
#define OSP_AGENT_HAND_OVER_MS 3   /* between two looks for idle clients of a worker that retires */
#define OSP_AGENT_TEMPLATE_MAX 1048576 /* bytes of a template that is read while it is edited */
#define OSP_AGENT_SAID_MAX 65536       /* of what is wrong with templates */
#define OSP_AGENT_PAGE_MAX 8388608     /* bytes of a page that the script is written into */

/* Something that browsers are told. */
typedef struct osp_agent_event {
    osp_str name, data; /* owned */
} osp_agent_event;

typedef struct osp_agent_browser osp_agent_browser; /* one that listens; of events.c */
typedef struct osp_devtools osp_devtools;           /* of devtools.h */

typedef struct osp_agent {
    osp_worker *worker;
    osp_channel channel; /* fd -1: nobody is at its other end */
    osp_watch watch;     /* of it */
    osp_timer hand_over; /* while it leaves */
    bool leaving;        /* another worker has taken the place */
    bool blank;          /* there is no application: every URL waits for one */
    int64_t generation;  /* of the application, by `openspeed dev`; 0: not known */
    int64_t replaced_by; /* the generation in its place; 0: none, or it is of the same */
    osp_str report;      /* what is wrong, a list of JSON; owned; empty: nothing is */
    osp_failed failed;   /* requests */
    osp_failed_memory last_words;
    osp_agent_event events[OSP_AGENT_EVENTS_MAX];
    uint64_t event_count; /* all there were; the next stands at its remainder */
    osp_agent_browser *browsers;
    size_t browser_count;
    uint64_t asked; /* requests that are over and have no record */
    osp_devtools *devtools;
} osp_agent;

/* The request that has a connection: that which asks for a replay, or `ctx` itself (replay.c). */
const osp_ctx *osp_replay_asker(const osp_ctx *ctx);

/* The agent of the worker that a request is answered by. */
static inline osp_agent *osp_agent_of(const osp_ctx *ctx)
{
    return OSP_CONTAINER_OF(osp_replay_asker(ctx), const osp_exchange, ctx)->worker->agent;
}

/* A route of the agent's own. */
#define OSP_AGENT_ROUTE(function, METHOD, Out)                                                     \
    {                                                                                              \
        .in_ = &osp_type_void, .out_ = &osp_type_##Out, .call_ = function, .handler_ = #function,  \
        .file_ = "(openspeed)", .line_ = 1, .method_ = OSP_METHOD_##METHOD                         \
    }

/* Whether the client is on this machine and says so: its address, Host and Origin (DNS rebinding).
 * Only then it is shown anything. */
bool osp_agent_is_local(const osp_ctx *ctx);

/* The script that goes into the head of pages. */
osp_str osp_agent_head(osp_ctx *ctx);
/* Writes it into the page that a request is answered with, if it is one. */
void osp_agent_inject(osp_ctx *ctx);
/* A policy that lets the script be loaded and listen; `policy` itself where it does already. */
osp_str osp_agent_policy(osp_ctx *ctx, osp_str policy);

/* ---------------------------------------------------------------- events.c */

/* Tells all browsers.  Both are copied.  OSP_OK | OSP_E_NOMEM | OSP_E_LIMIT */
OSP_MUST_CHECK osp_status osp_agent_tell(osp_agent *agent, osp_str name, osp_str data);
/* Wakes all that listen, so that they see what is new. */
void osp_agent_wake(osp_agent *agent);
void osp_agent_events_end(osp_agent *agent);
extern const osp_route_leaf osp_agent_events_leaf;

/* ---------------------------------------------------------------- fresh.c */

/* Reads the templates from disk; those that were stay where that fails.  said: takes complaints.
 * OSP_OK | OSP_E_NOT_FOUND (there are none, or one is gone) | as osp_page_keeper.reload */
OSP_MUST_CHECK osp_status osp_agent_read_templates(osp_agent *agent, osp_buf *said);
/* Whether one was written after the executable. */
bool osp_agent_templates_are_newer(const osp_agent *agent);
/* A file of public/ that has changed since the build is answered with as it is now. */
void osp_agent_freshen(osp_ctx *ctx);

/* ---------------------------------------------------------------- last.c */

/* What the client of a request reads whose answer has not begun when the worker dies; static. */
osp_str osp_agent_last_answer(const osp_ctx *ctx);
/* osp_dev_hooks.crashed: clients that wait are answered, `openspeed dev` hears which request it
 * was, and a sanitizer which calls. */
void osp_agent_crashed(const struct osp_worker *worker, osp_task *culprit);

/* ---------------------------------------------------------------- devtools.c */

/* NULL: there is no memory. */
osp_devtools *osp_devtools_open(osp_agent *agent);
void osp_devtools_close(osp_devtools *devtools);

/* A request of the application begins, and is over; bytes: of its answer.  False: nothing was told
 * of it. */
void osp_devtools_begin(osp_devtools *devtools, osp_ctx *ctx);
bool osp_devtools_end(osp_devtools *devtools, osp_ctx *ctx, uint64_t bytes);
/* The URL of a path that is one of ours; NULL: it is not. */
const osp_route_leaf *osp_devtools_leaf(osp_str path);
/* A question has its answer (ask.c). */
void osp_devtools_told(osp_devtools *devtools, int64_t id, osp_str data);

/* ---------------------------------------------------------------- files.c */

/* A file of src/agent/web, which the build embeds; the last of the list is all zero. */
typedef struct osp_agent_file {
    const char *name, *text;
    size_t len;
} osp_agent_file;
extern const osp_agent_file osp_agent_files[];
/* NULL: there is none of that name. */
const osp_agent_file *osp_agent_file_find(osp_str name);
extern const osp_route_leaf osp_agent_file_leaf, osp_agent_none_leaf, osp_agent_blank_leaf;

#endif
