/* A status line, fields, and as many bytes as Content-Length says: nothing else passes. */
#include "tests/load/answer.h"

#include <string.h>
#include <strings.h>

#define BODY_DIGITS_MAX 9

/* What has been seen of a head. */
typedef struct head {
    int lengths, dates;
} head;

static answer_verdict wrong(answer *ret_answer, const char *why)
{
    ret_answer->why = why;
    return ANSWER_WRONG;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* RFC 9112 4: "HTTP/1.1 200 OK", with the reason or without. */
static bool read_status(const char *line, size_t size, int *ret_status)
{
    if (size < 13 || memcmp(line, "HTTP/1.1 ", 9) != 0 || line[12] != ' ' || !is_digit(line[9]) ||
        !is_digit(line[10]) || !is_digit(line[11])) {
        return false;
    }
    *ret_status = (line[9] - '0') * 100 + (line[10] - '0') * 10 + line[11] - '0';
    return *ret_status >= 100;
}

static bool read_length(const char *value, size_t size, size_t *ret_length)
{
    size_t length = 0;
    if (size == 0 || size > BODY_DIGITS_MAX) {
        return false;
    }
    for (size_t i = 0; i < size; i++) {
        if (!is_digit(value[i])) {
            return false;
        }
        length = length * 10 + (size_t)(value[i] - '0');
    }
    *ret_length = length;
    return true;
}

/* RFC 9110 5.6.2 */
static bool is_token(const char *at, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        const char c = at[i];
        const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (!letter && !is_digit(c) && (c == 0 || strchr("!#$%&'*+-.^_`|~", c) == NULL)) {
            return false;
        }
    }
    return size > 0;
}

static bool is_name(const char *name, size_t size, const char *wanted)
{
    return size == strlen(wanted) && strncasecmp(name, wanted, size) == 0;
}

/* NULL: it is good. */
static const char *read_field(const char *line, size_t size, head *seen, answer *ret_answer)
{
    const char *colon = memchr(line, ':', size);
    const size_t name = colon != NULL ? (size_t)(colon - line) : 0;
    if (!is_token(line, name) || memchr(line, 0, size) != NULL) {
        return "a line that is no field";
    }
    const char *value = colon + 1, *end = line + size;
    for (; value < end && (*value == ' ' || *value == '\t'); value++) {
    }
    for (; end > value && (end[-1] == ' ' || end[-1] == '\t'); end--) {
    }
    const size_t value_size = (size_t)(end - value);
    if (is_name(line, name, "Content-Length")) {
        seen->lengths++;
        return read_length(value, value_size, &ret_answer->body_size) ? NULL : "a bad length";
    }
    if (is_name(line, name, "Transfer-Encoding")) {
        return "a transfer coding";
    }
    if (is_name(line, name, "Connection")) {
        ret_answer->closes |= is_name(value, value_size, "close");
    }
    ret_answer->retry_after |= is_name(line, name, "Retry-After");
    seen->dates += is_name(line, name, "Date");
    return NULL;
}

/* The lines of a whole head, the first of them behind the status line. */
static const char *read_fields(const char *at, const char *end, answer *ret_answer)
{
    head seen = { 0 };
    while (at < end) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        if (stop == NULL || stop == at || stop[-1] != '\r') {
            return "a bare line end";
        }
        const char *why = read_field(at, (size_t)(stop - 1 - at), &seen, ret_answer);
        if (why != NULL) {
            return why;
        }
        at = stop + 1;
    }
    return seen.lengths != 1 ? "not one Content-Length" : seen.dates != 1 ? "not one Date" : NULL;
}

answer_verdict answer_read(const char *bytes, size_t size, answer *ret_answer)
{
    const char *end = memmem(bytes, size, "\r\n\r\n", 4);
    if (end == NULL) {
        const size_t begun = size < 9 ? size : 9;
        return memcmp(bytes, "HTTP/1.1 ", begun) == 0 ? ANSWER_MORE
                                                      : wrong(ret_answer, "not a status line");
    }
    const char *line_end = memmem(bytes, size, "\r\n", 2);
    *ret_answer = (answer){ .head_size = (size_t)(end + 4 - bytes) };
    if (!read_status(bytes, (size_t)(line_end - bytes), &ret_answer->status)) {
        return wrong(ret_answer, "not a status line");
    }
    ret_answer->why = read_fields(line_end + 2, end + 2, ret_answer);
    if (ret_answer->why != NULL) {
        return ANSWER_WRONG;
    }
    return size - ret_answer->head_size < ret_answer->body_size ? ANSWER_MORE : ANSWER_WHOLE;
}
