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

/* The compares are signed, and adding one makes DEL the smallest of all.  Each mask has a bit for
 * every byte that does not stop its scan. */

/* ASCII, and no control byte. */
static inline unsigned osp_h1_mask_even(const char *at)
{
    const __m128i next = _mm_add_epi8(osp_h1_load(at), _mm_set1_epi8(1));
    return (unsigned)_mm_movemask_epi8(_mm_cmpgt_epi8(next, _mm_set1_epi8(' ')));
}

/* Visible ASCII. */
static inline unsigned osp_h1_mask_target(const char *at)
{
    const __m128i next = _mm_add_epi8(osp_h1_load(at), _mm_set1_epi8(1));
    return (unsigned)_mm_movemask_epi8(_mm_cmpgt_epi8(next, _mm_set1_epi8('!')));
}

/* Letters and '-', which nearly all field names are made of. */
static inline unsigned osp_h1_mask_name(const char *at)
{
    const __m128i v = osp_h1_load(at);
    const __m128i lower = _mm_or_si128(v, _mm_set1_epi8(0x20));
    /* Moves 'a'..'z' to the 26 greatest signed values. */
    const __m128i moved = _mm_add_epi8(lower, _mm_set1_epi8((char)(0x7f - 'z')));
    const __m128i letter = _mm_cmpgt_epi8(moved, _mm_set1_epi8((char)(0x7f - 26)));
    const __m128i dash = _mm_cmpeq_epi8(v, _mm_set1_epi8('-'));
    return (unsigned)_mm_movemask_epi8(_mm_or_si128(letter, dash));
}

#define OSP_H1_ALL 0xffffu /* bits of a mask */

#define OSP_H1_SCAN(set)                                                                           \
    static inline const char *osp_h1_scan_##set(const char *begin, const char *at,                 \
                                                const char *end)                                   \
    {                                                                                              \
        for (; end - at >= 16; at += 16) {                                                         \
            const unsigned mask = osp_h1_mask_##set(at);                                           \
            if (mask != OSP_H1_ALL) {                                                              \
                return at + __builtin_ctz(~mask);                                                  \
            }                                                                                      \
        }                                                                                          \
        if (end - begin < 16) {                                                                    \
            return osp_h1_scan_##set##_plain(at, end);                                             \
        }                                                                                          \
        const unsigned stops = (osp_h1_mask_##set(end - 16) ^ OSP_H1_ALL) >> (16 - (end - at));    \
        return stops != 0 ? at + __builtin_ctz(stops) : end;                                       \
    }

static inline const char *osp_h1_scan_even_plain(const char *at, const char *end)
{
    while (at < end && *at >= ' ' && *at != 0x7f) {
        at++;
    }
    return at;
}

OSP_H1_SCAN(even)
OSP_H1_SCAN(target)

/* HTAB and obs-text are so rare that they may begin the scan anew. */
static inline const char *osp_h1_scan_value(const char *begin, const char *at, const char *end)
{
    for (;;) {
        at = osp_h1_scan_even(begin, at, end);
        if (at == end || !osp_h1_is_value_byte(*at)) {
            return at;
        }
        while (at < end && (*at < ' ') && osp_h1_is_value_byte(*at)) {
            at++;
        }
    }
}

/* One step settles the usual name of up to 15 letters and dashes.  NULL: look closer. */
static inline const char *osp_h1_find_colon(const char *at, const char *end)
{
    if (end - at < 16) {
        return NULL;
    }
    const unsigned mask = osp_h1_mask_name(at);
    const char *colon = at + __builtin_ctz(~mask);
    return mask != OSP_H1_ALL && *colon == ':' ? colon : NULL;
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

static inline const char *osp_h1_find_colon(const char *at, const char *end)
{
    (void)at;
    (void)end;
    return NULL;
}

#endif

#endif
