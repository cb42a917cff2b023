/* Reads what programs say: lines, places, numbers; and the sources that they speak of.
 *
 * A program that is broken, or that prints what a client sent, may name any file.  Shown is only
 * what lies below the application's folder, behind all symbolic links, and has the name of a
 * source: no report is a way to read others. */
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dev/report_impl.h"

#define BESIDE 5 /* lines that are shown before and behind the one that is spoken of */
_Static_assert(2 * BESIDE + 1 <= OSP_REPORT_LINES_MAX, "an excerpt has room");

/* ---------------------------------------------------------------- texts */

osp_str osp_said_line(osp_str *rest)
{
    const char *end = memchr(rest->ptr, '\n', rest->len);
    osp_str line = { rest->ptr, end != NULL ? (size_t)(end - rest->ptr) : rest->len };
    const size_t step = line.len + (end != NULL);
    *rest = (osp_str){ rest->ptr + step, rest->len - step };
    line.len -= line.len > 0 && line.ptr[line.len - 1] == '\r';
    return line;
}

size_t osp_said_find(osp_str text, const char *words)
{
    const char *at = text.len > 0 ? memmem(text.ptr, text.len, words, strlen(words)) : NULL;
    return at != NULL ? (size_t)(at - text.ptr) : text.len;
}

static size_t digits_of(osp_str text)
{
    size_t len = 0;
    while (len < text.len && text.ptr[len] >= '0' && text.ptr[len] <= '9') {
        len++;
    }
    return len;
}

uint64_t osp_said_number(osp_str text)
{
    const size_t len = digits_of(text);
    int64_t value = 0;
    return len > 0 && osp_str_to_int(osp_said_before(text, len), &value) == OSP_OK ? (uint64_t)value
                                                                                   : 0;
}

/* Takes ":12" off the front. */
static bool take_number(osp_str *text, uint32_t *ret_number)
{
    if (text->len < 2 || text->ptr[0] != ':') {
        return false;
    }
    const osp_str number = osp_said_from(*text, 1);
    const size_t len = digits_of(number);
    const uint64_t value = osp_said_number(number);
    if (len == 0 || value > INT32_MAX) {
        return false;
    }
    *ret_number = (uint32_t)value;
    *text = osp_said_from(number, len);
    return true;
}

bool osp_said_take_place(osp_str *text, osp_said_place *ret_place)
{
    osp_said_place place = { 0 };
    size_t at = 0;
    /* A name may hold spaces, and colons that no number follows. */
    for (; at < text->len && at < PATH_MAX; at++) {
        osp_str rest = osp_said_from(*text, at);
        if (at > 0 && take_number(&rest, &place.line)) {
            place.file = osp_said_before(*text, at);
            (void)take_number(&rest, &place.column);
            *text = rest;
            *ret_place = place;
            return true;
        }
    }
    return false;
}

/* ---------------------------------------------------------------- reports */

void osp_reporter_init(osp_reporter *reporter, osp_arena *arena, const char *dir)
{
    char real[PATH_MAX];
    const char *found = realpath(dir, real);
    *reporter = (osp_reporter){ .arena = arena,
                                .dir = dir,
                                .real = osp_kit_format(arena, "%s", found != NULL ? found : dir) };
}

osp_str osp_report_words(const osp_reporter *reporter, osp_str text)
{
    return osp_report_text(reporter->arena, text, OSP_REPORT_TEXT_MAX);
}

osp_str osp_report_file(const osp_reporter *reporter, osp_str file, bool *ret_own)
{
    const size_t len = strlen(reporter->real);
    bool own = file.len > 0 && file.ptr[0] != '/' && file.ptr[0] != '<' && file.ptr[0] != '(';
    if (file.len > len + 1 && memcmp(file.ptr, reporter->real, len) == 0 && file.ptr[len] == '/') {
        file = osp_said_from(file, len + 1);
        own = true;
    }
    while (osp_str_starts_with(file, OSP_STR("./"))) {
        file = osp_said_from(file, 2);
    }
    const osp_str name = osp_report_words(reporter, file);
    /* Those of the C library are relative, too. */
    *ret_own =
        own && !osp_said_has(name, "../") && !osp_str_starts_with(name, OSP_STR(".openspeed/")) &&
        access(osp_kit_format(reporter->arena, "%s/%.*s", reporter->real, OSP_ARG(name)), F_OK) ==
            0;
    return name;
}

/* Room for one more item of a list, whose arrays grow to their limit at once. */
static void *grow(const osp_reporter *reporter, void *items, size_t count, size_t max, size_t size)
{
    if (count == max) {
        return NULL;
    }
    return items != NULL ? items : osp_kit_alloc(reporter->arena, max * size);
}

