/* Writes the head of an answer: status line, fields, empty line.
 *
 *     HTTP/1.1 200 OK | Content-Type | Content-Length | Date | others | Connection | CRLF
 *
 * The size is added up first and room reserved once, so that what follows is plain copying.  The
 * status lines are whole strings of one size; the reason phrases are slices of them.
 * Names and values of other fields were checked where they came in (osp_set_header); here they are
 * copied as they are.
 *
 * Source: RFC 9112 4, RFC 9110 15, RFC 9110 5.6.7. */
#include "wire/h1.h"

#include <string.h>

#define STATUS_MIN 100
#define STATUS_END 600

#define LINE_SIZE 48          /* of an entry: every line is copied as so many bytes */
#define LINE_BEFORE_REASON 13 /* bytes of "HTTP/1.1 200 " */
#define LINE_AROUND_REASON 15 /* and the CRLF */

#define ANSWER_FIXED_MAX 192 /* all fixed texts and the length; asserted when written */

#define UNIX_S_MAX 253402300799 /* the last second of the year 9999 */

/* clang-format off */
/* The registered statuses (RFC 9110 15.1, the IANA registry). */
#define STATUSES(X) \
    X(100, "Continue") \
    X(101, "Switching Protocols") \
    X(102, "Processing") \
    X(103, "Early Hints") \
    X(200, "OK") \
    X(201, "Created") \
    X(202, "Accepted") \
    X(203, "Non-Authoritative Information") \
    X(204, "No Content") \
    X(205, "Reset Content") \
    X(206, "Partial Content") \
    X(207, "Multi-Status") \
    X(208, "Already Reported") \
    X(226, "IM Used") \
    X(300, "Multiple Choices") \
    X(301, "Moved Permanently") \
    X(302, "Found") \
    X(303, "See Other") \
    X(304, "Not Modified") \
    X(305, "Use Proxy") \
    X(307, "Temporary Redirect") \
    X(308, "Permanent Redirect") \
    X(400, "Bad Request") \
    X(401, "Unauthorized") \
    X(402, "Payment Required") \
    X(403, "Forbidden") \
    X(404, "Not Found") \
    X(405, "Method Not Allowed") \
    X(406, "Not Acceptable") \
    X(407, "Proxy Authentication Required") \
    X(408, "Request Timeout") \
    X(409, "Conflict") \
    X(410, "Gone") \
    X(411, "Length Required") \
    X(412, "Precondition Failed") \
    X(413, "Content Too Large") \
    X(414, "URI Too Long") \
    X(415, "Unsupported Media Type") \
    X(416, "Range Not Satisfiable") \
    X(417, "Expectation Failed") \
    X(421, "Misdirected Request") \
    X(422, "Unprocessable Content") \
    X(423, "Locked") \
    X(424, "Failed Dependency") \
    X(425, "Too Early") \
    X(426, "Upgrade Required") \
    X(428, "Precondition Required") \
    X(429, "Too Many Requests") \
    X(431, "Request Header Fields Too Large") \
    X(451, "Unavailable For Legal Reasons") \
    X(500, "Internal Server Error") \
    X(501, "Not Implemented") \
    X(502, "Bad Gateway") \
    X(503, "Service Unavailable") \
    X(504, "Gateway Timeout") \
    X(505, "HTTP Version Not Supported") \
    X(506, "Variant Also Negotiates") \
    X(507, "Insufficient Storage") \
    X(508, "Loop Detected") \
    X(511, "Network Authentication Required")
/* clang-format on */

