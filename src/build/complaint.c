/* Makes the words of a compiler about one file short.
 *
 *     routes/a/route.c: In function 'f':         context: waits for what follows
 *     routes/a/route.c:7:33: error: ...          head of a report: shown, or not
 *     .../base.h:219:32: error: ...              head in our headers: waits for the line that used
 *                                                the macro, which then stands in its place
 *         7 | OSP_TYPE(User, ...                 body: goes with its head
 *     .../type.h:180:53: note: expanded from     head of a note: never outlives its report
 *
 * One slip in an OSP_TYPE breaks every expansion of the macro, and each of them is reported with
 * the way through our headers.  The first report of a line says what is wrong; the others are
 * its echo.  The reports themselves stay as the compiler wrote them.
 *
 * Rejected: options of the compilers.  Those that stop after the first error hide errors of other
 * lines, and none leaves out the notes about our macros alone. */
#include "build/complaint.h"

#include <stdio.h>
#include <string.h>

#include "base/slice.h"
#include "base/utf8.h"

#define OSP_COMPLAINT_LINE_MAX 4096 /* bytes of a line that are looked at */
#define MULTIPLE ": multiple definition of "
#define OSP_COMPLAINT_NAME_MAX 60 /* of a name in a hint */

typedef enum severity {
    SEVERITY_NONE = 0,
    SEVERITY_NOTE,
    SEVERITY_WARNING,
    SEVERITY_ERROR
} severity;

/* The first line of a report, without colours. */
typedef struct head {
    severity severity;
    osp_str path, line; /* line: its number, as text */
    osp_str place;      /* path, line and column */
    osp_str words;
} head;

typedef struct reader {
    osp_str own, source;
    osp_buf *out;
    char *first;
    osp_str context;   /* lines that belong to the next report */
    osp_str next;      /* the line behind the one that is being read */
    bool showing;      /* the report that is being read */
    bool note_showing; /* the note that is being read */
    bool in_note;
    severity waiting; /* a report of our headers whose place in the source is not known yet */
    char waiting_words[OSP_COMPLAINT_LINE_MAX];
    osp_str waiting_line;                       /* as the compiler wrote it */
    char places[OSP_COMPLAINT_PLACES_MAX][160]; /* "path:line" of every error so far */
    size_t place_count;
} reader;

/* The options of every item. */
#define COMMON ".name, .doc, .example, CHECK, .needs, .secret, .read_only, .write_only, .deprecated"
#define COMMON_PARAMETER ".name, .doc, .example, CHECK, .needs, .secret, .deprecated"
#define TEXT "a text of the source becomes an osp_str by S(\"...\")"
#define OTHER_TYPE "a value is of another type than this call takes or is told"

