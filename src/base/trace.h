/* What a task did, and when: for the timeline of a request in development.
 *
 *     const uint32_t span = osp_span_begin(task, OSP_SPAN_SQL, sql, here);
 *     ... the work ...
 *     osp_span_end(task, span);
 *
 * Where OSP_TRACED is false these are no code at all; where it is true they cost a look among the
 * task's services, unless somebody records. */
#ifndef OSP_BASE_TRACE_H
#define OSP_BASE_TRACE_H

#include "base/task.h"

/* Libraries of development are compiled with it; no other build has an instruction of it. */
#if defined(OSP_DEBUG) || defined(OSP_TRACE)
#define OSP_TRACED true
#else
#define OSP_TRACED false
#endif

#define OSP_TRACE_SPANS_MAX 512  /* of a request; more are counted */
#define OSP_TRACE_LINES_MAX 64   /* of its log; more are counted */
#define OSP_TRACE_TEXT_MAX 16384 /* bytes that these have in all; a longer one is cut */

typedef enum osp_span_kind {
    OSP_SPAN_MIDDLEWARE = 0, /* with all that it wraps */
    OSP_SPAN_PROVIDER,       /* a value is made, with what it needs */
    OSP_SPAN_CLOSER,         /* and closed */
    OSP_SPAN_INPUT,          /* the input of a handler is read and judged */
    OSP_SPAN_HANDLER,
    OSP_SPAN_LOAD,     /* of a page or a layout */
    OSP_SPAN_TEMPLATE, /* is filled */
    OSP_SPAN_SQL,
    OSP_SPAN_ROWS, /* SQL whose rows are read one by one */
    OSP_SPAN_TRANSACTION,
    OSP_SPAN_TASK,   /* beside the request's own */
    OSP_SPAN_WAIT,   /* the task sleeps */
    OSP_SPAN_BLOCK,  /* that the application has named */
    OSP_SPAN_ANSWER, /* is written */
    OSP_SPAN_KINDS
} osp_span_kind;

typedef struct osp_span {
    const osp_task *task;
    const char *name;           /* static, or borrowed until the request ends */
    const char *file;           /* static; NULL: not known */
    int64_t began_us, ended_us; /* of the task's clock; ended 0: it has not ended */
    int64_t rows;               /* -1: it has none */
    uint32_t parent;            /* the number of the span around it; 0: none */
    int line;
    uint8_t kind;   /* osp_span_kind */
    bool offloaded; /* some of it ran on another thread */
    bool failed;
} osp_span;

/* A line of the log. */
typedef struct osp_trace_line {
    int64_t at_us;
    const char *file; /* static; NULL: not known */
    int line;
    int level; /* osp_log_level */
    uint32_t text_at, text_len;
} osp_trace_line;

/* Of one request.  Spans stand in the order of their beginning; a number is one more than the
 * place. */
typedef struct osp_trace {
    uint32_t span_count, span_lost, line_count, line_lost, text_len;
    osp_span spans[OSP_TRACE_SPANS_MAX];
    osp_trace_line lines[OSP_TRACE_LINES_MAX];
    char text[OSP_TRACE_TEXT_MAX];
} osp_trace;

/* Who is recorded has this among its services, and its children and what comes after the answer
 * have it, too, whether the recording has ended or not. */
typedef struct osp_trace_ref {
    osp_trace *trace; /* NULL: it has ended */
} osp_trace_ref;
/* Key of the osp_trace_ref * among a task's services. */
extern const char osp_trace_key;

void osp_trace_init(osp_trace *trace);
/* What a task is recorded in; NULL: it is not. */
osp_trace *osp_trace_of(const osp_task *task);

/* What the functions below come to.  A number that is 0 is none. */
uint32_t osp_trace_begin(osp_task *task, osp_span_kind kind, const char *name, const char *file,
                         int line);
void osp_trace_end(osp_task *task, uint32_t span, osp_status status);
void osp_trace_rows(osp_task *task, uint32_t span, size_t rows);
/* The innermost span of the task itself that has not ended, of a kind; OSP_SPAN_KINDS: of any. */
uint32_t osp_trace_open(osp_task *task, osp_span_kind kind);
void osp_trace_offloaded(osp_task *task);
void osp_trace_say(osp_task *task, const osp_place *here, int level, const char *format,
                   va_list args);

/* A span of the task begins, within the one that it has begun last, or its parent.
 *
 * name     static, or borrowed until the request ends
 * here     NULL: not known
 * Returns  its number, for osp_span_end */
static inline uint32_t osp_span_begin(osp_task *task, osp_span_kind kind, const char *name,
                                      const osp_place *here)
{
    return OSP_TRACED ? osp_trace_begin(task, kind, name, here != NULL ? here->file : NULL,
                                        here != NULL ? here->line : 0)
                      : 0;
}

/* It ends; status: of the work. */
static inline void osp_span_end(osp_task *task, uint32_t span, osp_status status)
{
    if (OSP_TRACED) {
        osp_trace_end(task, span, status);
    }
}

/* The same of one whose number nobody has kept: the innermost of its kind. */
static inline void osp_span_end_open(osp_task *task, osp_span_kind kind, osp_status status)
{
    if (OSP_TRACED) {
        osp_trace_end(task, osp_trace_open(task, kind), status);
    }
}

/* So many rows more were read or changed. */
static inline void osp_span_rows(osp_task *task, uint32_t span, size_t rows)
{
    if (OSP_TRACED) {
        osp_trace_rows(task, span, rows);
    }
}

#endif
