/* A worker that has ended: which of the things that it wrote tells why.
 *
 *     a sanitizer's report                       says most
 *     app: routes/route.c:7: show: Assertion `x' failed.
 *     error: worker 7: SIGSEGV at address 0x0 while answering GET /x (route declared at
 *         routes/x/route.c:12), code at app+0x1f, request 3f9a      its last words (serve/crash.c)
 *     error: PORT: 70000 is no port              of one that never served
 *
 * The calls come from the sanitizer, or else as addresses from the page that the worker shared,
 * which addr2line knows by file and line, and the symbol table by name. */
#include <signal.h>
#include <string.h>
#include <sys/wait.h>

#include "build/program.h"
#include "dev/options.h"
#include "dev/report_impl.h"
#include "serve/symbols.h"

/* ---------------------------------------------------------------- calls */

/* Names alone, of the symbol table. */
static void add_symbols(const osp_reporter *reporter, const osp_report_end *end,
                        osp_report_frame_list *frames)
{
    osp_symbols symbols;
    if (osp_symbols_open(&symbols, end->executable) != OSP_OK) {
        return;
    }
    for (size_t i = 0; i < end->frame_count; i++) {
        osp_symbol symbol;
        if (osp_symbols_find(&symbols, end->frames[i], &symbol)) {
            osp_report_add_frame(
                reporter, frames,
                &(osp_report_frame){ .function = symbol.name, .file = symbol.file });
        }
    }
    osp_symbols_close(&symbols);
}

/* What addr2line says of one address: a function and a place, of those inlined there first. */
static void add_told(const osp_reporter *reporter, osp_str function, osp_str told,
                     osp_report_frame_list *frames)
{
    osp_report_frame frame = { .function = function };
    osp_said_place place;
    if (osp_str_starts_with(function, OSP_STR("??"))) {
        frame.function = (osp_str){ 0 };
    }
    if (!osp_str_starts_with(told, OSP_STR("??")) && osp_said_take_place(&told, &place)) {
        frame.file = place.file;
        frame.line = place.line;
    }
    if (frame.function.len > 0 || frame.line > 0) {
        osp_report_add_frame(reporter, frames, &frame);
    }
}

void osp_report_add_addresses(const osp_reporter *reporter, const osp_report_end *end,
                              osp_report_frame_list *frames)
{
    osp_kit_list words = { 0 };
    const char *said;
    if (end->executable == NULL || end->frame_count == 0) {
        return;
    }
    osp_kit_push_words(reporter->arena, &words, "addr2line -afi -e");
    osp_kit_push(reporter->arena, &words, end->executable);
    for (size_t i = 0; i < end->frame_count; i++) {
        osp_kit_push(reporter->arena, &words,
                     osp_kit_format(reporter->arena, "0x%llx", (unsigned long long)end->frames[i]));
    }
    if (osp_program_run(reporter->arena, &words, &said) != 0 || strstr(said, ".c:") == NULL) {
        add_symbols(reporter, end, frames);
        return;
    }
    osp_str rest = osp_str_from(said);
    while (rest.len > 0) {
        const osp_str line = osp_said_line(&rest);
        if (!osp_str_starts_with(line, OSP_STR("0x"))) {
            add_told(reporter, line, osp_said_line(&rest), frames);
        }
    }
}

/* ---------------------------------------------------------------- assertions */

/* "app: routes/route.c:7: show: Assertion `x' failed." and "lib/a.c:7: assertion failed: x". */
static bool read_assertion(const osp_reporter *reporter, osp_str line, osp_report *report)
{
    const size_t glibc = osp_said_find(line, ": Assertion `"),
                 own = osp_said_find(line, ": assertion failed: ");
    osp_str condition, front;
    osp_said_place place;
    bool is_own;
    if (glibc < line.len) {
        condition = osp_said_from(line, glibc + 13);
        condition = osp_said_before(condition, osp_said_find(condition, "' failed."));
        front = osp_said_before(line, glibc);
        front = osp_said_from(front, osp_said_find(front, ": "));
        front = osp_said_from(front, front.len > 2 ? 2 : front.len);
    } else if (own < line.len) {
        condition = osp_said_from(line, own + 20);
        front = osp_said_before(line, own);
    } else {
        return false;
    }
    report->sentence =
        osp_str_from(osp_kit_format(reporter->arena, "The assertion %.*s does not hold",
                                    OSP_ARG(osp_report_words(reporter, condition))));
    report->sentence = osp_report_words(reporter, report->sentence);
    if (osp_said_take_place(&front, &place)) {
        const osp_str file = osp_report_file(reporter, place.file, &is_own);
        if (is_own) { /* of the library's, the application's call is what helps */
            report->file = file;
            report->line = place.line;
        }
    }
    return true;
}

