/* Finding the end of the plain part of a string: the one loop that sees nearly every byte.
 *
 * Sixteen bytes at a time with SSE2, eight at a time elsewhere, one at a time at the end; never a
 * byte beyond `end` is read.  In a word of eight bytes, (w - 0x20..) & ~w & 0x80.. flags a byte
 * below 0x20 and the same with w ^ pattern flags equality; flags above the lowest one may be
 * false, so that on little-endian machines the lowest flag alone counts. */
#include "type/type_impl.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#define ONES 0x0101010101010101ULL
#define HIGHS 0x8080808080808080ULL

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "the lowest flag is the first byte");

static inline bool is_special(unsigned char c)
{
    return c < 0x20 || c == '"' || c == '\\';
}

static const char *plain_end_bytes(const char *at, const char *end, unsigned *high)
{
    for (; at < end && !is_special((unsigned char)*at); at++) {
        *high |= (unsigned char)*at & 0x80U;
    }
    return at;
}

static const char *plain_end_words(const char *at, const char *end, unsigned *high)
{
    for (; end - at >= 8; at += 8) {
        uint64_t w = 0;
        memcpy(&w, at, 8);
        const uint64_t quote = w ^ (ONES * '"');
        const uint64_t slash = w ^ (ONES * '\\');
        const uint64_t stop =
            (((w - ONES * 0x20) & ~w) | ((quote - ONES) & ~quote) | ((slash - ONES) & ~slash)) &
            HIGHS;
        if (stop != 0) {
            const int bit = __builtin_ctzll(stop); /* 8 * index + 7 */
            const uint64_t before = (1ULL << (bit - 7)) - 1;
            *high |= (w & HIGHS & before) != 0;
            return at + bit / 8;
        }
        *high |= (w & HIGHS) != 0;
    }
    return plain_end_bytes(at, end, high);
}

#ifdef __SSE2__
const char *osp_json_plain_end(const char *at, const char *end, unsigned *high)
{
    const __m128i quote = _mm_set1_epi8('"');
    const __m128i slash = _mm_set1_epi8('\\');
    const __m128i last = _mm_set1_epi8(0x1f);
    for (; end - at >= 16; at += 16) {
        const __m128i v = _mm_loadu_si128((const __m128i *)(const void *)at);
        const __m128i found =
            _mm_or_si128(_mm_or_si128(_mm_cmpeq_epi8(v, quote), _mm_cmpeq_epi8(v, slash)),
                         _mm_cmpeq_epi8(_mm_min_epu8(v, last), v));
        const unsigned stop = (unsigned)_mm_movemask_epi8(found);
        const unsigned highs = (unsigned)_mm_movemask_epi8(v);
        if (stop != 0) {
            *high |= highs & (stop - 1) & ~stop;
            return at + __builtin_ctz(stop);
        }
        *high |= highs;
    }
    return plain_end_words(at, end, high);
}
#else
const char *osp_json_plain_end(const char *at, const char *end, unsigned *high)
{
    return plain_end_words(at, end, high);
}
#endif
