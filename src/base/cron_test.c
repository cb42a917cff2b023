/* Times that come again: what can be written, and when they are. */
#include "base/cron.h"

#include "base/time.h"
#include "tests/unit/unit.h"

#define DAY_S INT64_C(86400)

static osp_cron parse(const char *text)
{
    osp_cron cron;
    const char *why = NULL;
    OSP_CHECK(osp_cron_parse(osp_str_from(text), &cron, &why) == OSP_OK);
    return cron;
}

static int64_t at(int64_t year, int64_t month, int64_t day, int hour, int minute)
{
    return osp_civil_to_days((osp_civil){ year, month, day }) * DAY_S + hour * 3600 + minute * 60;
}

OSP_UNIT_TEST(cron_next, "the next time is the first one behind")
{
    static const struct {
        const char *text;
        int64_t from[5], to[5];
    } cases[] = {
        { "* * * * *", { 2026, 1, 1, 0, 0 }, { 2026, 1, 1, 0, 1 } },
        { "0 3 * * *", { 2026, 1, 1, 3, 0 }, { 2026, 1, 2, 3, 0 } },
        { "0 3 * * *", { 2026, 1, 1, 2, 59 }, { 2026, 1, 1, 3, 0 } },
        { "*/15 * * * *", { 2026, 1, 1, 0, 50 }, { 2026, 1, 1, 1, 0 } },
        { "5/20 * * * *", { 2026, 1, 1, 0, 25 }, { 2026, 1, 1, 0, 45 } },
        { "10-20/5,59 1 * * *", { 2026, 1, 1, 1, 20 }, { 2026, 1, 1, 1, 59 } },
        { "0 0 1 1 *", { 2026, 1, 1, 0, 0 }, { 2027, 1, 1, 0, 0 } },
        { "0 0 29 2 *", { 2026, 1, 1, 0, 0 }, { 2028, 2, 29, 0, 0 } },
        { "0 0 29 2 *", { 2096, 2, 29, 0, 0 }, { 2104, 2, 29, 0, 0 } },       /* 2100 has none */
        { "0 0 29 2 */7", { 2088, 2, 29, 0, 0 }, { 2128, 2, 29, 0, 0 } },     /* a Sunday */
        { "0 12 * * MON-FRI", { 2026, 1, 2, 12, 0 }, { 2026, 1, 5, 12, 0 } }, /* from a Friday */
        { "0 0 * * 0", { 2026, 1, 1, 0, 0 }, { 2026, 1, 4, 0, 0 } },
        { "0 0 * * 7", { 2026, 1, 1, 0, 0 }, { 2026, 1, 4, 0, 0 } },
        { "0 0 13 * 5", { 2026, 1, 2, 0, 0 }, { 2026, 1, 9, 0, 0 } },  /* a Friday */
        { "0 0 13 * 5", { 2026, 1, 9, 0, 0 }, { 2026, 1, 13, 0, 0 } }, /* or a 13th */
        { "0 0 31 * *", { 2026, 1, 31, 0, 0 }, { 2026, 3, 31, 0, 0 } },
        { "30 6 1,15 jun,DEC *", { 2026, 6, 15, 6, 30 }, { 2026, 12, 1, 6, 30 } },
        { "  0   3  *  *  *  ", { 2026, 1, 1, 0, 0 }, { 2026, 1, 1, 3, 0 } },
        { "@hourly", { 2026, 12, 31, 23, 0 }, { 2027, 1, 1, 0, 0 } },
        { "@daily", { 2026, 1, 1, 0, 0 }, { 2026, 1, 2, 0, 0 } },
        { "@weekly", { 2026, 1, 1, 0, 0 }, { 2026, 1, 4, 0, 0 } },
        { "@monthly", { 2026, 1, 1, 0, 0 }, { 2026, 2, 1, 0, 0 } },
        { "@yearly", { 2026, 1, 1, 0, 0 }, { 2027, 1, 1, 0, 0 } },
        { "0 0 1 1 *", { 1969, 6, 1, 0, 0 }, { 1970, 1, 1, 0, 0 } },
    };
    for (size_t i = 0; i < OSP_ARRAY_LEN(cases); i++) {
        const osp_cron cron = parse(cases[i].text);
        const int64_t *a = cases[i].from, *b = cases[i].to;
        const int64_t from = at(a[0], a[1], a[2], (int)a[3], (int)a[4]);
        const int64_t to = at(b[0], b[1], b[2], (int)b[3], (int)b[4]);
        OSP_CHECK(osp_cron_next(&cron, from) == to);
        OSP_CHECK(osp_cron_next(&cron, to - 1) == to && osp_cron_next(&cron, to) > to);
    }
}

OSP_UNIT_TEST(cron_never, "a day that there never is has no next time")
{
    const osp_cron february = parse("0 0 30 2 *"), june = parse("0 0 31 6,9,11 *");
    OSP_CHECK(osp_cron_next(&february, 0) == INT64_MAX);
    OSP_CHECK(osp_cron_next(&june, 0) == INT64_MAX);
}

OSP_UNIT_TEST(cron_refused, "what is no such time is refused, and why is said")
{
    static const char *const wrong[] = {
        "",
        "* * * *",
        "* * * * * *",
        "60 * * * *",
        "* 24 * * *",
        "* * 0 * *",
        "* * 32 * *",
        "* * * 13 * ",
        "* * * 0 *",
        "* * * * 8",
        "5-1 * * * *",
        "*/0 * * * *",
        "*/ * * * *",
        "1, * * * *",
        ",1 * * * *",
        "1,,2 * * * *",
        "-1 * * * *",
        "1- * * * *",
        "x * * * *",
        "001 * * * *",
        "* * * JAM *",
        "* * * * MO",
        "@reboot",
        "1.5 * * * *",
        "1-2-3 * * * *",
    };
    for (size_t i = 0; i < OSP_ARRAY_LEN(wrong); i++) {
        osp_cron cron;
        const char *why = NULL;
        OSP_CHECK(osp_cron_parse(osp_str_from(wrong[i]), &cron, &why) == OSP_E_INVALID);
        OSP_CHECK(why != NULL);
    }
}
