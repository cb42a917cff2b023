/* Heads of answers, reason phrases, error statuses and dates. */
#include "tests/unit/unit.h"
#include "wire/h1.h"

#define DATE "Date: Tue, 15 Nov 1994 08:12:31 GMT\r\n"

static void check_head(const osp_h1_answer *answer, osp_str want)
{
    osp_buf out;
    osp_buf_init(&out, NULL, 0, 4096);
    osp_buf_str(&out, S("before"));
    osp_h1_write_head(answer, &out);
    OSP_CHECK(!out.failed);
    OSP_CHECK_STR(((osp_str){ out.ptr, out.len }), want);
    osp_buf_done(&out);
}

OSP_UNIT_TEST(h1_answer_all, "a head has its parts in their order")
{
    const osp_header_field fields[] = { { S("ETag"), S("\"1\"") }, { S("X-Empty"), S("") } };
    const osp_h1_answer answer = {
        .status = 200,
        .content_type = S("text/plain"),
        .date_line = DATE,
        .headers = fields,
        .header_count = 2,
        .content_length = 13,
        .has_length = true,
        .close = true,
    };
    check_head(&answer,
               S("beforeHTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 13\r\n" DATE
                 "ETag: \"1\"\r\nX-Empty: \r\nConnection: close\r\n\r\n"));
}

OSP_UNIT_TEST(h1_answer_least, "what is not asked for is not written")
{
    check_head(&(osp_h1_answer){ .status = 204 }, S("beforeHTTP/1.1 204 No Content\r\n\r\n"));
    check_head(&(osp_h1_answer){ .status = 100 }, S("beforeHTTP/1.1 100 Continue\r\n\r\n"));
}

OSP_UNIT_TEST(h1_answer_connection, "keep-alive is said to HTTP/1.0, and close wins")
{
    check_head(&(osp_h1_answer){ .status = 304, .keep_alive_1_0 = true },
               S("beforeHTTP/1.1 304 Not Modified\r\nConnection: keep-alive\r\n\r\n"));
    check_head(&(osp_h1_answer){ .status = 304, .keep_alive_1_0 = true, .close = true },
               S("beforeHTTP/1.1 304 Not Modified\r\nConnection: close\r\n\r\n"));
}

OSP_UNIT_TEST(h1_answer_odd_status, "a status without a phrase keeps the space before it")
{
    check_head(&(osp_h1_answer){ .status = 299 }, S("beforeHTTP/1.1 299 \r\n\r\n"));
    check_head(&(osp_h1_answer){ .status = 999 }, S("beforeHTTP/1.1 999 \r\n\r\n"));
}

OSP_UNIT_TEST(h1_answer_lengths, "lengths of every number of digits are right")
{
    uint64_t length = 0;
    for (int digits = 0; digits <= 20; digits++) {
        char want[128];
        const int len =
            snprintf(want, sizeof(want), "beforeHTTP/1.1 200 OK\r\nContent-Length: %llu\r\n\r\n",
                     (unsigned long long)length);
        check_head(&(osp_h1_answer){ .status = 200, .content_length = length, .has_length = true },
                   (osp_str){ want, (size_t)len });
        length = digits == 19 ? UINT64_MAX : length * 10 + (uint64_t)(digits % 9) + 1;
    }
}

OSP_UNIT_TEST(h1_answer_exhausted, "a head that does not fit fails the buffer and writes nothing")
{
    osp_buf out;
    osp_buf_init(&out, NULL, 0, 16);
    osp_h1_write_head(&(osp_h1_answer){ .status = 200 }, &out);
    OSP_CHECK(out.failed && out.len == 0);
    osp_buf_done(&out);
}

OSP_UNIT_TEST(h1_answer_longest, "the longest fixed parts stay within the room reserved")
{
    for (int status = 100; status <= 999; status++) {
        osp_buf out;
        osp_buf_init(&out, NULL, 0, 4096);
        const osp_h1_answer answer = { .status = status,
                                       .content_type = S("a"),
                                       .content_length = UINT64_MAX,
                                       .has_length = true,
                                       .keep_alive_1_0 = true };
        osp_h1_write_head(&answer, &out);
        OSP_CHECK(!out.failed && out.len > 0 && out.len < 192);
        osp_buf_done(&out);
    }
}

