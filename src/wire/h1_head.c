/* Reads the head of an HTTP/1.1 request in one pass from left to right.
 *
 *     GET /path?x=1 HTTP/1.1 CRLF      request line: method SP target SP version
 *     Host: example.org CRLF           fields, each judged when its line is complete
 *     CRLF                             the end: only here can OSP_OK be answered
 *
 * Invariants: the verdict on a byte depends on the bytes before it alone, so an error found in a
 * prefix is the error of the whole, and no prefix of an incomplete head is accepted.  The slices of
 * the head point into the input; nothing is copied and nothing allocated.
 *
 * The 0 behind the input is no byte that a head may have: it stops what reads on, and only where
 * something is missing is it asked whether the input ended there.
 *
 * Cost: one pass, 16 bytes a step in targets, names and values.  Input that dribbles in is parsed
 * again only when an end or a bare LF arrived or its length passed a power of two; so the bytes
 * looked at stay within a small multiple of the length, and errors still show early.
 *
 * Rejected: keeping the state between calls (the head is nearly always in one read, and a state
 * machine that can stop at every byte is slower and harder to prove), leniency of any kind about
 * line ends, white space and lengths: each tolerated form is one more way for two servers on a path
 * to disagree about where a request ends (RFC 9112 11.2).
 *
 * Source: RFC 9110 5, 7.2, 7.6.1, 8.6, 10.1.1; RFC 9112 2 to 6. */
#include "wire/h1.h"

#include <string.h>

#include "base/load.h"
#include "wire/h1_impl.h"
#include "wire/uri.h"

/* Below this many bytes a repeated parse costs nothing worth saving. */
#define REPARSE_ALWAYS 64
#define EMPTY_LINES_MAX 2
#define VERSION_SIZE 10   /* "HTTP/1.1" and CRLF */
#define LARGE_NAME_MAX 64 /* bytes of a name that is told */

/* What the fields said so far. */
enum {
    SAW_HOST = 1,
    SAW_LENGTH = 2,
    SAW_CODING = 4,
    SAW_CLOSE = 8,
    SAW_KEEP_ALIVE = 16,
    SAW_CONTINUE = 32,
    SAW_CONDITION = 64
};

typedef struct cursor {
    const char *at, *end; /* *end is 0, and stops every scan */
} cursor;

typedef struct method_name {
    char text[8];
    size_t len;
} method_name;

const osp_h1_limits osp_h1_limits_default = { .head = OSP_H1_HEAD_MAX,
                                              .target = OSP_H1_TARGET_MAX,
                                              .headers = OSP_H1_HEADERS_MAX,
                                              .chunk_line = OSP_H1_CHUNK_LINE_MAX,
                                              .trailer = OSP_H1_TRAILER_MAX };

const uint8_t osp_h1_token_byte[256] = {
    ['!'] = 1,         ['#' ... '\''] = 1, ['*'] = 1,         ['+'] = 1, ['-'] = 1, ['.'] = 1,
    ['0' ... '9'] = 1, ['A' ... 'Z'] = 1,  ['^' ... 'z'] = 1, ['|'] = 1, ['~'] = 1,
};

static const method_name methods[] = {
    [OSP_METHOD_GET] = { "GET", 3 },         [OSP_METHOD_HEAD] = { "HEAD", 4 },
    [OSP_METHOD_POST] = { "POST", 4 },       [OSP_METHOD_PUT] = { "PUT", 3 },
    [OSP_METHOD_DELETE] = { "DELETE", 6 },   [OSP_METHOD_PATCH] = { "PATCH", 5 },
    [OSP_METHOD_OPTIONS] = { "OPTIONS", 7 },
};
_Static_assert(OSP_ARRAY_LEN(methods) == OSP_METHOD_OTHER, "every method with routes has a name");

/* Equality without case of a field name of `len` >= 4 bytes.  Setting bit 5 is exact here: no other
 * tchar becomes a small letter or '-' by it.  With a constant `len` this is a few loads. */
static inline bool same_name(const char *name, const char *lower, size_t len)
{
    if (len < 8) {
        const uint32_t bits = 0x20202020u;
        return (osp_load32(name) | bits) == osp_load32(lower) &&
               (osp_load32(name + len - 4) | bits) == osp_load32(lower + len - 4);
    }
    const uint64_t bits = 0x2020202020202020u;
    for (size_t i = 0; i + 8 <= len; i += 8) {
        if ((osp_load64(name + i) | bits) != osp_load64(lower + i)) {
            return false;
        }
    }
    return (osp_load64(name + len - 8) | bits) == osp_load64(lower + len - 8);
}

