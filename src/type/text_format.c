/* The formats of strings: addresses, names and identifiers.
 *
 * One table says of each byte in which classes it is, so that a run of one class is skipped at a
 * byte a step; each format is a short walk over runs, without backtracking, in one pass.
 *
 *     email      dot-atom "@" hostname with a dot             RFC 5321 section 4.1.2, RFC 5322
 *     hostname   label *("." label)                           RFC 1123 section 2.1
 *     ipv4       four numbers to 255, no zeros in front       RFC 3986 section 3.2.2
 *     ipv6       eight groups, one "::", maybe IPv4 at its end  RFC 4291 section 2.2
 *     uri        scheme ":" hier-part ["?" query] ["#" fragment]  RFC 3986 section 3
 *     url        a uri of http or https, host not empty, no user   RFC 9110 section 4.2
 *     slug       words of [a-z0-9] between single dashes
 *
 * Differences to ajv-formats ("full" mode), where ours follows the RFC:
 *   email      lengths are limited: local part 64, label 63, domain 253, all 254.
 *   hostname   no dot at the end.
 *   uri        the path may be empty ("a:"); "a:/x" has no authority, so no '[' in it; an embedded
 *              IPv4 address has no zeros in front; no '"'.
 *   url        any host that RFC 3986 allows, not only public ones with a dot; no ftp; no user
 *              information, which RFC 9110 section 4.2.4 tells to treat as an error; ASCII only. */
#include "base/load.h"
#include "type/text.h"

#include <string.h>

#define ALPHA 0x001U
#define DIGIT 0x002U
#define HEX 0x004U
#define ATOM 0x008U   /* atext of RFC 5322 */
#define SCHEME 0x010U /* behind the first letter */
#define HOST 0x020U   /* unreserved, sub-delims */
#define USER 0x040U   /* HOST, ':' */
#define PATH 0x080U   /* pchar, '/' */
#define QUERY 0x100U  /* PATH, '?' */
#define SMALL 0x200U  /* small letters and digits */

#define LABEL_MAX 63
#define HOSTNAME_MAX 253
#define EMAIL_MAX 254
#define EMAIL_LOCAL_MAX 64
#define GROUPS 8 /* of 16 bits in an IPv6 address */
#define PORT_MAX 65535

#define OF_URI (HOST | USER | PATH | QUERY)
#define OF_DIGIT (DIGIT | HEX | ATOM | SCHEME | OF_URI | SMALL)
#define OF_LETTER (ALPHA | ATOM | SCHEME | OF_URI)

static const uint16_t classes[256] = {
    ['0' ... '9'] = OF_DIGIT,
    ['a' ... 'f'] = OF_LETTER | HEX | SMALL,
    ['g' ... 'z'] = OF_LETTER | SMALL,
    ['A' ... 'F'] = OF_LETTER | HEX,
    ['G' ... 'Z'] = OF_LETTER,
    ['!'] = ATOM | OF_URI,
    ['#'] = ATOM,
    ['$'] = ATOM | OF_URI,
    ['%'] = ATOM,
    ['&'] = ATOM | OF_URI,
    ['\''] = ATOM | OF_URI,
    ['('] = OF_URI,
    [')'] = OF_URI,
    ['*'] = ATOM | OF_URI,
    ['+'] = ATOM | SCHEME | OF_URI,
    [','] = OF_URI,
    ['-'] = ATOM | SCHEME | OF_URI,
    ['.'] = SCHEME | OF_URI,
    ['/'] = ATOM | PATH | QUERY,
    [':'] = USER | PATH | QUERY,
    [';'] = OF_URI,
    ['='] = ATOM | OF_URI,
    ['?'] = ATOM | QUERY,
    ['@'] = PATH | QUERY,
    ['^'] = ATOM,
    ['_'] = ATOM | OF_URI,
    ['`'] = ATOM,
    ['{'] = ATOM,
    ['|'] = ATOM,
    ['}'] = ATOM,
    ['~'] = ATOM | OF_URI,
};

static bool is(char c, unsigned class)
{
    return (classes[(unsigned char)c] & class) != 0;
}

static const char *skip(const char *at, const char *end, unsigned class)
{
    while (at < end && is(*at, class)) {
        at++;
    }
    return at;
}

/* ---------------------------------------------------------------- names */

