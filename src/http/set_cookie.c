/* Set-Cookie:
 *
 *     sid=31d4; Path=/; Domain=example.org; Max-Age=60; Secure; HttpOnly; SameSite=Lax
 *     pair      scope                       the rest
 *
 * A browser that finds a promise of a prefix broken drops the cookie without a word, as it does
 * with one that is too long: here both are told to the application. */
#include "http/set_cookie.h"

#include <string.h>

#include "base/base64.h"
#include "base/digest.h"
#include "base/utf8.h"
#include "wire/date.h"

/* RFC 6265bis section 4.1.3; longer ones first.  Browsers compare in any case. */
typedef struct prefix {
    osp_str text;
    bool host; /* of this host alone, for all its paths */
    bool http; /* not for scripts */
} prefix;
static const prefix prefixes[] = { { { "__Host-Http-", 12 }, true, true },
                                   { { "__Host-", 7 }, true, false },
                                   { { "__Http-", 7 }, false, true },
                                   { { "__Secure-", 9 }, false, false } };

/* All of them ask for Secure.  NULL: the name has none. */
static const prefix *prefix_of(osp_str name)
{
    for (size_t i = 0; i < OSP_ARRAY_LEN(prefixes); i++) {
        const osp_str text = prefixes[i].text;
        if (name.len >= text.len && osp_str_equal_nocase((osp_str){ name.ptr, text.len }, text)) {
            return &prefixes[i];
        }
    }
    return NULL;
}

static bool is_path(osp_str path)
{
    for (size_t i = 0; i < path.len; i++) {
        const unsigned char c = (unsigned char)path.ptr[i];
        if (c < ' ' || c >= 0x7f || c == ';') {
            return false;
        }
    }
    return path.len == 0 || (path.ptr[0] == '/' && path.len <= OSP_COOKIE_ATTRIBUTE_MAX);
}

