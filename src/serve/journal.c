/* The error log.
 *
 *     error: GET /orders/[id]: no such table: orders (request 3f9a...,
 * routes/orders/[id]/route.c:12)
 *     {"time":"2026-01-31T12:00:00.000Z","level":"error","pid":7,"request_id":"3f9a...",
 *      "route":"GET /orders/[id]","source":"routes/...:12","message":"no such table: orders"}
 *
 * Text is for people, and carries no time: who collects it, such as a service manager, knows when a
 * line came.  In JSON each line stands for itself.
 *
 * A line is written at once.  One that finds the log full waits for the next. */
#include "serve/journal.h"

#include <stdio.h>
#include <unistd.h>

static const struct {
    osp_str name, front;
} levels[] = {
    [OSP_LOG_DEBUG] = { { "debug", 5 }, { "debug: ", 7 } },
    [OSP_LOG_INFO] = { { "info", 4 }, { "info: ", 6 } },
    [OSP_LOG_WARNING] = { { "warning", 7 }, { "warning: ", 9 } },
    [OSP_LOG_ERROR] = { { "error", 5 }, { "error: ", 7 } },
};

static const osp_about nothing = { .method = NULL };

/* All that a line has beside its texts: names, times, numbers. */
_Static_assert(OSP_LOG_MESSAGE_MAX + OSP_LOG_ROUTE_MAX + OSP_LOG_SOURCE_MAX + OSP_REQUEST_ID_MAX +
                       512 <=
                   OSP_LOG_LINE_MAX,
               "every line has room");

void osp_journal_begin(osp_journal *journal, int fd, const osp_config_log *config)
{
    osp_sink_begin(&journal->sink, fd, journal->lines, sizeof journal->lines);
    journal->json = config->errors_format == OSP_ERRORS_JSON;
    journal->level = config->level;
    journal->failures = 0;
    journal->heard = NULL;
}

void osp_journal_change(osp_journal *journal, int fd, const osp_config_log *config)
{
    void (*heard)(void *arg, osp_str line) = journal->heard;
    osp_sink_flush(&journal->sink);
    osp_journal_begin(journal, fd, config);
    journal->heard = heard;
}

void osp_journal_end(osp_journal *journal)
{
    osp_sink_finish(&journal->sink);
}

/* ---------------------------------------------------------------- one line */

static char *put_route(char *at, const osp_about *about, osp_line_style style)
{
    at = osp_line_put(at, osp_str_from(about->method));
    *at++ = ' ';
    return osp_line_text(at, osp_str_from(about->pattern), OSP_LOG_ROUTE_MAX, style);
}

static char *put_place(char *at, const osp_place *place, osp_line_style style)
{
    at = osp_line_text(at, osp_str_from(place->file), OSP_LOG_SOURCE_MAX, style);
    *at++ = ':';
    return osp_line_number(at, (uint64_t)place->line);
}

size_t osp_journal_json(osp_log_level level, const osp_about *about, osp_str message,
                        char out[OSP_LOG_LINE_MAX])
{
    char *at = osp_line_put(out, OSP_STR("{\"time\":\""));
    at = osp_line_time(at, osp_now_us());
    at = osp_line_put(at, OSP_STR("\",\"level\":\""));
    at = osp_line_put(at, levels[level].name);
    at = osp_line_put(at, OSP_STR("\",\"pid\":"));
    at = osp_line_number(at, (uint64_t)getpid());
    if (about->request_id.len > 0) {
        at = osp_line_put(at, OSP_STR(",\"request_id\":\""));
        at = osp_line_put(at, about->request_id);
        *at++ = '"';
    }
    if (about->pattern != NULL) {
        at = osp_line_put(at, OSP_STR(",\"route\":\""));
        at = put_route(at, about, OSP_LINE_JSON);
        *at++ = '"';
    }
    if (about->job != NULL) {
        at = osp_line_put(at, OSP_STR(",\"job\":\""));
        at = osp_line_text(at, osp_str_from(about->job), OSP_LOG_ROUTE_MAX, OSP_LINE_JSON);
        *at++ = '"';
    }
    if (about->place.file != NULL) {
        at = osp_line_put(at, OSP_STR(",\"source\":\""));
        at = put_place(at, &about->place, OSP_LINE_JSON);
        *at++ = '"';
    }
    at = osp_line_put(at, OSP_STR(",\"message\":\""));
    at = osp_line_text(at, message, OSP_LOG_MESSAGE_MAX, OSP_LINE_JSON);
    at = osp_line_put(at, OSP_STR("\"}\n"));
    return (size_t)(at - out);
}

