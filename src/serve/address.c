/* Where to listen: from text to address and back.  No socket here. */
#include "serve/address.h"

#include <stdio.h>
#include <string.h>

#define MODE_MAX 0777

static osp_status refuse(osp_error *err, const char *text, const char *why)
{
    return osp_error_set(err, OSP_E_INVALID, "cannot listen on \"%.120s\": %s", text, why);
}

static bool copy(osp_str from, char *to, size_t size)
{
    if (from.len >= size || memchr(from.ptr, 0, from.len) != NULL) {
        return false;
    }
    memcpy(to, from.ptr, from.len);
    to[from.len] = 0;
    return true;
}

static bool read_mode(const char *digits, uint16_t *ret_mode)
{
    unsigned mode = 0;
    const size_t len = strlen(digits);
    for (size_t i = 0; i < len; i++) {
        if (digits[i] < '0' || digits[i] > '7' || mode > MODE_MAX) {
            return false;
        }
        mode = mode * 8 + (unsigned)(digits[i] - '0');
    }
    *ret_mode = (uint16_t)mode;
    return len > 0 && mode <= MODE_MAX;
}

static osp_status parse_unix(const char *text, const char *name, osp_address *ret_address,
                             osp_error *err)
{
    osp_address found = { .kind = OSP_ADDRESS_UNIX, .mode = OSP_ADDRESS_UNIX_MODE };
    const char *comma = strchr(name, ',');
    const osp_str path = { name, comma != NULL ? (size_t)(comma - name) : strlen(name) };
    if (path.len > 0 && path.ptr[0] == '@') {
        found.kind = OSP_ADDRESS_ABSTRACT;
        if (comma != NULL) {
            return refuse(err, text, "an abstract socket has no mode");
        }
        if (path.len == 1) {
            return refuse(err, text, "the name is empty");
        }
        return copy((osp_str){ path.ptr + 1, path.len - 1 }, found.path, sizeof found.path)
                   ? (*ret_address = found, OSP_OK)
                   : refuse(err, text, "the name is longer than 107 bytes");
    }
    if (path.len == 0 || path.ptr[0] != '/') {
        return refuse(err, text, "a unix socket is unix:/PATH or unix:@NAME");
    }
    if (comma != NULL && (strncmp(comma, ",mode=", 6) != 0 || !read_mode(comma + 6, &found.mode))) {
        return refuse(err, text, "behind the path stands ,mode=0660 or nothing");
    }
    if (!copy(path, found.path, sizeof found.path)) {
        return refuse(err, text, "the path is longer than 107 bytes");
    }
    *ret_address = found;
    return OSP_OK;
}

/* Splits HOST:PORT, [HOST]:PORT or PORT. */
static bool split(osp_str text, osp_str *ret_host, osp_str *ret_port)
{
    *ret_host = (osp_str){ text.ptr, 0 };
    *ret_port = text;
    if (text.len > 0 && text.ptr[0] == '[') {
        const char *end = memchr(text.ptr, ']', text.len);
        if (end == NULL || end == text.ptr + 1 || end + 1 == text.ptr + text.len || end[1] != ':') {
            return false;
        }
        *ret_host = (osp_str){ text.ptr + 1, (size_t)(end - text.ptr) - 1 };
        *ret_port = (osp_str){ end + 2, text.len - (size_t)(end + 2 - text.ptr) };
        return true;
    }
    const char *colon = memrchr(text.ptr, ':', text.len);
    if (colon != NULL) {
        *ret_host = (osp_str){ text.ptr, (size_t)(colon - text.ptr) };
        *ret_port = (osp_str){ colon + 1, text.len - ret_host->len - 1 };
    }
    return memchr(ret_host->ptr, ':', ret_host->len) == NULL;
}

osp_status osp_address_parse(const char *text, osp_address *ret_address, osp_error *err)
{
    if (strncmp(text, "unix:", 5) == 0) {
        return parse_unix(text, text + 5, ret_address, err);
    }
    osp_str host, port;
    int64_t number = 0;
    osp_address found = { .kind = OSP_ADDRESS_TCP };
    if (!split(osp_str_from(text), &host, &port)) {
        return refuse(err, text, "an IPv6 address and its port are [::1]:3000");
    }
    if (osp_str_to_int(port, &number) != OSP_OK || number < 0 || number > UINT16_MAX) {
        return refuse(err, text, "it must end with a port, 0 to 65535");
    }
    if (osp_str_equal(host, OSP_STR("*"))) {
        host.len = 0;
    }
    if (!copy(host, found.host, sizeof found.host)) {
        return refuse(err, text, "the host is longer than 255 bytes");
    }
    found.port = (uint16_t)number;
    *ret_address = found;
    return OSP_OK;
}

void osp_address_text(const osp_address *address, char *text, size_t size)
{
    if (address->kind != OSP_ADDRESS_TCP) {
        (void)snprintf(text, size, "unix:%s%s", address->kind == OSP_ADDRESS_ABSTRACT ? "@" : "",
                       address->path);
        return;
    }
    const bool v6 = strchr(address->host, ':') != NULL;
    (void)snprintf(text, size, "%s%s%s:%u", v6 ? "[" : "",
                   address->host[0] != 0 ? address->host : "*", v6 ? "]" : "",
                   (unsigned)address->port);
}
