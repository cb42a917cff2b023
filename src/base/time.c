/* A moment in words.
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

#include <string.h>

#define US_PER_S INT64_C(1000000)
#define S_PER_DAY INT64_C(86400)
#define DAYS_TO_1970 INT64_C(719468) /* from 0000-03-01 */
#define DAYS_PER_400_YEARS INT64_C(146097)

int64_t osp_days_in_month(int64_t year, int64_t month)
{
    static const int8_t days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    OSP_ASSERT(month >= 1 && month <= 12);
    const bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    return days[month - 1] + (month == 2 && leap);
}

int64_t osp_civil_to_days(osp_civil date)
{
    const int64_t year = date.year - (date.month <= 2);
    const int64_t era = osp_floor_div(year, 400);
    const int64_t year_of_era = year - era * 400;
    const int64_t day_of_year = (153 * ((date.month + 9) % 12) + 2) / 5 + date.day - 1;
    const int64_t day_of_era =
        365 * year_of_era + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * DAYS_PER_400_YEARS + day_of_era - DAYS_TO_1970;
}

osp_civil osp_civil_from_days(int64_t days_since_1970)
{
    const int64_t days = days_since_1970 + DAYS_TO_1970;
    const int64_t era = osp_floor_div(days, DAYS_PER_400_YEARS);
    const int64_t day_of_era = days - era * DAYS_PER_400_YEARS;
    /* Taking out the leap days that have passed leaves years of 365 days. */
    const int64_t leaps = day_of_era / 1460 - day_of_era / 36524 + day_of_era / 146096;
    const int64_t year = (day_of_era - leaps) / 365;
    const int64_t day_of_year = day_of_era - (365 * year + year / 4 - year / 100);
    const int64_t month = (5 * day_of_year + 2) / 153;
    const bool next_year = month >= 10;
    return (osp_civil){
        .year = era * 400 + year + next_year,
        .month = next_year ? month - 9 : month + 3,
        .day = day_of_year - (153 * month + 2) / 5 + 1,
    };
}

void osp_digits_write(uint64_t value, size_t count, char *out)
{
    while (count-- != 0) {
        out[count] = (char)('0' + value % 10);
        value /= 10;
    }
    OSP_ASSERT(value == 0);
}

/* Below 100: a time is pairs of digits, and is written with every answer that has one. */
static inline void put_two(unsigned value, char *out)
{
    out[0] = (char)('0' + value / 10);
    out[1] = (char)('0' + value % 10);
}

void osp_time_write_second(int64_t s, char *out)
{
    OSP_ASSERT(s >= OSP_TIME_FIRST_S && s < OSP_TIME_END_S);
    const int64_t days = osp_floor_div(s, S_PER_DAY);
    const int64_t of_day = s - days * S_PER_DAY;
    const osp_civil d = osp_civil_from_days(days);
    const unsigned year = (unsigned)d.year, second = (unsigned)of_day;
    memcpy(out, "0000-00-00T00:00:00", OSP_TIME_SECOND_LEN);
    put_two(year / 100, out);
    put_two(year % 100, out + 2);
    put_two((unsigned)d.month, out + 5);
    put_two((unsigned)d.day, out + 8);
    put_two(second / 3600, out + 11);
    put_two(second / 60 % 60, out + 14);
    put_two(second % 60, out + 17);
}

osp_status osp_time_write(int64_t us, char *out)
{
    const int64_t s = osp_floor_div(us, US_PER_S);
    if (s < OSP_TIME_FIRST_S || s >= OSP_TIME_END_S) {
        return OSP_E_INVALID;
    }
    osp_time_write_second(s, out);
    out[19] = '.';
    osp_digits_write((uint64_t)(us - s * US_PER_S) / 1000, 3, out + 20);
    out[23] = 'Z';
    return OSP_OK;
}
