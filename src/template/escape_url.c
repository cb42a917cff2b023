/* URLs and their parts (RFC 3986 section 2, URL Living Standard 1.3).
 *
 * A URL that a value begins may name http, https, mailto, tel or nothing: any other scheme could
 * run something, and becomes "#osp-unsafe", which leads nowhere.  What is percent-encoded already
 * stays so; but in a query a value is a value, and all that means something there is encoded. */
#include "template/escape.h"

static bool is_alnum(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
           (byte >= '0' && byte <= '9');
}

static bool is_hex(char byte)
{
    return (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'f') ||
           (byte >= 'A' && byte <= 'F');
}

/* Bytes that stand for themselves in any part. */
static bool is_unreserved(char byte)
{
    return is_alnum(byte) || byte == '-' || byte == '.' || byte == '_' || byte == '~';
}

/* Bytes that mean something between the parts of a URL; quotes and parentheses, which they are
 * among, would end an attribute or url(). */
static bool is_reserved(char byte)
{
    return byte != '\0' && strchr("!#$&*+,/:;=?@[]", byte) != NULL;
}

bool osp_url_is_safe(osp_str url)
{
    static const char *const schemes[] = { "http", "https", "mailto", "tel" };
    size_t len = 0;
    while (len < url.len && url.ptr[len] != ':' && url.ptr[len] != '/' && url.ptr[len] != '?' &&
           url.ptr[len] != '#') {
        len++;
    }
    if (len == url.len || url.ptr[len] != ':') {
        return true;
    }
    for (size_t i = 0; i < OSP_ARRAY_LEN(schemes); i++) {
        if (osp_str_equal_nocase((osp_str){ url.ptr, len }, osp_str_from(schemes[i]))) {
            return true;
        }
    }
    return false;
}

static char *put_percent(char *at, char byte)
{
    static const char hex[] = "0123456789ABCDEF";
    *at++ = '%';
    *at++ = hex[(unsigned char)byte >> 4];
    *at++ = hex[(unsigned char)byte & 15];
    return at;
}

static bool is_encoded(osp_str text, size_t at)
{
    return text.ptr[at] == '%' && at + 2 < text.len && is_hex(text.ptr[at + 1]) &&
           is_hex(text.ptr[at + 2]);
}

static bool stays(osp_escape how, osp_str text, size_t at)
{
    const char byte = text.ptr[at];
    if (is_unreserved(byte)) {
        return true;
    }
    if (how == OSP_ESCAPE_URL_QUERY) {
        return false;
    }
    return is_encoded(text, at) ||
           (is_reserved(byte) && (byte != ':' || how != OSP_ESCAPE_URL_SCHEME));
}

void osp_escape_url(osp_escape how, osp_str text, bool attribute, osp_buf *out)
{
    if (how == OSP_ESCAPE_URL_START && !osp_url_is_safe(text)) {
        osp_buf_str(out, OSP_STR("#" OSP_ESCAPE_UNSAFE));
        return;
    }
    for (size_t i = 0; i < text.len; i++) {
        if (!osp_buf_reserve(out, sizeof("&amp;"))) {
            return;
        }
        char *at = out->ptr + out->len;
        if (!stays(how, text, i)) {
            at = put_percent(at, text.ptr[i]);
        } else if (text.ptr[i] == '&' && attribute) {
            memcpy(at, "&amp;", 5);
            at += 5;
        } else {
            *at++ = text.ptr[i];
        }
        out->len = (size_t)(at - out->ptr);
    }
}

/* ---------------------------------------------------------------- srcset */

static bool is_blank(char byte)
{
    return byte == ' ' || (byte >= '\t' && byte <= '\r');
}

/* One URL with its width or density, "a.jpg 2x". */
static void put_candidate(osp_str text, osp_buf *out)
{
    size_t begin = 0;
    while (begin < text.len && is_blank(text.ptr[begin])) {
        begin++;
    }
    size_t end = begin;
    while (end < text.len && !is_blank(text.ptr[end])) {
        end++;
    }
    bool plain = true;
    for (size_t i = end; i < text.len; i++) {
        plain = plain && (is_blank(text.ptr[i]) || is_alnum(text.ptr[i]) || text.ptr[i] == '.' ||
                          text.ptr[i] == '-' || text.ptr[i] == '+');
    }
    const osp_str url = { text.ptr + begin, end - begin };
    if (!plain || !osp_url_is_safe(url)) {
        osp_buf_str(out, OSP_STR("#" OSP_ESCAPE_UNSAFE));
        return;
    }
    osp_buf_append(out, text.ptr, begin);
    osp_escape_url(OSP_ESCAPE_URL_PATH, url, true, out);
    osp_buf_append(out, text.ptr + end, text.len - end);
}

void osp_escape_srcset(osp_str text, osp_buf *out)
{
    if (text.len == 0) {
        return;
    }
    size_t begin = 0;
    for (size_t i = 0; i <= text.len; i++) {
        if (i == text.len || text.ptr[i] == ',') {
            put_candidate((osp_str){ text.ptr + begin, i - begin }, out);
            if (i < text.len) {
                osp_buf_byte(out, ',');
            }
            begin = i + 1;
        }
    }
}
