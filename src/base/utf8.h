/* UTF-8 as RFC 3629 allows it: no overlong forms, no surrogates, nothing above U+10FFFF. */
#ifndef OSP_BASE_UTF8_H
#define OSP_BASE_UTF8_H
#include <openspeed/base.h>

bool osp_utf8_valid(osp_str s);
/* Whether the byte goes on with a character of UTF-8 that has begun. */
static inline bool osp_utf8_goes_on(char byte)
{
    return ((unsigned char)byte & 0xc0) == 0x80;
}
/* Writes one code point (at most 0x10FFFF, no surrogate) to `out`, room for 4; returns the bytes
 * written. */
size_t osp_utf8_encode(uint32_t code, char *out);

#endif
