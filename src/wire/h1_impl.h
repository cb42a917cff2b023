/* Byte scans shared by the files of HTTP/1.1: the first byte that is not of a set.
 *
 * Each scan has a plain form, which is the definition, and an SSE2 form (the baseline of x86-64)
 * that the tests hold against it.  `begin` is the start of the input: when fewer than 16 bytes are
 * left the last 16 bytes of the input are loaded again, so that no byte outside of it is ever read.
 */
#ifndef OSP_WIRE_H1_IMPL_H
#define OSP_WIRE_H1_IMPL_H

#include <openspeed/base.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

/* 1 for tchar (RFC 9110 5.6.2). */
extern const uint8_t osp_h1_token_byte[256];

static inline bool osp_h1_is_token_byte(char byte)
{
    return osp_h1_token_byte[(unsigned char)byte] != 0;
}

/* HTAB, SP, visible ASCII and obs-text (RFC 9110 5.5). */
static inline bool osp_h1_is_value_byte(char byte)
{
    const unsigned char b = (unsigned char)byte;
    return b == '\t' || (b >= ' ' && b != 0x7f);
}

/* Visible ASCII: a superset of what a URI is made of; uri.c is the judge of the rest. */
static inline bool osp_h1_is_target_byte(char byte)
{
    return byte > ' ' && byte < 0x7f;
}

static inline const char *osp_h1_scan_name_plain(const char *at, const char *end)
{
    while (at < end && osp_h1_is_token_byte(*at)) {
        at++;
    }
    return at;
}

static inline const char *osp_h1_scan_value_plain(const char *at, const char *end)
{
    while (at < end && osp_h1_is_value_byte(*at)) {
        at++;
    }
    return at;
}

static inline const char *osp_h1_scan_target_plain(const char *at, const char *end)
{
    while (at < end && osp_h1_is_target_byte(*at)) {
        at++;
    }
    return at;
}

#ifdef __SSE2__

static inline __m128i osp_h1_load(const char *at)
{
    return _mm_loadu_si128((const __m128i *)(const void *)at);
}

/* Bit i: byte i is a control byte, be it HTAB. */
static inline unsigned osp_h1_mask_control(const char *at)
{
    const __m128i v = osp_h1_load(at);
    const __m128i low = _mm_cmpeq_epi8(_mm_min_epu8(v, _mm_set1_epi8(0x1f)), v);
    const __m128i del = _mm_cmpeq_epi8(v, _mm_set1_epi8(0x7f));
    return (unsigned)_mm_movemask_epi8(_mm_or_si128(low, del));
}

/* Bit i: byte i is not visible ASCII.  The compare is signed, so bytes from 0x80 count as low. */
static inline unsigned osp_h1_mask_target(const char *at)
{
    const __m128i v = osp_h1_load(at);
    const __m128i low = _mm_cmplt_epi8(v, _mm_set1_epi8('!'));
    const __m128i del = _mm_cmpeq_epi8(v, _mm_set1_epi8(0x7f));
    return (unsigned)_mm_movemask_epi8(_mm_or_si128(low, del));
}

/* Bit i: byte i is neither a letter nor '-', which nearly all field names are made of. */
static inline unsigned osp_h1_mask_name(const char *at)
{
    const __m128i v = osp_h1_load(at);
    const __m128i lower = _mm_or_si128(v, _mm_set1_epi8(0x20));
    /* Moves 'a'..'z' to the 26 smallest signed values. */
    const __m128i moved = _mm_add_epi8(lower, _mm_set1_epi8((char)(0x80 - 'a')));
    const __m128i letter = _mm_cmplt_epi8(moved, _mm_set1_epi8((char)(-128 + 26)));
    const __m128i dash = _mm_cmpeq_epi8(v, _mm_set1_epi8('-'));
    return (unsigned)_mm_movemask_epi8(_mm_or_si128(letter, dash)) ^ 0xffffu;
}

#define OSP_H1_SCAN(set)                                                                           \
    static inline const char *osp_h1_scan_##set(const char *begin, const char *at,                 \
                                                const char *end)                                   \
    {                                                                                              \
        for (; end - at >= 16; at += 16) {                                                         \
            const unsigned mask = osp_h1_mask_##set(at);                                           \
            if (mask != 0) {                                                                       \
                return at + __builtin_ctz(mask);                                                   \
            }                                                                                      \
        }                                                                                          \
        if (end - begin < 16) {                                                                    \
            return osp_h1_scan_##set##_plain(at, end);                                             \
        }                                                                                          \
        const unsigned mask = osp_h1_mask_##set(end - 16) >> (16 - (end - at));                    \
        return mask != 0 ? at + __builtin_ctz(mask) : end;                                         \
    }

static inline const char *osp_h1_scan_control_plain(const char *at, const char *end)
{
    while (at < end && osp_h1_is_value_byte(*at) && *at != '\t') {
        at++;
    }
    return at;
}

OSP_H1_SCAN(control)
OSP_H1_SCAN(target)

/* Values are long: two loads a step.  HTAB is so rare that it may begin the scan anew. */
static inline const char *osp_h1_scan_value(const char *begin, const char *at, const char *end)
{
    for (;;) {
        unsigned mask = 0;
        for (; mask == 0 && end - at >= 32; at += 32) {
            mask = osp_h1_mask_control(at) | osp_h1_mask_control(at + 16) << 16;
        }
        at = mask != 0 ? at - 32 + __builtin_ctz(mask) : osp_h1_scan_control(begin, at, end);
        if (at == end || *at != '\t') {
            return at;
        }
        at++;
    }
}

/* One step settles the usual name of up to 15 letters and dashes; the table does the rest. */
static inline const char *osp_h1_scan_name(const char *at, const char *end)
{
    if (end - at >= 16) {
        const unsigned mask = osp_h1_mask_name(at);
        at += mask != 0 ? __builtin_ctz(mask) : 16;
        if (mask != 0 && *at == ':') {
            return at;
        }
    }
    return osp_h1_scan_name_plain(at, end);
}

#else

static inline const char *osp_h1_scan_value(const char *begin, const char *at, const char *end)
{
    (void)begin;
    return osp_h1_scan_value_plain(at, end);
}

static inline const char *osp_h1_scan_target(const char *begin, const char *at, const char *end)
{
    (void)begin;
    return osp_h1_scan_target_plain(at, end);
}

static inline const char *osp_h1_scan_name(const char *at, const char *end)
{
    return osp_h1_scan_name_plain(at, end);
}

#endif

#endif