/* What the C library says before it aborts. */
static bool read_libc(osp_str line, osp_report *report)
{
    static const struct {
        const char *said, *sentence;
    } words[] = {
        { "*** stack smashing detected ***", "A function wrote behind an array on its stack" },
        { "*** buffer overflow detected ***", "A call would have written behind its buffer" },
        { "double free or corruption", "Memory is freed twice, or was written over" },
        { "free(): invalid pointer", "What is freed was not allocated" },
        { "free(): ", "Memory is freed twice, or was written over" },
        { "munmap_chunk(): invalid pointer", "What is freed was not allocated" },
        { "malloc(): ", "Something wrote behind the end of an allocation" },
        { "corrupted size vs. prev_size", "Something wrote behind the end of an allocation" },
        { "realloc(): invalid", "What is reallocated was not allocated" },
    };
    for (size_t i = 0; i < OSP_ARRAY_LEN(words); i++) {
        if (osp_str_starts_with(line, osp_str_from(words[i].said))) {
            report->sentence = osp_str_from(words[i].sentence);
            return true;
        }
    }
    return false;
}

/* ---------------------------------------------------------------- last words */

/* "(route declared at routes/x/route.c:12)" */
static void read_declared(const osp_reporter *reporter, osp_str words, osp_report *report)
{
    const size_t at = osp_said_find(words, " declared at ");
    osp_str text = osp_said_from(words, at < words.len ? at + 13 : at);
    osp_said_place place;
    bool own;
    if (report->file.len == 0 && osp_said_take_place(&text, &place)) {
        report->file = osp_report_file(reporter, place.file, &own);
        report->line = place.line;
    }
}

/* "while answering GET /x (route declared ..)": the route, and the id behind "request". */
static void read_request(const osp_reporter *reporter, osp_str words, osp_report *report)
{
    const size_t at = osp_said_find(words, " while answering "),
                 id = osp_said_find(words, ", request ");
    if (at == words.len) {
        return;
    }
    osp_str route = osp_said_from(words, at + 17);
    route = osp_said_before(route, osp_said_find(route, " ("));
    route = osp_report_words(reporter, osp_said_before(route, osp_said_find(route, ", code at ")));
    osp_report_request *request = &report->request.value;
    report->request.is = OSP_SET;
    request->route = route;
    request->method = osp_said_before(route, osp_said_find(route, " "));
    if (id < words.len) {
        const osp_str text = osp_said_from(words, id + 10);
        request->id = osp_report_words(reporter, osp_said_before(text, osp_said_find(text, " ")));
    }
}

/* What the signal means to who wrote the handler. */
static const char *sentence_of_signal(osp_str words, int number)
{
    const size_t at = osp_said_find(words, "SIGSEGV at address 0x");
    if (osp_str_starts_with(words, OSP_STR("stack overflow"))) {
        return "The stack of the handler is used up";
    }
    if (at < words.len) {
        const osp_str digits = osp_said_from(words, at + 21);
        const size_t len = osp_said_find(digits, " ");
        return len <= 3 ? "A pointer that is NULL was used"
                        : "A pointer was used that leads to no memory";
    }
    switch (number) {
    case SIGSEGV:
    case SIGBUS:
        return "A pointer was used that leads to no memory";
    case SIGFPE:
        return "A division by zero";
    case SIGILL:
    case SIGTRAP:
        return "The code came to a place where it must not be";
    case SIGSYS:
        return "A system call was made that is not allowed";
    case SIGKILL:
        return "The worker was killed, perhaps for want of memory";
    case SIGABRT:
        return "The application called abort()";
    default:
        return "The worker was ended by a signal";
    }
}

/* Of one that was ended because it held everybody up. */
static void say_hang(const osp_reporter *reporter, const osp_report_end *end, osp_str words,
                     osp_report *report)
{
    const char *who = osp_said_has(words, " while running job ")       ? "A job"
                      : osp_said_has(words, " outside of any handler") ? "Code outside of a handler"
                                                                       : "A handler";
    if (end->hang == OSP_HANG_START) {
        report->sentence = osp_str_from(
            osp_kit_format(reporter->arena, "The application does not serve %d s after its start",
                           OSP_DEV_START_S));
        return;
    }
    report->kind = OSP_REPORT_HANG;
    report->sentence = osp_str_from(osp_kit_format(
        reporter->arena,
        end->hang == OSP_HANG_WAIT ? "%s held the worker up for %u s in a call that blocks"
                                   : "%s ran for %u s without waiting",
        who, end->hang_s));
    report->advice =
        end->hang == OSP_HANG_WAIT
            ? OSP_STR("Nobody else is answered meanwhile. osp_sleep_ms and the waits of the "
                      "library let others run.")
            : OSP_STR("Nobody else is answered meanwhile. Does a loop never end? If it only takes "
                      "long, set deadlines.stuck_s.");
}