static inline bool is_literal(osp_str s, osp_str literal)
{
    return s.len == literal.len && osp_str_equal_nocase(s, literal);
}

/* ---------------------------------------------------------------- request line */

static inline osp_status skip_empty_lines(cursor *c)
{
    for (int lines = 0; *c->at == '\r'; lines++) {
        if (lines == EMPTY_LINES_MAX) {
            return OSP_E_H1_REQUEST_LINE;
        }
        if (c->at[1] != '\n') {
            return c->at + 1 == c->end ? OSP_AGAIN : OSP_E_H1_REQUEST_LINE;
        }
        c->at += 2;
    }
    return c->at != c->end ? OSP_OK : OSP_AGAIN;
}

static osp_method method_of(osp_str text)
{
    for (size_t i = 0; i < OSP_ARRAY_LEN(methods); i++) {
        if (text.len == methods[i].len && memcmp(text.ptr, methods[i].text, text.len) == 0) {
            return (osp_method)i;
        }
    }
    return OSP_METHOD_OTHER;
}

static inline osp_status read_method(cursor *c, osp_h1_head *head)
{
    const char *begin = c->at;
    if (memcmp(begin, "GET ", 4) == 0) {
        head->method = OSP_METHOD_GET;
        head->method_text = (osp_str){ begin, 3 };
        c->at = begin + 4;
        return OSP_OK;
    }
    const char *stop = osp_h1_scan_name(begin);
    const size_t len = (size_t)(stop - begin);
    if (len > OSP_H1_METHOD_MAX) {
        return OSP_E_H1_METHOD_LIMIT; /* RFC 9112 3: not a malformed one */
    }
    if (len == 0 || *stop != ' ') {
        return stop == c->end ? OSP_AGAIN : OSP_E_H1_METHOD;
    }
    head->method_text = (osp_str){ begin, len };
    head->method = method_of(head->method_text);
    c->at = stop + 1;
    return OSP_OK;
}

static inline osp_status read_target(cursor *c, size_t max, osp_h1_head *head)
{
    const char *stop = osp_h1_scan_target(c->at);
    const size_t len = (size_t)(stop - c->at);
    if (len > max) {
        return OSP_E_LIMIT;
    }
    if (len == 0 || *stop != ' ') {
        return stop == c->end ? OSP_AGAIN : OSP_E_H1_TARGET;
    }
    head->target = (osp_str){ c->at, len };
    c->at = stop + 1;
    return OSP_OK;
}

/* Whatever is no version of HTTP/1 with its CRLF, byte by byte. */
static osp_status read_odd_version(const char *at, const char *end)
{
    static const char shape[VERSION_SIZE] = { 'H', 'T', 'T', 'P', '/', '0', '.', '0', '\r', '\n' };
    for (size_t i = 0; i < VERSION_SIZE; i++) {
        if (at + i == end) {
            return OSP_AGAIN;
        }
        const char byte = at[i];
        const bool digit = shape[i] == '0';
        if (digit ? byte < '0' || byte > '9' : byte != shape[i]) {
            return OSP_E_H1_REQUEST_LINE;
        }
    }
    return OSP_E_H1_VERSION;
}

static inline osp_status read_version(cursor *c, osp_h1_head *head)
{
    if (memcmp(c->at + 8, "\r\n", 2) != 0) {
        return read_odd_version(c->at, c->end);
    }
    if (memcmp(c->at, "HTTP/1.1", 8) == 0) {
        head->minor = 1;
    } else if (memcmp(c->at, "HTTP/1.0", 8) == 0) {
        head->minor = 0;
    } else if (memcmp(c->at, "HTTP/1.", 7) == 0 && c->at[7] >= '2' && c->at[7] <= '9') {
        head->minor = 1; /* RFC 9110 6.2 */
    } else {
        return read_odd_version(c->at, c->end);
    }
    c->at += VERSION_SIZE;
    return OSP_OK;
}

/* ---------------------------------------------------------------- fields */

