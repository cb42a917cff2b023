/* Mixing of what makes a value into one number.  Without a key: a client may find values of one
 * hash, so whoever uses it must still be right, and fast enough, when all are the same. */
#ifndef OSP_TYPE_HASH_H
#define OSP_TYPE_HASH_H

#include <openspeed/base.h>
#include <string.h>

static inline uint64_t osp_hash_add(uint64_t hash, uint64_t value)
{
    hash = (hash ^ value) * UINT64_C(0x9E3779B97F4A7C15);
    return hash ^ hash >> 32;
}

static inline uint64_t osp_hash_bytes(uint64_t hash, const void *bytes, size_t len)
{
    const char *at = bytes;
    hash = osp_hash_add(hash, len);
    for (; len >= 8; at += 8, len -= 8) {
        uint64_t word;
        memcpy(&word, at, 8);
        hash = osp_hash_add(hash, word);
    }
    uint64_t rest = 0;
    if (len != 0) {
        memcpy(&rest, at, len);
    }
    return osp_hash_add(hash, rest);
}

#endif
