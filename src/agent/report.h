/* What went wrong in development, in one shape: what the compiler says, a check that failed, a
 * sanitizer, a crash, a 5xx.  The browser, the terminal and whoever asks for JSON read this. */
#ifndef OSP_AGENT_REPORT_H
#define OSP_AGENT_REPORT_H

#include <openspeed/type.h>

#include "base/arena.h"
#include "base/buf.h"

#define OSP_REPORT_TEXT_MAX 2048              /* bytes of a sentence, a line, a name */
#define OSP_REPORT_RAW_MAX ((size_t)65536)    /* of what a program said */
#define OSP_REPORT_BODY_MAX 4096              /* of a request's body */
#define OSP_REPORT_LINES_MAX 15               /* lines of a source around the one that is marked */
#define OSP_REPORT_FRAMES_MAX 64              /* calls of one stack */
#define OSP_REPORT_STACKS_MAX 8               /* stacks beside the first */
#define OSP_REPORT_FINDINGS_MAX 32            /* errors and notes beside the first */
#define OSP_REPORT_HEADERS_MAX 64             /* fields of the request */
#define OSP_REPORT_JSON_MAX ((size_t)1 << 20) /* bytes of a report as JSON */

/* What happened. */
typedef enum osp_report_kind {
    OSP_REPORT_COMPILE = 0, /* compiler or linker refused */
    OSP_REPORT_CHECK,       /* the build or the application's own check did */
    OSP_REPORT_TEMPLATE,    /* the same about a template */
    OSP_REPORT_SANITIZER,
    OSP_REPORT_CRASH,   /* a signal, an assertion */
    OSP_REPORT_HANG,    /* a handler that held the worker up */
    OSP_REPORT_FAILURE, /* a request was answered 5xx */
    OSP_REPORT_START,   /* a generation never served */
    OSP_REPORT_KIND_COUNT
} osp_report_kind;

/* A line of a source. */
typedef struct osp_report_line {
    uint32_t line;
    osp_str text;
    bool marked; /* the one that is spoken of */
} osp_report_line;
OSP_LIST_OF(osp_report_line);

/* A call of a stack, the innermost first. */
typedef struct osp_report_frame {
    osp_str function;      /* empty: not known */
    osp_str file;          /* relative to the application's folder, if in it; empty: not known */
    uint32_t line, column; /* 0: not known */
    bool application;      /* its file is the application's own */
} osp_report_frame;
OSP_LIST_OF(osp_report_frame);

/* A stack that tells more than the first: where the memory came from. */
typedef struct osp_report_stack {
    osp_str title; /* "freed by" */
    osp_report_frame_list frames;
} osp_report_stack;
OSP_LIST_OF(osp_report_stack);

/* One more thing that was said: a further error, a note of the first. */
typedef struct osp_report_finding {
    osp_str severity; /* "error", "warning", "note", "fix" */
    osp_str text;
    osp_str file; /* empty: nowhere */
    uint32_t line, column;
} osp_report_finding;
OSP_LIST_OF(osp_report_finding);

/* A field of a request. */
typedef struct osp_report_header {
    osp_str name, value;
} osp_report_header;
OSP_LIST_OF(osp_report_header);

/* The request that it happened in, without its secrets (agent/redact.h). */
typedef struct osp_report_request {
    osp_str method, target;
    osp_str route; /* "GET /users/[id]"; empty: none answers */
    osp_str id;
    osp_report_header_list headers;
    osp_str body; /* as text; empty: there was none, or it is none */
} osp_report_request;
OSP_OPT_OF(osp_report_request);

/* Whoever makes one gives it texts of osp_report_text. */
typedef struct osp_report {
    osp_str id; /* of which there is one in a run of `openspeed dev`; empty: not given yet */
    osp_report_kind kind;
    osp_str sentence; /* what happened, in one */
    osp_str advice;   /* what helps, in one; empty: nothing is known */
    osp_str file;     /* relative to the application's folder; empty: nowhere */
    uint32_t line, column;
    osp_report_line_list excerpt;
    osp_report_finding_list findings;
    osp_report_frame_list frames;
    osp_report_stack_list stacks;
    osp_report_request_opt request;
    int32_t status; /* of a failure: of the answer; else 0 */
    osp_str raw;    /* as the program said it */
} osp_report;
OSP_LIST_OF(osp_report);

/* "compile" and so on; static. */
osp_str osp_report_kind_name(osp_report_kind kind);

/* A text in the arena that can stand in a report: bytes that are no UTF-8 become U+FFFD, control
 * bytes but newline and tab go, as do the sequences that colour a terminal (ECMA-48 5.4), and what
 * is longer than `max` ends in an ellipsis.  Empty without memory. */
osp_str osp_report_text(osp_arena *arena, osp_str text, size_t max);

/* Writes a report as JSON.  OSP_OK | OSP_E_LIMIT | OSP_E_NOMEM | OSP_E_JSON_UTF8. */
OSP_MUST_CHECK osp_status osp_report_write(const osp_report *report, osp_buf *out);
/* Reads one from JSON, whose slices it keeps.  Lists and texts that are too long are refused; texts
 * may hold what JSON may, also control bytes.  OSP_OK | OSP_E_TYPE_MISMATCH | OSP_E_JSON_* |
 * OSP_E_LIMIT | OSP_E_NOMEM. */
OSP_MUST_CHECK osp_status osp_report_read(osp_arena *arena, osp_str json, osp_report *ret_report);

/* The same of a request alone. */
OSP_MUST_CHECK osp_status osp_report_request_write(const osp_report_request *request, osp_buf *out);
OSP_MUST_CHECK osp_status osp_report_request_read(osp_arena *arena, osp_str json,
                                                  osp_report_request *ret_request);

#endif