/* One field line; `field` and the cursor are written on OSP_OK. */
static inline osp_status read_field(cursor *c, osp_header_field *field)
{
    const char *name = c->at;
    const char *colon = osp_h1_find_colon(name);
    if (colon == NULL) {
        colon = osp_h1_scan_name(name);
        /* Also what begins with white space (obs-fold) or has some before the colon: RFC 9112 5.1,
         * 5.2. */
        if (*colon != ':') {
            return colon == c->end ? OSP_AGAIN : OSP_E_H1_HEADER;
        }
    }
    if (colon == name) {
        return OSP_E_H1_HEADER;
    }
    const char *value = colon + 1;
    const char *stop = osp_h1_scan_value(value);
    if (memcmp(stop, "\r\n", 2) != 0) {
        return stop + (*stop == '\r') == c->end ? OSP_AGAIN : OSP_E_H1_HEADER;
    }
    /* No value byte below ' ' but HTAB is left.  The colon ends the first loop, CR the second. */
    const char *last = stop;
    while ((unsigned char)last[-1] <= ' ') {
        last--;
    }
    while ((unsigned char)*value <= ' ' && value < last) {
        value++;
    }
    field->name = (osp_str){ name, (size_t)(colon - name) };
    field->value = (osp_str){ value, (size_t)(last - value) };
    c->at = stop + 2;
    return OSP_OK;
}

/* Out of line: most requests name the Host that the one before named. */
__attribute__((noinline)) static bool is_host(osp_h1_head *head, osp_str value)
{
    if (!osp_authority_valid(value)) {
        return false;
    }
    if (value.len != 0 && value.len <= OSP_H1_HOST_KNOWN) {
        memcpy(head->known_host, value.ptr, value.len);
        head->known_len = (uint8_t)value.len;
    }
    return true;
}

static inline osp_status take_host(osp_h1_head *head, osp_str value)
{
    const bool known =
        value.len == head->known_len && osp_few_equal(value.ptr, head->known_host, value.len);
    if ((head->saw & SAW_HOST) != 0 || (!(known && value.len != 0) && !is_host(head, value))) {
        return OSP_E_H1_HOST;
    }
    head->saw |= SAW_HOST;
    head->host = value;
    return OSP_OK;
}

/* A repeated length is refused even when it says the same (RFC 9112 6.3 allows either). */
static osp_status take_length(osp_h1_head *head, osp_str value)
{
    if ((head->saw & (SAW_LENGTH | SAW_CODING)) != 0 || value.len == 0) {
        return OSP_E_H1_FRAMING;
    }
    uint64_t length = 0;
    for (size_t i = 0; i < value.len; i++) {
        const unsigned digit = (unsigned)(unsigned char)value.ptr[i] - '0';
        if (digit > 9 || __builtin_mul_overflow(length, 10u, &length) ||
            __builtin_add_overflow(length, digit, &length)) {
            return OSP_E_H1_FRAMING;
        }
    }
    head->saw |= SAW_LENGTH;
    head->framing = OSP_H1_LENGTH;
    head->content_length = length;
    return OSP_OK;
}

/* Takes the next element off a comma-separated list, without white space; false at the end. */
static bool next_element(osp_str *list, osp_str *ret_element)
{
    if (list->len == 0) {
        return false;
    }
    const char *comma = memchr(list->ptr, ',', list->len);
    const size_t len = comma != NULL ? (size_t)(comma - list->ptr) : list->len;
    const osp_str element = { list->ptr, len };
    const size_t used = comma != NULL ? len + 1 : len;
    list->ptr += used;
    list->len -= used;
    *ret_element = osp_str_trim(element);
    return true;
}

/* A list of codings, whose empty elements are nothing (RFC 9110 5.6.1.2).  A coding other than
 * "chunked" is 501 where the body's end would at least be known, that is with chunked once and last
 * (RFC 9112 6.1, 6.3). */
__attribute__((noinline)) static osp_status read_codings(osp_str value)
{
    size_t count = 0;
    size_t chunked_count = 0;
    bool chunked_last = false;
    osp_str element;
    while (next_element(&value, &element)) {
        if (element.len == 0) {
            continue;
        }
        chunked_last = is_literal(element, S("chunked"));
        chunked_count += chunked_last;
        count++;
    }
    if (!chunked_last || chunked_count != 1) {
        return OSP_E_H1_FRAMING;
    }
    return count == 1 ? OSP_OK : OSP_E_H1_CODING;
}

static osp_status take_coding(osp_h1_head *head, osp_str value)
{
    if ((head->saw & (SAW_LENGTH | SAW_CODING)) != 0 || head->minor == 0) {
        return OSP_E_H1_FRAMING;
    }
    if (!is_literal(value, S("chunked"))) {
        const osp_status status = read_codings(value);
        if (status != OSP_OK) {
            return status;
        }
    }
    head->saw |= SAW_CODING;
    head->framing = OSP_H1_CHUNKED;
    return OSP_OK;
}

/* Nobody waits for what is not known: RFC 9110 10.1.1 allows to say so. */
__attribute__((noinline)) static osp_status take_expectation(osp_h1_head *head, osp_str value)
{
    osp_str element;
    while (next_element(&value, &element)) {
        if (is_literal(element, S("100-continue"))) {
            head->saw |= SAW_CONTINUE;
        } else if (element.len != 0) {
            return OSP_E_H1_EXPECTATION;
        }
    }
    return OSP_OK;
}

