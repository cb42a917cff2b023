/* Days, moments and spans of time as text.
 *
 *     date       2026-01-31                     RFC 3339 section 5.6, full-date
 *     time       2026-01-31T12:00:00.5+02:00    the same, date-time
 *     duration   P3DT4H5M6.5S, P2W              ISO 8601, what is the same time in every calendar
 *
 * Everything has fixed places except fractions and numbers of a duration, so that reading is a walk
 * with one cursor.  Values are whole microseconds: what stands behind the sixth digit of a second
 * is cut, never rounded, because rounding could carry into the next day.
 *
 * A leap second does not exist in Unix time.  It may stand where one can be inserted, as the last
 * second of a UTC day, and is taken for the second before it (RFC 3339 section 5.7).
 *
 * Differences to ajv-formats: a time needs 'T' between day and hour (there also any white space),
 * minutes in its offset, at most nine digits of a second, and must lie in the years 0 to 9999 in
 * UTC, so that it can be written again.  Durations take a '-' and a fraction and refuse years and
 * months and what is over INT64_MAX microseconds. */
#include "type/text.h"

#include <string.h>

#include "base/time.h"

#define US_PER_S INT64_C(1000000)
#define S_PER_DAY INT64_C(86400)
#define DATE_LEN 10   /* 2026-01-31 */
#define SECOND_LEN 19 /* 2026-01-31T12:00:00 */
#define OFFSET_LEN 6  /* +02:00 */
#define FRACTION_KEPT 6
#define FRACTION_MAX 9
#define YEAR_MAX 9999

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* The number that two digits make, or -1. */
static int two_digits(const char *at)
{
    return is_digit(at[0]) && is_digit(at[1]) ? (at[0] - '0') * 10 + at[1] - '0' : -1;
}

/* Reads the digits of a fraction, whose '.' is at `at`.  Returns the byte behind them, or NULL. */
static const char *read_fraction(const char *at, const char *end, int64_t *ret_us)
{
    const char *start = ++at;
    int64_t us = 0;
    int64_t weight = US_PER_S;
    for (; at < end && is_digit(*at); at++) {
        weight /= 10;
        us += (*at - '0') * weight;
    }
    *ret_us = us;
    return at > start && at - start <= FRACTION_MAX ? at : NULL;
}

/* Writes '.' and the digits that `us` (below a second) needs; nothing when it is 0. */
static size_t write_fraction(int64_t us, char *out)
{
    if (us == 0) {
        return 0;
    }
    size_t len = FRACTION_KEPT;
    out[0] = '.';
    osp_digits_write((uint64_t)us, len, out + 1);
    while (out[len] == '0') {
        len--;
    }
    return len + 1;
}

/* ---------------------------------------------------------------- dates */

static bool day_exists(int64_t year, int64_t month, int64_t day)
{
    return year >= 0 && year <= YEAR_MAX && month >= 1 && month <= 12 && day >= 1 &&
           day <= osp_days_in_month(year, month);
}

/* Of DATE_LEN bytes. */
static bool read_day(const char *at, osp_date *ret)
{
    const int century = two_digits(at), of_century = two_digits(at + 2);
    const int month = two_digits(at + 5), day = two_digits(at + 8);
    const int year = century * 100 + of_century;
    if (century < 0 || of_century < 0 || at[4] != '-' || at[7] != '-' ||
        !day_exists(year, month, day)) {
        return false;
    }
    *ret = (osp_date){ (int16_t)year, (uint8_t)month, (uint8_t)day };
    return true;
}

const osp_sentence *osp_text_read_date(osp_str text, osp_date *ret)
{
    return text.len == DATE_LEN && read_day(text.ptr, ret) ? NULL : OSP_SAY(DATE);
}

bool osp_text_date_valid(osp_date date)
{
    return day_exists(date.year, date.month, date.day);
}

size_t osp_text_write_date(osp_date date, char *out)
{
    if (!osp_text_date_valid(date)) {
        return 0;
    }
    osp_digits_write((uint64_t)date.year, 4, out);
    out[4] = '-';
    osp_digits_write(date.month, 2, out + 5);
    out[7] = '-';
    osp_digits_write(date.day, 2, out + 8);
    return DATE_LEN;
}

