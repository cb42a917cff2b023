/* Base64 (RFC 4648) in its two alphabets, strictly: bytes have one spelling and no other is taken.
 *
 * osp_base64_*:    section 4, '+' and '/', padded with '='.
 * osp_base64url_*: section 5, '-' and '_', never padded. */
#ifndef OSP_BASE_BASE64_H
#define OSP_BASE_BASE64_H

#include <openspeed/base.h>

/* Characters of that many bytes; `bytes` is at most SIZE_MAX / 2. */
#define OSP_BASE64_SIZE(bytes) (((bytes) + 2) / 3 * 4)
#define OSP_BASE64URL_SIZE(bytes) (((bytes)*4 + 2) / 3)

/* Writes the text of `bytes` to `out`, which has room for the size above; returns that size. */
size_t osp_base64_encode(osp_str bytes, char *out);
size_t osp_base64url_encode(osp_str bytes, char *out);

/* Decodes to `out`, room for text.len / 4 * 3 or, without padding, text.len * 3 / 4.  No white
 * space, no other characters, no stray bits.  OSP_OK | OSP_E_INVALID (`out` may be written). */
OSP_MUST_CHECK osp_status osp_base64_decode(osp_str text, char *out, size_t *ret_len);
OSP_MUST_CHECK osp_status osp_base64url_decode(osp_str text, char *out, size_t *ret_len);

#endif
