/* Clocks, and a moment in words.
 *
 * The calendar is computed here: gmtime wants a struct with fields nobody needs and stands behind
 * a C library's idea of time zones.  Days are counted from 0000-03-01 of the proleptic Gregorian
 * calendar.  A year that starts in March has its leap day at the very end, which makes the months
 * a fixed pattern: the first day of month m (March = 0) is (153 m + 2) / 5.
 *
 *     400 years = 146097 days, 100 years = 36524 (+1 in the last), 4 years = 1461 (-1 in the last)
 *
 * Source: RFC 3339 section 5.6; times are in UTC, leap seconds do not exist in Unix time. */
#include "base/time.h"

#include <time.h>

#define US_PER_S INT64_C(1000000)
#define S_PER_DAY INT64_C(86400)
#define DAYS_TO_1970 INT64_C(719468) /* from 0000-03-01 */
#define DAYS_PER_400_YEARS INT64_C(146097)

/* 0000-01-01T00:00:00Z and 10000-01-01T00:00:00Z, in seconds since 1970. */
#define FIRST_S (INT64_C(-719528) * S_PER_DAY)
#define END_S (INT64_C(2932897) * S_PER_DAY)

typedef struct date {
    int64_t year;
    int64_t month, day; /* from 1 */
} date;

static int64_t clock_us(clockid_t clock)
{
    struct timespec now;
    OSP_ASSERT(clock_gettime(clock, &now) == 0);
    return (int64_t)now.tv_sec * US_PER_S + now.tv_nsec / 1000;
}

int64_t osp_now_us(void)
{
    return clock_us(CLOCK_REALTIME);
}

int64_t osp_monotonic_us(void)
{
    return clock_us(CLOCK_MONOTONIC);
}

/* Rounds down, below zero too. */
static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

static date date_of(int64_t days_since_1970)
{
    const int64_t days = days_since_1970 + DAYS_TO_1970;
    const int64_t era = floor_div(days, DAYS_PER_400_YEARS);
    const int64_t day_of_era = days - era * DAYS_PER_400_YEARS;
    /* Taking out the leap days that have passed leaves years of 365 days. */
    const int64_t leaps = day_of_era / 1460 - day_of_era / 36524 + day_of_era / 146096;
    const int64_t year = (day_of_era - leaps) / 365;
    const int64_t day_of_year = day_of_era - (365 * year + year / 4 - year / 100);
    const int64_t month = (5 * day_of_year + 2) / 153;
    const bool next_year = month >= 10;
    return (date){
        .year = era * 400 + year + next_year,
        .month = next_year ? month - 9 : month + 3,
        .day = day_of_year - (153 * month + 2) / 5 + 1,
    };
}

static void write_digits(char *out, size_t count, int64_t value)
{
    while (count-- != 0) {
        out[count] = (char)('0' + value % 10);
        value /= 10;
    }
    OSP_ASSERT(value == 0);
}

osp_status osp_time_write(int64_t us, char *out)
{
    const int64_t s = floor_div(us, US_PER_S);
    if (s < FIRST_S || s >= END_S) {
        return OSP_E_INVALID;
    }
    const int64_t days = floor_div(s, S_PER_DAY);
    const int64_t of_day = s - days * S_PER_DAY;
    const date d = date_of(days);
    const struct {
        size_t at, count;
        int64_t value;
        char after;
    } parts[] = {
        { 0, 4, d.year, '-' },
        { 5, 2, d.month, '-' },
        { 8, 2, d.day, 'T' },
        { 11, 2, of_day / 3600, ':' },
        { 14, 2, of_day / 60 % 60, ':' },
        { 17, 2, of_day % 60, '.' },
        { 20, 3, (us - s * US_PER_S) / 1000, 'Z' },
    };
    for (size_t i = 0; i < OSP_ARRAY_LEN(parts); i++) {
        write_digits(out + parts[i].at, parts[i].count, parts[i].value);
        out[parts[i].at + parts[i].count] = parts[i].after;
    }
    return OSP_OK;
}
