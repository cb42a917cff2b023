/* UTF-8, RFC 3629. */
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
