/* UTF-8 as RFC 3629 allows it: no overlong forms, no surrogates, nothing above U+10FFFF. */
#ifndef OSP_BASE_UTF8_H
#define OSP_BASE_UTF8_H
#include <openspeed/base.h>

bool osp_utf8_valid(osp_str s);
/* Writes one code point (at most 0x10FFFF, no surrogate) to `out`, room for 4; returns the bytes
 * written. */
size_t osp_utf8_encode(uint32_t code, char *out);

#endif
