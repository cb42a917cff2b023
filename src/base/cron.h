/* Times that come again, as cron writes them. */
#ifndef OSP_BASE_CRON_H
#define OSP_BASE_CRON_H

#include <openspeed/base.h>

/* The minutes of five fields, as bits from 0 on. */
typedef struct osp_cron {
    uint64_t minutes;
    uint32_t hours, days; /* of the month, from 1 on */
    uint16_t months;      /* from 1 on */
    uint8_t weekdays;     /* from Sunday on */
    bool any_day;         /* a day need fit only one of days and weekdays: neither was a star */
} osp_cron;

/* Reads "minute hour day month weekday": each a star, a number, a range a-b, any of these by /step,
 * or several of these with commas between; months and weekdays also as JAN and SUN, Sunday also as
 * 7; or one of @hourly, @daily, @weekly, @monthly, @yearly.
 *
 * ret_why   static; set where it returns OSP_E_INVALID
 * Source    POSIX.1-2017, crontab */
OSP_MUST_CHECK osp_status osp_cron_parse(osp_str text, osp_cron *ret_cron, const char **ret_why);
/* The first such minute behind `after_s`, in seconds since 1970, UTC; INT64_MAX: there is none,
 * such as on 30 February. */
int64_t osp_cron_next(const osp_cron *cron, int64_t after_s);

#endif
