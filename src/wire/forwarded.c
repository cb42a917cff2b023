/* What proxies say about their clients.
 *
 *     Forwarded: for=192.0.2.43;proto=https;host=example.org, for="[2001:db8::17]:4711"
 *                element                                      element
 *
 * Escapes within quotes are refused: no address, scheme or host needs one.  Parameters nobody knows
 * are skipped; one that is there twice makes the field malformed, or two readers would disagree.
 * Source: RFC 7239 section 4. */
#include "wire/forwarded.h"

#include <string.h>

#include "wire/field.h"

static bool take_value(osp_str *rest, osp_str *ret_value)
{
    if (rest->len == 0 || rest->ptr[0] != '"') {
        *ret_value = osp_field_take_token(rest);
        return ret_value->len > 0;
    }
    const char *end = memchr(rest->ptr + 1, '"', rest->len - 1);
    if (end == NULL) {
        return false;
    }
    *ret_value = (osp_str){ rest->ptr + 1, (size_t)(end - rest->ptr) - 1 };
    osp_field_skip(rest, ret_value->len + 2);
    return memchr(ret_value->ptr, '\\', ret_value->len) == NULL;
}

static bool take_pair(osp_str *rest, osp_forwarded *into)
{
    const osp_str name = osp_field_take_token(rest);
    osp_str value;
    if (name.len == 0 || rest->len == 0 || rest->ptr[0] != '=') {
        return false;
    }
    osp_field_skip(rest, 1);
    if (!take_value(rest, &value)) {
        return false;
    }
    osp_str *member = osp_str_equal_nocase(name, OSP_STR("for"))     ? &into->client
                      : osp_str_equal_nocase(name, OSP_STR("proto")) ? &into->scheme
                      : osp_str_equal_nocase(name, OSP_STR("host"))  ? &into->host
                                                                     : NULL;
    if (member != NULL) {
        if (member->ptr != NULL) {
            return false;
        }
        *member = value;
    }
    return true;
}

osp_status osp_forwarded_next(osp_str *rest, osp_forwarded *ret_element)
{
    osp_forwarded found = { 0 };
    bool any = false;
    for (;;) {
        osp_field_skip_blanks(rest);
        if (rest->len == 0) {
            break;
        }
        const char byte = rest->ptr[0];
        if (byte == ',') {
            osp_field_skip(rest, 1);
            if (any) {
                break;
            }
        } else if (byte == ';') {
            osp_field_skip(rest, 1);
        } else if (take_pair(rest, &found)) {
            any = true;
            osp_field_skip_blanks(rest);
            if (rest->len > 0 && rest->ptr[0] != ',' && rest->ptr[0] != ';') {
                return OSP_E_INVALID;
            }
        } else {
            return OSP_E_INVALID;
        }
    }
    if (!any) {
        return OSP_DONE;
    }
    *ret_element = found;
    return OSP_OK;
}

static bool is_port(osp_str text)
{
    int64_t port;
    return osp_str_to_int(text, &port) == OSP_OK && port >= 0 && port <= UINT16_MAX;
}

bool osp_forwarded_ip(osp_str text, osp_ip *ret_ip)
{
    if (text.len == 0) { /* an element without "for" */
        return false;
    }
    if (text.ptr[0] == '[') {
        const char *end = memchr(text.ptr, ']', text.len);
        if (end == NULL) {
            return false;
        }
        const osp_str address = { text.ptr + 1, (size_t)(end - text.ptr) - 1 };
        const osp_str behind = { end + 1, text.len - address.len - 2 };
        if (behind.len > 0 &&
            (behind.ptr[0] != ':' || !is_port((osp_str){ behind.ptr + 1, behind.len - 1 }))) {
            return false;
        }
        return memchr(address.ptr, ':', address.len) != NULL && osp_ip_parse(address, ret_ip);
    }
    const char *colon = memchr(text.ptr, ':', text.len);
    if (colon != NULL && memrchr(text.ptr, ':', text.len) == colon) { /* one: a port behind it */
        const size_t len = (size_t)(colon - text.ptr);
        return is_port((osp_str){ colon + 1, text.len - len - 1 }) &&
               osp_ip_parse((osp_str){ text.ptr, len }, ret_ip);
    }
    return osp_ip_parse(text, ret_ip);
}
