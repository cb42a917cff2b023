/* A build that failed.
 *
 *     routes/route.c:7:33: error: 'User' has no member 'emial'     a finding: gcc, clang, tcc
 *         7 |   user->emial
 *           |         ^~~~~
 *           |         email                                        what the compiler would write
 *     routes/types.h:2:1: note: declared here                      a note of the finding before it
 *     ld: obj/a.o:/x/a.c:1: undefined reference to `f'             the linker
 *     lib/one.c:8: one needs itself: ...                           a check of the application
 *     error: routes/c d: not a segment                             the build
 *
 * The sentence that the build ends with is the first error, in our words where we have any: it is
 * the report's, and what else was said stands below it.  Warnings did not fail the build. */
#include <string.h>

#include "base/slice.h"
#include "dev/report_impl.h"

#define FIX_MAX 80 /* bytes of what a compiler would write */

/* What a line of the output is. */
typedef enum said_kind {
    SAID_NOTHING = 0,
    SAID_ERROR, /* of a compiler */
    SAID_LINKER,
    SAID_CHECK,
    SAID_NOTE,
    SAID_WARNING
} said_kind;

typedef struct said {
    said_kind kind;
    osp_said_place place; /* file empty: nowhere */
    osp_str words;
} said;

static const struct {
    const char *mark;
    said_kind kind;
    size_t skipped; /* bytes of it that are no words */
} marks[] = {
    { ": fatal error: ", SAID_ERROR, 15 },
    { ": error: ", SAID_ERROR, 9 },
    { ": warning: ", SAID_WARNING, 11 },
    { ": note: ", SAID_NOTE, 8 },
    { ": undefined reference to ", SAID_LINKER, 2 },
    { ": multiple definition of ", SAID_LINKER, 2 },
    { "error: undefined symbol ", SAID_LINKER, 7 },
    { ": ", SAID_CHECK, 2 },
};

/* The linker names itself and the object before the source: "ld: obj/a.o:/x/a.c:1". */
static osp_str without_object(osp_str place)
{
    const size_t object = osp_said_find(place, ".o:");
    return object < place.len ? osp_said_from(place, object + 3) : place;
}

/* Whether the rest of a text is a place and nothing else. */
static bool is_place(osp_str text, osp_said_place *ret_place)
{
    return osp_said_take_place(&text, ret_place) && text.len == 0 &&
           memchr(ret_place->file.ptr, ' ', ret_place->file.len) == NULL;
}

static said read_said(osp_str line)
{
    said what = { 0 };
    const osp_str error = OSP_STR("error: ");
    const bool own = osp_str_starts_with(line, error);
    line = own ? osp_said_from(line, error.len) : line;
    for (size_t i = 0; i < OSP_ARRAY_LEN(marks); i++) {
        const size_t at = osp_said_find(line, marks[i].mark);
        if (at == line.len) {
            continue;
        }
        const bool placed = is_place(without_object(osp_said_before(line, at)), &what.place);
        if (placed || marks[i].kind == SAID_LINKER) {
            what.place = placed ? what.place : (osp_said_place){ 0 };
            what.kind = marks[i].kind;
            what.words = osp_said_from(line, at + marks[i].skipped);
            return what;
        }
    }
    if (own) {
        what = (said){ .kind = SAID_CHECK, .words = line };
    }
    return what;
}

/* Whether two speak of the same thing: at one place, or nowhere in the same words. */
static bool is_same(const said *one, const said *other)
{
    const osp_said_place *here = &one->place, *there = &other->place;
    return here->line == there->line && here->column == there->column &&
           osp_str_equal(here->file, there->file) &&
           (here->file.len > 0 || osp_str_equal(one->words, other->words));
}

/* ---------------------------------------------------------------- what the compiler would write */

/* What stands on a line below the source, without the frame that gcc draws. */
static osp_str below(osp_str line)
{
    const osp_str text = osp_str_trim(line);
    return text.len > 0 && text.ptr[0] == '|' ? osp_str_trim(osp_said_from(text, 1)) : text;
}

static bool consists_of(osp_str text, const char *bytes)
{
    for (size_t i = 0; i < text.len; i++) {
        if (strchr(bytes, text.ptr[i]) == NULL || text.ptr[i] == '\0') {
            return false;
        }
    }
    return text.len > 0;
}

/* Looks at the lines below a finding, up to the next one; the line behind the one that points is
 * what would stand there instead. */
static osp_str read_fix(osp_str rest)
{
    bool pointed = false;
    while (rest.len > 0) {
        const osp_str line = osp_said_line(&rest), text = below(line);
        if (read_said(line).kind != SAID_NOTHING || line.len == 0 || line.ptr[0] != ' ') {
            if (pointed || read_said(line).kind != SAID_NOTHING) {
                break;
            }
            continue; /* clang shows the source without a frame */
        }
        if (pointed && !consists_of(text, "|^~- ")) {
            return text.len <= FIX_MAX ? text : (osp_str){ 0 };
        }
        pointed = pointed ? consists_of(text, "-^~ ") : consists_of(text, "^~ ");
    }
    return (osp_str){ 0 };
}

/* ---------------------------------------------------------------- the report */

static bool ends_in(osp_str file, const char *end)
{
    const osp_str with = osp_str_from(end);
    return file.len > with.len && osp_str_equal(osp_said_from(file, file.len - with.len), with);
}

