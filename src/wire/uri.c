/* Request targets, paths and queries.
 *
 *     http://host:80/a/%2e%2e/b//c?x=1&y=%20
 *            authority raw path     query       osp_target_split
 *                     /b/c                      osp_path_normalise
 *                                x=1, y=" "     osp_query_next
 *
 * Invariants of a normal path: it begins with '/', has no empty segment but a last one, no "." and
 * no ".." segment, no NUL or other control byte, is valid UTF-8, and every '/' in it was a '/' in
 * the target.  Percent-encodings are decoded exactly once and before dot segments are looked for,
 * so that "%2e%2e" climbs nowhere; ".." at the root stays at the root (RFC 3986 5.2.4).
 *
 * Cost: one pass; memory only for what really changes, never more than the input.
 *
 * Source: RFC 3986, RFC 9112 3.2, the urlencoded form of the WHATWG URL standard. */
#include "wire/uri.h"

#include <string.h>

#include "base/load.h"
#include "base/utf8.h"

#define HTTP_SIZE 7 /* bytes of "http://" */
#define HTTPS_SIZE 8

/* Bytes of a registered name but '%': unreserved and sub-delims (RFC 3986 3.2.2). */
static const uint8_t host_byte[256] = {
    ['!'] = 1, ['$'] = 1,         ['&' ... '.'] = 1, ['0' ... '9'] = 1, [';'] = 1,
    ['='] = 1, ['A' ... 'Z'] = 1, ['_'] = 1,         ['a' ... 'z'] = 1, ['~'] = 1,
};

static int hex_digit(char byte)
{
    if (byte >= '0' && byte <= '9') {
        return byte - '0';
    }
    const int letter = byte | 0x20;
    return letter >= 'a' && letter <= 'f' ? letter - 'a' + 10 : -1;
}

/* The byte that "%XY" at s[at] stands for, or -1. */
static int percent_byte(osp_str s, size_t at)
{
    if (s.len - at < 3) {
        return -1;
    }
    const int high = hex_digit(s.ptr[at + 1]);
    const int low = hex_digit(s.ptr[at + 2]);
    return high < 0 || low < 0 ? -1 : high << 4 | low;
}

/* ---------------------------------------------------------------- targets */

/* "", ":" or ":80"; zeros in front count for nothing. */
static inline bool port_valid(const char *at, const char *end)
{
    unsigned port = 0;
    if (at == end) {
        return true;
    }
    if (*at != ':') {
        return false;
    }
    do {
        at++;
    } while (at < end && *at == '0');
    if (end - at > 5) {
        return false;
    }
    for (; at < end; at++) {
        const unsigned digit = (unsigned)(unsigned char)*at - '0';
        if (digit > 9) {
            return false;
        }
        port = port * 10 + digit;
    }
    return port <= 65535;
}

/* The same for a ':' at `at` with one to five digits behind it, in one step; false: look closer. */
static inline bool port_plain(osp_str authority, size_t at)
{
    const size_t count = authority.len - at - 1;
    if (count - 1 >= 5 || authority.len < 8 || authority.ptr[at] != ':') {
        return false;
    }
    /* Digits become their values, the first in the lowest byte; the bytes above are 0. */
    const unsigned shift = (unsigned)(64 - 8 * count);
    const uint64_t digits =
        (osp_load64(authority.ptr + authority.len - 8) ^ 0x3030303030303030u) >> shift;
    if (((digits | (digits + 0x0606060606u)) & 0xf0f0f0f0f0u) != 0) {
        return false;
    }
    return count < 5 || __builtin_bswap64(digits) >> 24 <= 0x0605050305u;
}

/* "255.255.255.255" up to the end of `s`. */
static bool is_ipv4(osp_str s)
{
    size_t at = 0;
    for (int part = 0; part < 4; part++) {
        if (part != 0 && (at == s.len || s.ptr[at++] != '.')) {
            return false;
        }
        const size_t begin = at;
        unsigned value = 0;
        while (at < s.len && at - begin < 4 && s.ptr[at] >= '0' && s.ptr[at] <= '9') {
            value = value * 10 + (unsigned)(s.ptr[at++] - '0');
        }
        if (at == begin || value > 255 || (s.ptr[begin] == '0' && at - begin > 1)) {
            return false;
        }
    }
    return at == s.len;
}