/* Words for what our macros make of a mistake. */
static const struct {
    const char *key;   /* how a name in the compiler's words begins */
    const char *with;  /* what the words hold besides, or the name ends in; NULL: nothing */
    const char *words; /* %.*s, at most twice: the rest of the name */
} hints[] = {
    { "osp_string_takes_", NULL,
      "a string takes .min_len, .max_len, .pattern, .format, .fallback and " COMMON },
    { "osp_bytes_take_", NULL, "bytes take .min_len, .max_len, .fallback and " COMMON },
    { "osp_number_takes_", NULL,
      "a number takes RANGE, AT_LEAST, AT_MOST, ABOVE, BELOW, .multiple_of, .as_string, .fallback "
      "and " COMMON },
    { "osp_parameter_list_takes_", NULL,
      "a list in a parameter takes .min_len, .max_len, .unique, EACH, .style, .joined "
      "and " COMMON_PARAMETER },
    { "osp_list_takes_", NULL,
      "a list takes .min_len, .max_len, .unique, EACH, .fallback and " COMMON },
    { "osp_map_takes_", NULL, "a map takes .min_len, .max_len, EACH, .fallback and " COMMON },
    { "osp_parameter_or_body_is_", NULL,
      "what a request says elsewhere than in JSON is always read and never written; it takes "
      "neither .read_only nor .write_only" },
    { "osp_scalar_takes_", NULL, "a value of this type takes .fallback and " COMMON },
    { "osp_array_has_", NULL, "an array takes .unique, EACH and " COMMON },
    { "osp_parameter_object_takes_", NULL,
      "an object in a parameter takes .style, .joined and " COMMON_PARAMETER },
    { "osp_object_takes_", NULL, "an object takes .fallback and " COMMON },
    { "osp_body_takes_", NULL, "a body takes " COMMON_PARAMETER },
    { "osp_unknown_item", NULL,
      "the items of OSP_TYPE are FIELD, OBJECT, LIST, ENUM, MAYBE, OPT, OPT_ENUM, OPT_LIST, ARRAY, "
      "MAP, EXTRA, SKIP, OPTIONS, BODY, and PATH, QUERY, HEADER, COOKIE, FORM with _LIST, _ENUM, "
      "_OPT_ENUM and _OBJECT" },
    { "osp_check_of_another_type", NULL,
      "the check is of another type than what it stands at: its OSP_CHECKER says which" },
    { "osp_check_", "undeclared",
      "%.*s is no check yet; write OSP_CHECKER(%.*s, ...) above this line" },
    { "compatible with any association", NULL, OTHER_TYPE },
    { "compatible with any generic association", NULL, OTHER_TYPE },
    { "does not match any association", NULL, OTHER_TYPE },
    { "osp_thunk_", "redefinition", "%.*s has a handler in this file already" },
    { "osp_fills_", "redefinition", "%.*s is declared in this file already" },
    { "osp_fields_", "undeclared",
      "%.*s is no struct that OSP_TYPE describes; an argument of a query is (TYPE, NAME) in "
      "parentheses, or such a struct" },
    { "\"OSP_QUERY_ARG_2\"", NULL,
      "an argument of a query is a type and a name in parentheses, such as (osp_str, slug)" },
    { "osp_args_", "redefinition", "%.*s is a query of this file already" },
    { "unknown type name 'osp_opt_", NULL,
      "osp_opt_%.*s is unknown; there are osp_opt_bool, _int, _uint, _double, _str, _bytes, "
      "_decimal, _time, _date, _duration, _uuid and _json, in <openspeed/openspeed.h>" },
    { "unknown type name '", "_list_opt'", "%.*s is unknown; OSP_OPT_OF of the list declares it" },
    { "unknown type name '", "_list'", "%.*s is unknown; OSP_LIST_OF of its elements declares it" },
    { "unknown type name '", "_opt'", "%.*s is unknown; OSP_OPT_OF of its value declares it" },
    { "unknown type name '", "_map'", "%.*s is unknown; OSP_MAP_OF of its values declares it" },
    { "unknown type name 'osp_", NULL,
      "osp_%.*s is unknown; is it spelt right, and <openspeed/openspeed.h> included?" },
    { "osp_type_int'", NULL, "int is as wide as the compiler likes; say int32_t or int64_t" },
    { "osp_type_", "undeclared",
      "%.*s is not described above; write OSP_TYPE(%.*s, ...) there, or OSP_FORWARD_TYPE of a type "
      "that refers to itself" },
    { "osp_str'", "format",
      "an osp_str is printed by %%.*s with OSP_ARG(...), not by its name alone" },
    { "type 'osp_str' from type 'char *'", NULL, TEXT },
    { "returning type 'char *' but 'osp_str'", NULL, TEXT },
    { "'char[", "osp_str'", TEXT },
    { "braces around initiali", NULL, "a struct is given without its braces; " TEXT },
    { "OSP_METHOD_", "undeclared",
      "%.*s is no method; take GET, HEAD, POST, PUT, DELETE, PATCH or OPTIONS" },
};

static bool is_digit(char byte)
{
    return byte >= '0' && byte <= '9';
}

static bool is_word(char byte)
{
    return is_digit(byte) || byte == '_' || (byte >= 'a' && byte <= 'z') ||
           (byte >= 'A' && byte <= 'Z');
}

static bool begins(osp_str text, osp_str with)
{
    return with.len > 0 && osp_str_starts_with(text, with);
}

/* Where `words` begin in `text`; text.len when they do not. */
static size_t find(osp_str text, const char *words)
{
    const char *at = text.len > 0 ? memmem(text.ptr, text.len, words, strlen(words)) : NULL;
    return at != NULL ? (size_t)(at - text.ptr) : text.len;
}

static bool has(osp_str text, const char *words)
{
    return find(text, words) < text.len;
}

/* The line without escape sequences (ECMA-48 section 5.4) and with plain quotes, in `storage`. */
static osp_str plain(osp_str line, char *storage, size_t size)
{
    size_t len = 0;
    for (size_t i = 0; i < line.len && len < size; i++) {
        if (line.ptr[i] == '\033' && i + 1 < line.len && line.ptr[i + 1] == '[') {
            i += 2;
            while (i < line.len && (line.ptr[i] < '@' || line.ptr[i] > '~')) {
                i++;
            }
        } else if (i + 2 < line.len && (memcmp(line.ptr + i, "\xe2\x80\x98", 3) == 0 ||
                                        memcmp(line.ptr + i, "\xe2\x80\x99", 3) == 0)) {
            storage[len++] = '\'';
            i += 2;
        } else if (line.ptr[i] != '\r') {
            storage[len++] = line.ptr[i];
        }
    }
    return (osp_str){ storage, len };
}

