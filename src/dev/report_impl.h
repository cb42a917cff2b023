/* What the makers of reports share. */
#ifndef OSP_DEV_REPORT_IMPL_H
#define OSP_DEV_REPORT_IMPL_H

#include "dev/report.h"

/* "routes/route.c:7:33", as it stands in what a program says. */
typedef struct osp_said_place {
    osp_str file;
    uint32_t line, column; /* 0: not said */
} osp_said_place;

/* The next line of a text, without its end. */
osp_str osp_said_line(osp_str *rest);
/* Where words begin in a text; text.len when they do not. */
size_t osp_said_find(osp_str text, const char *words);
static inline bool osp_said_has(osp_str text, const char *words)
{
    return osp_said_find(text, words) < text.len;
}
static inline osp_str osp_said_from(osp_str text, size_t at)
{
    return (osp_str){ at > 0 ? text.ptr + at : text.ptr, text.len - at }; /* NULL may be empty */
}
static inline osp_str osp_said_before(osp_str text, size_t at)
{
    return (osp_str){ text.ptr, at };
}
/* Takes FILE:LINE[:COLUMN] off the front; false: the text begins otherwise. */
bool osp_said_take_place(osp_str *text, osp_said_place *ret_place);
/* A number in front; 0: there is none, or it is too large. */
uint64_t osp_said_number(osp_str text);

/* The name of a file as reports have it: relative to the application's folder when it is below
 * that. */
osp_str osp_report_file(const osp_reporter *reporter, osp_str file, bool *ret_own);
/* The line of a source that declares its route or its page, else the first; 0: there is no such
 * source, or it may not be shown. */
uint32_t osp_report_declaration(const osp_reporter *reporter, osp_str file);
/* A text in the arena that can stand in a report. */
osp_str osp_report_words(const osp_reporter *reporter, osp_str text);

/* Appends; what is beyond the limit of the list is left out. */
void osp_report_add_finding(const osp_reporter *reporter, osp_report *report, const char *severity,
                            osp_str text, const osp_said_place *place);
void osp_report_add_frame(const osp_reporter *reporter, osp_report_frame_list *frames,
                          const osp_report_frame *frame);
/* file, line and column of the first call that is the application's own, where the report has none.
 */
void osp_report_place_by_frames(osp_report *report);

/* Reads what a sanitizer said, from the last of its reports on; false: there is none. */
bool osp_report_of_sanitizer(const osp_reporter *reporter, osp_str output, osp_report *report);
/* Reads the calls among the lines of a text. */
void osp_report_read_frames(const osp_reporter *reporter, osp_str output,
                            osp_report_frame_list *frames);
/* Gives frames of an executable their names and places. */
void osp_report_add_addresses(const osp_reporter *reporter, const osp_report_end *end,
                              osp_report_frame_list *frames);

#endif
