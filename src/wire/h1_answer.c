/* Writes the head of an answer: status line, fields, empty line.
 *
 *     HTTP/1.1 200 OK | Content-Type | Content-Length | Date | others | Connection | CRLF
 *
 * The size is added up first and room reserved once, so that what follows is plain copying.  The
 * status lines are whole strings in a table by status; the reason phrases are slices of them.
 * Names and values of other fields were checked where they came in (osp_set_header); here they are
 * copied as they are.
 *
 * Source: RFC 9112 4, RFC 9110 15, RFC 9110 5.6.7. */
#include "wire/h1.h"

#include <string.h>

#define STATUS_MIN 100
#define STATUS_END 600

#define LINE(status, reason) [(status)-STATUS_MIN] = OSP_STR("HTTP/1.1 " #status " " reason "\r\n")
#define LINE_BEFORE_REASON 13 /* bytes of "HTTP/1.1 200 " */
#define LINE_AROUND_REASON 15 /* and the CRLF */

#define LENGTH_DIGITS_MAX 20 /* of UINT64_MAX */
#define ANSWER_FIXED_MAX 192 /* all fixed texts and the length; asserted when written */

#define UNIX_S_MAX 253402300799 /* the last second of the year 9999 */

/* clang-format off */
static const osp_str status_lines[STATUS_END - STATUS_MIN] = {
    LINE(100, "Continue"),
    LINE(101, "Switching Protocols"),
    LINE(102, "Processing"),
    LINE(103, "Early Hints"),
    LINE(200, "OK"),
    LINE(201, "Created"),
    LINE(202, "Accepted"),
    LINE(203, "Non-Authoritative Information"),
    LINE(204, "No Content"),
    LINE(205, "Reset Content"),
    LINE(206, "Partial Content"),
    LINE(207, "Multi-Status"),
    LINE(208, "Already Reported"),
    LINE(226, "IM Used"),
    LINE(300, "Multiple Choices"),
    LINE(301, "Moved Permanently"),
    LINE(302, "Found"),
    LINE(303, "See Other"),
    LINE(304, "Not Modified"),
    LINE(305, "Use Proxy"),
    LINE(307, "Temporary Redirect"),
    LINE(308, "Permanent Redirect"),
    LINE(400, "Bad Request"),
    LINE(401, "Unauthorized"),
    LINE(402, "Payment Required"),
    LINE(403, "Forbidden"),
    LINE(404, "Not Found"),
    LINE(405, "Method Not Allowed"),
    LINE(406, "Not Acceptable"),
    LINE(407, "Proxy Authentication Required"),
    LINE(408, "Request Timeout"),
    LINE(409, "Conflict"),
    LINE(410, "Gone"),
    LINE(411, "Length Required"),
    LINE(412, "Precondition Failed"),
    LINE(413, "Content Too Large"),
    LINE(414, "URI Too Long"),
    LINE(415, "Unsupported Media Type"),
    LINE(416, "Range Not Satisfiable"),
    LINE(417, "Expectation Failed"),
    LINE(421, "Misdirected Request"),
    LINE(422, "Unprocessable Content"),
    LINE(423, "Locked"),
    LINE(424, "Failed Dependency"),
    LINE(425, "Too Early"),
    LINE(426, "Upgrade Required"),
    LINE(428, "Precondition Required"),
    LINE(429, "Too Many Requests"),
    LINE(431, "Request Header Fields Too Large"),
    LINE(451, "Unavailable For Legal Reasons"),
    LINE(500, "Internal Server Error"),
    LINE(501, "Not Implemented"),
    LINE(502, "Bad Gateway"),
    LINE(503, "Service Unavailable"),
    LINE(504, "Gateway Timeout"),
    LINE(505, "HTTP Version Not Supported"),
    LINE(506, "Variant Also Negotiates"),
    LINE(507, "Insufficient Storage"),
    LINE(508, "Loop Detected"),
    LINE(511, "Network Authentication Required"),
};
/* clang-format on */

static const struct {
    osp_status status;
    int http;
} error_https[] = {
    { OSP_E_LIMIT, 414 },         { OSP_E_H1_VERSION, 505 }, { OSP_E_H1_HEAD_LIMIT, 431 },
    { OSP_E_H1_BODY_LIMIT, 413 }, { OSP_E_H1_CODING, 501 },
};

static const char digit_pairs[] = "00010203040506070809"
                                  "10111213141516171819"
                                  "20212223242526272829"
                                  "30313233343536373839"
                                  "40414243444546474849"
                                  "50515253545556575859"
                                  "60616263646566676869"
                                  "70717273747576777879"
                                  "80818283848586878889"
                                  "90919293949596979899";

int osp_h1_error_http(osp_status status)
{
    for (size_t i = 0; i < OSP_ARRAY_LEN(error_https); i++) {
        if (error_https[i].status == status) {
            return error_https[i].http;
        }
    }
    return 400;
}

static osp_str status_line(int status)
{
    return status >= STATUS_MIN && status < STATUS_END ? status_lines[status - STATUS_MIN]
                                                       : (osp_str){ NULL, 0 };
}

osp_str osp_http_reason(int status)
{
    const osp_str line = status_line(status);
    if (line.len == 0) {
        return S("");
    }
    return (osp_str){ line.ptr + LINE_BEFORE_REASON, line.len - LINE_AROUND_REASON };
}

