/* Slices taken apart. */
#ifndef OSP_BASE_SLICE_H
#define OSP_BASE_SLICE_H

#include <openspeed/base.h>
#include <string.h>

/* Takes what stands before the next `end` off the front of a text, and that `end`.  What is behind
 * the last one is a part as well, unless it is empty.  False: nothing is left. */
static inline bool osp_str_take(osp_str *rest, char end, osp_str *ret_part)
{
    if (rest->len == 0) {
        return false;
    }
    const char *at = (const char *)memchr(rest->ptr, end, rest->len);
    const size_t len = at != NULL ? (size_t)(at - rest->ptr) : rest->len;
    const size_t used = at != NULL ? len + 1 : len;
    *ret_part = (osp_str){ rest->ptr, len };
    *rest = (osp_str){ rest->ptr + used, rest->len - used };
    return true;
}

/* What is behind the first `count` bytes of a text, of which there are so many. */
static inline osp_str osp_str_skip(osp_str text, size_t count)
{
    OSP_ASSERT(count <= text.len);
    return (osp_str){ text.ptr + count, text.len - count };
}

#endif
