/* The hash of a path segment, shared by the builder that searches a perfect seed and the router
 * that looks it up. */
#ifndef OSP_HTTP_SEGMENT_H
#define OSP_HTTP_SEGMENT_H

#include <openspeed/base.h>
#include <string.h>

/* Mixes every byte, eight at a time; the seed is chosen so that siblings fall into different slots.
 */
static inline uint32_t osp_segment_hash(osp_str segment, uint32_t seed)
{
    const uint64_t multiplier = 0x9e3779b97f4a7c15u;
    uint64_t hash = (uint64_t)segment.len * multiplier ^ ((uint64_t)seed << 32 | seed);
    const char *at = segment.ptr;
    size_t left = segment.len;
    for (; left >= 8; at += 8, left -= 8) {
        uint64_t word;
        memcpy(&word, at, 8);
        hash = (hash ^ word) * multiplier;
        hash ^= hash >> 29;
    }
    uint64_t tail = 0;
    for (size_t i = 0; i < left; i++) {
        tail |= (uint64_t)(unsigned char)at[i] << (8 * i);
    }
    hash = (hash ^ tail) * multiplier;
    return (uint32_t)(hash >> 32) ^ (uint32_t)(hash >> 51);
}

#endif
