/* The tokens of JSON: strings with their escapes, numbers, words, and values that are passed over.
 *
 * Invariants: begin <= at <= end.  `depth` counts the containers around `at`; passing over a value
 * does not recurse, but keeps a bit for each container that it opened.
 * Source: RFC 8259; RFC 7493 (no lone surrogates). */
#include "type/json_read.h"

#include "base/utf8.h"
#include "type/type_impl.h"

_Static_assert(OSP_JSON_DEPTH_MAX <= 64, "the skipper keeps one bit a container");

/* Ends the decoding: the text is not JSON. */
__attribute__((cold, noinline)) osp_status osp_json_fail(osp_json_reader *r, osp_status status,
                                                         const char *what)
{
    size_t line = 1;
    const char *line_begin = r->begin;
    for (const char *at = r->begin; at < r->at; at++) {
        if (*at == '\n') {
            line++;
            line_begin = at + 1;
        }
    }
    return osp_error_set(r->err, status, "line %zu, column %zu (byte %zu): %s", line,
                         (size_t)(r->at - line_begin) + 1, (size_t)(r->at - r->begin), what);
}

osp_status osp_json_syntax(osp_json_reader *r, const char *what)
{
    return osp_json_fail(r, OSP_E_JSON_SYNTAX, r->at >= r->end ? "the text ends too early" : what);
}

osp_status osp_json_no_memory(osp_json_reader *r)
{
    return osp_error_set(r->err, OSP_E_NOMEM, "no memory is left for the JSON value");
}

osp_status osp_json_expect_word(osp_json_reader *r, const char *word, size_t len)
{
    if ((size_t)(r->end - r->at) < len || memcmp(r->at, word, len) != 0) {
        return osp_json_fail(r, OSP_E_JSON_SYNTAX, "unexpected word");
    }
    r->at += len;
    return OSP_OK;
}

/* Four hexadecimal digits, or a value above 0xFFFF. */
static uint32_t hex4(const char *at, const char *end)
{
    if (end - at < 4) {
        return UINT32_MAX;
    }
    uint32_t code = 0;
    for (int i = 0; i < 4; i++) {
        const char c = at[i];
        const char lower = (char)(c | 0x20);
        if (c >= '0' && c <= '9') {
            code = code << 4 | (uint32_t)(c - '0');
        } else if (lower >= 'a' && lower <= 'f') {
            code = code << 4 | (uint32_t)(lower - 'a' + 10);
        } else {
            return UINT32_MAX;
        }
    }
    return code;
}

/* The code point of a \u escape whose digits start at *at; a pair of surrogates is one.
 * UINT32_MAX when the digits are bad, a surrogate when it stands alone. */
static uint32_t unicode_escape(const char **at, const char *end)
{
    const uint32_t first = hex4(*at, end);
    if (first > 0xFFFF) {
        return UINT32_MAX;
    }
    *at += 4;
    if (first < 0xD800 || first > 0xDBFF || end - *at < 6 || (*at)[0] != '\\' || (*at)[1] != 'u') {
        return first;
    }
    const uint32_t second = hex4(*at + 2, end);
    if (second < 0xDC00 || second > 0xDFFF) {
        return first;
    }
    *at += 6;
    return 0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00);
}

/* Bytes that a backslash and one letter stand for; 0 is no escape. */
static const char short_escapes[256] = {
    ['"'] = '"',  ['\\'] = '\\', ['/'] = '/',  ['b'] = '\b',
    ['f'] = '\f', ['n'] = '\n',  ['r'] = '\r', ['t'] = '\t',
};

/* Resolves the escapes of `raw`, whose end is known, into `out`; out NULL: only checks them. */
static osp_status unescape(osp_json_reader *r, osp_str raw, char *out, size_t *ret_len)
{
    const char *end = raw.ptr + raw.len;
    size_t len = 0;
    for (const char *at = raw.ptr; at < end;) {
        const char *slash = memchr(at, '\\', (size_t)(end - at));
        const size_t plain = (size_t)((slash ? slash : end) - at);
        if (out != NULL) {
            memcpy(out + len, at, plain);
        }
        len += plain;
        if (slash == NULL) {
            break;
        }
        char bytes[4] = { short_escapes[(unsigned char)slash[1]] };
        size_t count = 1;
        at = slash + 2;
        if (slash[1] == 'u') {
            const uint32_t code = unicode_escape(&at, end);
            if (code == UINT32_MAX || (code >= 0xD800 && code <= 0xDFFF)) {
                r->at = slash;
                return osp_json_fail(r, OSP_E_JSON_SYNTAX,
                                     code == UINT32_MAX ? "\\u needs four hexadecimal digits"
                                                        : "a surrogate must be one of a pair");
            }
            count = osp_utf8_encode(code, bytes);
        } else if (bytes[0] == 0) {
            r->at = slash;
            return osp_json_fail(r, OSP_E_JSON_SYNTAX, "unknown escape");
        }
        if (out != NULL) {
            memcpy(out + len, bytes, count);
        }
        len += count;
    }
    *ret_len = len;
    return OSP_OK;
}