/* PATH:LINE[:COLUMN]: severity: words */
static bool read_head(osp_str line, head *ret_head)
{
    static const struct {
        const char *word;
        severity severity;
        size_t skipped; /* of it, before what it says */
    } severities[] = { { ": fatal error: ", SEVERITY_ERROR, 15 },
                       { ": error: ", SEVERITY_ERROR, 9 },
                       { ": warning: ", SEVERITY_WARNING, 11 },
                       { ": note: ", SEVERITY_NOTE, 8 },
                       { MULTIPLE, SEVERITY_ERROR, 2 },
                       { ": undefined reference to ", SEVERITY_ERROR, 2 } };
    for (size_t i = 0; i < OSP_ARRAY_LEN(severities); i++) {
        const size_t at = find(line, severities[i].word);
        if (at == line.len) {
            continue;
        }
        /* The linker names the object before the source. */
        const size_t object = find((osp_str){ line.ptr, at }, ".o:/");
        const size_t skipped = object < at ? object + 3 : 0;
        osp_str place = { line.ptr + skipped, at - skipped }, numbers[2];
        size_t count = 0, end = place.len;
        while (count < 2) {
            size_t begin = end;
            while (begin > 0 && is_digit(place.ptr[begin - 1])) {
                begin--;
            }
            if (begin == end || begin < 2 || place.ptr[begin - 1] != ':') {
                break;
            }
            numbers[count++] = (osp_str){ place.ptr + begin, end - begin };
            end = begin - 1;
        }
        if (count == 0) {
            continue;
        }
        *ret_head = (head){ severities[i].severity,
                            { place.ptr, end },
                            numbers[count - 1],
                            place,
                            osp_str_skip(line, at + severities[i].skipped) };
        return true;
    }
    return false;
}

/* True when the line has an error already; remembers it otherwise. */
static bool is_echo(reader *r, const head *h)
{
    char place[sizeof(r->places[0])];
    if (h->path.len + h->line.len + 2 > sizeof(place)) {
        return false;
    }
    const int len = snprintf(place, sizeof(place), "%.*s:%.*s", OSP_ARG(h->path), OSP_ARG(h->line));
    OSP_ASSERT(len >= 0 && (size_t)len < sizeof(place));
    for (size_t i = 0; i < r->place_count; i++) {
        if (strcmp(r->places[i], place) == 0) {
            return true;
        }
    }
    if (h->severity == SEVERITY_ERROR && r->place_count < OSP_COMPLAINT_PLACES_MAX) {
        memcpy(r->places[r->place_count++], place, (size_t)len + 1);
    }
    return false;
}

/* The sentence inside what compilers say about a static assertion that failed. */
static osp_str sentence(osp_str words)
{
    if (!osp_str_starts_with(words, OSP_STR("static assertion failed")) &&
        !osp_str_starts_with(words, OSP_STR("static_assert failed"))) {
        return words;
    }
    const size_t requirement = find(words, "' \""), quote = find(words, "\"");
    const size_t begin = requirement < words.len ? requirement + 2 : quote;
    if (begin < words.len && words.len > begin + 2 && words.ptr[words.len - 1] == '"') {
        return (osp_str){ words.ptr + begin + 1, words.len - begin - 2 };
    }
    const size_t colon = find(words, "': "); /* clang since 16 */
    return colon < words.len ? osp_str_skip(words, colon + 3) : words;
}

/* Whether the first `len` bytes and the quote behind them end in `with`. */
static bool ends(osp_str text, size_t len, const char *with)
{
    const size_t with_len = strlen(with);
    return len < text.len && len + 1 >= with_len &&
           memcmp(text.ptr + len + 1 - with_len, with, with_len) == 0;
}

