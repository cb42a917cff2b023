/* Hides secrets by the names that they go by.
 *
 *     Authorization: Bearer eyJh...        Authorization: Bearer [redacted]
 *     Cookie: session=9f1; theme=dark      Cookie: session=[redacted]; theme=[redacted]
 *     /reset?token=abc&page=2              /reset?token=[redacted]&page=2
 *     {"user":{"password":"x"}}            {"user":{"password":"[redacted]"}}
 *
 * A name is secret when it holds one of a list of words, or when the route's input says so.  Texts
 * are gone through byte by byte and never parsed as a whole: a body that is cut off or malformed is
 * what somebody wants to see, and its secrets must not show either.  What cannot be told for sure,
 * such as a name in escapes, counts as secret. */
#include "agent/redact.h"

#include <string.h>

#include "base/buf.h"
#include "base/slice.h"
#include "type/json.h"
#include "wire/uri.h"

#define NAME_MAX_LEN 64 /* bytes of a name that are looked at */
#define DEPTH_MAX 8     /* objects within objects of an input */

/* Within a name that has lost its dashes and underscores. */
static const char *const secret_words[] = { "passw",      "passphrase", "pwd",     "secret",
                                            "token",      "authoriz",   "apikey",  "accesskey",
                                            "privatekey", "credential", "session", "cookie",
                                            "signature",  "jwt",        "csrf",    "cardnumber" };
/* The whole of such a name. */
static const char *const secret_names[] = { "pass", "pin", "otp",  "cvv", "cvc",
                                            "ssn",  "sig", "code", "key", "iban" };

/* ---------------------------------------------------------------- names */

/* The name in small letters without what stands between its words. */
static osp_str plain_name(osp_str name, char storage[NAME_MAX_LEN])
{
    size_t len = 0;
    for (size_t i = 0; i < name.len && len < NAME_MAX_LEN; i++) {
        const char c = name.ptr[i];
        if (c != '-' && c != '_' && c != ' ') {
            storage[len++] = c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
        }
    }
    return (osp_str){ storage, len };
}

static bool is_secret_member(osp_str name, const osp_type *in, int depth)
{
    if (in == NULL || in->kind != OSP_KIND_OBJECT || depth == 0) {
        return false;
    }
    for (uint16_t i = 0; i < in->field_count; i++) {
        const osp_field *field = &in->fields[i];
        if (field->secret && osp_str_equal_nocase(osp_field_name(field), name)) {
            return true;
        }
        if (is_secret_member(name, field->type_, depth - 1)) {
            return true;
        }
    }
    return false;
}

bool osp_redact_is_secret(osp_str name, const osp_type *in)
{
    char storage[NAME_MAX_LEN];
    const osp_str plain = plain_name(name, storage);
    for (size_t i = 0; i < OSP_ARRAY_LEN(secret_words); i++) {
        if (plain.len > 0 &&
            memmem(plain.ptr, plain.len, secret_words[i], strlen(secret_words[i])) != NULL) {
            return true;
        }
    }
    for (size_t i = 0; i < OSP_ARRAY_LEN(secret_names); i++) {
        if (osp_str_equal(plain, osp_str_from(secret_names[i]))) {
            return true;
        }
    }
    return is_secret_member(name, in, DEPTH_MAX);
}

/* ---------------------------------------------------------------- texts */

/* Room in the arena for a text that loses its secrets: a name, '=' and a byte may become what is
 * four times as long.  Nothing is allocated beside the arena, for a signal handler does this. */
static void begin(osp_arena *arena, osp_str text, osp_buf *out)
{
    const size_t size = 4 * text.len + 2 * sizeof(OSP_REDACTED);
    void *room = text.len <= OSP_REDACT_MAX ? osp_arena_try(arena, size) : NULL;
    osp_buf_init(out, room, room != NULL ? size : 0, room != NULL ? size : 0);
    out->failed = room == NULL;
}

static osp_str end(const osp_buf *out)
{
    return out->failed ? OSP_STR(OSP_REDACTED) : osp_buf_text(out);
}

/* The part of a text before one of some bytes, which it loses; the byte stays. */
static osp_str take_until(osp_str *rest, const char *ends)
{
    size_t len = 0;
    while (len < rest->len && (rest->ptr[len] == '\0' || strchr(ends, rest->ptr[len]) == NULL)) {
        len++;
    }
    const osp_str taken = { rest->ptr, len };
    if (len > 0) { /* an empty one may have no pointer */
        *rest = osp_str_skip(*rest, len);
    }
    return taken;
}

