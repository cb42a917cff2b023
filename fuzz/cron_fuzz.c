/* Times of cron: whatever text is taken, its next time is the first minute behind that fits, by
 * looking at every one.
 *
 * The first four bytes are the time to start from, in minutes since 1970; the rest is the text. */
#include "base/cron.h"

#include <string.h>

#include "base/time.h"

#define DAY_S INT64_C(86400)
#define CYCLE_DAYS 146097 /* the calendar comes again after 400 years, and weekdays with it */

static bool has(uint64_t bits, int64_t at)
{
    return (bits >> at & 1) != 0;
}

static bool fits_day(const osp_cron *cron, int64_t days)
{
    const osp_civil date = osp_civil_from_days(days);
    const bool by_day = has(cron->days, date.day);
    const bool by_weekday = has(cron->weekdays, (days % 7 + 11) % 7);
    return has(cron->months, date.month) &&
           (cron->any_day ? by_day || by_weekday : by_day && by_weekday);
}

static bool fits(const osp_cron *cron, int64_t at_s)
{
    const int64_t minute = osp_floor_div(at_s, 60);
    const int64_t days = osp_floor_div(at_s, DAY_S);
    return has(cron->minutes, minute - osp_floor_div(minute, 60) * 60) &&
           has(cron->hours, (at_s - days * DAY_S) / 3600) && fits_day(cron, days);
}

static void judge(const osp_cron *cron, int64_t after_s)
{
    const int64_t next_s = osp_cron_next(cron, after_s);
    const int64_t day = osp_floor_div(after_s, DAY_S);
    if (next_s == INT64_MAX) {
        for (int64_t at = day; at < day + CYCLE_DAYS; at++) {
            OSP_ASSERT(!fits_day(cron, at));
        }
        return;
    }
    OSP_ASSERT(next_s > after_s && next_s % 60 == 0 && fits(cron, next_s));
    const int64_t next_day = osp_floor_div(next_s, DAY_S);
    for (int64_t at = day + 1; at < next_day; at++) {
        OSP_ASSERT(!fits_day(cron, at));
    }
    const int64_t today_s = next_day == day ? next_s : (day + 1) * DAY_S;
    for (int64_t at_s = (osp_floor_div(after_s, 60) + 1) * 60; at_s < today_s; at_s += 60) {
        OSP_ASSERT(!fits(cron, at_s));
    }
    for (int64_t at_s = next_day > day ? next_day * DAY_S : next_s; at_s < next_s; at_s += 60) {
        OSP_ASSERT(!fits(cron, at_s));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int32_t minutes;
    osp_cron cron;
    const char *why = NULL;
    if (size < sizeof minutes) {
        return 0;
    }
    memcpy(&minutes, data, sizeof minutes);
    const osp_str text = { (const char *)data + sizeof minutes, size - sizeof minutes };
    if (osp_cron_parse(text, &cron, &why) != OSP_OK) {
        OSP_ASSERT(why != NULL);
        return 0;
    }
    OSP_ASSERT(cron.minutes != 0 && cron.hours != 0 && cron.days != 0 && cron.months != 0 &&
               cron.weekdays != 0);
    judge(&cron, (int64_t)minutes * 60 + data[0] % 60);
    return 0;
}