/* Letters, digits and dashes, no dash at either end; *ret_labels counts them. */
static bool is_hostname(const char *at, const char *end, size_t *ret_labels)
{
    if (end - at > HOSTNAME_MAX) {
        return false;
    }
    size_t labels = 0;
    for (;; at++) {
        const char *const label = at;
        while (at < end && (is(*at, ALPHA | DIGIT) || *at == '-')) {
            at++;
        }
        if (at == label || at - label > LABEL_MAX || *label == '-' || at[-1] == '-') {
            return false;
        }
        labels++;
        if (at == end) {
            *ret_labels = labels;
            return true;
        }
        if (*at != '.') {
            return false;
        }
    }
}

static bool check_hostname(const char *at, const char *end)
{
    size_t labels;
    return is_hostname(at, end, &labels);
}

static bool check_email(const char *at, const char *end)
{
    if (end - at > EMAIL_MAX) {
        return false;
    }
    const char *const start = at;
    for (;; at++) {
        const char *const atom = at;
        at = skip(at, end, ATOM);
        if (at == atom || at == end) {
            return false;
        }
        if (*at != '.') {
            break;
        }
    }
    size_t labels;
    return *at == '@' && at - start <= EMAIL_LOCAL_MAX && is_hostname(at + 1, end, &labels) &&
           labels > 1;
}

static bool check_slug(const char *at, const char *end)
{
    for (;; at++) {
        const char *const word = at;
        at = skip(at, end, SMALL);
        if (at == word) {
            return false;
        }
        if (at == end) {
            return true;
        }
        if (*at != '-') {
            return false;
        }
    }
}

/* ---------------------------------------------------------------- addresses */

static bool check_ipv4(const char *at, const char *end)
{
    for (size_t part = 0; part < 4; part++) {
        if (part != 0 && (at == end || *at++ != '.')) {
            return false;
        }
        const char *const start = at;
        unsigned value = 0;
        for (; at < end && at - start < 3 && is(*at, DIGIT); at++) {
            value = value * 10 + (unsigned)(*at - '0');
        }
        if (at == start || value > 255 || (*start == '0' && at - start > 1)) {
            return false;
        }
    }
    return at == end;
}

static bool check_ipv6(const char *at, const char *end)
{
    size_t groups = 0;
    bool gap = false;
    if (end - at >= 2 && at[0] == ':' && at[1] == ':') {
        gap = true;
        at += 2;
    }
    bool more = !gap; /* a group must follow */
    while (at < end) {
        const char *const group = at;
        at = skip(at, end, HEX);
        if (at < end && *at == '.') {
            groups += 2;
            more = false;
            if (!check_ipv4(group, end)) {
                return false;
            }
            break;
        }
        if (at == group || at - group > 4 || ++groups > GROUPS) {
            return false;
        }
        more = false;
        if (at == end) {
            break;
        }
        if (*at++ != ':') {
            return false;
        }
        more = true;
        if (at < end && *at == ':') {
            if (gap) {
                return false;
            }
            gap = true;
            more = false;
            at++;
        }
    }
    /* A "::" stands for at least one group. */
    return !more && (gap ? groups < GROUPS : groups == GROUPS);
}

/* ---------------------------------------------------------------- URIs */

/* Skips `class` and whole percent-encodings. */
static const char *skip_encoded(const char *at, const char *end, unsigned class)
{
    while ((at = skip(at, end, class)) < end) {
        if (*at != '%' || end - at < 3 || !is(at[1], HEX) || !is(at[2], HEX)) {
            break;
        }
        at += 3;
    }
    return at;
}

/* "v" 1*HEXDIG "." 1*( unreserved / sub-delims / ":" ) */
static bool is_ip_future(const char *at, const char *end)
{
    if (at == end || (*at != 'v' && *at != 'V')) {
        return false;
    }
    const char *const dot = skip(at + 1, end, HEX);
    return dot > at + 1 && dot < end && *dot == '.' && dot + 1 < end &&
           skip(dot + 1, end, USER) == end;
}

typedef struct authority {
    bool user;  /* has user information */
    bool empty; /* the host is, or there is no authority */
    uint32_t port;
} authority;

/* [userinfo "@"] host [":" port], all of it. */
static bool read_authority(const char *at, const char *end, authority *ret)
{
    const char *const user = skip_encoded(at, end, USER);
    ret->user = user < end && *user == '@';
    if (ret->user) {
        at = user + 1;
    }
    const char *const host = at;
    if (at < end && *at == '[') {
        const char *const close = memchr(at, ']', (size_t)(end - at));
        if (close == NULL || (!check_ipv6(at + 1, close) && !is_ip_future(at + 1, close))) {
            return false;
        }
        at = close + 1;
    } else {
        at = skip_encoded(at, end, HOST);
    }
    ret->empty = at == host;
    if (at == end) {
        return true;
    }
    if (*at++ != ':') {
        return false;
    }
    for (; at < end && is(*at, DIGIT); at++) {
        if (ret->port <= PORT_MAX) {
            ret->port = ret->port * 10 + (uint32_t)(*at - '0');
        }
    }
    return at == end;
}