/* The options of Connection; unknown ones are none of our business (RFC 9110 7.6.1). */
__attribute__((noinline)) static void take_options(osp_h1_head *head, osp_str value)
{
    osp_str element;
    while (next_element(&value, &element)) {
        if (is_literal(element, S("close"))) {
            head->saw |= SAW_CLOSE;
        } else if (is_literal(element, S("keep-alive"))) {
            head->saw |= SAW_KEEP_ALIVE;
        }
    }
}

static inline void take_connection(osp_h1_head *head, osp_str value)
{
    if (value.len == 10 && same_name(value.ptr, "keep-alive", 10)) {
        head->saw |= SAW_KEEP_ALIVE;
    } else {
        take_options(head, value);
    }
}

/* Of a name as long as one of If-Match, If-None-Match, If-Modified-Since, If-Unmodified-Since. */
static inline void note_condition(osp_h1_head *head, const char *name)
{
    head->saw |= name[2] == '-' ? SAW_CONDITION : 0;
}

/* What a field means for the message itself. */
static inline osp_status take_field(osp_h1_head *head, const osp_header_field *field)
{
    const char *name = field->name.ptr;
    switch (field->name.len) {
    case 4:
        return same_name(name, "host", 4) ? take_host(head, field->value) : OSP_OK;
    case 6:
        return same_name(name, "expect", 6) ? take_expectation(head, field->value) : OSP_OK;
    case 8:
    case 13:
    case 19:
        note_condition(head, name);
        return OSP_OK;
    case 10:
        if (same_name(name, "connection", 10)) {
            take_connection(head, field->value);
        }
        return OSP_OK;
    case 14:
        return same_name(name, "content-length", 14) ? take_length(head, field->value) : OSP_OK;
    case 17:
        note_condition(head, name);
        return same_name(name, "transfer-encoding", 17) ? take_coding(head, field->value) : OSP_OK;
    default:
        return OSP_OK;
    }
}

static inline osp_status read_fields(cursor *c, uint32_t max, osp_h1_head *head)
{
    uint32_t count = 0;
    for (; *c->at != '\r'; count++) {
        if (count == max) {
            return OSP_E_H1_HEAD_LIMIT;
        }
        osp_header_field *field = &head->headers[count];
        osp_status status = read_field(c, field);
        if (status != OSP_OK) {
            return status;
        }
        status = take_field(head, field);
        if (status != OSP_OK) {
            return status;
        }
    }
    if (c->at[1] != '\n') {
        return c->at + 1 == c->end ? OSP_AGAIN : OSP_E_H1_HEADER;
    }
    c->at += 2;
    head->header_count = count;
    return OSP_OK;
}

/* ---------------------------------------------------------------- fields that are known */

/* Whether the fields are the bytes of those before, of which all is known then but where they
 * stand.  The same bytes after the same version have the same meaning. */
static inline bool are_known(const cursor *c, const osp_h1_head *head)
{
    const size_t len = head->known_fields_len;
    return len != 0 && len <= (size_t)(c->end - c->at) && head->minor == head->known_minor &&
           memcmp(c->at, head->known_fields, len) == 0;
}

/* Takes known fields: what points into them points to where they stand now. */
static inline void take_known(cursor *c, osp_h1_head *head)
{
    const ptrdiff_t behind = c->at - head->fields;
    const osp_header_field *end = head->headers + head->header_count;
    for (osp_header_field *field = head->headers; field != end; field++) {
        field->name.ptr += behind;
        field->value.ptr += behind;
    }
    if (head->host.ptr != NULL) {
        head->host.ptr += behind;
    }
    head->fields = c->at;
    c->at += head->known_fields_len;
}

/* Remembers fields that another head is likely to repeat.  Out of line: it is done once, and then
 * not at all by clients that differ. */
__attribute__((noinline)) static void know(osp_h1_head *head, const char *begin, size_t len)
{
    if (len <= OSP_H1_FIELDS_KNOWN) {
        memcpy(head->known_fields, begin, len);
        head->fields = begin;
        head->known_fields_len = (uint32_t)len;
        head->known_minor = head->minor;
    }
}