/* The sentence that stands last, and its place. */
static said read_error(osp_str error)
{
    const osp_str front = OSP_STR("error: ");
    said what = { .kind = SAID_CHECK };
    while (osp_str_starts_with(error, front)) {
        error = osp_said_from(error, front.len);
    }
    osp_str rest = error;
    const bool placed = osp_said_take_place(&rest, &what.place) &&
                        osp_str_starts_with(rest, OSP_STR(": ")) &&
                        memchr(what.place.file.ptr, ' ', what.place.file.len) == NULL;
    what.place = placed ? what.place : (osp_said_place){ 0 };
    what.words = placed ? osp_said_from(rest, 2) : error;
    return what;
}

/* The first error of the output, where the sentence is empty or says nothing of a place. */
static said find_first(osp_str output)
{
    said first = { 0 };
    while (output.len > 0 && first.kind == SAID_NOTHING) {
        const said what = read_said(osp_said_line(&output));
        if (what.kind == SAID_ERROR || what.kind == SAID_LINKER || what.kind == SAID_CHECK) {
            first = what;
        }
    }
    return first;
}

/* Goes through all that was said.  The finding that the sentence is about gives its kind, its notes
 * and its fix; the other errors are listed. */
static void read_output(const osp_reporter *reporter, osp_str output, said *first,
                        osp_report *report)
{
    bool at_first = false, seen = false;
    while (output.len > 0) {
        const said what = read_said(osp_said_line(&output));
        if (osp_said_has(what.words, "`__odr_asan.")) {
            continue; /* AddressSanitizer's shadow of what is defined twice */
        }
        if (what.kind == SAID_NOTE && at_first) {
            osp_report_add_finding(reporter, report, "note", what.words, &what.place);
        }
        if (what.kind == SAID_NOTHING || what.kind == SAID_NOTE) {
            continue;
        }
        const bool same = is_same(&what, first);
        at_first = same && what.kind != SAID_WARNING && !seen;
        if (at_first) {
            seen = true;
            first->kind = what.kind;
            const osp_str fix = read_fix(output);
            if (fix.len > 0) {
                osp_report_add_finding(reporter, report, "fix", fix, &what.place);
            }
        } else if (what.kind != SAID_WARNING &&
                   !(same && osp_str_equal(what.words, first->words))) {
            osp_report_add_finding(reporter, report, "error", what.words,
                                   what.place.file.len > 0 ? &what.place : NULL);
        }
    }
}

/* "multiple definition of `x'; obj/b.o:/app/lib/b.c:1: first defined here": two places. */
static osp_str read_twice(const osp_reporter *reporter, osp_str words, osp_report *report)
{
    const size_t mark = osp_said_find(words, ": first defined here"),
                 at = osp_said_find(words, "; ");
    osp_said_place place;
    if (mark == words.len || at > mark) {
        return words;
    }
    const osp_str other = without_object((osp_str){ words.ptr + at + 2, mark - at - 2 });
    if (is_place(other, &place)) {
        osp_report_add_finding(reporter, report, "note", OSP_STR("first defined here"), &place);
    }
    return osp_said_before(words, at);
}

/* "routes/a/route.c and routes/b/route.c answer the same URL": where files do not go together, the
 * build names them and no line.  The first one is the place, the others are notes. */
static void place_by_names(const osp_reporter *reporter, osp_str words, osp_said_place *place,
                           osp_report *report)
{
    osp_str word;
    while (osp_str_take(&words, ' ', &word)) {
        word.len -= ends_in(word, ",") || ends_in(word, ";") || ends_in(word, ":");
        const uint32_t line = osp_report_declaration(reporter, word);
        const osp_said_place named = { word, line, 0 };
        if (line > 0 && place->line == 0) {
            *place = named;
        } else if (line > 0 && !osp_str_equal(word, place->file)) {
            osp_report_add_finding(reporter, report, "note", OSP_STR("and here"), &named);
        }
    }
}

void osp_report_of_build(const osp_reporter *reporter, osp_str output, osp_str error,
                         osp_report *ret_report)
{
    osp_report report = { .kind = OSP_REPORT_CHECK };
    bool own;
    report.raw = osp_report_text(reporter->arena, output, OSP_REPORT_RAW_MAX);
    said first = read_error(osp_report_words(reporter, error));
    if (first.words.len == 0) {
        first = find_first(report.raw);
    }
    read_output(reporter, report.raw, &first, &report);
    first.words = read_twice(reporter, first.words, &report);
    if (first.kind == SAID_CHECK && first.place.line == 0) {
        place_by_names(reporter, first.words, &first.place, &report);
    }
    if (first.kind == SAID_ERROR || first.kind == SAID_LINKER) {
        report.kind = OSP_REPORT_COMPILE;
    }
    if (ends_in(first.place.file, ".html")) {
        report.kind = OSP_REPORT_TEMPLATE;
    } else if (ends_in(first.place.file, ".sql")) {
        report.kind = OSP_REPORT_CHECK;
    }
    report.sentence = first.words.len > 0 ? osp_report_words(reporter, first.words)
                                          : OSP_STR("The application does not build.");
    report.file = osp_report_file(reporter, first.place.file, &own);
    report.line = first.place.line;
    report.column = first.place.column;
    osp_report_complete(reporter, &report);
    *ret_report = report;
}