/* What stands behind "scheme:". */
static bool read_hier_part(const char *at, const char *end, authority *ret)
{
    *ret = (authority){ .empty = true };
    if (end - at >= 2 && at[0] == '/' && at[1] == '/') {
        const char *const start = at + 2;
        at = start;
        while (at < end && *at != '/' && *at != '?' && *at != '#') {
            at++;
        }
        if (!read_authority(start, at, ret)) {
            return false;
        }
    }
    at = skip_encoded(at, end, PATH);
    if (at < end && *at == '?') {
        at = skip_encoded(at + 1, end, QUERY);
    }
    if (at < end && *at == '#') {
        at = skip_encoded(at + 1, end, QUERY);
    }
    return at == end;
}

/* The byte behind "scheme:", or NULL. */
static const char *skip_scheme(const char *at, const char *end)
{
    if (at == end || !is(*at, ALPHA)) {
        return NULL;
    }
    at = skip(at, end, SCHEME);
    return at < end && *at == ':' ? at + 1 : NULL;
}

static bool check_uri(const char *at, const char *end)
{
    authority host;
    at = skip_scheme(at, end);
    return at != NULL && read_hier_part(at, end, &host);
}

static bool check_url(const char *at, const char *end)
{
    const char *const behind = skip_scheme(at, end);
    if (behind == NULL) {
        return false;
    }
    const osp_str scheme = { at, (size_t)(behind - at) };
    if (!osp_str_equal_nocase(scheme, OSP_STR("https:")) &&
        !osp_str_equal_nocase(scheme, OSP_STR("http:"))) {
        return false;
    }
    authority host;
    return read_hier_part(behind, end, &host) && !host.user && !host.empty && host.port <= PORT_MAX;
}

static bool check_time(const char *at, const char *end)
{
    osp_time time;
    return osp_text_read_time((osp_str){ at, (size_t)(end - at) }, &time) == NULL;
}

/* ---------------------------------------------------------------- all of them */

static const struct {
    bool (*check)(const char *at, const char *end);
    const osp_sentence *wrong;
} formats[OSP_FORMAT_COUNT] = {
    [OSP_FORMAT_EMAIL] = { check_email, OSP_SAY(EMAIL) },
    [OSP_FORMAT_URL] = { check_url, OSP_SAY(URL) },
    [OSP_FORMAT_URI] = { check_uri, OSP_SAY(URI) },
    [OSP_FORMAT_HOSTNAME] = { check_hostname, OSP_SAY(HOSTNAME) },
    [OSP_FORMAT_IPV4] = { check_ipv4, OSP_SAY(IPV4) },
    [OSP_FORMAT_IPV6] = { check_ipv6, OSP_SAY(IPV6) },
    [OSP_FORMAT_SLUG] = { check_slug, OSP_SAY(SLUG) },
    [OSP_FORMAT_TIME] = { check_time, OSP_SAY(TIME_TEXT) },
};

const osp_sentence *osp_text_check_format(osp_format format, osp_str text)
{
    OSP_ASSERT((unsigned)format < OSP_FORMAT_COUNT);
    if (formats[format].check == NULL) {
        return NULL;
    }
    /* No format has an empty text, and a walk needs a pointer. */
    const bool good = text.len != 0 && formats[format].check(text.ptr, text.ptr + text.len);
    return good ? NULL : formats[format].wrong;
}

size_t osp_text_characters(osp_str text)
{
    /* Every byte but the following ones (10xxxxxx) starts a character; eight are counted at once.
     */
    static const uint64_t ones = UINT64_C(0x0101010101010101);
    size_t following = 0, at = 0;
    for (; text.len - at >= sizeof(uint64_t); at += sizeof(uint64_t)) {
        const uint64_t word = osp_load64(text.ptr + at);
        following += (size_t)((((word >> 7) & ~(word >> 6) & ones) * ones) >> 56);
    }
    for (; at < text.len; at++) {
        following += ((unsigned char)text.ptr[at] & 0xC0) == 0x80;
    }
    return text.len - following;
}
