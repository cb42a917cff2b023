/* Times that come again, as cron writes them.
 *
 *     "0 3 * * 1-5" --> bits of each field --> the next minute: day by day, then within the day
 *
 * A day fits when its day of the month and its weekday fit; where both were given, when one of them
 * does, which is what cron has always done.  All in UTC: no hour is missing and none comes twice.
 *
 * The search goes through days, of which there are at most 41 years: 29 February comes again after
 * eight at the latest, on one weekday, which a star with a step asks for, after 40. */
#include "base/cron.h"

#include <string.h>

#include "base/time.h"

#define DAY_S 86400
#define SEARCH_DAYS (41 * 366)
#define FIELD_DIGITS_MAX 2

typedef struct field {
    unsigned first, last;
    const char *names; /* of three letters each, for `first` and on; NULL: there are none */
    const char *wrong;
} field;

static const field fields[] = {
    { 0, 59, NULL, "the minute is 0 to 59" },
    { 0, 23, NULL, "the hour is 0 to 23" },
    { 1, 31, NULL, "the day is 1 to 31" },
    { 1, 12, "JANFEBMARAPRMAYJUNJULAUGSEPOCTNOVDEC", "the month is 1 to 12, or JAN to DEC" },
    { 0, 7, "SUNMONTUEWEDTHUFRISAT", "the weekday is 0 to 7, or SUN to SAT" },
};
enum { MINUTE, HOUR, DAY, MONTH, WEEKDAY, FIELD_COUNT };
_Static_assert(OSP_ARRAY_LEN(fields) == FIELD_COUNT, "one row a field");

static const struct {
    const char *name, *means;
} nicknames[] = {
    { "@hourly", "0 * * * *" },  { "@daily", "0 0 * * *" },  { "@weekly", "0 0 * * 0" },
    { "@monthly", "0 0 1 * *" }, { "@yearly", "0 0 1 1 *" },
};

/* ---------------------------------------------------------------- reading */

/* Takes the front of `text` up to a byte, and that byte; all of it where there is none. */
static osp_str take_until(osp_str *text, char end)
{
    const char *found = text->len > 0 ? memchr(text->ptr, end, text->len) : NULL;
    const size_t len = found != NULL ? (size_t)(found - text->ptr) : text->len;
    const osp_str front = { text->ptr, len };
    const size_t used = len + (found != NULL);
    *text = (osp_str){ text->ptr + used, text->len - used };
    return front;
}

static bool read_number(osp_str text, unsigned *ret_number)
{
    unsigned number = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] < '0' || text.ptr[i] > '9') {
            return false;
        }
        number = number * 10 + (unsigned)(text.ptr[i] - '0');
    }
    *ret_number = number;
    return text.len >= 1 && text.len <= FIELD_DIGITS_MAX;
}

static bool read_value(const field *f, osp_str text, unsigned *ret_value)
{
    for (unsigned i = 0; f->names != NULL && f->names[(size_t)3 * i] != '\0'; i++) {
        if (osp_str_equal_nocase(text, (osp_str){ f->names + (size_t)3 * i, 3 })) {
            *ret_value = f->first + i;
            return true;
        }
    }
    return read_number(text, ret_value) && *ret_value >= f->first && *ret_value <= f->last;
}

/* "*", "a", "a-b", each also with "/step". */
static bool read_item(const field *f, osp_str text, uint64_t *bits)
{
    const bool steps = text.len > 0 && memchr(text.ptr, '/', text.len) != NULL;
    osp_str range = take_until(&text, '/');
    unsigned from = f->first, to = f->last, step = 1;
    if (steps && (!read_number(text, &step) || step == 0)) {
        return false;
    }
    if (!osp_str_equal(range, OSP_STR("*"))) {
        const bool has_end = range.len > 0 && memchr(range.ptr, '-', range.len) != NULL;
        if (!read_value(f, take_until(&range, '-'), &from)) {
            return false;
        }
        to = steps ? f->last : from; /* "5/15": from there on */
        if (has_end && !read_value(f, range, &to)) {
            return false;
        }
    }
    for (unsigned at = from; at <= to; at += step) {
        *bits |= UINT64_C(1) << at;
    }
    return from <= to;
}

static bool read_field(const field *f, osp_str text, uint64_t *ret_bits)
{
    *ret_bits = 0;
    bool good = text.len > 0 && text.ptr[text.len - 1] != ',';
    while (good && text.len > 0) {
        good = read_item(f, take_until(&text, ','), ret_bits);
    }
    return good;
}

osp_status osp_cron_parse(osp_str text, osp_cron *ret_cron, const char **ret_why)
{
    uint64_t bits[FIELD_COUNT];
    bool star[FIELD_COUNT];
    for (size_t i = 0; i < OSP_ARRAY_LEN(nicknames); i++) {
        if (osp_str_equal(text, osp_str_from(nicknames[i].name))) {
            text = osp_str_from(nicknames[i].means);
        }
    }
    for (size_t i = 0; i < FIELD_COUNT; i++) {
        text = osp_str_trim(text);
        const osp_str part = take_until(&text, ' ');
        star[i] = part.len > 0 && part.ptr[0] == '*';
        if (part.len == 0) {
            *ret_why = "it has five fields: minute, hour, day, month, weekday";
            return OSP_E_INVALID;
        }
        if (!read_field(&fields[i], part, &bits[i])) {
            *ret_why = fields[i].wrong;
            return OSP_E_INVALID;
        }
    }
    if (osp_str_trim(text).len > 0) {
        *ret_why = "it has five fields: minute, hour, day, month, weekday";
        return OSP_E_INVALID;
    }
    *ret_cron = (osp_cron){ .minutes = bits[MINUTE],
                            .hours = (uint32_t)bits[HOUR],
                            .days = (uint32_t)bits[DAY],
                            .months = (uint16_t)bits[MONTH],
                            .weekdays = (uint8_t)((bits[WEEKDAY] | bits[WEEKDAY] >> 7) & 0x7f),
                            .any_day = !star[DAY] && !star[WEEKDAY] };
    return OSP_OK;
}

/* ---------------------------------------------------------------- the next time */

static bool fits_day(const osp_cron *cron, int64_t day)
{
    const osp_civil date = osp_civil_from_days(day);
    const int64_t weekday = day + 4 - 7 * osp_floor_div(day + 4, 7); /* 1970 began on a Thursday */
    const bool by_day = (cron->days >> date.day & 1) != 0;
    const bool by_weekday = (cron->weekdays >> weekday & 1) != 0;
    return (cron->months >> date.month & 1) != 0 &&
           (cron->any_day ? by_day || by_weekday : by_day && by_weekday);
}

/* The first minute of a day that fits, from one on; -1: none. */
static int minute_from(const osp_cron *cron, int from)
{
    for (int minute = from; minute < DAY_S / 60; minute++) {
        if ((cron->hours >> (minute / 60) & 1) != 0 && (cron->minutes >> (minute % 60) & 1) != 0) {
            return minute;
        }
    }
    return -1;
}

int64_t osp_cron_next(const osp_cron *cron, int64_t after_s)
{
    const int64_t first = osp_floor_div(after_s, DAY_S);
    int from = (int)((after_s - first * DAY_S) / 60) + 1;
    for (int64_t day = first; day < first + SEARCH_DAYS; day++) {
        const int minute = fits_day(cron, day) ? minute_from(cron, from) : -1;
        if (minute >= 0) {
            return day * DAY_S + (int64_t)minute * 60;
        }
        from = 0;
    }
    return INT64_MAX;
}