/* Eight groups of up to four digits, the last two of which may be an IPv4 address; "::" stands once
 * for one group of zeros or more. */
static bool is_ipv6(osp_str s)
{
    bool gap = s.len >= 2 && s.ptr[0] == ':' && s.ptr[1] == ':';
    size_t at = gap ? 2 : 0;
    unsigned groups = 0;
    while (at < s.len) {
        const size_t begin = at;
        while (at < s.len && hex_digit(s.ptr[at]) >= 0) {
            at++;
        }
        if (at < s.len && s.ptr[at] == '.') {
            groups += 2;
            return is_ipv4((osp_str){ s.ptr + begin, s.len - begin }) &&
                   (gap ? groups < 8 : groups == 8);
        }
        if (at == begin || at - begin > 4) {
            return false;
        }
        groups++;
        if (at == s.len) {
            break;
        }
        if (s.ptr[at++] != ':' || at == s.len) {
            return false;
        }
        if (s.ptr[at] == ':') {
            if (gap) {
                return false;
            }
            gap = true;
            at++;
        }
    }
    return gap ? groups < 8 : groups == 8;
}

/* "v1.name": what may follow IPv6. */
static bool is_ip_future(osp_str s)
{
    size_t at = 1;
    while (at < s.len && hex_digit(s.ptr[at]) >= 0) {
        at++;
    }
    if (s.len == 0 || (s.ptr[0] | 0x20) != 'v' || at == 1 || at + 1 >= s.len || s.ptr[at] != '.') {
        return false;
    }
    for (at++; at < s.len; at++) {
        if (host_byte[(unsigned char)s.ptr[at]] == 0 && s.ptr[at] != ':') {
            return false;
        }
    }
    return true;
}

/* Bytes of the "[address]" at the front, or 0.  Out of line, or every host would pay for its
 * registers. */
static __attribute__((noinline)) size_t literal_end(osp_str s)
{
    const char *bracket = memchr(s.ptr, ']', s.len);
    if (bracket == NULL) {
        return 0;
    }
    const osp_str address = { s.ptr + 1, (size_t)(bracket - s.ptr) - 1 };
    return is_ipv6(address) || is_ip_future(address) ? address.len + 2 : 0;
}

#ifdef __SSE2__

/* Bit i: byte i is none of letters, digits, '-' and '.', which nearly all hosts are made of. */
static inline unsigned mask_unusual_host(__m128i v)
{
    /* Each addition moves its range to the smallest signed values. */
    const __m128i lower = _mm_or_si128(v, _mm_set1_epi8(0x20));
    const __m128i letter = _mm_cmplt_epi8(_mm_add_epi8(lower, _mm_set1_epi8((char)(0x80 - 'a'))),
                                          _mm_set1_epi8((char)(-128 + 26)));
    const __m128i digit = _mm_cmplt_epi8(_mm_add_epi8(v, _mm_set1_epi8((char)(0x80 - '0'))),
                                         _mm_set1_epi8((char)(-128 + 10)));
    const __m128i dash_dot = _mm_cmplt_epi8(_mm_add_epi8(v, _mm_set1_epi8((char)(0x80 - '-'))),
                                            _mm_set1_epi8((char)(-128 + 2)));
    const __m128i usual = _mm_or_si128(_mm_or_si128(letter, digit), dash_dot);
    return (unsigned)_mm_movemask_epi8(usual) ^ 0xffffu;
}

/* Bytes at the front that a quick look shows to be of a host; it looks at 16 of them. */
static inline size_t usual_size(osp_str s)
{
    if (s.len < 8) {
        return 0;
    }
    const size_t len = s.len < 16 ? s.len : 16;
    const unsigned mask = osp_mask_of_ends(mask_unusual_host(osp_load_ends(s.ptr, len)), len);
    return mask != 0 ? (size_t)__builtin_ctz(mask) : len;
}

