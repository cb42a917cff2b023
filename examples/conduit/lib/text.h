/* What texts are made of. */
#ifndef CONDUIT_TEXT_H
#define CONDUIT_TEXT_H

#include <openspeed/openspeed.h>

/* The code point at the front, and its length in bytes.  `s` is not empty, and valid UTF-8, as every
 * string that was decoded from JSON. */
uint32_t text_code_point(osp_str s, size_t *ret_len);

/* The text as it stands in a segment or a value of a URL (RFC 3986 2.3); empty when there is no memory. */
osp_str text_in_url(osp_task *task, osp_str s);

#endif
