/* Words read from bytes, in the order of the machine; `at` need not be aligned.  osp_load_few is of
 * little-endian machines only, as all are that OpenSpeed runs on. */
#ifndef OSP_BASE_LOAD_H
#define OSP_BASE_LOAD_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

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

/* The last bytes of a run, up to eight.  Of two short ones with one length, equal words mean equal
 * bytes. */
static inline uint64_t osp_load_last(const char *at, size_t len)
{
    if (len >= 8) {
        return osp_load64(at + len - 8);
    }
    return len == 0 ? 0 : osp_load_few(at, len);
}

/* For a handful of bytes, for which a call would cost more than the look. */
static inline bool osp_few_equal(const char *a, const char *b, size_t len)
{
    for (size_t i = 0; i + 8 < len; i += 8) {
        if (osp_load64(a + i) != osp_load64(b + i)) {
            return false;
        }
    }
    return osp_load_last(a, len) == osp_load_last(b, len);
}

#ifdef __SSE2__

/* 8 to 16 bytes as the first eight and the last eight, which may overlap. */
static inline __m128i osp_load_ends(const char *at, size_t len)
{
    return _mm_unpacklo_epi64(_mm_loadl_epi64((const __m128i *)(const void *)at),
                              _mm_loadl_epi64((const __m128i *)(const void *)(at + len - 8)));
}

/* A mask of such halves as one of the bytes in their order. */
static inline unsigned osp_mask_of_ends(unsigned mask, size_t len)
{
    return (mask & 0xffu) | (mask >> 8) << (len - 8);
}

#endif

#endif