/* A string that begins at r->at and is plain up to `at`.  An escape is never longer once resolved,
 * so the raw length is enough room. */
osp_status osp_json_string_slow(osp_json_reader *r, const char *at, unsigned high, osp_str *ret)
{
    const char *begin = r->at;
    bool escaped = false;
    for (;; at = osp_json_plain_end(at, r->end, &high)) {
        if (at == r->end || (*at == '\\' && r->end - at < 2)) {
            r->at = r->end;
            return osp_json_syntax(r, "");
        }
        if (*at == '"') {
            break;
        }
        if (*at != '\\') {
            r->at = at;
            return osp_json_syntax(r, "a control character must be escaped");
        }
        escaped = true;
        at += 2;
    }
    const osp_str raw = { begin, (size_t)(at - begin) };
    if (high != 0 && !osp_utf8_valid(raw)) {
        return osp_json_fail(r, OSP_E_JSON_UTF8, "the string is not valid UTF-8");
    }
    osp_str value = raw;
    if (escaped) {
        char *copy = NULL;
        if (ret != NULL) {
            copy = osp_arena_try(r->arena, raw.len);
            if (copy == NULL) {
                return osp_json_no_memory(r);
            }
        }
        OSP_TRY(unescape(r, raw, copy, &value.len));
        value.ptr = copy;
    }
    r->at = at + 1;
    if (ret != NULL) {
        *ret = value;
    }
    return OSP_OK;
}

/* A string, number or word, stored nowhere. */
static osp_status skip_scalar(osp_json_reader *r)
{
    osp_json_number number;
    switch (osp_json_peek(r)) {
    case '"':
        return osp_json_read_string(r, NULL);
    case 't':
        return osp_json_expect_word(r, "true", 4);
    case 'f':
        return osp_json_expect_word(r, "false", 5);
    case 'n':
        return osp_json_expect_word(r, "null", 4);
    case '-':
    case '0' ... '9':
        return osp_json_read_number(r, &number);
    default:
        return osp_json_syntax(r, "expected a value");
    }
}

osp_status osp_json_expect_name(osp_json_reader *r, osp_str *ret_name)
{
    if (osp_json_peek(r) != '"') {
        return osp_json_syntax(r, "expected the name of a member in quotes");
    }
    return osp_json_read_string(r, ret_name);
}

osp_status osp_json_colon_slow(osp_json_reader *r)
{
    if (osp_json_peek(r) != ':') {
        return osp_json_syntax(r, "expected a colon");
    }
    r->at++;
    return OSP_OK;
}

osp_status osp_json_more_slow(osp_json_reader *r, bool object, bool *ret_more)
{
    const int c = osp_json_peek(r);
    if (c != ',' && c != (object ? '}' : ']')) {
        return osp_json_syntax(r, object ? "expected a comma or }" : "expected a comma or ]");
    }
    r->at++;
    *ret_more = c == ',';
    return OSP_OK;
}

/* Opens containers as long as the value begins with one that is not empty.  *ret_closed: the value
 * ended with an empty container. */
static osp_status skip_open(osp_json_reader *r, uint64_t *objects, uint32_t *open, bool *ret_closed)
{
    *ret_closed = false;
    for (int c = osp_json_peek(r); c == '{' || c == '['; c = osp_json_peek(r)) {
        if (r->depth + *open == OSP_JSON_DEPTH_MAX) {
            return osp_json_fail(r, OSP_E_JSON_DEPTH, "nested too deeply");
        }
        r->at++;
        if (osp_json_peek(r) == (c == '{' ? '}' : ']')) {
            r->at++;
            *ret_closed = true;
            return OSP_OK;
        }
        *objects = *objects << 1 | (c == '{');
        ++*open;
        if (c == '{') {
            OSP_TRY(osp_json_expect_name(r, NULL));
            OSP_TRY(osp_json_expect_colon(r));
        }
    }
    return OSP_OK;
}

/* Passes over any value, checking its syntax.  Containers stand in `objects`, one bit each. */
osp_status osp_json_skip(osp_json_reader *r)
{
    uint64_t objects = 0;
    uint32_t open = 0;
    do {
        bool closed = false;
        OSP_TRY(skip_open(r, &objects, &open, &closed));
        if (!closed) {
            OSP_TRY(skip_scalar(r));
        }
        bool more = false;
        while (open > 0 && !more) {
            OSP_TRY(osp_json_expect_more(r, objects & 1, &more));
            if (!more) {
                objects >>= 1;
                open--;
            }
        }
        if (more && (objects & 1)) {
            OSP_TRY(osp_json_expect_name(r, NULL));
            OSP_TRY(osp_json_expect_colon(r));
        }
    } while (open > 0);
    return OSP_OK;
}

osp_status osp_json_check(osp_str text)
{
    osp_json_reader r;
    osp_json_reader_init(&r, text, NULL, NULL);
    OSP_TRY(osp_json_skip(&r));
    return osp_json_peek(&r) == -1 ? OSP_OK : OSP_E_JSON_SYNTAX;
}