static size_t write_text(osp_log_level level, const osp_about *about, osp_str message,
                         char out[OSP_LOG_LINE_MAX])
{
    char *at = osp_line_put(out, levels[level].front);
    if (about->pattern != NULL) {
        at = put_route(at, about, OSP_LINE_BARE);
        at = osp_line_put(at, OSP_STR(": "));
    }
    if (about->job != NULL) {
        at = osp_line_put(at, OSP_STR("job "));
        at = osp_line_text(at, osp_str_from(about->job), OSP_LOG_ROUTE_MAX, OSP_LINE_BARE);
        at = osp_line_put(at, OSP_STR(": "));
    }
    at = osp_line_text(at, message, OSP_LOG_MESSAGE_MAX, OSP_LINE_BARE);
    const bool named = about->request_id.len > 0, placed = about->place.file != NULL;
    if (named || placed) {
        at = osp_line_put(at, named ? OSP_STR(" (request ") : OSP_STR(" ("));
        at = osp_line_put(at, about->request_id);
        at = osp_line_put(at, named && placed ? OSP_STR(", ") : (osp_str){ 0 });
        at = placed ? put_place(at, &about->place, OSP_LINE_BARE) : at;
        *at++ = ')';
    }
    *at++ = '\n';
    return (size_t)(at - out);
}

__attribute__((cold, noinline)) static void tell_hearer(const osp_journal *journal,
                                                        osp_log_level level, const osp_about *about,
                                                        osp_str message)
{
    char line[OSP_LOG_LINE_MAX];
    journal->heard(journal->heard_arg,
                   (osp_str){ line, osp_journal_json(level, about, message, line) });
}

static void write_line(osp_journal *journal, osp_log_level level, const osp_about *about,
                       osp_str message)
{
    if (osp_journal_says(journal, level) && journal->heard != NULL) {
        tell_hearer(journal, level, about, message);
    }
    char *out = osp_journal_says(journal, level) ? osp_sink_room(&journal->sink) : NULL;
    if (out != NULL) {
        const size_t len = journal->json ? osp_journal_json(level, about, message, out)
                                         : write_text(level, about, message, out);
        OSP_ASSERT(len <= OSP_LOG_LINE_MAX);
        osp_sink_add(&journal->sink, out + len);
        osp_sink_flush(&journal->sink);
    }
}

/* ---------------------------------------------------------------- saying */

void osp_journal_say_about(osp_journal *journal, osp_log_level level, const osp_about *about,
                           osp_str message)
{
    if (osp_journal_says(journal, level) && journal->failures++ < OSP_LOG_FAILURES_MAX) {
        write_line(journal, level, about, message);
    }
}

void osp_journal_tell_about(osp_journal *journal, osp_log_level level, const osp_about *about,
                            osp_str message)
{
    write_line(journal, level, about, message);
}

static void say_format(osp_journal *journal, osp_log_level level, const osp_about *about,
                       const char *format, va_list args)
{
    char message[OSP_LOG_MESSAGE_MAX];
    const int len = vsnprintf(message, sizeof message, format, args);
    const size_t kept = len < (int)sizeof message ? (size_t)len : sizeof message - 1;
    if (len >= 0) {
        write_line(journal, level, about, (osp_str){ message, kept });
    }
}

void osp_journal_say_format(osp_journal *journal, osp_log_level level, const osp_about *about,
                            const char *format, va_list args)
{
    say_format(journal, level, about, format, args);
}

void osp_journal_say(osp_journal *journal, osp_log_level level, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    say_format(journal, level, &nothing, format, args);
    va_end(args);
}

void osp_journal_say_lines(osp_journal *journal, osp_str text)
{
    while (text.len > 0) {
        const char *end = memchr(text.ptr, '\n', text.len);
        osp_str line = { text.ptr, end != NULL ? (size_t)(end - text.ptr) : text.len };
        const size_t used = line.len + (end != NULL);
        osp_log_level level = OSP_LOG_INFO;
        for (int i = OSP_LOG_WARNING; i <= OSP_LOG_ERROR; i++) {
            if (osp_str_starts_with(line, levels[i].front)) {
                level = (osp_log_level)i;
                line = (osp_str){ line.ptr + levels[i].front.len, line.len - levels[i].front.len };
                break;
            }
        }
        write_line(journal, level, &nothing, line);
        text = (osp_str){ text.ptr + used, text.len - used };
    }
}

void osp_journal_say_lost(osp_journal *journal, osp_sink *of, const char *name)
{
    const uint64_t lost = of->lost;
    if (lost > 0) {
        of->lost = 0;
        osp_journal_say(journal, OSP_LOG_WARNING, "lines of the %s were lost: %llu", name,
                        (unsigned long long)lost);
    }
}

void osp_journal_tick(osp_journal *journal)
{
    const uint32_t failures = journal->failures;
    journal->failures = 0;
    if (failures > OSP_LOG_FAILURES_MAX) {
        osp_journal_say(journal, OSP_LOG_WARNING, "%u more requests failed within a second",
                        (unsigned)(failures - OSP_LOG_FAILURES_MAX));
    }
    if (journal->sink.len > 0) {
        osp_sink_flush(&journal->sink);
    }
    const uint64_t lost = journal->sink.lost;
    if (lost > 0 && journal->sink.len == 0) {
        osp_journal_say_lost(journal, &journal->sink, "error log");
        journal->sink.lost = journal->sink.lost > 0 ? lost : 0; /* not even that was taken */
    }
}