OSP_UNIT_TEST(http_reason, "registered statuses have a phrase, others none")
{
    OSP_CHECK_STR(osp_http_reason(200), S("OK"));
    OSP_CHECK_STR(osp_http_reason(404), S("Not Found"));
    OSP_CHECK_STR(osp_http_reason(511), S("Network Authentication Required"));
    static const int none[] = { -1, 0, 99, 299, 512, 599, 600, 1000 };
    for (size_t i = 0; i < OSP_ARRAY_LEN(none); i++) {
        OSP_CHECK(osp_http_reason(none[i]).len == 0);
    }
}

OSP_UNIT_TEST(h1_error_http, "failures have the status that answers them")
{
    static const struct {
        osp_status status;
        int http;
    } cases[] = {
        { OSP_E_H1_REQUEST_LINE, 400 }, { OSP_E_H1_METHOD, 400 },
        { OSP_E_H1_TARGET, 400 },       { OSP_E_H1_HEADER, 400 },
        { OSP_E_H1_HOST, 400 },         { OSP_E_H1_FRAMING, 400 },
        { OSP_E_H1_CHUNK, 400 },        { OSP_E_URI, 400 },
        { OSP_E_LIMIT, 414 },           { OSP_E_H1_BODY_LIMIT, 413 },
        { OSP_E_H1_HEAD_LIMIT, 431 },   { OSP_E_H1_CODING, 501 },
        { OSP_E_H1_METHOD_LIMIT, 501 }, { OSP_E_H1_EXPECTATION, 417 },
        { OSP_E_H1_VERSION, 505 },
    };
    for (size_t i = 0; i < OSP_ARRAY_LEN(cases); i++) {
        OSP_CHECK(osp_h1_error_http(cases[i].status) == cases[i].http);
        OSP_CHECK(osp_h1_error_detail(cases[i].status).len > 0);
    }
}

static void check_date(int64_t unix_s, const char *want)
{
    char line[OSP_H1_DATE_SIZE];
    osp_h1_date_line(unix_s, line);
    OSP_CHECK_STR(((osp_str){ line, sizeof(line) }), osp_str_from(want));
}

OSP_UNIT_TEST(h1_date, "dates are right at the edges of days, years and the calendar")
{
    check_date(784887151, DATE);
    check_date(0, "Date: Thu, 01 Jan 1970 00:00:00 GMT\r\n");
    check_date(-1, "Date: Thu, 01 Jan 1970 00:00:00 GMT\r\n");
    check_date(86399, "Date: Thu, 01 Jan 1970 23:59:59 GMT\r\n");
    check_date(951782400, "Date: Tue, 29 Feb 2000 00:00:00 GMT\r\n");
    check_date(4107542400, "Date: Mon, 01 Mar 2100 00:00:00 GMT\r\n");
    check_date(253402300799, "Date: Fri, 31 Dec 9999 23:59:59 GMT\r\n");
    check_date(INT64_MAX, "Date: Fri, 31 Dec 9999 23:59:59 GMT\r\n");
}

OSP_UNIT_TEST(h1_date_every_day, "every day of 8000 years agrees with a calendar that counts")
{
    static const int lengths[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    static const char *const months[] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                          "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
    static const char *const weekdays[] = { "Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed" };
    int64_t day = 0;
    for (int year = 1970; year < 10000; year++) {
        const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
        for (int month = 0; month < 12; month++) {
            const int length = lengths[month] + (month == 1 && leap);
            for (int i = 1; i <= length; i++, day++) {
                char line[OSP_H1_DATE_SIZE];
                osp_h1_date_line(day * 86400, line);
                OSP_CHECK(memcmp(line + 6, weekdays[day % 7], 3) == 0);
                OSP_CHECK((line[11] - '0') * 10 + line[12] - '0' == i);
                OSP_CHECK(memcmp(line + 14, months[month], 3) == 0);
                OSP_CHECK((line[18] - '0') * 1000 + (line[19] - '0') * 100 + (line[20] - '0') * 10 +
                              line[21] - '0' ==
                          year);
            }
        }
    }
}
