/* The error log: what supervisor, workers and handlers have to say, a line each. */
#ifndef OSP_SERVE_JOURNAL_H
#define OSP_SERVE_JOURNAL_H

#include <openspeed/app.h>

#include "serve/config.h"
#include "serve/sink.h"

#define OSP_JOURNAL_SIZE ((size_t)4 * OSP_LOG_LINE_MAX)
#define OSP_LOG_FAILURES_MAX 100 /* failed requests that a worker tells of within a second */

typedef struct osp_journal {
    osp_sink sink;
    bool json;
    osp_log_level level; /* the least that is written */
    uint32_t failures;   /* since the last tick */
    /* Gets each line that is written, as JSON with its end; NULL: nobody. */
    void (*heard)(void *arg, osp_str line);
    void *heard_arg;
    char lines[OSP_JOURNAL_SIZE];
} osp_journal;

/* What a line is about; zero: nothing in particular.  All borrowed for the call. */
typedef struct osp_about {
    const char *method, *pattern; /* of the route; NULL: not known */
    osp_str request_id;           /* empty: no request */
    osp_place place;              /* of the application; file NULL: not known */
    const char *job;              /* in place of a route; NULL: none */
} osp_about;

/* fd: borrowed until the end; config: borrowed for the call. */
void osp_journal_begin(osp_journal *journal, int fd, const osp_config_log *config);
/* From now on somewhere else.  What waits is written first. */
void osp_journal_change(osp_journal *journal, int fd, const osp_config_log *config);
void osp_journal_end(osp_journal *journal);

/* Says one line.  In text, its level stands in front: "error: ". */
void osp_journal_say(osp_journal *journal, osp_log_level level, const char *format, ...)
    OSP_PRINTF(3, 4);
/* Whether lines of a level are written at all. */
static inline bool osp_journal_says(const osp_journal *journal, osp_log_level level)
{
    return level >= journal->level;
}
/* The same as osp_journal_say, about a request. */
void osp_journal_say_format(osp_journal *journal, osp_log_level level, const osp_about *about,
                            const char *format, va_list args);
/* The same about a request that failed; message may hold anything.  Beyond OSP_LOG_FAILURES_MAX
 * lines a second they are only counted: under overload all requests may fail for one reason. */
void osp_journal_say_about(osp_journal *journal, osp_log_level level, const osp_about *about,
                           osp_str message);
/* About a request or a process; all of these lines are written. */
void osp_journal_tell_about(osp_journal *journal, osp_log_level level, const osp_about *about,
                            osp_str message);
/* Says each line of a text, whose level stands in front of it as "error: " or "warning: ". */
void osp_journal_say_lines(osp_journal *journal, osp_str text);

/* Writes a line to `out`, with its end, as the JSON format has it.  Safe in a signal handler. */
size_t osp_journal_json(osp_log_level level, const osp_about *about, osp_str message,
                        char out[OSP_LOG_LINE_MAX]);

/* Once a second: writes what waits, and tells what was lost. */
void osp_journal_tick(osp_journal *journal);

/* Tells of lines that another log has lost, if it has, and counts anew. */
void osp_journal_say_lost(osp_journal *journal, osp_sink *of, const char *name);

#endif