void osp_report_add_finding(const osp_reporter *reporter, osp_report *report, const char *severity,
                            osp_str text, const osp_said_place *place)
{
    osp_report_finding_list *list = &report->findings;
    osp_report_finding *items =
        grow(reporter, list->items, list->count, OSP_REPORT_FINDINGS_MAX, sizeof(*items));
    bool own;
    if (items == NULL) {
        return;
    }
    items[list->count] = (osp_report_finding){ .severity = osp_str_from(severity),
                                               .text = osp_report_words(reporter, text) };
    if (place != NULL) {
        items[list->count].file = osp_report_file(reporter, place->file, &own);
        items[list->count].line = place->line;
        items[list->count].column = place->column;
    }
    list->items = items;
    list->count++;
}

/* Whether a call is that of the two before it: a function that calls itself without end. */
static bool repeats(const osp_report_frame_list *frames, const osp_report_frame *frame)
{
    if (frames->count < 2) {
        return false;
    }
    const osp_report_frame *one = &frames->items[frames->count - 1];
    const osp_report_frame *other = &frames->items[frames->count - 2];
    return frame->line == one->line && frame->line == other->line &&
           osp_str_equal(frame->function, one->function) &&
           osp_str_equal(frame->function, other->function);
}

void osp_report_add_frame(const osp_reporter *reporter, osp_report_frame_list *frames,
                          const osp_report_frame *frame)
{
    if (repeats(frames, frame)) {
        return;
    }
    osp_report_frame *items =
        grow(reporter, frames->items, frames->count, OSP_REPORT_FRAMES_MAX, sizeof(*items));
    if (items != NULL) {
        frames->items = items;
        items[frames->count] = *frame;
        items[frames->count].function = osp_report_words(reporter, frame->function);
        items[frames->count].file =
            osp_report_file(reporter, frame->file, &items[frames->count].application);
        /* What our macros make stands in the application's file. */
        items[frames->count].application &=
            !osp_str_starts_with(frame->function, OSP_STR("osp_thunk_"));
        frames->count++;
    }
}

void osp_report_place_by_frames(osp_report *report)
{
    for (size_t i = 0; report->file.len == 0 && i < report->frames.count; i++) {
        const osp_report_frame *frame = &report->frames.items[i];
        if (frame->application && frame->line > 0) {
            report->file = frame->file;
            report->line = frame->line;
            report->column = frame->column;
        }
    }
}

/* ---------------------------------------------------------------- sources */

static bool is_source(osp_str file)
{
    static const char *const ends[] = { ".c", ".h", ".html", ".sql", ".css", ".js", ".inc" };
    for (size_t i = 0; i < OSP_ARRAY_LEN(ends); i++) {
        const osp_str end = osp_str_from(ends[i]);
        if (file.len > end.len && osp_str_equal(osp_said_from(file, file.len - end.len), end)) {
            return true;
        }
    }
    return osp_str_equal(file, OSP_STR("openspeed.json"));
}

/* Reads a source of the application; false: it is none, or none that may be shown. */
static bool read_source(const osp_reporter *reporter, osp_str file, osp_str *ret_text)
{
    char real[PATH_MAX];
    struct stat is;
    const size_t dir_len = strlen(reporter->real);
    if (file.ptr[0] == '/' || !is_source(file) || memchr(file.ptr, '\0', file.len) != NULL) {
        return false;
    }
    const char *path = osp_kit_format(reporter->arena, "%s/%.*s", reporter->real, OSP_ARG(file));
    return realpath(path, real) != NULL && strncmp(real, reporter->real, dir_len) == 0 &&
           real[dir_len] == '/' && stat(real, &is) == 0 && S_ISREG(is.st_mode) &&
           (uint64_t)is.st_size <= OSP_REPORT_SOURCE_MAX &&
           osp_kit_read(reporter->arena, real, ret_text, NULL) == OSP_OK;
}

uint32_t osp_report_declaration(const osp_reporter *reporter, osp_str file)
{
    osp_str text;
    if (!read_source(reporter, file, &text)) {
        return 0;
    }
    for (uint32_t at = 1; text.len > 0; at++) {
        const osp_str line = osp_said_line(&text);
        if (osp_str_starts_with(line, OSP_STR("OSP_ROUTE(")) ||
            osp_str_starts_with(line, OSP_STR("OSP_PAGE("))) {
            return at;
        }
    }
    return 1;
}

void osp_report_complete(const osp_reporter *reporter, osp_report *report)
{
    osp_str text;
    if (report->file.len == 0 || report->line == 0 || report->excerpt.count > 0 ||
        !read_source(reporter, report->file, &text)) {
        return;
    }
    const uint32_t first = report->line > BESIDE ? report->line - BESIDE : 1;
    osp_report_line *lines = osp_kit_alloc(reporter->arena, OSP_REPORT_LINES_MAX * sizeof(*lines));
    size_t count = 0;
    bool marked = false;
    for (uint32_t at = 1; text.len > 0 && at <= report->line + BESIDE; at++) {
        const osp_str line = osp_said_line(&text);
        if (at >= first) {
            marked |= at == report->line;
            lines[count++] = (osp_report_line){ .line = at,
                                                .text = osp_report_words(reporter, line),
                                                .marked = at == report->line };
        }
    }
    if (marked) { /* else the file is another one than was spoken of */
        report->excerpt = (osp_report_line_list){ lines, count };
    }
}