/* ---------------------------------------------------------------- times */

/* Reads "Z" or an offset, which must be all that is left.  False: neither. */
static bool read_offset(const char *at, const char *end, int64_t *ret_s)
{
    if (end - at == 1 && (*at == 'Z' || *at == 'z')) {
        *ret_s = 0;
        return true;
    }
    if (end - at != OFFSET_LEN || (*at != '+' && *at != '-') || at[3] != ':') {
        return false;
    }
    const int hour = two_digits(at + 1), minute = two_digits(at + 4);
    if (hour < 0 || hour > 23 || minute < 0 || minute > 59) {
        return false;
    }
    *ret_s = (hour * 60 + minute) * (*at == '-' ? -60 : 60);
    return true;
}

const osp_sentence *osp_text_read_time(osp_str text, osp_time *ret)
{
    osp_date date;
    if (text.len <= SECOND_LEN || !read_day(text.ptr, &date)) {
        return OSP_SAY(TIME);
    }
    const char *at = text.ptr, *const end = at + text.len;
    const int hour = two_digits(at + 11), minute = two_digits(at + 14),
              second = two_digits(at + 17);
    if ((at[10] != 'T' && at[10] != 't') || at[13] != ':' || at[16] != ':' || hour < 0 ||
        hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 60) {
        return OSP_SAY(TIME);
    }
    at += SECOND_LEN;
    int64_t us = 0;
    if (*at == '.') {
        at = read_fraction(at, end, &us);
    }
    int64_t offset_s;
    if (at == NULL || !read_offset(at, end, &offset_s)) {
        return OSP_SAY(TIME);
    }
    const int64_t days = osp_civil_to_days((osp_civil){ date.year, date.month, date.day });
    int64_t s = days * S_PER_DAY + hour * 3600 + minute * 60 + second - offset_s;
    if (second == 60) {
        /* Now the second behind it: the first of a day, or this was no leap second. */
        if (s % S_PER_DAY != 0) {
            return OSP_SAY(TIME);
        }
        s--;
    }
    if (s < OSP_TIME_FIRST_S || s >= OSP_TIME_END_S) {
        return OSP_SAY(TIME_RANGE);
    }
    ret->us = s * US_PER_S + us;
    return NULL;
}

bool osp_text_time_valid(osp_time time)
{
    return time.us >= OSP_TIME_FIRST_S * US_PER_S && time.us < OSP_TIME_END_S * US_PER_S;
}

size_t osp_text_write_time(osp_time time, char *out)
{
    if (!osp_text_time_valid(time)) {
        return 0;
    }
    const int64_t s = osp_floor_div(time.us, US_PER_S);
    osp_time_write_second(s, out);
    size_t len = SECOND_LEN;
    len += write_fraction(time.us - s * US_PER_S, out + len);
    out[len++] = 'Z';
    return len;
}

/* ---------------------------------------------------------------- durations */

/* In the order in which they may stand, each at most once. */
typedef struct unit {
    char letter;
    bool of_day; /* behind the 'T' */
    int64_t us;
} unit;

static const unit units[] = {
    { 'D', false, S_PER_DAY *US_PER_S },
    { 'H', true, 3600 * US_PER_S },
    { 'M', true, 60 * US_PER_S },
    { 'S', true, US_PER_S },
};
static const unit week = { 'W', false, 7 * S_PER_DAY *US_PER_S };

/* A duration on its way.  The sum is negative, for INT64_MIN has no positive counterpart. */
typedef struct span {
    const char *at, *end;
    int64_t sum_us;
    bool of_day;   /* the 'T' was there */
    bool overflow; /* the sum is meaningless */
} span;

/* The unit with `letter` at or behind `next`, or NULL. */
static const unit *unit_of(char letter, const unit *next, bool of_day)
{
    for (; next < units + OSP_ARRAY_LEN(units); next++) {
        if (next->letter == letter && next->of_day == of_day) {
            return next;
        }
    }
    return NULL;
}