/* The line of a worker that crashes: what follows its number. */
static osp_str find_last_words(osp_str output)
{
    const osp_str front = OSP_STR("error: worker ");
    osp_str last = { 0 };
    while (output.len > 0) {
        const osp_str line = osp_said_line(&output);
        const size_t at = osp_said_find(line, ": SIG"),
                     overflow = osp_said_find(line, ": stack overflow");
        const size_t begin = at < overflow ? at : overflow;
        if (osp_str_starts_with(line, front) && begin < line.len) {
            last = osp_said_from(line, begin + 2);
        }
    }
    return last;
}

/* ---------------------------------------------------------------- the report */

/* The end of a long output, from the beginning of a line on, without a sanitizer's picture of
 * memory. */
static osp_str clean(const osp_reporter *reporter, osp_str output)
{
    if (output.len > OSP_REPORT_RAW_MAX) {
        output = osp_said_from(output, output.len - OSP_REPORT_RAW_MAX);
        (void)osp_said_line(&output);
    }
    const size_t picture = osp_said_find(output, "Shadow bytes around the buggy address:");
    const osp_str behind = osp_said_from(output, picture);
    const size_t end = osp_said_find(behind, "ABORTING\n");
    if (end < behind.len) {
        output = osp_str_from(osp_kit_format(reporter->arena, "%.*s%.*s",
                                             OSP_ARG(osp_said_before(output, picture)),
                                             OSP_ARG(osp_said_from(behind, end + 9))));
    }
    return osp_report_text(reporter->arena, output, OSP_REPORT_RAW_MAX);
}

/* The last line that says an error. */
static osp_str last_error(osp_str output)
{
    static const osp_str front = { "error: ", 7 };
    osp_str last = { 0 };
    while (output.len > 0) {
        const osp_str line = osp_said_line(&output);
        if (osp_str_starts_with(line, front)) {
            last = osp_said_from(line, front.len);
        }
    }
    return last;
}

/* Of a worker that never served, and says why. */
static void read_start(const osp_reporter *reporter, const osp_report_end *end, osp_report *report)
{
    osp_str words = last_error(report->raw);
    osp_said_place place;
    bool own;
    report->kind = OSP_REPORT_START;
    const size_t migration = osp_said_find(words, "sqlite: "); /* which names it alone */
    if (migration == 0 && osp_said_has(words, ".sql:")) {
        words = osp_str_from(
            osp_kit_format(reporter->arena, "migrations/%.*s", OSP_ARG(osp_said_from(words, 8))));
    }
    osp_str rest = words;
    if (osp_said_take_place(&rest, &place) && osp_str_starts_with(rest, OSP_STR(": "))) {
        report->file = osp_report_file(reporter, place.file, &own);
        report->line = place.line;
        report->column = place.column;
        words = osp_said_from(rest, 2);
    }
    report->sentence =
        words.len > 0
            ? osp_report_words(reporter, words)
            : osp_str_from(osp_kit_format(reporter->arena, "The application ended with code %d",
                                          WIFEXITED(end->how) ? WEXITSTATUS(end->how) : -1));
}

static bool read_crash(const osp_reporter *reporter, osp_report *report)
{
    osp_str rest = report->raw;
    bool found = false;
    while (rest.len > 0) {
        const osp_str line = osp_said_line(&rest);
        found |= read_assertion(reporter, line, report) || read_libc(line, report);
    }
    return found;
}

void osp_report_of_end(const osp_reporter *reporter, const osp_report_end *end,
                       osp_report *ret_report)
{
    osp_report report = { .kind = OSP_REPORT_CRASH, .raw = clean(reporter, end->output) };
    const osp_str words = find_last_words(report.raw);
    const bool sanitized = osp_report_of_sanitizer(reporter, report.raw, &report);
    if (!sanitized && !read_crash(reporter, &report)) {
        if (end->hang != OSP_HANG_NONE) {
            say_hang(reporter, end, words, &report);
        } else if (!WIFSIGNALED(end->how)) {
            read_start(reporter, end, &report);
        } else {
            report.sentence = osp_str_from(sentence_of_signal(words, WTERMSIG(end->how)));
        }
    }
    if (!sanitized) {
        osp_report_read_frames(reporter, report.raw, &report.frames);
    }
    if (report.frames.count == 0) {
        osp_report_add_addresses(reporter, end, &report.frames);
    }
    osp_report_place_by_frames(&report);
    if (report.kind != OSP_REPORT_START) {
        read_request(reporter, words, &report);
        read_declared(reporter, words, &report);
    }
    if (!end->served && report.request.is != OSP_SET) {
        report.kind = sanitized ? OSP_REPORT_SANITIZER : OSP_REPORT_START;
    }
    osp_report_complete(reporter, &report);
    *ret_report = report;
}