static inline char *put(char *at, const void *bytes, size_t len)
{
    if (len != 0) { /* an empty slice may have no pointer */
        memcpy(at, bytes, len);
    }
    return at + len;
}

#define PUT(at, literal) put((at), "" literal, sizeof(literal) - 1)

static inline char *put_two(char *at, unsigned value)
{
    return put(at, digit_pairs + (size_t)2 * value, 2);
}

static inline char *put_number(char *at, uint64_t value)
{
    char digits[LENGTH_DIGITS_MAX];
    size_t begin = sizeof(digits);
    while (value >= 100) {
        begin -= 2;
        put_two(digits + begin, (unsigned)(value % 100));
        value /= 100;
    }
    if (value >= 10) {
        begin -= 2;
        put_two(digits + begin, (unsigned)value);
    } else {
        digits[--begin] = (char)('0' + value);
    }
    return put(at, digits + begin, sizeof(digits) - begin);
}

/* The line of a status without a registered phrase. */
static char *put_odd_status(char *at, int status)
{
    at = PUT(at, "HTTP/1.1 ");
    *at++ = (char)('0' + status / 100);
    at = put_two(at, (unsigned)status % 100);
    return PUT(at, " \r\n");
}

size_t osp_h1_write_head(const osp_h1_answer *answer, osp_buf *out)
{
    OSP_ASSERT(answer->status >= 100 && answer->status <= 999);
    OSP_ASSERT(answer->header_count == 0 || answer->headers != NULL);
    size_t size = ANSWER_FIXED_MAX + answer->content_type.len + answer->date_line.len;
    for (uint32_t i = 0; i < answer->header_count; i++) {
        size += answer->headers[i].name.len + answer->headers[i].value.len + 4;
    }
    if (!osp_buf_reserve(out, size)) {
        return 0;
    }
    size_t length_end = 0;
    char *at = out->ptr + out->len;
    const osp_str line = status_line(answer->status);
    at = line.len != 0 ? put(at, line.ptr, line.len) : put_odd_status(at, answer->status);
    if (answer->content_type.len != 0) {
        at = PUT(at, "Content-Type: ");
        at = put(at, answer->content_type.ptr, answer->content_type.len);
        at = PUT(at, "\r\n");
    }
    if (answer->has_length) {
        at = PUT(at, "Content-Length: ");
        at = put_number(at, answer->content_length);
        length_end = (size_t)(at - out->ptr);
        at = PUT(at, "\r\n");
    }
    at = put(at, answer->date_line.ptr, answer->date_line.len);
    for (uint32_t i = 0; i < answer->header_count; i++) {
        const osp_header_field *field = &answer->headers[i];
        at = put(at, field->name.ptr, field->name.len);
        at = PUT(at, ": ");
        at = put(at, field->value.ptr, field->value.len);
        at = PUT(at, "\r\n");
    }
    if (answer->close) {
        at = PUT(at, "Connection: close\r\n");
    } else if (answer->keep_alive_1_0) {
        at = PUT(at, "Connection: keep-alive\r\n");
    }
    at = PUT(at, "\r\n");
    const size_t written = (size_t)(at - (out->ptr + out->len));
    OSP_ASSERT(written <= size);
    out->len += written;
    return length_end;
}

/* Days are counted in eras of 400 years that begin on the 1st of March, so that the leap day is the
 * last of its year and the months before it have a regular pattern of 153 days in five. */
void osp_h1_date_line(int64_t unix_s, char out[OSP_H1_DATE_SIZE])
{
    static const char weekdays[] = "ThuFriSatSunMonTueWed"; /* 1970 began on a Thursday */
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    const uint64_t clamped = unix_s < 0 ? 0 : unix_s > UNIX_S_MAX ? UNIX_S_MAX : (uint64_t)unix_s;
    const unsigned days = (unsigned)(clamped / 86400);
    const unsigned second = (unsigned)(clamped % 86400);

    const unsigned shifted = days + 719468; /* days since 0000-03-01 */
    const unsigned era = shifted / 146097;
    const unsigned era_day = shifted % 146097;
    const unsigned era_year = (era_day - era_day / 1460 + era_day / 36524 - era_day / 146096) / 365;
    const unsigned year_day = era_day - (365 * era_year + era_year / 4 - era_year / 100);
    const unsigned march_month = (5 * year_day + 2) / 153;
    const unsigned day = year_day - (153 * march_month + 2) / 5 + 1;
    const unsigned month = march_month < 10 ? march_month + 2 : march_month - 10;
    const unsigned year = era * 400 + era_year + (month < 2);

    char *at = PUT(out, "Date: ");
    at = put(at, weekdays + (size_t)3 * (days % 7), 3);
    at = PUT(at, ", ");
    at = put_two(at, day);
    *at++ = ' ';
    at = put(at, months + (size_t)3 * month, 3);
    *at++ = ' ';
    at = put_two(at, year / 100);
    at = put_two(at, year % 100);
    *at++ = ' ';
    at = put_two(at, second / 3600);
    *at++ = ':';
    at = put_two(at, second / 60 % 60);
    *at++ = ':';
    at = put_two(at, second % 60);
    at = PUT(at, " GMT\r\n");
    OSP_ASSERT(at == out + OSP_H1_DATE_SIZE);
}