/* ---------------------------------------------------------------- headers */

/* Cookies keep their names. */
static osp_str redact_cookies(osp_arena *arena, osp_str value)
{
    osp_buf out;
    begin(arena, value, &out);
    while (value.len > 0) {
        const osp_str name = take_until(&value, "=;");
        osp_buf_str(&out, name);
        if (value.len > 0 && value.ptr[0] == '=') {
            osp_buf_str(&out,
                        take_until(&value, ";").len > 1 ? OSP_STR("=" OSP_REDACTED) : OSP_STR("="));
        }
        if (value.len > 0) {
            osp_buf_str(&out, (osp_str){ value.ptr, 1 });
            value = osp_str_skip(value, 1);
        }
    }
    return end(&out);
}

/* The scheme stays: RFC 9110 section 11.4. */
static osp_str redact_credentials(osp_arena *arena, osp_str value)
{
    osp_str rest = value;
    const osp_str scheme = take_until(&rest, " ");
    osp_buf out;
    begin(arena, value, &out);
    osp_buf_str(&out, rest.len > 0 ? scheme : (osp_str){ 0 });
    osp_buf_str(&out, rest.len > 0 ? OSP_STR(" " OSP_REDACTED) : OSP_STR(OSP_REDACTED));
    return end(&out);
}

osp_str osp_redact_header(osp_arena *arena, osp_str name, osp_str value, const osp_type *in)
{
    if (osp_str_equal_nocase(name, OSP_STR("cookie"))) {
        return redact_cookies(arena, value);
    }
    if (osp_str_equal_nocase(name, OSP_STR("authorization")) ||
        osp_str_equal_nocase(name, OSP_STR("proxy-authorization"))) {
        return redact_credentials(arena, value);
    }
    if (osp_str_equal_nocase(name, OSP_STR("referer")) ||
        osp_str_equal_nocase(name, OSP_STR("location")) ||
        osp_str_equal_nocase(name, OSP_STR("content-location"))) {
        return osp_redact_target(arena, value, NULL, in);
    }
    return osp_redact_is_secret(name, in) ? OSP_STR(OSP_REDACTED) : value;
}

/* ---------------------------------------------------------------- pairs */

static bool is_secret_pair(osp_arena *arena, osp_str raw_name, const osp_type *in)
{
    osp_str name;
    return osp_percent_decode(raw_name, true, arena, &name) != OSP_OK ||
           osp_redact_is_secret(name, in);
}

/* name=value&name=value, as a query and an urlencoded form have it. */
static void put_pairs(osp_buf *out, osp_arena *arena, osp_str pairs, const osp_type *in)
{
    while (pairs.len > 0) {
        const osp_str name = take_until(&pairs, "=&");
        osp_buf_str(out, name);
        if (pairs.len > 0 && pairs.ptr[0] == '=') {
            const osp_str value = take_until(&pairs, "&");
            const bool secret = value.len > 1 && is_secret_pair(arena, name, in);
            osp_buf_str(out, secret ? OSP_STR("=" OSP_REDACTED) : value);
        }
        if (pairs.len > 0) {
            osp_buf_str(out, (osp_str){ pairs.ptr, 1 });
            pairs = osp_str_skip(pairs, 1);
        }
    }
}

/* Segments of a path that the pattern gives a secret name: "/reset/[token]". */
static void put_path(osp_buf *out, osp_str path, const char *pattern, const osp_type *in)
{
    osp_str names = osp_str_from(pattern);
    while (path.len > 0) {
        osp_str name = take_until(&names, "/");
        const osp_str segment = take_until(&path, "/");
        size_t first = 0;
        while (first < name.len && strchr("[.", name.ptr[first]) != NULL) {
            first++;
        }
        name = osp_str_skip(name, first);
        const bool secret = first > 0 && osp_redact_is_secret(take_until(&name, "=]"), in);
        osp_buf_str(out, secret && segment.len > 0 ? OSP_STR(OSP_REDACTED) : segment);
        if (path.len > 0) {
            osp_buf_str(out, OSP_STR("/"));
            path = osp_str_skip(path, 1);
            names = names.len > 0 ? osp_str_skip(names, 1) : names;
        }
    }
}

