/* Makes reports (agent/report.h) of what programs say: compilers, the linker, the build's own
 * checks, sanitizers, and workers that end. */
#ifndef OSP_DEV_REPORT_H
#define OSP_DEV_REPORT_H

#include "agent/report.h"
#include "build/kit.h"

#define OSP_REPORT_SOURCE_MAX ((size_t)4 << 20) /* bytes of a source that is shown a part of */
#define OSP_REPORT_ARENA_MAX ((size_t)64 << 20) /* bytes that making one report may take */

/* Who makes reports.  All of one is in `arena`. */
typedef struct osp_reporter {
    osp_arena *arena;
    const char *dir;  /* of the application, whose sources are shown; borrowed */
    const char *real; /* the same as an absolute path; in the arena */
} osp_reporter;

/* arena  borrowed; of OSP_REPORT_ARENA_MAX bytes */
void osp_reporter_init(osp_reporter *reporter, osp_arena *arena, const char *dir);

/* Of a build that failed.  Nothing about the texts is trusted.
 *
 * output  what compilers, linker and checks said, with or without colours
 * error   the sentence that stands last, of osp_build_app: "routes/route.c:3:5: ..." */
void osp_report_of_build(const osp_reporter *reporter, osp_str output, osp_str error,
                         osp_report *ret_report);

/* Why a worker was ended that did not go on. */
typedef enum osp_hang {
    OSP_HANG_NONE = 0, /* it went on */
    OSP_HANG_WORK,     /* its loop stood still, for something computed */
    OSP_HANG_WAIT,     /* the same, for a call blocked it */
    OSP_HANG_START     /* it did not serve in its time */
} osp_hang;

/* How a worker ended. */
typedef struct osp_report_end {
    int how;                /* of waitpid */
    osp_hang hang;          /* it was ended for that, */
    uint32_t hang_s;        /* after so long */
    bool served;            /* it had begun to serve */
    osp_str output;         /* the end of what it wrote to its error output */
    const char *executable; /* that it ran; NULL: frames have no names */
    const uint64_t *frames; /* addresses in that, the innermost first: osp_page.frames */
    size_t frame_count;
} osp_report_end;

/* Of a worker that ended: a sanitizer's report, an assertion, a signal, a start that failed. */
void osp_report_of_end(const osp_reporter *reporter, const osp_report_end *end,
                       osp_report *ret_report);

/* Gives a report of a worker, which knows no sources, the excerpt of its file and line. */
void osp_report_complete(const osp_reporter *reporter, osp_report *report);

/* Writes a report for a terminal: one screen, no byte that could move a cursor.
 *
 * dir     of the application as the user named it, in front of each file: what is printed can be
 *         followed from where the command was given
 * colour  the terminal shows colours */
void osp_report_print(const osp_report *report, const char *dir, bool colour, osp_buf *out);

/* Appends a text without the bytes that could: line ends and tabs are blanks. */
void osp_report_put(osp_str text, osp_buf *out);

#endif
