/* The filters of the language: a table, and a short function each.
 *
 * What they make lives in the task's memory.  Characters are those of UTF-8; only letters of ASCII
 * have two cases here, for what those of others are depends on the language.  Times are those of
 * UTC. */
#include "template/filter.h"

#include <stdio.h>

#include "base/task.h"
#include "base/time.h"
#include "template/escape.h"
#include "type/text.h"

#define MADE_MAX ((size_t)16 << 20) /* bytes that a filter makes at most */
#define STACK_BYTES 256

static void fail(osp_frame *frame, osp_status status)
{
    if (frame->status == OSP_OK) {
        frame->status = status;
    }
}

static char *memory(osp_frame *frame, size_t size)
{
    char *text = osp_arena_try(frame->task->arena, size != 0 ? size : 1);
    if (text == NULL) {
        fail(frame, osp_arena_why(frame->task->arena, size));
    }
    return text;
}

/* What was written into a buffer, in the task's memory; ends the buffer. */
static const void *keep(osp_frame *frame, osp_buf *made, osp_cell *out)
{
    char *text = made->failed ? NULL : memory(frame, made->len);
    if (made->failed) {
        fail(frame, OSP_E_LIMIT);
    }
    if (text != NULL) {
        if (made->len > 0) {
            memcpy(text, made->ptr, made->len);
        }
        out->text = (osp_str){ text, made->len };
    }
    osp_buf_done(made);
    return text != NULL ? out : NULL;
}

static osp_str text_in(const void *in)
{
    return *(const osp_str *)in;
}

static osp_str text_argument(osp_frame *frame, const osp_term *term, size_t index,
                             osp_str otherwise)
{
    osp_cell cell;
    const void *value = osp_filter_argument(frame, term, index, &cell);
    return value != NULL ? text_in(value) : otherwise;
}

static int64_t int_argument(osp_frame *frame, const osp_term *term, size_t index, int64_t otherwise)
{
    osp_cell cell;
    const void *value = osp_filter_argument(frame, term, index, &cell);
    return value != NULL ? *(const int64_t *)value : otherwise;
}

/* ---------------------------------------------------------------- texts */

static char upper_of(char byte)
{
    return (char)(byte >= 'a' && byte <= 'z' ? byte - 'a' + 'A' : byte);
}

static char lower_of(char byte)
{
    return (char)(byte >= 'A' && byte <= 'Z' ? byte - 'A' + 'a' : byte);
}

/* Changes the first `most` bytes. */
static const void *change(osp_frame *frame, const void *in, osp_cell *out, char (*fn)(char byte),
                          size_t most)
{
    const osp_str text = text_in(in);
    char *made = memory(frame, text.len);
    if (made == NULL) {
        return NULL;
    }
    for (size_t i = 0; i < text.len; i++) {
        made[i] = i < most ? fn(text.ptr[i]) : text.ptr[i];
    }
    out->text = (osp_str){ made, text.len };
    return out;
}

static const void *upper(osp_frame *frame, const osp_term *term, const void *in, osp_cell *out)
{
    (void)term;
    return change(frame, in, out, upper_of, SIZE_MAX);
}

static const void *lower(osp_frame *frame, const osp_term *term, const void *in, osp_cell *out)
{
    (void)term;
    return change(frame, in, out, lower_of, SIZE_MAX);
}

static const void *capitalize(osp_frame *frame, const osp_term *term, const void *in, osp_cell *out)
{
    (void)term;
    return change(frame, in, out, upper_of, 1);
}

static const void *trim(osp_frame *frame, const osp_term *term, const void *in, osp_cell *out)
{
    (void)frame, (void)term;
    osp_str text = text_in(in);
    while (text.len > 0 && osp_is_blank(text.ptr[0])) {
        text.ptr++;
        text.len--;
    }
    while (text.len > 0 && osp_is_blank(text.ptr[text.len - 1])) {
        text.len--;
    }
    out->text = text;
    return out;
}

/* The bytes of the first characters. */
static size_t bytes_of(osp_str text, int64_t characters)
{
    size_t at = 0;
    for (; at < text.len; at++) {
        const bool begins = ((unsigned char)text.ptr[at] & 0xc0) != 0x80;
        if (begins && characters-- <= 0) {
            break;
        }
    }
    return at;
}

static const void *truncate(osp_frame *frame, const osp_term *term, const void *in, osp_cell *out)
{
    const osp_str text = text_in(in);
    const osp_str end = text_argument(frame, term, 1, OSP_STR("…"));
    const int64_t most = int_argument(frame, term, 0, 0);
    if (bytes_of(text, most) == text.len) {
        out->text = text;
        return out;
    }
    const size_t kept = bytes_of(text, most - (int64_t)osp_text_characters(end));
    osp_buf made;
    osp_buf_init(&made, NULL, 0, MADE_MAX);
    osp_buf_append(&made, text.ptr, kept);
    osp_buf_str(&made, end);
    return keep(frame, &made, out);
}

