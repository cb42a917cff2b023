/* Where to listen: from text to address and back.  No socket here. */
#include "serve/address.h"

#include <stdio.h>
#include <string.h>

#define MODE_MAX 0777

static bool copy(osp_str from, char *to, size_t size)
{
    if (from.len >= size || memchr(from.ptr, 0, from.len) != NULL) {
        return false;
    }
    memcpy(to, from.ptr, from.len);
    to[from.len] = 0;
    return true;
}

static bool read_mode(osp_str digits, uint16_t *ret_mode)
{
    unsigned mode = 0;
    for (size_t i = 0; i < digits.len; i++) {
        if (digits.ptr[i] < '0' || digits.ptr[i] > '7' || mode > MODE_MAX) {
            return false;
        }
        mode = mode * 8 + (unsigned)(digits.ptr[i] - '0');
    }
    *ret_mode = (uint16_t)mode;
    return digits.len > 0 && mode <= MODE_MAX;
}

static osp_str behind(osp_str text, size_t len)
{
    return (osp_str){ text.ptr + len, text.len - len };
}

/* What stands behind "unix:". */
static const char *parse_unix(osp_str name, osp_address *ret_address)
{
    osp_address found = { .kind = OSP_ADDRESS_UNIX, .mode = OSP_ADDRESS_UNIX_MODE };
    const char *comma = memchr(name.ptr, ',', name.len);
    const osp_str path = { name.ptr, comma != NULL ? (size_t)(comma - name.ptr) : name.len };
    const osp_str rest = behind(name, path.len), mode = OSP_STR(",mode=");
    if (path.len > 0 && path.ptr[0] == '@') {
        found.kind = OSP_ADDRESS_ABSTRACT;
        if (comma != NULL) {
            return "an abstract socket has no mode";
        }
        if (path.len == 1) {
            return "the name is empty";
        }
        return copy(behind(path, 1), found.path, sizeof found.path)
                   ? (*ret_address = found, NULL)
                   : "the name is longer than 107 bytes";
    }
    if (path.len == 0 || path.ptr[0] != '/') {
        return "a unix socket is unix:/PATH or unix:@NAME";
    }
    if (rest.len > 0 &&
        (!osp_str_starts_with(rest, mode) || !read_mode(behind(rest, mode.len), &found.mode))) {
        return "behind the path stands ,mode=0660 or nothing";
    }
    if (!copy(path, found.path, sizeof found.path)) {
        return "the path is longer than 107 bytes";
    }
    *ret_address = found;
    return NULL;
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

const char *osp_address_parse(osp_str text, osp_address *ret_address)
{
    const osp_str local = OSP_STR("unix:");
    if (osp_str_starts_with(text, local)) {
        return parse_unix(behind(text, local.len), ret_address);
    }
    osp_str host, port;
    int64_t number = 0;
    osp_address found = { .kind = OSP_ADDRESS_TCP };
    if (!split(text, &host, &port)) {
        return "an IPv6 address and its port are [::1]:3000";
    }
    if (osp_str_to_int(port, &number) != OSP_OK || number < 0 || number > UINT16_MAX) {
        return "must end with a port, 0 to 65535";
    }
    if (osp_str_equal(host, OSP_STR("*"))) {
        host.len = 0;
    }
    if (!copy(host, found.host, sizeof found.host)) {
        return "the host is longer than 255 bytes";
    }
    found.port = (uint16_t)number;
    *ret_address = found;
    return NULL;
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
