/* UTF-8 (RFC 3629), and texts in URLs. */
#include "lib/text.h"

uint32_t text_code_point(osp_str s, size_t *ret_len)
{
    const unsigned char *byte = (const unsigned char *)s.ptr;
    const size_t len = byte[0] < 0x80 ? 1 : byte[0] < 0xE0 ? 2 : byte[0] < 0xF0 ? 3 : 4;
    OSP_ASSERT(len <= s.len);
    uint32_t c = len == 1 ? byte[0] : byte[0] & (0xFFu >> (len + 1));
    for (size_t i = 1; i < len; i++) {
        c = c << 6 | (byte[i] & 0x3Fu);
    }
    *ret_len = len;
    return c;
}

static bool is_unreserved(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           c == '-' || c == '.' || c == '_' || c == '~';
}

osp_str text_in_url(osp_task *task, osp_str s)
{
    static const char hex[] = "0123456789ABCDEF";
    char *text = osp_alloc(task, s.len * 3 + 1);
    size_t len = 0;
    for (size_t i = 0; i < s.len && text != NULL; i++) {
        const unsigned char byte = (unsigned char)s.ptr[i];
        if (is_unreserved(s.ptr[i])) {
            text[len++] = s.ptr[i];
        } else {
            text[len++] = '%';
            text[len++] = hex[byte >> 4];
            text[len++] = hex[byte & 15];
        }
    }
    return (osp_str){ text, len };
}