/* Our own words for the compiler's, in `storage`; those of the compiler when there are none. */
static osp_str hint(osp_str words, char *storage, size_t size)
{
    /* clang names every struct that could have been meant, and then the one that is. */
    const osp_str choice = osp_str_skip(words, find(words, "(aka '"));
    for (size_t i = 0; i < OSP_ARRAY_LEN(hints); i++) {
        const osp_str scope = hints[i].with == NULL && choice.len > 0 ? choice : words;
        const size_t at = find(scope, hints[i].key);
        if (at == scope.len || (hints[i].with != NULL && !has(words, hints[i].with))) {
            continue;
        }
        const osp_str name = osp_str_skip(scope, at + strlen(hints[i].key));
        int len = 0;
        while ((size_t)len < name.len && len < OSP_COMPLAINT_NAME_MAX && is_word(name.ptr[len])) {
            len++;
        }
        /* A compiler's guess behind the name ends in something else. */
        if (hints[i].with != NULL && hints[i].with[0] == '_' &&
            !ends(name, (size_t)len, hints[i].with)) {
            continue;
        }
        (void)snprintf(storage, size, hints[i].words, len, name.ptr, len, name.ptr);
        return osp_str_from(storage);
    }
    return words;
}

/* A fallback that is no text: the line of the source, which follows the report, shows its value. */
static osp_str fallback_hint(osp_str words, osp_str excerpt, char *storage, size_t size)
{
    static const char option[] = ".fallback";
    if (!has(words, "const char *")) {
        return words;
    }
    for (size_t at; (at = find(excerpt, option)) < excerpt.len;) {
        excerpt = osp_str_skip(excerpt, at + sizeof(option) - 1);
        size_t begin = 0, end;
        while (begin < excerpt.len && (excerpt.ptr[begin] == ' ' || excerpt.ptr[begin] == '=')) {
            begin++;
        }
        end = begin;
        while (end < excerpt.len &&
               (is_word(excerpt.ptr[end]) || excerpt.ptr[end] == '.' || excerpt.ptr[end] == '-')) {
            end++;
        }
        if (end > begin && end - begin < OSP_COMPLAINT_NAME_MAX) {
            (void)snprintf(storage, size, "a fallback is a text: write .fallback = \"%.*s\"",
                           (int)(end - begin), excerpt.ptr + begin);
            return osp_str_from(storage);
        }
    }
    return words;
}

static void remember_first(reader *r, const head *h)
{
    char storage[OSP_COMPLAINT_FIRST_MAX], excerpt[OSP_COMPLAINT_LINE_MAX];
    if (h->severity != SEVERITY_ERROR || r->first[0] != '\0') {
        return;
    }
    osp_str words = hint(sentence(h->words), storage, sizeof(storage));
    if (words.ptr == h->words.ptr) {
        words = fallback_hint(words, plain(r->next, excerpt, sizeof(excerpt)), storage,
                              sizeof(storage));
    }
    (void)snprintf(r->first, OSP_COMPLAINT_FIRST_MAX, "%.*s: %.*s", OSP_ARG(h->place),
                   OSP_ARG(words));
    /* gcc escapes the quotes of an assertion's sentence. */
    size_t len = 0;
    for (const char *at = r->first; *at != '\0'; at++) {
        if (at[0] != '\\' || (at[1] != '\'' && at[1] != '"')) {
            r->first[len++] = *at;
        }
    }
    /* A cut must not go through a character. */
    for (int i = 0; i < 3 && len > 0 && !osp_utf8_valid((osp_str){ r->first, len }); i++) {
        len--;
    }
    r->first[len] = '\0';
}

static void show_report(reader *r, const head *h, osp_str line)
{
    r->in_note = false;
    r->showing = !is_echo(r, h);
    if (r->showing) {
        osp_buf_str(r->out, r->context);
        osp_buf_str(r->out, line);
        remember_first(r, h);
    }
    r->context.len = 0;
}

/* No line of the source used the macro: the report goes on as it was. */
static void end_waiting(reader *r)
{
    char storage[OSP_COMPLAINT_LINE_MAX];
    head h;
    const osp_str line = r->waiting_line;
    if (r->waiting == SEVERITY_NONE) {
        return;
    }
    r->waiting = SEVERITY_NONE;
    const osp_str whole = { line.ptr, line.len - (line.ptr[line.len - 1] == '\n') };
    if (read_head(plain(whole, storage, sizeof(storage)), &h)) {
        show_report(r, &h, line);
    }
}