#define LINE_PLACE(status, reason) PLACE_##status,
#define LINE_INDEX(status, reason) [(status)-STATUS_MIN] = PLACE_##status,
#define LINE_TEXT(status, reason)                                                                  \
    [PLACE_##status] = { sizeof("HTTP/1.1 " #status " " reason "\r\n") - 1,                        \
                         "HTTP/1.1 " #status " " reason "\r\n" },

enum { PLACE_NONE = 0, STATUSES(LINE_PLACE) PLACES };

static const uint8_t line_places[STATUS_END - STATUS_MIN] = { STATUSES(LINE_INDEX) };

static const struct status_line {
    uint8_t len;
    char text[LINE_SIZE - 1];
} lines[PLACES] = { STATUSES(LINE_TEXT) };

/* Why a head or body is refused, and in which words (RFC 9110 15.5, 15.6, 15.6.6). */
static const struct {
    osp_status status;
    int http;
    const char *detail;
} refusals[] = {
    { OSP_E_H1_REQUEST_LINE, 400, "The request line is malformed." },
    { OSP_E_H1_METHOD, 400, "The method is malformed." },
    { OSP_E_H1_TARGET, 400, "The target has bytes that no URL has." },
    { OSP_E_H1_HEADER, 400,
      "A header line is malformed: line folding, other line ends than CRLF, control bytes and "
      "white "
      "space in or behind a name are not acceptable." },
    { OSP_E_H1_HOST, 400, "There must be one Host, with a host and perhaps a port." },
    { OSP_E_H1_FRAMING, 400, "The length of the body is not clear." },
    { OSP_E_H1_CHUNK, 400, "The chunks of the body are malformed, or their lines are too long." },
    { OSP_E_URI, 400, "The URL is malformed." },
    { OSP_E_LIMIT, 414, "The URL is too long." },
    { OSP_E_H1_VERSION, 505, "The server speaks HTTP/1.0 and HTTP/1.1." },
    { OSP_E_H1_HEAD_LIMIT, 431, "The headers are too large, or too many." },
    { OSP_E_H1_BODY_LIMIT, 413, "The body is too large." },
    { OSP_E_H1_CODING, 501, "The only transfer coding that the server knows is chunked." },
    { OSP_E_H1_METHOD_LIMIT, 501, "The server does not know that method." },
    { OSP_E_H1_EXPECTATION, 417, "The only expectation that the server knows is 100-continue." },
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
    for (size_t i = 0; i < OSP_ARRAY_LEN(refusals); i++) {
        if (refusals[i].status == status) {
            return refusals[i].http;
        }
    }
    return 400;
}

osp_str osp_h1_error_detail(osp_status status)
{
    for (size_t i = 0; i < OSP_ARRAY_LEN(refusals); i++) {
        if (refusals[i].status == status) {
            return osp_str_from(refusals[i].detail);
        }
    }
    return S("");
}

/* Of length 0 for a status without a registered phrase. */
static const struct status_line *status_line(int status)
{
    const bool known = status >= STATUS_MIN && status < STATUS_END;
    return &lines[known ? line_places[status - STATUS_MIN] : PLACE_NONE];
}

osp_str osp_http_reason(int status)
{
    const struct status_line *line = status_line(status);
    if (line->len == 0) {
        return S("");
    }
    return (osp_str){ line->text + LINE_BEFORE_REASON, (size_t)line->len - LINE_AROUND_REASON };
}

static inline char *put(char *at, const void *bytes, size_t len)
{
    if (len != 0) { /* an empty slice may have no pointer */
        memcpy(at, bytes, len);
    }
    return at + len;
}

/* Media types and the like: two moves that overlap instead of a call. */
static inline char *put_short(char *at, osp_str s)
{
    if (s.len < 16 || s.len > 32) {
        return put(at, s.ptr, s.len);
    }
    memcpy(at, s.ptr, 16);
    memcpy(at + s.len - 16, s.ptr + s.len - 16, 16);
    return at + s.len;
}

/* The same for names and values of fields. */
__attribute__((always_inline)) static inline char *put_part(char *at, osp_str s)
{
    if (s.len < 4 || s.len > 48) {
        return put(at, s.ptr, s.len);
    }
    if (s.len > 32) {
        memcpy(at, s.ptr, 16);
        at += 16;
        s = (osp_str){ s.ptr + 16, s.len - 16 };
    }
    if (s.len >= 16) {
        return put_short(at, s);
    }
    if (s.len >= 8) {
        memcpy(at, s.ptr, 8);
        memcpy(at + s.len - 8, s.ptr + s.len - 8, 8);
    } else {
        memcpy(at, s.ptr, 4);
        memcpy(at + s.len - 4, s.ptr + s.len - 4, 4);
    }
    return at + s.len;
}

#define PUT(at, literal) put((at), "" literal, sizeof(literal) - 1)

static inline char *put_two(char *at, unsigned value)
{
    return put(at, digit_pairs + (size_t)2 * value, 2);
}

/* A number below 100. */
static inline char *put_few(char *at, unsigned value)
{
    if (value >= 10) {
        return put_two(at, value);
    }
    *at = (char)('0' + value);
    return at + 1;
}

/* Backwards in place, so the digits are counted first. */
static char *put_long_length(char *at, uint64_t value)
{
    size_t count = 1;
    for (uint64_t bound = 10; value >= bound; bound *= 10) {
        count++;
        if (count == OSP_H1_LENGTH_SIZE) {
            break; /* a further bound would not fit */
        }
    }
    char *digit = at + count;
    for (; value >= 100; value /= 100) {
        digit -= 2;
        put_two(digit, (unsigned)(value % 100));
    }
    (void)put_few(at, (unsigned)value);
    return at + count;
}

/* Of most lengths the place of each digit is known. */
static inline char *put_length(char *at, uint64_t value)
{
    if (value < 100) {
        return put_few(at, (unsigned)value);
    }
    if (value < 1000) {
        const unsigned hundreds = (unsigned)value / 100;
        *at = (char)('0' + hundreds);
        return put_two(at + 1, (unsigned)value - hundreds * 100);
    }
    if (value < 10000) {
        const unsigned hundreds = (unsigned)value / 100;
        return put_two(put_two(at, hundreds), (unsigned)value - hundreds * 100);
    }
    return put_long_length(at, value);
}

char *osp_h1_put_length(char *at, uint64_t value)
{
    return put_length(at, value);
}

/* The line of a status without a registered phrase. */
static char *put_odd_status(char *at, int status)
{
    at = PUT(at, "HTTP/1.1 ");
    *at++ = (char)('0' + status / 100);
    at = put_two(at, (unsigned)status % 100);
    return PUT(at, " \r\n");
}

/* Out of line: the smallest answers have none. */
__attribute__((noinline)) static char *put_fields(char *at, const osp_header_field *fields,
                                                  uint32_t count)
{
    for (const osp_header_field *end = fields + count; fields < end; fields++) {
        at = put_part(at, fields->name);
        at = PUT(at, ": ");
        at = put_part(at, fields->value);
        at = PUT(at, "\r\n");
    }
    return at;
}

size_t osp_h1_write_head(const osp_h1_answer *answer, osp_buf *out)
{
    OSP_ASSERT(answer->status >= 100 && answer->status <= 999);
    OSP_ASSERT(answer->header_count == 0 || answer->headers != NULL);
    size_t size = ANSWER_FIXED_MAX + answer->content_type.len;
    for (uint32_t i = 0; i < answer->header_count; i++) {
        size += answer->headers[i].name.len + answer->headers[i].value.len + 4;
    }
    if (!osp_buf_reserve(out, size)) {
        return 0;
    }
    size_t length_end = 0;
    char *at = out->ptr + out->len;
    const struct status_line *line = status_line(answer->status);
    if (line->len != 0) {
        memcpy(at, line->text, sizeof(line->text)); /* what is too much is written over */
        at += line->len;
    } else {
        at = put_odd_status(at, answer->status);
    }
    if (answer->content_type.len != 0) {
        at = PUT(at, "Content-Type: ");
        at = put_short(at, answer->content_type);
        at = PUT(at, "\r\n");
    }
    if (answer->chunked) {
        at = PUT(at, "Transfer-Encoding: chunked\r\n");
    } else if (answer->has_length) {
        at = PUT(at, "Content-Length: ");
        at = put_length(at, answer->content_length);
        length_end = (size_t)(at - out->ptr);
        at = PUT(at, "\r\n");
    }
    if (answer->date_line != NULL) {
        at = put(at, answer->date_line, OSP_H1_DATE_SIZE);
    }
    if (answer->header_count != 0) {
        at = put_fields(at, answer->headers, answer->header_count);
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

void osp_h1_write_chunk_size(size_t size, osp_buf *out)
{
    char line[2 * sizeof(size) + 2];
    size_t at = sizeof(line);
    OSP_ASSERT(size > 0);
    line[--at] = '\n';
    line[--at] = '\r';
    for (; size > 0; size >>= 4) {
        line[--at] = "0123456789abcdef"[size & 15];
    }
    osp_buf_append(out, line + at, sizeof(line) - at);
}

void osp_h1_write_chunks_end(const osp_header_field *trailers, uint32_t trailer_count, osp_buf *out)
{
    osp_buf_str(out, S("0\r\n"));
    for (uint32_t i = 0; i < trailer_count; i++) {
        osp_buf_str(out, trailers[i].name);
        osp_buf_str(out, S(": "));
        osp_buf_str(out, trailers[i].value);
        osp_buf_str(out, S("\r\n"));
    }
    osp_buf_str(out, S("\r\n"));
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