/* Reads a number and its letter; false when the grammar is broken.  *next goes behind the unit. */
static bool read_component(span *my, const unit **next)
{
    const char *const start = my->at;
    int64_t count = 0, us = 0;
    for (; my->at < my->end && is_digit(*my->at); my->at++) {
        my->overflow |= __builtin_mul_overflow(count, 10, &count) ||
                        __builtin_add_overflow(count, *my->at - '0', &count);
    }
    if (my->at == start || my->at == my->end) {
        return false;
    }
    const bool fraction = *my->at == '.';
    if (fraction) {
        my->at = read_fraction(my->at, my->end, &us);
        if (my->at == NULL || my->at == my->end) {
            return false;
        }
    }
    const unit *found = unit_of(*my->at, *next, my->of_day);
    if (found == NULL || (fraction && found->letter != 'S')) {
        return false;
    }
    my->at++;
    *next = found + 1;
    my->overflow |= __builtin_mul_overflow(count, found->us, &count) ||
                    __builtin_sub_overflow(my->sum_us, count, &my->sum_us) ||
                    __builtin_sub_overflow(my->sum_us, us, &my->sum_us);
    return true;
}

/* nW, alone. */
static bool read_weeks(span *my)
{
    int64_t count = 0;
    for (; is_digit(*my->at); my->at++) {
        my->overflow |= __builtin_mul_overflow(count, 10, &count) ||
                        __builtin_add_overflow(count, *my->at - '0', &count);
    }
    my->overflow |= __builtin_mul_overflow(count, -week.us, &my->sum_us);
    return my->at + 1 == my->end;
}

/* What stands behind the 'P'. */
static bool read_components(span *my)
{
    if (my->at == my->end) {
        return false;
    }
    if (my->end[-1] == week.letter && is_digit(*my->at)) {
        return read_weeks(my);
    }
    const unit *next = units;
    while (my->at < my->end) {
        if (*my->at == 'T' && !my->of_day) {
            my->of_day = true;
            my->at++;
        }
        if (!read_component(my, &next)) {
            return false;
        }
    }
    return true;
}

const osp_sentence *osp_text_read_duration(osp_str text, osp_duration *ret)
{
    if (text.len == 0) {
        return OSP_SAY(DURATION);
    }
    span my = { .at = text.ptr, .end = text.ptr + text.len };
    const bool negative = *my.at == '-';
    my.at += negative;
    if (my.at == my.end || *my.at++ != 'P' || !read_components(&my)) {
        return OSP_SAY(DURATION);
    }
    int64_t us = my.sum_us;
    if (my.overflow || (!negative && __builtin_sub_overflow(0, us, &us))) {
        return OSP_SAY(DURATION_RANGE);
    }
    ret->us = us;
    return NULL;
}

/* Without zeros in front. */
static size_t write_count(uint64_t count, char *out)
{
    size_t digits = 1;
    for (uint64_t rest = count / 10; rest != 0; rest /= 10) {
        digits++;
    }
    osp_digits_write(count, digits, out);
    return digits;
}

size_t osp_text_write_duration(osp_duration duration, char *out)
{
    size_t len = 0;
    const bool negative = duration.us < 0;
    uint64_t rest = negative ? 0 - (uint64_t)duration.us : (uint64_t)duration.us;
    if (rest == 0) {
        memcpy(out, "PT0S", 4);
        return 4;
    }
    if (negative) {
        out[len++] = '-';
    }
    out[len++] = 'P';
    bool of_day = false;
    for (size_t i = 0; i < OSP_ARRAY_LEN(units) && rest != 0; i++) {
        const uint64_t count = rest / (uint64_t)units[i].us;
        const bool second = units[i].us == US_PER_S;
        if (count == 0 && !second) {
            continue;
        }
        if (units[i].of_day && !of_day) {
            of_day = true;
            out[len++] = 'T';
        }
        rest -= count * (uint64_t)units[i].us;
        len += write_count(count, out + len);
        if (second) {
            len += write_fraction((int64_t)rest, out + len);
        }
        out[len++] = units[i].letter;
    }
    return len;
}
