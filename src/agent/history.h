/* What `openspeed dev` remembers of requests and of the log, whatever becomes of its workers.
 *
 * Records are kept as a worker has packed them; JSON is written for what is asked for. */
#ifndef OSP_AGENT_HISTORY_H
#define OSP_AGENT_HISTORY_H

#include "base/buf.h"

#define OSP_HISTORY_REQUESTS_MAX 250             /* the last ones; older ones go */
#define OSP_HISTORY_BYTES_MAX ((size_t)32 << 20) /* that their lines have in all; the same */
#define OSP_HISTORY_LINES_MAX 1000               /* of the log; the same */
#define OSP_HISTORY_LINE_MAX 8192                /* bytes of one; a longer one is left out */
#define OSP_HISTORY_LIST_MAX ((size_t)768 << 10) /* bytes behind which a list is cut */

typedef struct osp_history_request {
    osp_buf packed;  /* agent/pack.h */
    osp_buf summary; /* JSON, once somebody has looked */
    osp_str id;      /* a slice of the first */
} osp_history_request;

typedef struct osp_history {
    osp_history_request requests[OSP_HISTORY_REQUESTS_MAX]; /* a ring */
    uint64_t request_count, request_first; /* all there were, and the number of the oldest kept */
    size_t request_bytes;
    osp_buf lines[OSP_HISTORY_LINES_MAX]; /* a ring */
    uint64_t line_count;
} osp_history;

/* All zero is an empty one, and so is one that was ended. */
void osp_history_done(osp_history *history);

/* Takes a line of a worker: a record of osp_pack, or {"t":"log","line":{...}}.  OSP_OK |
 * OSP_E_INVALID (it is neither) | OSP_E_LIMIT | OSP_E_NOMEM */
OSP_MUST_CHECK osp_status osp_history_add(osp_history *history, osp_str line);

/* Appends what a worker asks for, as JSON:
 *
 *     requests   summaries, the newest first: a list
 *     request    a record by its id; null: there is none
 *     original   what a replay of it needs; null: there is none
 *     log        lines, the newest first: a list
 *
 * Returns   false: it is none of these, and nothing was appended */
bool osp_history_answer(osp_history *history, osp_str what, osp_str arg, osp_buf *out);

#endif