/* gcc reports what a macro of ours calls at the macro, and then says who used it. */
static void take_user(reader *r, const head *note)
{
    static const char *const names[] = {
        [SEVERITY_WARNING] = "warning", [SEVERITY_ERROR] = "error"
    };
    const osp_str words = osp_str_from(r->waiting_words);
    const head h = { r->waiting, note->path, note->line, note->place, words };
    r->waiting = SEVERITY_NONE;
    r->in_note = false;
    r->showing = !is_echo(r, &h);
    if (r->showing) {
        osp_buf_str(r->out, r->context);
        osp_buf_printf(r->out, "%.*s: %s: %.*s\n", OSP_ARG(h.place), names[h.severity],
                       OSP_ARG(words));
        remember_first(r, &h);
    }
    r->context.len = 0;
}

static void take_report(reader *r, const head *h, osp_str line)
{
    end_waiting(r);
    if (begins(h->path, r->own) && h->severity != SEVERITY_NOTE) {
        r->waiting = h->severity;
        r->waiting_line = line;
        (void)snprintf(r->waiting_words, sizeof(r->waiting_words), "%.*s", OSP_ARG(h->words));
        r->in_note = r->showing = false;
        return;
    }
    show_report(r, h, line);
}

static void take_note(reader *r, const head *h, osp_str line)
{
    static const char *const noise[] = { "in definition of macro", "in expansion of macro",
                                         "expanded from", "each undeclared identifier is" };
    bool useful = r->showing && !begins(h->path, r->own) &&
                  !osp_str_starts_with(h->path, OSP_STR("<scratch space>"));
    for (size_t i = 0; i < OSP_ARRAY_LEN(noise); i++) {
        useful = useful && !osp_str_starts_with(h->words, osp_str_from(noise[i]));
    }
    if (r->waiting != SEVERITY_NONE) {
        if (!begins(h->path, r->own) &&
            (osp_str_starts_with(h->words, OSP_STR("in expansion of macro")) ||
             osp_str_starts_with(h->words, OSP_STR("in definition of macro")))) {
            take_user(r, h);
        }
        return;
    }
    r->in_note = true;
    r->note_showing = useful;
    if (useful) {
        osp_buf_str(r->out, r->context);
        osp_buf_str(r->out, line);
    }
    r->context.len = 0;
}

/* Lines before a report, but for those that say which file includes our headers. */
static bool take_context(reader *r, osp_str text, osp_str line)
{
    static const char *const included[] = { "In file included from ", "                 from " };
    for (size_t i = 0; i < OSP_ARRAY_LEN(included); i++) {
        if (osp_str_starts_with(text, osp_str_from(included[i]))) {
            const osp_str path = osp_str_skip(text, strlen(included[i]));
            if (!begins(path, r->own) && !begins(path, r->source)) {
                r->context = line;
            }
            return true;
        }
    }
    if (has(text, ": In function ") || has(text, ": At top level:")) {
        r->context = line;
        return true;
    }
    return osp_str_starts_with(text, OSP_STR("note: (skipping ")) ||
           (text.len > 0 && is_digit(text.ptr[0]) && has(text, " generated."));
}

static void take_line(reader *r, osp_str line)
{
    char storage[OSP_COMPLAINT_LINE_MAX];
    const osp_str whole = { line.ptr, line.len - (line.ptr[line.len - 1] == '\n') };
    const osp_str text = plain(whole, storage, sizeof(storage));
    head h;
    if (read_head(text, &h)) {
        (h.severity == SEVERITY_NOTE ? take_note : take_report)(r, &h, line);
    } else if (r->first[0] == '\0' && has(text, MULTIPLE)) {
        /* Of data the linker knows the object files alone. */
        remember_first(r, &(head){ .severity = SEVERITY_ERROR,
                                   .place = OSP_STR("the linker"),
                                   .words = osp_str_skip(text, find(text, MULTIPLE) + 2) });
        osp_buf_str(r->out, line);
    } else if (!take_context(r, text, line) && r->showing && (!r->in_note || r->note_showing)) {
        osp_buf_str(r->out, line);
    }
}

void osp_complaint_read(osp_str log, osp_str own, osp_str source, osp_buf *out, char *first)
{
    reader r = { .own = own, .source = source, .out = out, .first = first, .showing = true };
    first[0] = '\0';
    while (log.len > 0) {
        const char *end = memchr(log.ptr, '\n', log.len);
        const size_t len = end != NULL ? (size_t)(end - log.ptr) + 1 : log.len;
        const osp_str line = { log.ptr, len };
        log = osp_str_skip(log, len);
        end = log.len > 0 ? memchr(log.ptr, '\n', log.len) : NULL;
        r.next = (osp_str){ log.ptr, end != NULL ? (size_t)(end - log.ptr) : log.len };
        take_line(&r, line);
    }
    end_waiting(&r);
}
