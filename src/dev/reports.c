/* What goes wrong, on the terminal and in browsers.
 *
 *     a build that failed      what it said            --> report --> shown --> terminal
 *     a worker that ended      what it said, its page        |          |
 *     a request that failed    the worker's own report ------+          +--> agent --> browsers
 *
 * A worker of a development build that crashes tells of the request first: it is kept until the end
 * of the worker is heard of. */
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/failure.h"
#include "dev/dev_impl.h"
#include "serve/worker.h"

#define REPORT_PRINTED_MAX ((size_t)64 << 10) /* bytes of one on a terminal */

/* ---------------------------------------------------------------- showing */

void osp_dev_show(osp_dev *dev)
{
    osp_buf list;
    osp_buf_init(&list, NULL, 0, OSP_SHOWN_JSON_MAX + 16);
    osp_shown_write(&dev->shown, &list);
    if (dev->shown.count > 0 && !list.failed) {
        osp_dev_tell(dev, "report", (osp_str){ list.ptr, list.len });
    } else {
        osp_dev_tell(dev, "clear", (osp_str){ 0 });
    }
    osp_buf_done(&list);
}

void osp_dev_clear(osp_dev *dev)
{
    if (osp_shown_clear(&dev->shown)) {
        osp_dev_show(dev);
    }
}

static void print(const osp_dev *dev, const osp_report *report)
{
    osp_buf text;
    osp_buf_init(&text, NULL, 0, REPORT_PRINTED_MAX);
    osp_report_print(report, dev->options->dir, isatty(STDOUT_FILENO) == 1, &text);
    (void)fwrite(text.ptr, 1, text.len, stdout);
    (void)fflush(stdout);
    osp_buf_done(&text);
}

/* Tells the terminal of a report.  what_now: what becomes of it; NULL: nothing */
static void say_report(const osp_dev *dev, const osp_report *report, const char *what_now)
{
    char place[OSP_REPORT_TEXT_MAX + 32] = "";
    char sentence[OSP_REPORT_TEXT_MAX + 1]; /* all of it: half a character cannot be told */
    (void)snprintf(sentence, sizeof sentence, "%.*s", OSP_ARG(report->sentence));
    if (report->file.len > 0) {
        (void)snprintf(place, sizeof place, "%.*s:%u:%u", OSP_ARG(report->file), report->line,
                       report->column);
    }
    if (!dev->options->json) {
        print(dev, report);
    }
    osp_say(dev->options->json,
            &(osp_said){ .event = "failed",
                         .stage = osp_report_kind_name(report->kind).ptr,
                         .file = place,
                         .error = sentence },
            what_now != NULL ? "%s" : NULL, what_now);
}

/* The same, and has browsers show it. */
static void publish(osp_dev *dev, const osp_report *report, const char *what_now)
{
    say_report(dev, report, what_now);
    if (osp_shown_add(&dev->shown, report) == OSP_OK) {
        osp_dev_show(dev);
    }
}

/* ---------------------------------------------------------------- kinds of them */

void osp_dev_report(osp_dev *dev, osp_report_kind kind, const char *sentence)
{
    publish(dev, &(osp_report){ .kind = kind, .sentence = osp_str_from(sentence) }, NULL);
}

void osp_dev_report_build(osp_dev *dev, const char *error, osp_str said)
{
    osp_arena arena;
    osp_reporter reporter;
    osp_report report;
    osp_arena_init(&arena, NULL, 0, OSP_REPORT_ARENA_MAX);
    osp_reporter_init(&reporter, &arena, ".");
    osp_report_of_build(&reporter, said, osp_str_from(error), &report);
    publish(dev, &report,
            dev->current.pid != 0 && dev->current.path[0] != '\0' ? "The version before goes on."
                                                                  : NULL);
    osp_arena_done(&arena);
}

void osp_dev_report_settings(osp_dev *dev, osp_str said)
{
    osp_arena arena;
    osp_reporter reporter;
    osp_report report;
    osp_arena_init(&arena, NULL, 0, OSP_REPORT_ARENA_MAX);
    osp_reporter_init(&reporter, &arena, ".");
    osp_report_of_build(&reporter, said, (osp_str){ 0 }, &report);
    report.kind = OSP_REPORT_START;
    publish(dev, &report, "The configuration before stays in force.");
    osp_arena_done(&arena);
}

