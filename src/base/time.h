/* The clock that never jumps, and the calendar; the time of day is in <openspeed/base.h>. */
#ifndef OSP_BASE_TIME_H
#define OSP_BASE_TIME_H

#include <openspeed/base.h>

/* Microseconds since some fixed moment, never going back. */
int64_t osp_monotonic_us(void);
/* Blocks the thread until that clock says `us`; signals do not lengthen it. */
void osp_monotonic_wait(int64_t us);

/* A day of the proleptic Gregorian calendar, which has a year 0. */
typedef struct osp_civil {
    int64_t year;
    int64_t month, day; /* from 1 */
} osp_civil;

/* Rounds down, below zero too; `b` is positive. */
static inline int64_t osp_floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

/* The days that `month` (1 to 12) has in `year`. */
int64_t osp_days_in_month(int64_t year, int64_t month);
/* Days from 1970-01-01 to a day that exists, and back; years within some 10^15 of 0. */
int64_t osp_civil_to_days(osp_civil date);
osp_civil osp_civil_from_days(int64_t days);

/* 0000-01-01T00:00:00Z and 10000-01-01T00:00:00Z, in seconds since 1970. */
#define OSP_TIME_FIRST_S INT64_C(-62167219200)
#define OSP_TIME_END_S INT64_C(253402300800)

/* Writes `value`, which has at most `count` digits, with zeros in front. */
void osp_digits_write(uint64_t value, size_t count, char *out);
/* Writes "2026-01-31T12:00:00" (OSP_TIME_SECOND_LEN bytes, no NUL); OSP_TIME_FIRST_S <= s <
 * OSP_TIME_END_S. */
#define OSP_TIME_SECOND_LEN 19
void osp_time_write_second(int64_t s, char *out);

/* The bytes of "2026-01-31T12:00:00.000Z". */
#define OSP_TIME_LEN 24
/* Writes `us` since 1970 to `out`, room for OSP_TIME_LEN, without a NUL.
 * OSP_OK | OSP_E_INVALID (not in the years 0 to 9999, the only ones RFC 3339 can write). */
OSP_MUST_CHECK osp_status osp_time_write(int64_t us, char *out);

#endif
