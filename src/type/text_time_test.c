#include "type/text.h"

#include "base/time.h"
#include "tests/unit/unit.h"

#define S_US INT64_C(1000000)
#define DAY_US (INT64_C(86400) * S_US)
#define FIRST_US (OSP_TIME_FIRST_S * S_US)
#define LAST_US (OSP_TIME_END_S * S_US - 1)
#define ROUNDS 200000

/* A generator whose numbers are small as often as large. */
static uint64_t next_random(uint64_t *state)
{
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (*state >> 33 | *state << 31) >> (*state >> 58);
}

/* A copy of exactly its size, so that a sanitizer sees every read past either end. */
static osp_str exact(const char *text, size_t len)
{
    char *copy = malloc(len == 0 ? 1 : len);
    OSP_CHECK(copy != NULL);
    memcpy(copy, text, len);
    return (osp_str){ copy, len };
}

static void drop(osp_str text)
{
    free((char *)(uintptr_t)text.ptr);
}

/* ---------------------------------------------------------------- dates */

static bool reads_date(osp_str text, osp_date *ret)
{
    *ret = (osp_date){ -1, 77, 77 };
    const osp_str copy = exact(text.ptr, text.len);
    const osp_sentence *wrong = osp_text_read_date(copy, ret);
    drop(copy);
    OSP_CHECK(wrong == NULL || (ret->year == -1 && ret->month == 77 && ret->day == 77));
    return wrong == NULL;
}

OSP_UNIT_TEST(text_date_all, "exactly the days that exist are read, and come back")
{
    size_t days = 0;
    for (int year = 0; year <= 9999; year++) {
        for (int month = 0; month <= 13; month++) {
            for (int day = 0; day <= 32; day++) {
                char text[OSP_TEXT_MAX], back[OSP_TEXT_MAX];
                osp_digits_write((uint64_t)year, 4, text);
                osp_digits_write((uint64_t)month, 2, text + 5);
                osp_digits_write((uint64_t)day, 2, text + 8);
                text[4] = text[7] = '-';
                osp_date date;
                if (osp_text_read_date((osp_str){ text, 10 }, &date) != NULL) {
                    continue;
                }
                const osp_civil next = { days == 0 ? 0 : date.year, date.month, date.day };
                OSP_CHECK(osp_civil_to_days(next) == OSP_TIME_FIRST_S / 86400 + (int64_t)days);
                OSP_CHECK(osp_text_write_date(date, back) == 10 && memcmp(text, back, 10) == 0);
                days++;
            }
        }
    }
    OSP_CHECK(days == 3652425);
}

OSP_UNIT_TEST(text_date_bad, "a date has ten places and nothing else")
{
    static const char *const good[] = { "2000-02-29", "2024-02-29", "0000-02-29", "9999-12-31" };
    static const char *const bad[] = {
        "",           "2026-01-3",   "2026-01-311", "2026-1-31",  "26-01-31",   "2100-02-29",
        "2023-02-29", "2026-00-10",  "2026-13-10",  "2026-01-00", "2026-04-31", "2026/01/31",
        "2026-01/31", " 2026-01-31", "2026-01-31 ", "+026-01-31", "-026-01-31", "2026-01-3a",
        "2026-0a-31", "202a-01-31",  "20260131",    "a026-01-31",
    };
    osp_date date;
    for (size_t i = 0; i < OSP_ARRAY_LEN(good); i++) {
        OSP_CHECK(reads_date(osp_str_from(good[i]), &date));
    }
    for (size_t i = 0; i < OSP_ARRAY_LEN(bad); i++) {
        OSP_CHECK(!reads_date(osp_str_from(bad[i]), &date));
    }
    /* Every byte in every place but the right ones. */
    for (size_t at = 0; at < 10; at++) {
        for (int c = 0; c < 256; c++) {
            char text[10];
            memcpy(text, "2026-11-11", 10);
            text[at] = (char)(unsigned char)c;
            const bool digit = c >= '0' && c <= '9';
            const bool is = reads_date((osp_str){ text, 10 }, &date);
            OSP_CHECK(!is || ((at == 4 || at == 7) ? c == '-' : digit));
        }
    }
}