static const void *replace(osp_frame *frame, const osp_term *term, const void *in, osp_cell *out)
{
    const osp_str text = text_in(in);
    const osp_str what = text_argument(frame, term, 0, (osp_str){ NULL, 0 });
    const osp_str with = text_argument(frame, term, 1, (osp_str){ NULL, 0 });
    osp_buf made;
    osp_buf_init(&made, NULL, 0, MADE_MAX);
    for (size_t i = 0; i < text.len;) {
        const osp_str rest = { text.ptr + i, text.len - i };
        if (what.len > 0 && osp_str_starts_with(rest, what)) {
            osp_buf_str(&made, with);
            i += what.len;
        } else {
            osp_buf_byte(&made, text.ptr[i++]);
        }
    }
    return keep(frame, &made, out);
}

static const void *urlencode(osp_frame *frame, const osp_term *term, const void *in, osp_cell *out)
{
    (void)term;
    osp_buf made;
    osp_buf_init(&made, NULL, 0, MADE_MAX);
    osp_escape_url(OSP_ESCAPE_URL_QUERY, text_in(in), false, &made);
    return keep(frame, &made, out);
}

/* Markup: escaped here, with a <br> at the end of each line. */
static const void *linebreaks(osp_frame *frame, const osp_term *term, const void *in, osp_cell *out)
{
    (void)term;
    osp_str text = text_in(in);
    osp_buf made;
    osp_buf_init(&made, NULL, 0, MADE_MAX);
    while (text.len > 0) {
        const char *line = memchr(text.ptr, '\n', text.len);
        const size_t len = line != NULL ? (size_t)(line - text.ptr) : text.len;
        const size_t shown = len - (len > 0 && line != NULL && text.ptr[len - 1] == '\r' ? 1 : 0);
        osp_escape_markup((osp_str){ text.ptr, shown }, &made);
        osp_buf_str(&made, line != NULL ? OSP_STR("<br>\n") : (osp_str){ NULL, 0 });
        const size_t passed = len + (line != NULL ? 1 : 0);
        text = (osp_str){ text.ptr + passed, text.len - passed };
    }
    return keep(frame, &made, out);
}

/* ---------------------------------------------------------------- lists and anything */

static const void *length(osp_frame *frame, const osp_term *term, const void *in, osp_cell *out)
{
    (void)frame;
    out->integer = osp_kind_is_list((osp_kind)term->left->kind)
                       ? (int64_t)osp_term_items(term->left, in).count
                       : (int64_t)osp_text_characters(text_in(in));
    return out;
}

static const void *join(osp_frame *frame, const osp_term *term, const void *in, osp_cell *out)
{
    const osp_term *list = term->left;
    const osp_str between = text_argument(frame, term, 0, OSP_STR(", "));
    const bool map = list->kind == OSP_KIND_MAP;
    const osp_term item = { .kind = list->type->kind, .type = list->type };
    const size_t stride = map ? osp_map_stride(list->type) : list->type->size;
    const osp_list items = osp_term_items(list, in);
    const char *at = (const char *)items.items + (map ? OSP_MAP_VALUE_AT : 0);
    osp_buf made;
    osp_buf_init(&made, NULL, 0, MADE_MAX);
    for (size_t i = 0; i < items.count; i++, at += stride) {
        char storage[OSP_TERM_TEXT_SIZE];
        osp_buf text;
        osp_buf_init(&text, storage, sizeof(storage), MADE_MAX);
        osp_buf_str(&made, i > 0 ? between : (osp_str){ NULL, 0 });
        osp_buf_str(&made, osp_term_text(frame, &item, at, &text));
        osp_buf_done(&text);
    }
    return keep(frame, &made, out);
}

static const void *json(osp_frame *frame, const osp_term *term, const void *in, osp_cell *out)
{
    char storage[STACK_BYTES];
    osp_buf made;
    osp_buf_init(&made, storage, sizeof(storage), MADE_MAX);
    const osp_status status = osp_term_json(term->left, in, &made);
    if (status != OSP_OK) {
        fail(frame, status);
        osp_buf_done(&made);
        return NULL;
    }
    return keep(frame, &made, out);
}

/* ---------------------------------------------------------------- numbers */

