#include "base/time.h"

#include "base/task.h"
#include "tests/unit/unit.h"

#include <time.h>

#define S_US INT64_C(1000000)

OSP_UNIT_TEST(time_known, "known moments are written as RFC 3339 does")
{
    static const struct {
        int64_t us;
        const char *text;
    } cases[] = {
        { 0, "1970-01-01T00:00:00.000Z" },
        { 999, "1970-01-01T00:00:00.000Z" },
        { 1000, "1970-01-01T00:00:00.001Z" },
        { -1, "1969-12-31T23:59:59.999Z" },
        { -1000000, "1969-12-31T23:59:59.000Z" },
        { 951782399 * S_US + 999999, "2000-02-28T23:59:59.999Z" },
        { 951782400 * S_US, "2000-02-29T00:00:00.000Z" },
        { 951868800 * S_US, "2000-03-01T00:00:00.000Z" },
        { INT64_C(4107542400) * S_US, "2100-03-01T00:00:00.000Z" },
        { INT64_C(4107542399) * S_US, "2100-02-28T23:59:59.000Z" },
        { INT64_C(-62167219200) * S_US, "0000-01-01T00:00:00.000Z" },
        { INT64_C(253402300799) * S_US + 999999, "9999-12-31T23:59:59.999Z" },
    };
    for (size_t i = 0; i < OSP_ARRAY_LEN(cases); i++) {
        char text[OSP_TIME_LEN];
        OSP_CHECK(osp_time_write(cases[i].us, text) == OSP_OK);
        OSP_CHECK_STR(((osp_str){ text, sizeof(text) }), osp_str_from(cases[i].text));
    }
}

OSP_UNIT_TEST(time_every_day, "every day of ten thousand years is what the C library says")
{
    for (int64_t day = -719528; day <= 2932896; day += OSP_UNIT_STRIDE) {
        const time_t s = (time_t)(day * 86400 + (day & 0xFFFF));
        struct tm tm;
        OSP_CHECK(gmtime_r(&s, &tm) != NULL);
        char want[96];
        (void)snprintf(want, sizeof(want), "%04d-%02d-%02dT%02d:%02d:%02d.123Z", tm.tm_year + 1900,
                       tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec);
        const osp_civil date = osp_civil_from_days(day);
        OSP_CHECK(date.year == tm.tm_year + 1900 && date.month == tm.tm_mon + 1 &&
                  date.day == tm.tm_mday);
        OSP_CHECK(osp_civil_to_days(date) == day);
        const int64_t last = osp_days_in_month(date.year, date.month);
        OSP_CHECK(date.day <= last);
        OSP_CHECK((date.day == last) == (osp_civil_from_days(day + 1).day == 1));
        char text[OSP_TIME_LEN];
        OSP_CHECK(osp_time_write((int64_t)s * S_US + 123456, text) == OSP_OK);
        OSP_CHECK(memcmp(text, want, sizeof(text)) == 0);
    }
}

OSP_UNIT_TEST(time_far, "days come back from years far from here")
{
    for (int64_t year = -1000000; year <= 1000000; year += 997) {
        for (int64_t month = 1; month <= 12; month++) {
            const osp_civil date = { year, month, osp_days_in_month(year, month) };
            const osp_civil back = osp_civil_from_days(osp_civil_to_days(date));
            OSP_CHECK(back.year == year && back.month == month && back.day == date.day);
        }
    }
    OSP_CHECK(osp_civil_to_days((osp_civil){ 1970, 1, 1 }) == 0);
    OSP_CHECK(osp_civil_to_days((osp_civil){ -1, 12, 31 }) == OSP_TIME_FIRST_S / 86400 - 1);
}

OSP_UNIT_TEST(time_range, "years that RFC 3339 cannot write are refused")
{
    char text[OSP_TIME_LEN];
    OSP_CHECK(osp_time_write(INT64_C(253402300800) * S_US, text) == OSP_E_INVALID);
    OSP_CHECK(osp_time_write(INT64_C(-62167219200) * S_US - 1, text) == OSP_E_INVALID);
    OSP_CHECK(osp_time_write(INT64_MAX, text) == OSP_E_INVALID);
    OSP_CHECK(osp_time_write(INT64_MIN, text) == OSP_E_INVALID);
}

OSP_UNIT_TEST(time_format, "a task gets the text in its arena, or a failure")
{
    osp_arena arena;
    osp_task task;
    osp_arena_init(&arena, NULL, 0, 1 << 16);
    osp_task_init(&task, &arena);
    OSP_CHECK_STR(osp_time_format(&task, 0), S("1970-01-01T00:00:00.000Z"));
    OSP_CHECK(task.error.status == OSP_OK);
    OSP_CHECK(osp_time_format(&task, INT64_MAX).len == 0);
    OSP_CHECK(task.error.status == OSP_E_INVALID);
    osp_arena_done(&arena);
}

OSP_UNIT_TEST(time_now, "the clocks run, forwards")
{
    OSP_CHECK(llabs((long long)osp_now_us() - (long long)time(NULL) * S_US) < 2 * S_US);
    const int64_t before = osp_monotonic_us();
    OSP_CHECK(before > 0 && osp_monotonic_us() >= before);
}
