/* The devtools: what runs, what did, and the same again.
 *
 *     /_openspeed                 the page, whose script reads what follows
 *     /_openspeed/api/...         the same as JSON (docs/devtools.md)
 *     /_openspeed/api/stream      requests as they end, as server-sent events
 *
 * What was goes to `openspeed dev`, and is asked of it again; where nobody is at the other end of
 * the channel, the worker remembers it itself. */
#ifndef OSP_AGENT_DEVTOOLS_H
#define OSP_AGENT_DEVTOOLS_H

#include "agent/agent.h"
#include "agent/history.h"
#include "agent/pack.h"

#define OSP_DEVTOOLS_RECORDS_SPARE 16 /* that wait for requests */
#define OSP_DEVTOOLS_NEWS_MAX 128     /* requests that a page may be behind; then it asks anew */
#define OSP_DEVTOOLS_ASK_MS 3000      /* for which an answer of `openspeed dev` is waited for */
#define OSP_DEVTOOLS_LOOK_MS 150      /* between two looks for news */
#define OSP_DEVTOOLS_ANSWER_MAX (16u << 20) /* bytes of one answer of the API */
#define OSP_DEVTOOLS_TYPES_MAX 1024         /* types that are listed */
#define OSP_DEVTOOLS_REPLAY_MAX (4u << 20)  /* bytes of the answer to a replay; then it ends */
#define OSP_DEVTOOLS_REPLAY_S 10            /* that a replay may take */
#define OSP_DEVTOOLS_TOKEN_SIZE 33

typedef struct osp_devtools_asked osp_devtools_asked; /* a question that waits; of ask.c */

/* A record, or a spare one. */
typedef struct osp_devtools_record {
    osp_record record; /* first */
    osp_buf sent;      /* of an answer that is sent as it comes: its beginning */
    struct osp_devtools_record *next_spare;
} osp_devtools_record;

struct osp_devtools {
    osp_agent *agent;
    osp_history *history; /* NULL: `openspeed dev` has it */
    osp_door door;        /* that of connections, but hears what is sent */
    osp_devtools_record *spare;
    size_t spare_count;
    uint64_t count; /* requests that have begun */
    uint64_t told;  /* that are over, the last of which stands in `news` at its remainder */
    osp_buf news[OSP_DEVTOOLS_NEWS_MAX]; /* their summaries: a ring */
    char id[16];                         /* what the names of its requests begin with */
    size_t id_len;
    size_t listeners; /* pages that are told of requests */
    osp_buf packed;   /* the request at hand */
    osp_devtools_asked *asked;
    int64_t ask_id;
    char token[OSP_DEVTOOLS_TOKEN_SIZE]; /* who replays has read it here */
    int64_t began_us;                    /* Unix time */
};

/* ---------------------------------------------------------------- ask.c */

/* Asks `openspeed dev` what it remembers (agent/history.h).
 *
 * ret_data   JSON, in the arena of ctx
 * Returns    OSP_OK | OSP_E_FAILED (the answer is a problem that says why).  Yields: yes. */
OSP_MUST_CHECK osp_status osp_devtools_ask(osp_devtools *devtools, osp_ctx *ctx, const char *what,
                                           osp_str arg, osp_str *ret_data);

/* ---------------------------------------------------------------- replay.c */

/* Takes a recorded request once more, in this worker, without a connection: through routing,
 * middleware and handler.  Its record is written as that of any other.
 *
 * original   {"head":BASE64,"body":BASE64}
 * of         the id of the first one
 * Returns    OSP_OK (ret_id of OSP_RECORD_ID_MAX bytes is that of its record) | OSP_E_FAILED */
OSP_MUST_CHECK osp_status osp_devtools_replay(osp_devtools *devtools, osp_ctx *ctx,
                                              osp_str original, osp_str of, char *ret_id);

/* For replay.c: takes a record for a request whose task it will be; NULL: there is none. */
osp_devtools_record *osp_devtools_take(osp_devtools *devtools, osp_ctx *ctx);
/* Writes it to whoever remembers, and gives it back.  False: it could not be written. */
bool osp_devtools_give(osp_devtools *devtools, osp_devtools_record *record, const osp_ctx *ctx,
                       const osp_record_facts *facts);

/* ---------------------------------------------------------------- catalog.c */

/* Append, as JSON, what the application is made of. */
void osp_catalog_routes(const osp_app_def *app, osp_buf *out);
void osp_catalog_types(const osp_app_def *app, osp_arena *arena, osp_buf *out);
void osp_catalog_templates(const osp_app_def *app, osp_buf *out);

#endif