/* The frames that a worker has left in the page it shared; its numbers are not trusted. */
static size_t take_frames(const osp_page *page, uint64_t frames[OSP_PAGE_FRAMES])
{
    const uint32_t told = page != NULL ? atomic_load(&page->frame_count) : 0;
    const size_t count = told < OSP_PAGE_FRAMES ? told : OSP_PAGE_FRAMES;
    for (size_t i = 0; i < count; i++) {
        frames[i] = atomic_load(&page->frames[i]);
    }
    return count;
}

void osp_dev_report_end(osp_dev *dev, osp_server *server, int how, const char *what_now)
{
    osp_arena arena;
    osp_reporter reporter;
    osp_report report;
    osp_report_request request;
    uint64_t frames[OSP_PAGE_FRAMES];
    osp_server_listen(server, osp_dev_now_ms());
    osp_dev_hear(dev, server); /* the request that it told of last */
    osp_arena_init(&arena, NULL, 0, OSP_REPORT_ARENA_MAX);
    osp_reporter_init(&reporter, &arena, ".");
    const osp_report_end end = {
        .how = how,
        .hang = server->hang,
        .hang_s = dev->stuck_s,
        .served = server->serves,
        .output = { server->said.ptr, server->said.len },
        .executable = server->path[0] != '\0' ? server->path : NULL,
        .frames = frames,
        .frame_count = take_frames(server->shared.page, frames),
    };
    if (WIFEXITED(how) && WEXITSTATUS(how) == OSP_WORKER_UNPROVEN) {
        osp_report_of_build(&reporter, end.output, (osp_str){ 0 }, &report);
        if (report.kind == OSP_REPORT_COMPILE) { /* what it says, it says as compilers do */
            report.kind = OSP_REPORT_CHECK;
        }
    } else {
        osp_report_of_end(&reporter, &end, &report);
    }
    const osp_str crashed = { server->crashed.ptr, server->crashed.len };
    if (crashed.len > 0 && osp_report_request_read(&arena, crashed, &request) == OSP_OK) {
        report.request.is = OSP_SET;
        report.request.value = request;
    }
    if (server->hang != OSP_HANG_NONE && server->generation < dev->current.generation) {
        say_report(dev, &report, what_now); /* it may be mended: sources have changed since */
    } else {
        publish(dev, &report, what_now);
    }
    osp_arena_done(&arena);
}

static void report_failure(osp_dev *dev, osp_server *server, osp_str json)
{
    osp_arena arena;
    osp_reporter reporter;
    osp_report report;
    osp_arena_init(&arena, NULL, 0, OSP_REPORT_ARENA_MAX);
    osp_reporter_init(&reporter, &arena, ".");
    if (osp_report_read(&arena, json, &report) == OSP_OK) {
        report.kind = OSP_REPORT_FAILURE;
        osp_report_complete(&reporter, &report);
        publish(dev, &report, NULL);
        (void)snprintf(server->told, sizeof server->told, "%.*s (request %.*s",
                       OSP_ARG(report.sentence), OSP_ARG(report.request.value.id));
    }
    osp_arena_done(&arena);
}

static void recover(osp_dev *dev, osp_str json)
{
    osp_arena arena;
    osp_report_request request;
    osp_arena_init(&arena, NULL, 0, OSP_REPORT_ARENA_MAX);
    if (osp_report_request_read(&arena, json, &request) == OSP_OK &&
        osp_shown_recover(&dev->shown, request.method, request.target)) {
        osp_dev_show(dev);
    }
    osp_arena_done(&arena);
}

/* ---------------------------------------------------------------- what workers say */

/* The JSON between the front of a line and the brace that ends it. */
static bool takes(osp_str line, const char *front, osp_str *ret_json)
{
    const osp_str with = osp_str_from(front);
    if (!osp_str_starts_with(line, with) || line.len <= with.len) {
        return false;
    }
    *ret_json = (osp_str){ line.ptr + with.len, line.len - with.len - 1 };
    return true;
}

void osp_dev_hear_of_failures(osp_dev *dev, osp_server *server, osp_str line)
{
    osp_str json;
    if (takes(line, OSP_FAILURE_REPORT, &json)) {
        report_failure(dev, server, json);
    } else if (takes(line, OSP_FAILURE_OVER, &json)) {
        recover(dev, json);
    } else if (takes(line, OSP_FAILURE_CRASHED, &json)) {
        osp_buf_done(&server->crashed);
        osp_buf_init(&server->crashed, NULL, 0, OSP_CHANNEL_LINE_MAX);
        osp_buf_str(&server->crashed, json);
    }
}
