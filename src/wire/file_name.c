/* Names for files out of names from anyone.
 *
 * Not an escape but a loss: two names may become one, and who saves both must choose.  What stands
 * in no name of some system, what a terminal or a list would obey, and what a shell or a web server
 * takes for something else is replaced or left out; letters of all scripts stay.
 * Source: "Naming Files, Paths, and Namespaces" of Windows, Unicode Technical Report 36
 * section 3.6. */
#include "wire/file_name.h"

#include <string.h>

#define EXTENSION_MAX 16 /* bytes, with its dot, that are kept where a name is cut */

/* Bytes of one character at the front of valid UTF-8. */
static size_t size_of(const char *at)
{
    const unsigned char lead = (unsigned char)*at;
    return lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
}

/* Controls of C1, marks and overrides of direction (U+061C among them), line and paragraph
 * separators, U+FEFF. */
static bool is_invisible(const char *at, size_t size)
{
    const unsigned char *b = (const unsigned char *)at;
    if (size == 2) {
        return (b[0] == 0xc2 && b[1] < 0xa0) || (b[0] == 0xd8 && b[1] == 0x9c);
    }
    if (size != 3) {
        return false;
    }
    return (b[0] == 0xe2 && b[1] == 0x80 &&
            ((b[2] >= 0x8b && b[2] <= 0x8f) || (b[2] >= 0xa8 && b[2] <= 0xae))) ||
           (b[0] == 0xe2 && b[1] == 0x81 && b[2] >= 0xa0 && b[2] <= 0xaf) ||
           (b[0] == 0xef && b[1] == 0xbb && b[2] == 0xbf);
}

static bool is_forbidden(const char *at, size_t size)
{
    const unsigned char byte = (unsigned char)*at;
    return size == 1 ? byte < 0x20 || byte == 0x7f || strchr("<>:\"|?*", byte) != NULL
                     : is_invisible(at, size);
}

static osp_str last_part(osp_str name)
{
    for (size_t i = name.len; i > 0; i--) {
        if (name.ptr[i - 1] == '/' || name.ptr[i - 1] == '\\') {
            return (osp_str){ name.ptr + i, name.len - i };
        }
    }
    return name;
}

static bool is_dot(char byte)
{
    return byte == '.' || byte == ' ';
}

/* Without dots and blanks at either end: hidden files, and what Windows takes away. */
static osp_str strip(osp_str name)
{
    while (name.len > 0 && is_dot(name.ptr[0])) {
        name.ptr++;
        name.len--;
    }
    while (name.len > 0 && is_dot(name.ptr[name.len - 1])) {
        name.len--;
    }
    return name;
}

/* A device where the part before the first dot is its name. */
static bool is_device(osp_str name)
{
    static const char *const devices[] = { "con", "prn", "aux", "nul", "conin$", "conout$" };
    const char *dot = memchr(name.ptr, '.', name.len);
    osp_str base = { name.ptr, dot != NULL ? (size_t)(dot - name.ptr) : name.len };
    base = osp_str_trim(base);
    for (size_t i = 0; i < OSP_ARRAY_LEN(devices); i++) {
        if (osp_str_equal_nocase(base, osp_str_from(devices[i]))) {
            return true;
        }
    }
    const osp_str port = { base.ptr, 3 };
    return base.len == 4 && base.ptr[3] >= '0' && base.ptr[3] <= '9' &&
           (osp_str_equal_nocase(port, OSP_STR("com")) ||
            osp_str_equal_nocase(port, OSP_STR("lpt")));
}

/* How many bytes of `name` are whole characters within `max`. */
static size_t cut_at(osp_str name, size_t max)
{
    size_t len = 0;
    while (len < name.len && len + size_of(name.ptr + len) <= max) {
        len += size_of(name.ptr + len);
    }
    return len;
}

/* The extension with its dot, if it is worth keeping. */
static osp_str extension_of(osp_str name)
{
    for (size_t i = name.len; i > 1 && name.len - i < EXTENSION_MAX; i--) {
        if (name.ptr[i - 1] == '.') {
            return (osp_str){ name.ptr + i - 1, name.len - i + 1 };
        }
    }
    return (osp_str){ NULL, 0 };
}

static size_t put(char *out, size_t len, osp_str text)
{
    for (size_t at = 0; at < text.len;) {
        const size_t size = size_of(text.ptr + at);
        if (is_forbidden(text.ptr + at, size)) {
            out[len++] = '_';
        } else {
            memcpy(out + len, text.ptr + at, size);
            len += size;
        }
        at += size;
    }
    return len;
}

size_t osp_file_name_safe(osp_str name, char out[OSP_FILE_NAME_MAX])
{
    name = strip(last_part(name));
    if (name.len == 0) {
        memcpy(out, "file", 4);
        return 4;
    }
    size_t len = 0;
    if (is_device(name)) {
        out[len++] = '_';
    }
    if (name.len <= OSP_FILE_NAME_MAX - len) {
        len = put(out, len, name);
    } else {
        const osp_str extension = extension_of(name);
        const osp_str front = { name.ptr, name.len - extension.len };
        const size_t kept = cut_at(front, OSP_FILE_NAME_MAX - len - extension.len);
        len = put(out, len, strip((osp_str){ front.ptr, kept }));
        len = put(out, len, extension);
    }
    if (out[0] == '-') { /* an option of a command */
        out[0] = '_';
    }
    OSP_ASSERT(len > 0 && len <= OSP_FILE_NAME_MAX);
    return len;
}