osp_str osp_redact_target(osp_arena *arena, osp_str target, const char *pattern, const osp_type *in)
{
    osp_str rest = target;
    const osp_str path = take_until(&rest, "?");
    osp_buf out;
    begin(arena, target, &out);
    put_path(&out, path, pattern != NULL ? pattern : "", in);
    if (rest.len > 0) {
        osp_buf_str(&out, OSP_STR("?"));
        put_pairs(&out, arena, osp_str_skip(rest, 1), in);
    }
    return end(&out);
}

/* ---------------------------------------------------------------- JSON */

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* Takes a string with its quotes, or what there is of one. */
static osp_str take_string(osp_str *rest)
{
    size_t len = 1;
    OSP_ASSERT(rest->len > 0 && rest->ptr[0] == '"');
    while (len < rest->len && rest->ptr[len] != '"') {
        len += rest->ptr[len] == '\\' ? 2 : 1;
    }
    len = len < rest->len ? len + 1 : rest->len;
    const osp_str taken = { rest->ptr, len };
    *rest = osp_str_skip(*rest, len);
    return taken;
}

/* Takes white space. */
static osp_str take_space(osp_str *rest)
{
    size_t len = 0;
    while (len < rest->len && is_space(rest->ptr[len])) {
        len++;
    }
    const osp_str taken = { rest->ptr, len };
    *rest = osp_str_skip(*rest, len);
    return taken;
}

/* Takes a value, with all that is in it. */
static void skip_value(osp_str *rest)
{
    size_t depth = 0;
    while (rest->len > 0) {
        const char c = rest->ptr[0];
        if (c == '"') {
            (void)take_string(rest);
        } else if (c == '{' || c == '[') {
            depth++;
            *rest = osp_str_skip(*rest, 1);
        } else if ((c == '}' || c == ']' || c == ',') && depth == 0) {
            return;
        } else {
            depth -= c == '}' || c == ']' ? 1 : 0;
            *rest = osp_str_skip(*rest, 1);
        }
        if (depth == 0 && (c == '"' || c == '}' || c == ']')) {
            return;
        }
    }
}

static bool is_secret_key(osp_str string, const osp_type *in)
{
    if (string.len < 2 || memchr(string.ptr, '\\', string.len) != NULL) {
        return true; /* cut off, or in escapes */
    }
    return osp_redact_is_secret((osp_str){ string.ptr + 1, string.len - 2 }, in);
}

static void put_json(osp_buf *out, osp_str rest, const osp_type *in)
{
    while (rest.len > 0) {
        if (rest.ptr[0] != '"') {
            osp_buf_str(out, take_until(&rest, "\""));
            continue;
        }
        const osp_str string = take_string(&rest);
        osp_buf_str(out, string);
        osp_buf_str(out, take_space(&rest));
        if (rest.len == 0 || rest.ptr[0] != ':') {
            continue;
        }
        osp_buf_str(out, OSP_STR(":"));
        rest = osp_str_skip(rest, 1);
        osp_buf_str(out, take_space(&rest));
        if (rest.len > 0 && is_secret_key(string, in)) {
            skip_value(&rest);
            osp_buf_str(out, OSP_STR("\"" OSP_REDACTED "\""));
        }
    }
}

/* ---------------------------------------------------------------- bodies */

/* Whether a media type, without parameters, is one of JSON (RFC 6839 section 3.1). */
static bool is_json(osp_str type)
{
    const osp_str suffix = OSP_STR("+json");
    return osp_str_equal_nocase(type, OSP_STR("application/json")) ||
           (type.len > suffix.len &&
            osp_str_equal_nocase((osp_str){ type.ptr + type.len - suffix.len, suffix.len },
                                 suffix));
}

osp_str osp_redact_body(osp_arena *arena, osp_str media_type, osp_str body, const osp_type *in)
{
    const osp_str type = osp_str_trim(take_until(&media_type, ";"));
    const bool json = is_json(type);
    if (osp_str_equal_nocase(type, OSP_STR("multipart/form-data"))) {
        return OSP_STR(OSP_REDACTED);
    }
    if (!json && !osp_str_equal_nocase(type, OSP_STR("application/x-www-form-urlencoded"))) {
        return body;
    }
    osp_buf out;
    begin(arena, body, &out);
    if (json) {
        put_json(&out, body, in);
    } else {
        put_pairs(&out, arena, body, in);
    }
    return end(&out);
}
