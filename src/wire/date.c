/* HTTP-dates, each form by its own picture.
 *
 *     Sun, 06 Nov 1994 08:49:37 GMT     the one that is written today
 *     Sunday, 06-Nov-94 08:49:37 GMT    RFC 850
 *     Sun Nov  6 08:49:37 1994          asctime()
 *
 * In a picture 'W' is the short and 'L' the long name of a weekday, 'M' a month, 'Y' a year of four
 * digits and 'y' one of two, 'd' a day of two digits and 'D' one that may have a space in front,
 * 't' the time of day; everything else stands for itself.  A weekday must be one, but it is not
 * compared with the date.
 *
 * Source: RFC 9110 5.6.7. */
#include "wire/date.h"

#include <string.h>

#include "base/time.h"
#include "wire/h1.h"

#define SECONDS_A_DAY 86400

static const char *const pictures[] = { "W, d M Y t GMT", "L, d-M-y t GMT", "W M D t Y" };
static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
static const char *const weekdays[] = { "Monday", "Tuesday",  "Wednesday", "Thursday",
                                        "Friday", "Saturday", "Sunday" };

typedef struct date_reader {
    const char *at, *end;
    osp_civil day;
    int64_t second; /* of the day */
    bool two_digits;
} date_reader;

static bool read_literal(date_reader *r, const char *text, size_t len)
{
    if ((size_t)(r->end - r->at) < len || memcmp(r->at, text, len) != 0) {
        return false;
    }
    r->at += len;
    return true;
}

static bool read_number(date_reader *r, size_t digits, int64_t *ret)
{
    int64_t value = 0;
    for (; digits > 0; digits--, r->at++) {
        if (r->at == r->end || *r->at < '0' || *r->at > '9') {
            return false;
        }
        value = value * 10 + (*r->at - '0');
    }
    *ret = value;
    return true;
}

static bool read_weekday(date_reader *r, bool is_long)
{
    for (size_t i = 0; i < OSP_ARRAY_LEN(weekdays); i++) {
        if (read_literal(r, weekdays[i], is_long ? strlen(weekdays[i]) : 3)) {
            return true;
        }
    }
    return false;
}

static bool read_month(date_reader *r)
{
    for (size_t i = 0; i < 12; i++) {
        if (read_literal(r, months + 3 * i, 3)) {
            r->day.month = (int64_t)i + 1;
            return true;
        }
    }
    return false;
}

/* 60 is a leap second. */
static bool read_time(date_reader *r)
{
    int64_t hour = 0;
    int64_t minute = 0;
    int64_t second = 0;
    if (!read_number(r, 2, &hour) || !read_literal(r, ":", 1) || !read_number(r, 2, &minute) ||
        !read_literal(r, ":", 1) || !read_number(r, 2, &second)) {
        return false;
    }
    r->second = hour * 3600 + minute * 60 + second;
    return hour < 24 && minute < 60 && second <= 60;
}

static bool read_part(date_reader *r, const char *part)
{
    switch (*part) {
    case 'W':
    case 'L':
        return read_weekday(r, *part == 'L');
    case 'M':
        return read_month(r);
    case 'D':
        return read_number(r, read_literal(r, " ", 1) ? 1 : 2, &r->day.day);
    case 'd':
        return read_number(r, 2, &r->day.day);
    case 'y':
        r->two_digits = true;
        return read_number(r, 2, &r->day.year);
    case 'Y':
        return read_number(r, 4, &r->day.year);
    case 't':
        return read_time(r);
    default:
        return read_literal(r, part, 1);
    }
}

static bool read_picture(date_reader *r, const char *picture)
{
    for (const char *part = picture; *part != 0; part++) {
        const bool is_zone = strcmp(part, "GMT") == 0; /* whose M is no month */
        if (is_zone) {
            return read_literal(r, part, 3) && r->at == r->end;
        }
        if (!read_part(r, part)) {
            return false;
        }
    }
    return r->at == r->end;
}

bool osp_http_date_read(osp_str text, int64_t now_s, int64_t *ret_s)
{
    for (size_t i = 0; i < OSP_ARRAY_LEN(pictures); i++) {
        date_reader r = { .at = text.ptr, .end = text.ptr + text.len };
        if (!read_picture(&r, pictures[i])) {
            continue;
        }
        if (r.two_digits) {
            const int64_t year = osp_civil_from_days(osp_floor_div(now_s, SECONDS_A_DAY)).year;
            r.day.year += year - year % 100;
            r.day.year -= r.day.year > year + 50 ? 100 : 0;
        }
        if (r.day.day < 1 || r.day.day > osp_days_in_month(r.day.year, r.day.month)) {
            return false;
        }
        *ret_s = osp_civil_to_days(r.day) * SECONDS_A_DAY + r.second;
        return true;
    }
    return false;
}

void osp_http_date_write(int64_t unix_s, char *out)
{
    char line[OSP_H1_DATE_SIZE];
    osp_h1_date_line(unix_s, line);
    memcpy(out, line + sizeof("Date: ") - 1, OSP_HTTP_DATE_LEN);
}