/* The digits of any number, with as many behind the point as are asked for; -1: as it has. */
static size_t digits_of(osp_frame *frame, const osp_term *of, const void *in, int64_t places,
                        osp_buf *digits)
{
    const osp_str text = osp_term_text(frame, of, in, digits);
    if (text.ptr != digits->ptr) {
        osp_buf_str(digits, text);
    }
    if (places >= 0 && (of->kind == OSP_KIND_DOUBLE || of->kind == OSP_KIND_FLOAT)) {
        const double value =
            of->kind == OSP_KIND_FLOAT ? (double)*(const float *)in : *(const double *)in;
        digits->len = 0;
        osp_buf_printf(digits, "%.*f", (int)places, value);
        return digits->len;
    }
    const char *point = digits->len > 0 ? memchr(digits->ptr, '.', digits->len) : NULL;
    const size_t has = point != NULL ? digits->len - (size_t)(point - digits->ptr) - 1 : 0;
    if (places >= 0 && has > (size_t)places) {
        digits->len -= has - (size_t)places + (places == 0 ? 1 : 0);
    }
    for (size_t i = has; places > 0 && i < (size_t)places; i++) {
        osp_buf_str(digits, point == NULL && i == 0 ? OSP_STR(".0") : OSP_STR("0"));
    }
    return digits->len;
}

/* 1234567.5 as 1,234,567.5 */
static const void *number(osp_frame *frame, const osp_term *term, const void *in, osp_cell *out)
{
    int64_t places = int_argument(frame, term, 0, -1);
    places = places > 20 ? 20 : places;
    char storage[STACK_BYTES];
    osp_buf digits, made;
    osp_buf_init(&digits, storage, sizeof(storage), MADE_MAX);
    osp_buf_init(&made, NULL, 0, MADE_MAX);
    const size_t len = digits_of(frame, term->left, in, places, &digits);
    const char *point = len > 0 ? memchr(digits.ptr, '.', len) : NULL;
    const size_t whole = point != NULL ? (size_t)(point - digits.ptr) : len;
    const bool plain = len > 0 && memchr(digits.ptr, 'e', len) == NULL;
    for (size_t i = 0; i < len; i++) {
        const bool between = i > 0 && i < whole && (whole - i) % 3 == 0 && digits.ptr[i - 1] != '-';
        if (between && plain) {
            osp_buf_byte(&made, ',');
        }
        osp_buf_byte(&made, digits.ptr[i]);
    }
    osp_buf_done(&digits);
    return keep(frame, &made, out);
}

static const void *plural(osp_frame *frame, const osp_term *term, const void *in, osp_cell *out)
{
    const int64_t count = *(const int64_t *)in;
    out->text = text_argument(frame, term, count == 1 ? 0 : 1, (osp_str){ NULL, 0 });
    return out;
}

/* ---------------------------------------------------------------- times */

static const char *const months[] = { "January",   "February", "March",    "April",
                                      "May",       "June",     "July",     "August",
                                      "September", "October",  "November", "December" };
static const char *const days[] = { "Sunday",   "Monday", "Tuesday", "Wednesday",
                                    "Thursday", "Friday", "Saturday" };

/* A moment in parts. */
typedef struct moment {
    int year, month, day, hour, minute, second, weekday;
} moment;

static bool moment_of(const osp_term *term, const void *in, moment *ret_moment)
{
    if (term->kind == OSP_KIND_DATE) {
        const osp_date date = *(const osp_date *)in;
        *ret_moment = (moment){ .year = date.year, .month = date.month, .day = date.day };
        if (!osp_text_date_valid(date)) {
            return false;
        }
    } else {
        const osp_time time = *(const osp_time *)in;
        if (!osp_text_time_valid(time)) {
            return false;
        }
        char text[OSP_TEXT_MAX + 1] = { 0 };
        (void)osp_text_write_time(time, text); /* 2026-01-31T12:00:00 */
        if (sscanf(text, "%d-%d-%dT%d:%d:%d", &ret_moment->year, &ret_moment->month,
                   &ret_moment->day, &ret_moment->hour, &ret_moment->minute,
                   &ret_moment->second) != 6) {
            return false;
        }
    }
    /* Sakamoto's: of a year that begins in March. */
    static const int shift[] = { 0, 3, 2, 5, 0, 3, 5, 1, 4, 6, 2, 4 };
    const int year = ret_moment->year - (ret_moment->month < 3 ? 1 : 0) + 400;
    ret_moment->weekday = (year + year / 4 - year / 100 + year / 400 +
                           shift[ret_moment->month - 1] + ret_moment->day) %
                          7;
    return true;
}