#else

static inline size_t usual_size(osp_str s)
{
    (void)s;
    return 0;
}

#endif

bool osp_authority_valid(osp_str authority)
{
    size_t at = 0;
    if (authority.len != 0 && authority.ptr[0] == '[') {
        at = literal_end(authority);
    } else {
        at = usual_size(authority);
        while (at < authority.len) {
            if (host_byte[(unsigned char)authority.ptr[at]] != 0) {
                at++;
            } else if (authority.ptr[at] == '%' && percent_byte(authority, at) > 0x20) {
                at += 3;
            } else {
                break;
            }
        }
    }
    return at != 0 && (port_plain(authority, at) ||
                       port_valid(authority.ptr + at, authority.ptr + authority.len));
}

/* Bytes of "http://" or "https://" in any case, or 0. */
static size_t scheme_size(osp_str target)
{
    static const osp_str schemes[] = { { "http://", HTTP_SIZE }, { "https://", HTTPS_SIZE } };
    for (size_t i = 0; i < OSP_ARRAY_LEN(schemes); i++) {
        const size_t len = schemes[i].len;
        if (target.len >= len && osp_str_equal_nocase((osp_str){ target.ptr, len }, schemes[i])) {
            return len;
        }
    }
    return 0;
}

/* What a byte of a target means; most mean nothing, and the loops below pass them with one look. */
enum { PLAIN = 0, SLASH, ENCODED, QUERY, LOOSE, BAD, HIGH };
/* No URI has the LOOSE ones either, but browsers send them in queries as they are. */
static const uint8_t target_byte[256] = {
    [0 ... ' '] = BAD, ['"' ... '#'] = BAD, ['%'] = ENCODED, ['/'] = SLASH,          ['<'] = BAD,
    ['>'] = BAD,       ['?'] = QUERY,       ['\\'] = LOOSE,  ['^'] = LOOSE,          ['`'] = LOOSE,
    ['{'] = LOOSE,     ['}'] = LOOSE,       [0x7f] = BAD,    [0x80 ... 0xff] = HIGH,
};

#ifdef __SSE2__

/* Bit i: byte i is none that nearly all paths are made of, letters, digits, '-', '.', '_' and '/',
 * or is a dot or a '/' behind a '/'. */
static inline unsigned mask_unusual_path(__m128i v)
{
    /* Each addition moves its range to the smallest signed values. */
    const __m128i lower = _mm_or_si128(v, _mm_set1_epi8(0x20));
    const __m128i letter = _mm_cmplt_epi8(_mm_add_epi8(lower, _mm_set1_epi8((char)(0x80 - 'a'))),
                                          _mm_set1_epi8((char)(-128 + 26)));
    const __m128i dash_to_nine = _mm_cmplt_epi8(_mm_add_epi8(v, _mm_set1_epi8((char)(0x80 - '-'))),
                                                _mm_set1_epi8((char)(-128 + '9' + 1 - '-')));
    const __m128i usual =
        _mm_or_si128(_mm_or_si128(letter, dash_to_nine), _mm_cmpeq_epi8(v, _mm_set1_epi8('_')));
    const __m128i slash = _mm_cmpeq_epi8(v, _mm_set1_epi8('/'));
    const __m128i dot_slash = _mm_cmpeq_epi8(_mm_or_si128(v, _mm_set1_epi8(1)), _mm_set1_epi8('/'));
    const __m128i follows = _mm_and_si128(_mm_slli_si128(slash, 1), dot_slash);
    return (unsigned)_mm_movemask_epi8(_mm_andnot_si128(follows, usual)) ^ 0xffffu;
}

/* Whether a first look shows a normal path without a query.  Loads overlap by a byte or more, so
 * that each pair of neighbours stands together in one; false may also mean "look closer". */