OSP_UNIT_TEST(text_date_unwritable, "a date that does not exist is not written")
{
    static const osp_date bad[] = { { -1, 1, 1 },      { 10000, 1, 1 }, { 2026, 0, 1 },
                                    { 2026, 13, 1 },   { 2026, 1, 0 },  { 2026, 2, 29 },
                                    { 2026, 255, 255 } };
    char out[OSP_TEXT_MAX];
    for (size_t i = 0; i < OSP_ARRAY_LEN(bad); i++) {
        OSP_CHECK(!osp_text_date_valid(bad[i]) && osp_text_write_date(bad[i], out) == 0);
    }
    OSP_CHECK(osp_text_date_valid((osp_date){ 0, 1, 1 }));
    OSP_CHECK(osp_text_date_valid((osp_date){ 9999, 12, 31 }));
}

/* ---------------------------------------------------------------- times */

static bool reads_time(osp_str text, int64_t *ret_us)
{
    osp_time time = { 4711 };
    const osp_str copy = exact(text.ptr, text.len);
    const osp_sentence *wrong = osp_text_read_time(copy, &time);
    drop(copy);
    OSP_CHECK(wrong == NULL || time.us == 4711);
    *ret_us = time.us;
    return wrong == NULL;
}

OSP_UNIT_TEST(text_time_known, "times with any offset are the moment they name")
{
    static const struct {
        const char *text;
        int64_t us;
    } cases[] = {
        { "1970-01-01T00:00:00Z", 0 },
        { "1970-01-01t00:00:00z", 0 },
        { "1970-01-01T00:00:00-00:00", 0 },
        { "1970-01-01T01:00:00+01:00", 0 },
        { "1969-12-31T23:00:00-01:00", 0 },
        { "1970-01-01T23:59:00+23:59", 0 },
        { "1969-12-31T00:01:00-23:59", 0 },
        { "1970-01-01T00:00:00.5Z", 500000 },
        { "1970-01-01T00:00:00.000001Z", 1 },
        { "1970-01-01T00:00:00.0000019Z", 1 },
        { "1970-01-01T00:00:00.999999999Z", 999999 },
        { "1969-12-31T23:59:59.999999999Z", -1 },
        { "1969-12-31T23:59:59.000000001Z", -S_US },
        { "2000-02-29T12:00:00Z", 951825600 * S_US },
        { "1998-12-31T23:59:60Z", 915148799 * S_US },
        { "1998-12-31T23:59:60.25Z", 915148799 * S_US + 250000 },
        { "1998-12-31T15:59:60-08:00", 915148799 * S_US },
        { "1999-01-01T00:29:60+00:30", 915148799 * S_US },
        { "0000-01-01T00:00:00Z", FIRST_US },
        { "9999-12-31T23:59:59.999999Z", LAST_US },
        { "9999-12-31T23:59:60Z", LAST_US - 999999 },
        { "0000-01-01T01:00:00+01:00", FIRST_US },
    };
    for (size_t i = 0; i < OSP_ARRAY_LEN(cases); i++) {
        int64_t us;
        OSP_CHECK(reads_time(osp_str_from(cases[i].text), &us));
        OSP_CHECK(us == cases[i].us);
    }
}

OSP_UNIT_TEST(text_time_bad, "what RFC 3339 does not allow is no time")
{
    static const char *const bad[] = {
        "",
        "1970-01-01",
        "1970-01-01T00:00:00",
        "1970-01-01T00:00Z",
        "1970-01-01 00:00:00Z",
        "1970-01-01T24:00:00Z",
        "1970-01-01T00:60:00Z",
        "1970-01-01T00:00:61Z",
        "1970-01-01T00:00:60Z",
        "1970-01-01T23:58:60Z",
        "1970-01-01T22:59:60Z",
        "1970-01-01T23:59:60+01:00",
        "1970-01-01T00:00:00.Z",
        "1970-01-01T00:00:00,5Z",
        "1970-01-01T00:00:00.1234567890Z",
        "1970-01-01T00:00:00.5",
        "1970-01-01T00:00:00.",
        "1970-01-01T00:00:00+01",
        "1970-01-01T00:00:00+0100",
        "1970-01-01T00:00:00+24:00",
        "1970-01-01T00:00:00+00:60",
        "1970-01-01T00:00:00+1:00",
        "1970-01-01T00:00:00+01:0a",
        "1970-01-01T00:00:00*01:00",
        "1970-01-01T00:00:00ZZ",
        "1970-01-01T00:00:00Z ",
        " 1970-01-01T00:00:00Z",
        "1970-02-30T00:00:00Z",
        "1970-01-01T0a:00:00Z",
        "1970-01-01T00:0a:00Z",
        "1970-01-01T00:00:0aZ",
        "1970-01-01T00-00:00Z",
        "1970-01-01T00:00-00Z",
        "0000-01-01T00:00:00+00:01",
        "9999-12-31T23:59:59-00:01",
        "9999-12-31T23:59:60-00:01",
        "+1970-01-01T00:00:00Z",
    };
    for (size_t i = 0; i < OSP_ARRAY_LEN(bad); i++) {
        int64_t us;
        OSP_CHECK(!reads_time(osp_str_from(bad[i]), &us));
    }
    int64_t us;
    OSP_CHECK(!reads_time((osp_str){ "1970-01-01T00:00:00Z\0", 21 }, &us));
    /* Cut off anywhere. */
    static const char whole[] = "1970-01-01T00:00:00.123456+01:00";
    for (size_t len = 0; len < sizeof(whole) - 1; len++) {
        OSP_CHECK(!reads_time((osp_str){ whole, len }, &us));
    }
}

