/* Words read from bytes, in the order of the machine; `at` need not be aligned.  osp_load_few is of
 * little-endian machines only, as all are that OpenSpeed runs on. */
#ifndef OSP_BASE_LOAD_H
#define OSP_BASE_LOAD_H

#include <stdint.h>
#include <string.h>

static inline uint64_t osp_load64(const char *at)
{
    uint64_t word;
    memcpy(&word, at, sizeof(word));
    return word;
}

static inline uint32_t osp_load32(const char *at)
{
    uint32_t word;
    memcpy(&word, at, sizeof(word));
    return word;
}

/* 1 to 7 bytes as the low end of a word; loads overlap instead of branching on each length. */
static inline uint64_t osp_load_few(const char *at, size_t len)
{
    if (len >= 4) {
        return osp_load32(at) | (uint64_t)osp_load32(at + len - 4) << (8 * (len - 4));
    }
    const unsigned char *byte = (const unsigned char *)at;
    return byte[0] | (uint64_t)byte[len / 2] << (8 * (len / 2)) |
           (uint64_t)byte[len - 1] << (8 * (len - 1));
}

#endif
