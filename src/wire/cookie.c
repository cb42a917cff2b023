/* Cookies.
 *
 *     sid=31d4d96e; theme="dark"; b%20d=1
 *     name=value    quotes stay   nothing is decoded
 *
 * The grammar is strict: a name is a token, a value is of cookie octets, in quotes or not.  Servers
 * that repair values disagree with one another about where a cookie ends, and a quote that hides a
 * semicolon smuggles one cookie within another; here a ';' always ends a piece.
 *
 * Invariant: `rest` gets shorter by each call, so that reading a header is linear. */
#include "wire/cookie.h"

#include <string.h>

#include "wire/uri.h"

enum { TOKEN = 1, OCTET = 2 };

/* token of RFC 9110 section 5.6.2; cookie-octet of RFC 6265 section 4.1.1, and the comma. */
#define BOTH (TOKEN | OCTET)
static const uint8_t bytes[256] = {
    ['!'] = BOTH,  ['#'] = BOTH,         ['$'] = BOTH,         ['%'] = BOTH,  ['&'] = BOTH,
    ['\''] = BOTH, ['('] = OCTET,        [')'] = OCTET,        ['*'] = BOTH,  ['+'] = BOTH,
    [','] = OCTET, ['-'] = BOTH,         ['.'] = BOTH,         ['/'] = OCTET, ['0' ... '9'] = BOTH,
    [':'] = OCTET, ['<'] = OCTET,        ['='] = OCTET,        ['>'] = OCTET, ['?'] = OCTET,
    ['@'] = OCTET, ['A' ... 'Z'] = BOTH, ['['] = OCTET,        [']'] = OCTET, ['^'] = BOTH,
    ['_'] = BOTH,  ['`'] = BOTH,         ['a' ... 'z'] = BOTH, ['{'] = OCTET, ['|'] = BOTH,
    ['}'] = OCTET, ['~'] = BOTH,
};

static bool all(osp_str s, uint8_t what)
{
    for (size_t i = 0; i < s.len; i++) {
        if ((bytes[(unsigned char)s.ptr[i]] & what) == 0) {
            return false;
        }
    }
    return true;
}

/* Takes what stands before the next ';', without the white space around it. */
static osp_str next_piece(osp_str *rest)
{
    const char *semicolon = memchr(rest->ptr, ';', rest->len);
    const size_t len = semicolon != NULL ? (size_t)(semicolon - rest->ptr) : rest->len;
    const osp_str piece = { rest->ptr, len };
    const size_t used = len + (semicolon != NULL);
    rest->ptr += used;
    rest->len -= used;
    return osp_str_trim(piece);
}

static bool value_valid(osp_str value)
{
    if (value.len > OSP_COOKIE_VALUE_MAX) {
        return false;
    }
    if (value.len >= 2 && value.ptr[0] == '"' && value.ptr[value.len - 1] == '"') {
        value = (osp_str){ value.ptr + 1, value.len - 2 };
    }
    return all(value, OCTET);
}

bool osp_cookie_name_valid(osp_str name)
{
    return name.len != 0 && name.len <= OSP_COOKIE_NAME_MAX && all(name, TOKEN);
}

void osp_cookie_encode(osp_str value, osp_buf *out)
{
    for (size_t i = 0; i < value.len; i++) {
        const unsigned char byte = (unsigned char)value.ptr[i];
        if ((bytes[byte] & OCTET) != 0 && byte != '%' && byte != ',') {
            osp_buf_byte(out, value.ptr[i]);
        } else {
            osp_percent_put(out, value.ptr[i]);
        }
    }
}

osp_status osp_cookie_next(osp_str *rest, osp_cookie_pair *ret_cookie)
{
    osp_str piece = { 0 };
    while (piece.len == 0) { /* empty pieces are nothing */
        if (rest->len == 0) {
            return OSP_DONE;
        }
        piece = next_piece(rest);
    }
    const char *equals = memchr(piece.ptr, '=', piece.len);
    const size_t name_len = equals != NULL ? (size_t)(equals - piece.ptr) : piece.len;
    const osp_str name = { piece.ptr, name_len };
    *ret_cookie = (osp_cookie_pair){ .name = name };
    if (equals == NULL || !osp_cookie_name_valid(name)) {
        return OSP_E_INVALID;
    }
    const osp_str value = { equals + 1, piece.len - name_len - 1 };
    if (!value_valid(value)) {
        return OSP_E_INVALID;
    }
    ret_cookie->value = value;
    return OSP_OK;
}