OSP_UNIT_TEST(text_time_round, "every time that can be written reads back, and no other is written")
{
    uint64_t state = 1;
    for (size_t i = 0; i < ROUNDS; i++) {
        const int64_t far = (int64_t)(next_random(&state) % (uint64_t)(LAST_US - FIRST_US + 1));
        const int64_t us = i % 2 == 0 ? FIRST_US + far : LAST_US - far;
        char out[OSP_TEXT_MAX];
        const size_t len = osp_text_write_time((osp_time){ us }, out);
        osp_time back;
        OSP_CHECK(len >= 20 && len <= 27);
        OSP_CHECK(osp_text_read_time((osp_str){ out, len }, &back) == NULL && back.us == us);
        OSP_CHECK(len == 20 || out[len - 2] != '0');
    }
    static const int64_t bad[] = { FIRST_US - 1, LAST_US + 1, INT64_MIN, INT64_MAX };
    char out[OSP_TEXT_MAX];
    for (size_t i = 0; i < OSP_ARRAY_LEN(bad); i++) {
        OSP_CHECK(!osp_text_time_valid((osp_time){ bad[i] }));
        OSP_CHECK(osp_text_write_time((osp_time){ bad[i] }, out) == 0);
    }
    OSP_CHECK(osp_text_time_valid((osp_time){ FIRST_US }) &&
              osp_text_time_valid((osp_time){ LAST_US }));
    OSP_CHECK_STR(((osp_str){ out, osp_text_write_time((osp_time){ -1 }, out) }),
                  S("1969-12-31T23:59:59.999999Z"));
    OSP_CHECK_STR(((osp_str){ out, osp_text_write_time((osp_time){ 100000 }, out) }),
                  S("1970-01-01T00:00:00.1Z"));
}

/* ---------------------------------------------------------------- durations */

static bool reads_duration(osp_str text, int64_t *ret_us)
{
    osp_duration duration = { 4711 };
    const osp_str copy = exact(text.ptr, text.len);
    const osp_sentence *wrong = osp_text_read_duration(copy, &duration);
    drop(copy);
    OSP_CHECK(wrong == NULL || duration.us == 4711);
    *ret_us = duration.us;
    return wrong == NULL;
}

OSP_UNIT_TEST(text_duration_known, "durations are the sum of their parts")
{
    static const struct {
        const char *text;
        int64_t us;
    } cases[] = {
        { "PT0S", 0 },
        { "-PT0S", 0 },
        { "P0D", 0 },
        { "P0W", 0 },
        { "PT1S", S_US },
        { "-PT1S", -S_US },
        { "PT0.5S", 500000 },
        { "-PT0.0000019S", -1 },
        { "PT0.999999999S", 999999 },
        { "PT1M", 60 * S_US },
        { "PT1H", 3600 * S_US },
        { "P1D", DAY_US },
        { "P2W", 14 * DAY_US },
        { "-P2W", -14 * DAY_US },
        { "P3DT4H5M6.5S", 3 * DAY_US + (4 * 3600 + 5 * 60 + 6) * S_US + 500000 },
        { "P1DT1S", DAY_US + S_US },
        { "PT1H1S", 3601 * S_US },
        { "PT36H", 36 * 3600 * S_US },
        { "PT00000000000000000000000000001S", S_US },
        { "PT9223372036854.775807S", INT64_MAX },
        { "-PT9223372036854.775808S", INT64_MIN },
        { "-PT9223372036854.775808999S", INT64_MIN },
        { "P106751991DT4H54.775807S", INT64_MAX },
        { "-P106751991DT4H54.775808S", INT64_MIN },
        { "P15250284W", 15250284 * 7 * DAY_US },
    };
    for (size_t i = 0; i < OSP_ARRAY_LEN(cases); i++) {
        int64_t us;
        OSP_CHECK(reads_duration(osp_str_from(cases[i].text), &us));
        OSP_CHECK(us == cases[i].us);
    }
}