bool osp_target_is_plain(osp_str s)
{
    if (s.len < 4 || s.ptr[0] != '/') {
        return s.len == 1 && s.ptr[0] == '/';
    }
    const char *last = s.ptr + s.len;
    if (s.len < 8) {
        const __m128i front = _mm_loadu_si32(s.ptr);
        const __m128i back = _mm_loadu_si32(last - 4);
        return (mask_unusual_path(_mm_unpacklo_epi32(front, back)) & 0xffu) == 0;
    }
    if (s.len < 16) {
        return mask_unusual_path(osp_load_ends(s.ptr, s.len)) == 0;
    }
    const char *at = s.ptr;
    for (; last - at > 16; at += 15) {
        if (mask_unusual_path(_mm_loadu_si128((const __m128i *)(const void *)at)) != 0) {
            return false;
        }
    }
    return mask_unusual_path(_mm_loadu_si128((const __m128i *)(const void *)(last - 16))) == 0;
}

#else

bool osp_target_is_plain(osp_str s)
{
    (void)s;
    return false;
}

#endif

/* Splits what begins with '/' or '?' or is empty; a fragment is no part of a target. */
static osp_status split_path(osp_str s, osp_target *ret_target)
{
    bool is_normal = s.len != 0 && s.ptr[0] == '/';
    size_t path_len = s.len;
    for (size_t i = 0; i < s.len; i++) {
        const uint8_t meaning = target_byte[(unsigned char)s.ptr[i]];
        if (meaning == PLAIN) {
            continue;
        }
        const bool in_query = path_len != s.len;
        if (meaning > LOOSE || (meaning == LOOSE && !in_query) ||
            (meaning == ENCODED && percent_byte(s, i) < 0)) {
            return OSP_E_URI;
        }
        if (in_query) {
            continue;
        }
        const char next = i + 1 < s.len ? s.ptr[i + 1] : 0;
        path_len = meaning == QUERY ? i : path_len;
        if (meaning == ENCODED || (meaning == SLASH && (next == '/' || next == '.'))) {
            is_normal = false;
        }
    }
    ret_target->is_normal = is_normal;
    ret_target->path = path_len != 0 ? (osp_str){ s.ptr, path_len } : S("/");
    ret_target->query = path_len < s.len ? (osp_str){ s.ptr + path_len + 1, s.len - path_len - 1 }
                                         : (osp_str){ NULL, 0 };
    return OSP_OK;
}

static osp_status split_closely(osp_str target, osp_target *ret_target)
{
    if (target.len == 0) {
        return OSP_E_URI;
    }
    if (target.len == 1 && target.ptr[0] == '*') {
        ret_target->path = target;
        return OSP_OK;
    }
    if (target.ptr[0] == '/') {
        return split_path(target, ret_target);
    }
    const size_t scheme = scheme_size(target);
    if (scheme == 0) {
        return OSP_E_URI;
    }
    size_t end = scheme;
    while (end < target.len && target.ptr[end] != '/' && target.ptr[end] != '?') {
        end++;
    }
    ret_target->authority = (osp_str){ target.ptr + scheme, end - scheme };
    ret_target->is_https = scheme == HTTPS_SIZE;
    return osp_authority_valid(ret_target->authority)
               ? split_path((osp_str){ target.ptr + end, target.len - end }, ret_target)
               : OSP_E_URI;
}

osp_status osp_target_split(osp_str target, osp_target *ret_target)
{
    if (osp_target_is_plain(target)) {
        *ret_target = (osp_target){ .path = target, .is_normal = true };
        return OSP_OK;
    }
    *ret_target = (osp_target){ .is_normal = false };
    return split_closely(target, ret_target);
}

/* ---------------------------------------------------------------- paths */

/* Bytes of the "." or ".." segment at s[at], or 0. */
static size_t dot_segment(osp_str s, size_t at)
{
    size_t len = 0;
    while (len < 3 && at + len < s.len && s.ptr[at + len] == '.') {
        len++;
    }
    const bool ended = at + len == s.len || s.ptr[at + len] == '/';
    return len <= 2 && ended ? len : 0;
}

typedef enum path_kind { PATH_NORMAL, PATH_CHANGES, PATH_BAD } path_kind;

