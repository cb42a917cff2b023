/* Hash of path segments.  The builder searches a perfect seed with the hash that the router looks
 * segments up by. */
#ifndef OSP_HTTP_SEGMENT_H
#define OSP_HTTP_SEGMENT_H

#include <openspeed/base.h>

#include "base/load.h"

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
    hash = (hash ^ osp_load_last(segment.ptr, segment.len)) * multiplier;
    return (uint32_t)(hash >> 32) ^ (uint32_t)(hash >> 51);
}

#endif