static const char *const no_durations[] = {
    "",
    "-",
    "P",
    "-P",
    "PT",
    "P1DT",
    "T1S",
    "1D",
    "P1",
    "P1H",
    "PT1D",
    "PT1S1M",
    "PT1M1H",
    "PT1S1S",
    "P1D1D",
    "P1Y",
    "P1M",
    "P1Y2M3D",
    "P1WT1S",
    "P1W1D",
    "P1D1W",
    "PT1W",
    "P1.5D",
    "PT1.5H",
    "PT1.5M",
    "P1.5W",
    "PT.5S",
    "PT1.S",
    "PT1,5S",
    "PT1.5",
    "PT1.",
    "+P1D",
    "--P1D",
    "P-1D",
    "P+1D",
    " P1D",
    "P1D ",
    "p1d",
    "pt1s",
    "PT1s",
    "PT1HT1M",
    "P1DTT1S",
    "PW",
    "P W",
    "PT1.1234567890S",
    "PT1H2",
    "P1T1S",
    "PT9223372036854.775808S",
    "-PT9223372036854.775809S",
    "PT9223372036855S",
    "PT99999999999999999999999999999999S",
    "P106751992D",
    "-P106751992D",
    "P15250285W",
    "-P15250285W",
    "P99999999999999999999W",
    "P106751991DT4H54.775808S",
};

OSP_UNIT_TEST(text_duration_bad, "no calendar units, no empty parts, no other order, no overflow")
{
    int64_t us;
    for (size_t i = 0; i < OSP_ARRAY_LEN(no_durations); i++) {
        OSP_CHECK(!reads_duration(osp_str_from(no_durations[i]), &us));
    }
    static const char whole[] = "-P3DT4H5M6.5S";
    for (size_t len = 0; len < sizeof(whole) - 1; len++) {
        const char last = len == 0 ? ' ' : whole[len - 1];
        OSP_CHECK(reads_duration((osp_str){ whole, len }, &us) ==
                  (last == 'D' || last == 'H' || last == 'M'));
    }
}

OSP_UNIT_TEST(text_duration_round, "every duration is written in OSP_TEXT_MAX and reads back")
{
    uint64_t state = 2;
    static const int64_t edges[] = { INT64_MIN, INT64_MAX,    0, 1, -1, DAY_US, -DAY_US,
                                     S_US,      INT64_MIN + 1 };
    for (size_t i = 0; i < ROUNDS; i++) {
        const int64_t us = i < OSP_ARRAY_LEN(edges) ? edges[i] : (int64_t)next_random(&state);
        char out[OSP_TEXT_MAX];
        const size_t len = osp_text_write_duration((osp_duration){ us }, out);
        osp_duration back;
        OSP_CHECK(len >= 3 && len <= sizeof(out));
        OSP_CHECK(osp_text_read_duration((osp_str){ out, len }, &back) == NULL && back.us == us);
    }
    static const struct {
        int64_t us;
        const char *text;
    } cases[] = {
        { 0, "PT0S" },
        { -500000, "-PT0.5S" },
        { 14 * DAY_US, "P14D" },
        { 3600 * S_US, "PT1H" },
        { DAY_US + S_US, "P1DT1S" },
        { 61 * S_US + 10, "PT1M1.00001S" },
        { 3600 * S_US + 1, "PT1H0.000001S" },
        { INT64_MIN, "-P106751991DT4H54.775808S" },
    };
    for (size_t i = 0; i < OSP_ARRAY_LEN(cases); i++) {
        char out[OSP_TEXT_MAX];
        const size_t len = osp_text_write_duration((osp_duration){ cases[i].us }, out);
        OSP_CHECK_STR(((osp_str){ out, len }), osp_str_from(cases[i].text));
    }
}