static path_kind path_look(osp_str raw)
{
    path_kind kind = PATH_NORMAL;
    for (size_t i = 0; i < raw.len; i++) {
        const uint8_t meaning = target_byte[(unsigned char)raw.ptr[i]];
        if (meaning == PLAIN) {
            continue;
        }
        if (meaning == SLASH) {
            const char next = i + 1 < raw.len ? raw.ptr[i + 1] : 0;
            if (next == '/' || (next == '.' && dot_segment(raw, i + 1) != 0)) {
                kind = PATH_CHANGES;
            }
        } else if (meaning == ENCODED || meaning == HIGH) {
            kind = PATH_CHANGES;
        } else {
            return PATH_BAD;
        }
    }
    return kind;
}

/* Decodes `raw` into `out`, which has room for raw.len bytes. */
static osp_status path_decode(osp_str raw, char *out, size_t *ret_len)
{
    size_t len = 0;
    for (size_t i = 0; i < raw.len; i++) {
        char byte = raw.ptr[i];
        if (byte == '%') {
            const int value = percent_byte(raw, i);
            if (value < ' ' || value == 0x7f || value == '/') {
                return OSP_E_URI;
            }
            byte = (char)value;
            i += 2;
        }
        out[len++] = byte;
    }
    *ret_len = len;
    return OSP_OK;
}

/* Removes empty and dot segments in place: the write position never passes the read position. */
static size_t path_squeeze(char *path, size_t len)
{
    size_t to = 1; /* behind the leading '/' and, always, behind a '/' */
    size_t at = 1;
    while (at < len) {
        const size_t dots = dot_segment((osp_str){ path, len }, at);
        if (path[at] == '/') {
            at++;
            continue;
        }
        if (dots != 0) {
            at += dots;
            if (dots == 2 && to > 1) {
                to--;
                while (path[to - 1] != '/') {
                    to--;
                }
            }
            continue;
        }
        while (at < len && path[at] != '/') {
            path[to++] = path[at++];
        }
        if (at < len) {
            path[to++] = '/';
            at++;
        }
    }
    return to;
}

osp_status osp_path_normalise(osp_str raw, osp_arena *arena, osp_str *ret_path)
{
    if (raw.len == 1 && raw.ptr[0] == '*') {
        *ret_path = raw;
        return OSP_OK;
    }
    if (raw.len == 0 || raw.ptr[0] != '/') {
        return OSP_E_URI;
    }
    const path_kind kind = path_look(raw);
    if (kind == PATH_BAD) {
        return OSP_E_URI;
    }
    if (kind == PATH_NORMAL) {
        *ret_path = raw;
        return OSP_OK;
    }
    char *out = osp_arena_try(arena, raw.len);
    if (out == NULL) {
        return OSP_E_NOMEM;
    }
    size_t len = 0;
    OSP_TRY(path_decode(raw, out, &len));
    if (!osp_utf8_valid((osp_str){ out, len })) {
        return OSP_E_URI;
    }
    *ret_path = (osp_str){ out, path_squeeze(out, len) };
    return OSP_OK;
}

/* Whether a raw segment is "." (1) or ".." (2) when decoded, else 0. */
static size_t raw_dots(osp_str segment)
{
    size_t dots = 0;
    for (size_t i = 0; i < segment.len; i++, dots++) {
        const bool encoded = segment.ptr[i] == '%' && percent_byte(segment, i) == '.';
        if ((segment.ptr[i] != '.' && !encoded) || dots == 2) {
            return 0;
        }
        i += encoded ? 2 : 0;
    }
    return dots;
}

/* From the back each ".." takes away the next segment that counts, so that no memory is needed. */
osp_str osp_path_raw_segment(osp_str raw, size_t behind)
{
    size_t taken = 0; /* segments that a ".." behind them takes away */
    for (size_t end = raw.len;;) {
        size_t begin = end;
        while (begin > 0 && raw.ptr[begin - 1] != '/') {
            begin--;
        }
        const osp_str segment = { raw.ptr + begin, end - begin };
        const size_t dots = raw_dots(segment);
        if (dots == 2) {
            taken++;
        } else if (segment.len != 0 && dots == 0) {
            if (taken > 0) {
                taken--;
            } else if (behind-- == 0) {
                return segment;
            }
        }
        if (begin == 0) {
            return (osp_str){ 0 };
        }
        end = begin - 1;
    }
}

