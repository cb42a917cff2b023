/* Hash and equality of path segments.  The builder searches a perfect seed with the hash that the
 * router looks segments up by; a library call for so few bytes would cost more than the bytes. */
#ifndef OSP_HTTP_SEGMENT_H
#define OSP_HTTP_SEGMENT_H

#include <openspeed/base.h>

#include "base/load.h"

/* The last bytes of a segment, up to eight.  Of two short ones with one length, equal words mean
 * equal bytes. */
static inline uint64_t osp_segment_last(const char *at, size_t len)
{
    if (len >= 8) {
        return osp_load64(at + len - 8);
    }
    return len == 0 ? 0 : osp_load_few(at, len);
}

/* Mixes every byte, eight at a time; the seed is chosen so that siblings fall into different slots.
 */
static inline uint32_t osp_segment_hash(osp_str segment, uint32_t seed)
{
    const uint64_t multiplier = 0x9e3779b97f4a7c15u;
    uint64_t hash = (uint64_t)segment.len * multiplier ^ ((uint64_t)seed << 32 | seed);
    for (size_t i = 0; i + 8 < segment.len; i += 8) {
        hash = (hash ^ osp_load64(segment.ptr + i)) * multiplier;
        hash ^= hash >> 29;
    }
    hash = (hash ^ osp_segment_last(segment.ptr, segment.len)) * multiplier;
    return (uint32_t)(hash >> 32) ^ (uint32_t)(hash >> 51);
}

static inline bool osp_segment_equal(const char *a, const char *b, size_t len)
{
    for (size_t i = 0; i + 8 < len; i += 8) {
        if (osp_load64(a + i) != osp_load64(b + i)) {
            return false;
        }
    }
    return osp_segment_last(a, len) == osp_segment_last(b, len);
}

#endif
