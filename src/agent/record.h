/* What a request did, from its beginning to its end; as JSON, where somebody looks at it (pack.h).
 *
 *     {"t":"request","id":"4242-17",
 *      "summary":{"method":"GET","target":"/articles?limit=20","status":200,...},
 *      "record":{...},                  for people: secrets are out
 *      "original":{"head":"R0VU...","body":""}}   for a replay, and never shown; base64
 */
#ifndef OSP_AGENT_RECORD_H
#define OSP_AGENT_RECORD_H

#include "app/ctx.h"
#include "base/trace.h"

#define OSP_RECORD_BODY_MAX 32768             /* bytes of a body that are shown */
#define OSP_RECORD_HEADERS_MAX 64             /* header fields that are shown */
#define OSP_RECORD_VALUE_MAX 2048             /* bytes of the value of one */
#define OSP_RECORD_SQL_MAX 8192               /* bytes of a statement that are shown */
#define OSP_RECORD_ORIGINAL_MAX 262144        /* bytes of a request that can be replayed */
#define OSP_RECORD_LINE_MAX ((size_t)1 << 20) /* bytes of the whole line */
#define OSP_RECORD_REPEATS 3 /* of one statement in a request, which hint at a loop */
#define OSP_RECORD_ID_MAX 40 /* bytes of the name of a request */

typedef struct osp_record {
    osp_trace trace;    /* first: a task finds the rest by it */
    osp_trace_ref *ref; /* in the arena of the request */
    size_t own_memory;  /* bytes that it has taken there */
    int64_t began_us;   /* of the task's clock */
    int64_t at_us;      /* Unix time */
    char id[OSP_RECORD_ID_MAX];
    char replay_of[OSP_RECORD_ID_MAX]; /* empty: it is no replay */
} osp_record;

/* What only the front door knows of a request that is over. */
typedef struct osp_record_facts {
    osp_str head;   /* of the request, raw; empty: it is not there any more */
    osp_str answer; /* head and body, raw; empty: it was sent as it came */
    osp_str sent;   /* then: the beginning of its content */
    uint64_t bytes_in, bytes_out;
    uint64_t body_bytes; /* of the request's body, which may be cut */
    uint64_t memory;     /* bytes of its arena */
    int64_t us;          /* that it took */
    size_t stack;        /* bytes that its fiber has used of its own; 0: not known */
    int status;
    bool cut; /* the client did not get all of it */
} osp_record_facts;

/* From now on the task of `ctx` is recorded.
 *
 * record     in caller's storage, until osp_record_end
 * id         of OSP_RECORD_ID_MAX bytes with its end at most
 * Returns    false: there is no memory for it in the request's arena */
bool osp_record_begin(osp_record *record, osp_ctx *ctx, const char *id);
/* And from now on no more, while the arena of the request is still there. */
void osp_record_end(osp_record *record);

/* The record of a task; NULL: nobody records it. */
static inline osp_record *osp_record_of(const osp_task *task)
{
    return (osp_record *)osp_trace_of(task);
}

/* Bytes that a request has taken of its arena, those of blocks with what is free in them. */
uint64_t osp_record_memory(const osp_record *record, const osp_ctx *ctx);

/* Appends the line of a request that is over.  One that is longer than OSP_RECORD_LINE_MAX is
 * written without its bodies, and without what a replay needs. OSP_OK | OSP_E_LIMIT | OSP_E_NOMEM
 * (out is as it was) */
OSP_MUST_CHECK osp_status osp_record_write(const osp_record *record, const osp_ctx *ctx,
                                           const osp_record_facts *facts, osp_buf *out);

#endif