/* Labels with dots between them. */
static bool is_domain(osp_str domain)
{
    char before = '.';
    for (size_t i = 0; i < domain.len; i++) {
        const char c = domain.ptr[i];
        const bool alnum =
            (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (!alnum && c != '-' && (c != '.' || before == '.')) {
            return false;
        }
        before = c;
    }
    return domain.len == 0 || (before != '.' && domain.len <= OSP_COOKIE_ATTRIBUTE_MAX);
}

static bool is_root(osp_str path)
{
    return path.len == 0 || (path.len == 1 && path.ptr[0] == '/');
}

const char *osp_cookie_flaw(osp_str name, osp_str value, const osp_cookie_options *options)
{
    const prefix *promise = prefix_of(name);
    if (!osp_cookie_name_valid(name)) {
        return "its name is no token of up to 256 bytes";
    }
    if (!osp_utf8_valid(value)) {
        return "its value is not valid UTF-8";
    }
    if (!is_path(options->path)) {
        return "its path does not begin with '/', has a byte that ends it, or is too long";
    }
    if (!is_domain(options->domain)) {
        return "its domain is no host name";
    }
    if (options->max_age_s < 0) {
        return "its max_age_s is negative; osp_delete_cookie ends a cookie";
    }
    if (promise != NULL && promise->host && options->domain.len != 0) {
        return "__Host- promises that it has no domain";
    }
    if (promise != NULL && promise->host && !is_root(options->path)) {
        return "__Host- promises that its path is \"/\"";
    }
    if (promise != NULL && promise->http && options->for_scripts) {
        return "__Http- promises that it is not for scripts";
    }
    return NULL;
}

static void attribute(osp_buf *out, const char *name, osp_str value)
{
    osp_buf_printf(out, "; %s=%.*s", name, OSP_ARG(value));
}

/* What tells cookies of one name apart (RFC 6265bis section 5.7). */
static void write_scope(const osp_cookie_options *options, osp_buf *out)
{
    attribute(out, "Path", options->path.len != 0 ? options->path : OSP_STR("/"));
    if (options->domain.len != 0) {
        attribute(out, "Domain", options->domain);
    }
}

static void write_expires(int64_t unix_s, osp_buf *out)
{
    char date[OSP_HTTP_DATE_LEN];
    osp_http_date_write(unix_s, date);
    attribute(out, "Expires", (osp_str){ date, sizeof date });
}

/* Browsers take SameSite=None and Partitioned only together with Secure. */
static osp_status write_flags(osp_str name, const osp_cookie_options *options, bool secure,
                              osp_buf *out)
{
    static const char *const same_site[] = { [OSP_SAME_SITE_LAX] = "Lax",
                                             [OSP_SAME_SITE_STRICT] = "Strict",
                                             [OSP_SAME_SITE_NONE] = "None" };
    OSP_ASSERT((unsigned)options->same_site < OSP_ARRAY_LEN(same_site));
    if (secure || options->secure || options->partitioned || prefix_of(name) != NULL ||
        options->same_site == OSP_SAME_SITE_NONE) {
        osp_buf_str(out, OSP_STR("; Secure"));
    }
    if (!options->for_scripts) {
        osp_buf_str(out, OSP_STR("; HttpOnly"));
    }
    attribute(out, "SameSite", osp_str_from(same_site[options->same_site]));
    if (options->partitioned) {
        osp_buf_str(out, OSP_STR("; Partitioned"));
    }
    return out->failed ? OSP_E_LIMIT : OSP_OK;
}

osp_status osp_cookie_write(osp_str name, osp_str value, const osp_cookie_options *options,
                            bool secure, osp_buf *out)
{
    const size_t start = out->len;
    osp_buf_str(out, name);
    osp_buf_byte(out, '=');
    osp_cookie_encode(value, out);
    if (out->len - start > OSP_COOKIE_PAIR_MAX + 1) {
        return OSP_E_LIMIT;
    }
    write_scope(options, out);
    if (options->max_age_s > 0) {
        osp_buf_printf(out, "; Max-Age=%lld", (long long)options->max_age_s);
    }
    if (options->expires.us != 0) {
        write_expires(options->expires.us / 1000000, out);
    }
    return write_flags(name, options, secure, out);
}

osp_status osp_cookie_write_end(osp_str name, const osp_cookie_options *options, bool secure,
                                osp_buf *out)
{
    osp_buf_str(out, name);
    osp_buf_byte(out, '=');
    write_scope(options, out);
    osp_buf_str(out, OSP_STR("; Max-Age=0"));
    write_expires(0, out);
    return write_flags(name, options, secure, out);
}

bool osp_cookie_is_same(osp_str written, osp_str name, const osp_cookie_options *options)
{
    const osp_str domain = OSP_STR("; Domain=");
    char storage[2 * OSP_COOKIE_ATTRIBUTE_MAX + 64];
    osp_buf scope;
    const char *end = written.len != 0 ? memchr(written.ptr, ';', written.len) : NULL;
    if (end == NULL || written.len <= name.len || written.ptr[name.len] != '=' ||
        !osp_str_starts_with(written, name)) {
        return false;
    }
    osp_buf_init(&scope, storage, sizeof storage, sizeof storage);
    write_scope(options, &scope);
    osp_str behind = { end, written.len - (size_t)(end - written.ptr) };
    if (!osp_str_starts_with(behind, (osp_str){ scope.ptr, scope.len })) {
        return false;
    }
    behind = (osp_str){ behind.ptr + scope.len, behind.len - scope.len };
    return (behind.len == 0 || behind.ptr[0] == ';') && !osp_str_starts_with(behind, domain);
}

void osp_cookie_mac(osp_str key, osp_str pair, char out[OSP_COOKIE_MAC_LEN])
{
    uint8_t mac[OSP_SHA256_SIZE];
    osp_hmac_sha256(key, pair, mac);
    const size_t len = osp_base64url_encode((osp_str){ (const char *)mac, sizeof mac }, out);
    OSP_ASSERT(len == OSP_COOKIE_MAC_LEN);
}

const char *osp_cookie_keys_flaw(osp_str_list keys)
{
    for (size_t i = 0; i < keys.count; i++) {
        if (keys.items[i].len < OSP_COOKIE_KEY_MIN) {
            return "a key has less than 32 bytes";
        }
    }
    return keys.count == 0 ? "there is no key" : NULL;
}