/* Writes what a letter of a format stands for; false: it stands for nothing. */
static bool put_part(char letter, const moment *at, osp_buf *made)
{
    switch (letter) {
    case 'Y':
        osp_buf_printf(made, "%04d", at->year);
        break;
    case 'y':
        osp_buf_printf(made, "%02d", at->year % 100);
        break;
    case 'm':
        osp_buf_printf(made, "%02d", at->month);
        break;
    case 'd':
        osp_buf_printf(made, "%02d", at->day);
        break;
    case 'e':
        osp_buf_printf(made, "%d", at->day);
        break;
    case 'B':
    case 'b':
        osp_buf_printf(made, "%.*s", letter == 'b' ? 3 : 9, months[at->month - 1]);
        break;
    case 'A':
    case 'a':
        osp_buf_printf(made, "%.*s", letter == 'a' ? 3 : 9, days[at->weekday]);
        break;
    case 'H':
        osp_buf_printf(made, "%02d", at->hour);
        break;
    case 'I':
        osp_buf_printf(made, "%d", (at->hour + 11) % 12 + 1);
        break;
    case 'p':
        osp_buf_printf(made, "%s", at->hour < 12 ? "AM" : "PM");
        break;
    case 'M':
        osp_buf_printf(made, "%02d", at->minute);
        break;
    case 'S':
        osp_buf_printf(made, "%02d", at->second);
        break;
    case '%':
        osp_buf_byte(made, '%');
        break;
    default:
        return false;
    }
    return true;
}

static const char *check_date(osp_str format)
{
    for (size_t i = 0; i < format.len; i++) {
        if (format.ptr[i] != '%') {
            continue;
        }
        i++;
        if (i == format.len || memchr("YymdeBbAaHIpMS%", format.ptr[i], 15) == NULL) {
            return "a format of a date is made of %Y %y %m %d %e %B %b %A %a %H %I %p %M %S and %%";
        }
    }
    return NULL;
}

static const void *date(osp_frame *frame, const osp_term *term, const void *in, osp_cell *out)
{
    const osp_str format = text_argument(frame, term, 0, OSP_STR("%Y-%m-%d"));
    moment at = { 0 };
    if (!moment_of(term->left, in, &at)) {
        fail(frame, OSP_E_INVALID);
        return NULL;
    }
    osp_buf made;
    osp_buf_init(&made, NULL, 0, MADE_MAX);
    for (size_t i = 0; i < format.len; i++) {
        if (format.ptr[i] == '%' && i + 1 < format.len && put_part(format.ptr[i + 1], &at, &made)) {
            i++;
        } else {
            osp_buf_byte(&made, format.ptr[i]);
        }
    }
    return keep(frame, &made, out);
}

/* ---------------------------------------------------------------- the table */

#define STR OSP_KIND_STR
#define INT OSP_KIND_INT64
static const osp_filter_def filters[] = {
    { "upper", "upper", upper, OSP_TAKES_TEXT, STR, 0, 0, { 0 }, NULL },
    { "lower", "lower", lower, OSP_TAKES_TEXT, STR, 0, 0, { 0 }, NULL },
    { "capitalize", "capitalize", capitalize, OSP_TAKES_TEXT, STR, 0, 0, { 0 }, NULL },
    { "trim", "trim", trim, OSP_TAKES_TEXT, STR, 0, 0, { 0 }, NULL },
    { "truncate", "truncate 80", truncate, OSP_TAKES_TEXT, STR, 1, 2, { INT, STR }, NULL },
    { "replace", "replace \"a\" \"b\"", replace, OSP_TAKES_TEXT, STR, 2, 2, { STR, STR }, NULL },
    { "urlencode", "urlencode", urlencode, OSP_TAKES_TEXT, STR, 0, 0, { 0 }, NULL },
    { "linebreaks", "linebreaks", linebreaks, OSP_TAKES_TEXT, OSP_KIND_MARKUP, 0, 0, { 0 }, NULL },
    { "length", "length", length, OSP_TAKES_LENGTH, INT, 0, 0, { 0 }, NULL },
    { "join", "join \", \"", join, OSP_TAKES_LIST, STR, 0, 1, { STR }, NULL },
    { "json", "json", json, OSP_TAKES_ANYTHING, OSP_KIND_JSON, 0, 0, { 0 }, NULL },
    { "number", "number 2", number, OSP_TAKES_NUMBER, STR, 0, 1, { INT }, NULL },
    { "plural",
      "plural \"comment\" \"comments\"",
      plural,
      OSP_TAKES_INT,
      STR,
      2,
      2,
      { STR, STR },
      NULL },
    { "date", "date \"%e %B %Y\"", date, OSP_TAKES_TIME, STR, 0, 1, { STR }, check_date },
};
#undef STR
#undef INT

const osp_filter_def *osp_filter_find(osp_str name)
{
    for (size_t i = 0; i < OSP_ARRAY_LEN(filters); i++) {
        if (osp_str_equal(name, osp_str_from(filters[i].name))) {
            return &filters[i];
        }
    }
    return NULL;
}

void osp_filter_nearest(osp_nearest *nearest)
{
    osp_nearest_try(nearest, "default");
    for (size_t i = 0; i < OSP_ARRAY_LEN(filters); i++) {
        osp_nearest_try(nearest, filters[i].name);
    }
}