/* ---------------------------------------------------------------- queries */

osp_status osp_percent_decode(osp_str raw, bool plus_is_space, osp_arena *arena, osp_str *ret_text)
{
    bool plain = true;
    bool ascii = true;
    for (size_t i = 0; i < raw.len; i++) {
        plain = plain && raw.ptr[i] != '%' && !(plus_is_space && raw.ptr[i] == '+');
        ascii = ascii && (unsigned char)raw.ptr[i] < 0x80;
    }
    if (plain) {
        if (!ascii && !osp_utf8_valid(raw)) {
            return OSP_E_URI;
        }
        *ret_text = raw;
        return OSP_OK;
    }
    char *out = osp_arena_try(arena, raw.len);
    if (out == NULL) {
        return OSP_E_NOMEM;
    }
    size_t len = 0;
    for (size_t i = 0; i < raw.len; i++) {
        int byte = plus_is_space && raw.ptr[i] == '+' ? ' ' : raw.ptr[i];
        if (byte == '%') {
            byte = percent_byte(raw, i);
            if (byte < 0) {
                return OSP_E_URI;
            }
            i += 2;
        }
        out[len++] = (char)byte;
    }
    if (!osp_utf8_valid((osp_str){ out, len })) {
        return OSP_E_URI;
    }
    *ret_text = (osp_str){ out, len };
    return OSP_OK;
}

bool osp_uri_is_unreserved(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_' || c == '~';
}

void osp_percent_put(osp_buf *out, char byte)
{
    static const char digits[] = "0123456789ABCDEF";
    const unsigned char bits = (unsigned char)byte;
    const char text[3] = { '%', digits[bits >> 4], digits[bits & 15] };
    osp_buf_append(out, text, sizeof text);
}

/* RFC 3986 2.2: gen-delims and sub-delims. */
static bool is_reserved(char c)
{
    return c != 0 && strchr(":/?#[]@!$&'()*+,;=", c) != NULL;
}

osp_status osp_uri_write(osp_str reference, osp_buf *out)
{
    for (size_t i = 0; i < reference.len; i++) {
        const char c = reference.ptr[i];
        if ((unsigned char)c < 0x20 || c == 0x7f) {
            return OSP_E_URI;
        }
        if (osp_uri_is_unreserved(c) || is_reserved(c) ||
            (c == '%' && percent_byte(reference, i) >= 0)) {
            osp_buf_byte(out, c);
        } else {
            osp_percent_put(out, c);
        }
    }
    return reference.len != 0 ? OSP_OK : OSP_E_URI;
}

osp_status osp_query_next(osp_str *rest, osp_arena *arena, osp_pair *ret_pair)
{
    while (rest->len != 0 && rest->ptr[0] == '&') { /* empty pieces are nothing */
        rest->ptr++;
        rest->len--;
    }
    if (rest->len == 0) {
        return OSP_DONE;
    }
    const char *ampersand = memchr(rest->ptr, '&', rest->len);
    const size_t len = ampersand != NULL ? (size_t)(ampersand - rest->ptr) : rest->len;
    const char *equals = memchr(rest->ptr, '=', len);
    const size_t name_len = equals != NULL ? (size_t)(equals - rest->ptr) : len;
    const osp_str raw_name = { rest->ptr, name_len };
    const osp_str raw_value = equals != NULL ? (osp_str){ equals + 1, len - name_len - 1 } : S("");

    osp_pair pair = { .raw = raw_value };
    OSP_TRY(osp_percent_decode(raw_name, true, arena, &pair.name));
    OSP_TRY(osp_percent_decode(raw_value, true, arena, &pair.value));
    *ret_pair = pair;
    rest->ptr += len;
    rest->len -= len;
    return OSP_OK;
}