static inline osp_status read_new_fields(cursor *c, uint32_t max, osp_h1_head *head)
{
    const char *begin = c->at;
    head->known_fields_len = 0; /* what they have led to is overwritten */
    head->host = (osp_str){ NULL, 0 };
    head->framing = OSP_H1_NO_BODY;
    head->content_length = 0;
    head->saw = 0;
    const osp_status status = read_fields(c, max, head);
    if (status == OSP_OK) {
        const size_t len = (size_t)(c->at - begin);
        if (c->at != c->end || len == head->last_fields_len) {
            know(head, begin, len);
        }
        head->last_fields_len = (uint32_t)len;
    }
    return status;
}

/* ---------------------------------------------------------------- head */

static inline osp_status read_head(cursor *c, const osp_h1_limits *limits, osp_h1_head *head)
{
    head->method = OSP_METHOD_OTHER; /* also of a head whose line cannot be read */
    osp_status status = skip_empty_lines(c);
    if (status != OSP_OK || (status = read_method(c, head)) != OSP_OK ||
        (status = read_target(c, limits->target, head)) != OSP_OK ||
        (status = read_version(c, head)) != OSP_OK) {
        return status;
    }
    if (are_known(c, head)) {
        take_known(c, head);
    } else if ((status = read_new_fields(c, limits->headers, head)) != OSP_OK) {
        return status;
    }
    const unsigned saw = head->saw;
    if (head->minor == 1 && (saw & SAW_HOST) == 0) {
        return OSP_E_H1_HOST; /* RFC 9112 3.2 */
    }
    const unsigned wish = head->minor == 1 ? SAW_KEEP_ALIVE : saw & SAW_KEEP_ALIVE;
    head->keep_alive = wish != 0 && (saw & SAW_CLOSE) == 0;
    /* HTTP/1.0 must not be answered 100: RFC 9110 10.1.1. */
    head->expect_continue = head->minor == 1 && (saw & SAW_CONTINUE) != 0;
    head->conditional = (saw & SAW_CONDITION) != 0;
    return OSP_OK;
}

osp_str osp_h1_large_header(osp_str in)
{
    const char *end = in.ptr + in.len;
    const char *line = in.len != 0 ? memchr(in.ptr, '\n', in.len) : NULL;
    OSP_ASSERT(*end == 0);
    while (line != NULL) {
        line++;
        const char *stop = memchr(line, '\n', (size_t)(end - line));
        const size_t len = (size_t)((stop != NULL ? stop : end) - line);
        const char *name_end = osp_h1_scan_name(line);
        if (len > in.len / 2) {
            const size_t name_len = (size_t)(name_end - line);
            return name_len <= LARGE_NAME_MAX ? (osp_str){ line, name_len } : S("");
        }
        line = stop;
    }
    return S("");
}

/* Whether the bytes behind `seen` can have changed the verdict, or it is time to look again. */
static bool worth_parsing(osp_str in, size_t seen, const osp_h1_limits *limits)
{
    if (in.len < REPARSE_ALWAYS || in.len >= limits->head) {
        return true;
    }
    /* The highest bits differ: a power of two lies between. */
    if ((in.len ^ seen) > (in.len & seen)) {
        return true;
    }
    OSP_ASSERT(seen <= in.len && in.len < limits->head);
    const char *end = in.ptr + in.len;
    const char *at = in.ptr + seen;
    while ((at = memchr(at, '\n', (size_t)(end - at))) != NULL) {
        const size_t before = (size_t)(at - in.ptr);
        if (before == 0 || at[-1] != '\r' || (before >= 3 && at[-2] == '\n' && at[-3] == '\r')) {
            return true;
        }
        at++;
    }
    return false;
}

osp_status osp_h1_parse_head(osp_str in, size_t seen, const osp_h1_limits *limits,
                             osp_h1_head *ret_head)
{
    OSP_ASSERT(seen <= in.len);
    OSP_ASSERT(limits->headers <= OSP_H1_HEADERS_MAX); /* as many have room */
    if (in.len == 0 || (seen != 0 && !worth_parsing(in, seen, limits))) {
        return OSP_AGAIN;
    }
    cursor c = { in.ptr, in.ptr + in.len };
    OSP_ASSERT(*c.end == 0);
    const osp_status status = read_head(&c, limits, ret_head);
    OSP_ASSERT(c.at <= c.end);
    if (status == OSP_OK && (size_t)(c.at - in.ptr) <= limits->head) {
        OSP_DEBUG_ASSERT(ret_head->header_count <= limits->headers);
        OSP_DEBUG_ASSERT(ret_head->framing == OSP_H1_LENGTH || ret_head->content_length == 0);
        ret_head->size = (uint32_t)(c.at - in.ptr);
        return OSP_OK;
    }
    return status >= 0 && in.len >= limits->head ? OSP_E_H1_HEAD_LIMIT : status;
}
