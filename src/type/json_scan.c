/* Finding the end of the plain part of a string: the one loop that sees nearly every byte.
 *
 * Sixteen bytes at a time with SSE2, eight elsewhere; never a byte outside at..end is read.  What
 * is left at the end is covered by one more load that overlaps the bytes already seen, which are
 * plain, and fewer than eight bytes are gathered into one word whose padding of zeros stops the
 * search at `end` by itself.
 *
 * In a word, (w - 0x20..) & ~w & 0x80.. flags a byte below 0x20 and the same with w ^ pattern flags
 * equality; flags above the lowest one may be false, so that on little-endian machines the lowest
 * flag alone counts. */
#include "base/load.h"
#include "type/type_impl.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#define ONES 0x0101010101010101ULL
#define HIGHS 0x8080808080808080ULL

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "the lowest flag is the first byte");

/* Where the first special byte of `w` is, or 8; *high as below. */
static inline unsigned word_stop(uint64_t w, unsigned *high)
{
    const uint64_t quote = w ^ (ONES * '"');
    const uint64_t slash = w ^ (ONES * '\\');
    const uint64_t stop =
        (((w - ONES * 0x20) & ~w) | ((quote - ONES) & ~quote) | ((slash - ONES) & ~slash)) & HIGHS;
    if (stop == 0) {
        *high |= (w & HIGHS) != 0;
        return 8;
    }
    *high |= (w & HIGHS & ((stop & (0 - stop)) - 1)) != 0;
    return (unsigned)__builtin_ctzll(stop) / 8;
}

#ifndef __SSE2__
static const char *plain_end_words(const char *at, const char *end, unsigned *high)
{
    if (end - at < 8) {
        return at == end ? end : at + word_stop(osp_load_few(at, (size_t)(end - at)), high);
    }
    while (at < end) {
        at = end - at < 8 ? end - 8 : at;
        const unsigned stop = word_stop(osp_load64(at), high);
        at += stop;
        if (stop < 8) {
            break;
        }
    }
    return at;
}
#endif

#ifdef __SSE2__
/* Where the first special byte of sixteen is, or 16. */
static inline unsigned vector_stop(__m128i v, unsigned *high)
{
    const __m128i quote = _mm_cmpeq_epi8(v, _mm_set1_epi8('"'));
    const __m128i slash = _mm_cmpeq_epi8(v, _mm_set1_epi8('\\'));
    const __m128i control = _mm_cmpeq_epi8(_mm_min_epu8(v, _mm_set1_epi8(0x1f)), v);
    const unsigned stop =
        (unsigned)_mm_movemask_epi8(_mm_or_si128(_mm_or_si128(quote, slash), control));
    const unsigned highs = (unsigned)_mm_movemask_epi8(v);
    if (stop == 0) {
        *high |= highs;
        return 16;
    }
    *high |= highs & ((stop & (0 - stop)) - 1);
    return (unsigned)__builtin_ctz(stop);
}

static inline unsigned block_stop(const char *at, unsigned *high)
{
    return vector_stop(_mm_loadu_si128((const __m128i *)(const void *)at), high);
}

/* As above for fewer than sixteen bytes: two loads of eight that overlap, or one gathered word with
 * padding, whose zeros stop the search at `end`. */
static inline unsigned short_stop(const char *at, size_t len, unsigned *high)
{
    if (len < 8) {
        return len == 0 ? 0 : word_stop(osp_load_few(at, len), high);
    }
    const __m128i front = _mm_loadl_epi64((const __m128i *)(const void *)at);
    const __m128i back = _mm_loadl_epi64((const __m128i *)(const void *)(at + len - 8));
    const unsigned stop = vector_stop(_mm_unpacklo_epi64(front, back), high);
    return stop < 8 ? stop : stop + (unsigned)len - 16; /* 16, none: len */
}

const char *osp_json_plain_end(const char *at, const char *end, unsigned *high)
{
    unsigned stop = 16;
    while (end - at >= 16) {
        stop = block_stop(at, high);
        at += stop;
        if (stop < 16) {
            return at;
        }
    }
    return at + short_stop(at, (size_t)(end - at), high);
}
#else
const char *osp_json_plain_end(const char *at, const char *end, unsigned *high)
{
    return plain_end_words(at, end, high);
}
#endif
