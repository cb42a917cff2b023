/* Dates in fields. */
#include "wire/date.h"

#include "tests/unit/unit.h"

#define NOW 1767225600 /* 2026-01-01 */

OSP_UNIT_TEST(http_date_forms, "all three forms of a date are read")
{
    static const struct {
        const char *text;
        int64_t second;
    } cases[] = {
        { "Sun, 06 Nov 1994 08:49:37 GMT", 784111777 },
        { "Sunday, 06-Nov-94 08:49:37 GMT", 784111777 },
        { "Sun Nov  6 08:49:37 1994", 784111777 },
        { "Wed Nov 16 08:49:37 1994", 784975777 },
        { "Thu, 01 Jan 1970 00:00:00 GMT", 0 },
        { "Wed, 31 Dec 1969 23:59:59 GMT", -1 },
        { "Thu, 29 Feb 2024 00:00:00 GMT", 1709164800 },
        { "Sat, 31 Dec 2016 23:59:60 GMT", 1483228800 },
        { "Wednesday, 01-Jan-76 00:00:00 GMT", 3345062400 }, /* 2076: within 50 years */
        { "Saturday, 01-Jan-77 00:00:00 GMT", 220924800 },   /* 1977 */
    };
    for (size_t i = 0; i < OSP_ARRAY_LEN(cases); i++) {
        int64_t second = -7;
        OSP_CHECK(osp_http_date_read(osp_str_from(cases[i].text), NOW, &second));
        OSP_CHECK(second == cases[i].second);
    }
}

OSP_UNIT_TEST(http_date_refused, "what is no date of HTTP is refused")
{
    static const char *const texts[] = {
        "",
        "Sun",
        "Sun, 06 Nov 1994 08:49:37",
        "Sun, 06 Nov 1994 08:49:37 GMT ",
        " Sun, 06 Nov 1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 08:49:37 UTC",
        "Sun, 06 Nov 1994 08:49:37 GMx",
        "sun, 06 Nov 1994 08:49:37 GMT",
        "Sun, 6 Nov 1994 08:49:37 GMT",
        "Sun, 00 Nov 1994 08:49:37 GMT",
        "Sun, 31 Nov 1994 08:49:37 GMT",
        "Sun, 29 Feb 2023 08:49:37 GMT",
        "Sun, 06 Nov 94 08:49:37 GMT",
        "Sun, 06 Now 1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 24:00:00 GMT",
        "Sun, 06 Nov 1994 08:60:00 GMT",
        "Sun, 06 Nov 1994 08:49:61 GMT",
        "Sun, 06 Nov 1994 8:49:37 GMT",
        "Sun, 06-Nov-94 08:49:37 GMT",
        "Sunday, 06-Nov-1994 08:49:37 GMT",
        "Sun Nov 6 08:49:37 1994",
        "Sun, 06 Nov 1994 08:49:37 GMT, Sun, 06 Nov 1994 08:49:37 GMT",
        "784111777",
    };
    for (size_t i = 0; i < OSP_ARRAY_LEN(texts); i++) {
        int64_t second = -7;
        if (osp_http_date_read(osp_str_from(texts[i]), NOW, &second)) {
            fprintf(stderr, "not refused: %s\n", texts[i]);
            exit(1);
        }
        OSP_CHECK(second == -7);
    }
}
