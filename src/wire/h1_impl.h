/* Byte scans shared by the files of HTTP/1.1: the first byte that is not of a set.
 *
 * Each scan has a plain form, which is the definition, and an SSE2 form (the baseline of x86-64)
 * that the tests hold against it.  No scan looks for the end of the input: the 0 behind it is of no
 * set, and OSP_H1_PADDING bytes from there on may be read. */
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

static inline const char *osp_h1_scan_name(const char *at)
{
    while (osp_h1_is_token_byte(*at)) {
        at++;
    }
    return at;
}

static inline const char *osp_h1_scan_value_plain(const char *at)
{
    while (osp_h1_is_value_byte(*at)) {
        at++;
    }
    return at;
}

static inline const char *osp_h1_scan_target_plain(const char *at)
{
    while (osp_h1_is_target_byte(*at)) {
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

/* The first byte from `at` on that stops the scan of a set. */
#define OSP_H1_SCAN(set)                                                                           \
    static inline const char *osp_h1_scan_##set(const char *at)                                    \
    {                                                                                              \
        unsigned mask;                                                                             \
        while ((mask = osp_h1_mask_##set(at)) == OSP_H1_ALL) {                                     \
            at += 16;                                                                              \
        }                                                                                          \
        return at + __builtin_ctz(~mask);                                                          \
    }

OSP_H1_SCAN(even)
OSP_H1_SCAN(target)

/* HTAB and obs-text are so rare that they may begin the scan anew. */
static inline const char *osp_h1_scan_value(const char *at)
{
    at = osp_h1_scan_even(at);
    while (*at != '\r' && osp_h1_is_value_byte(*at)) {
        at = osp_h1_scan_even(at + 1);
    }
    return at;
}

/* One step settles the usual name of up to 15 letters and dashes.  NULL: look closer. */
static inline const char *osp_h1_find_colon(const char *at)
{
    const unsigned mask = osp_h1_mask_name(at);
    const char *colon = at + __builtin_ctz(~mask);
    return mask != OSP_H1_ALL && *colon == ':' ? colon : NULL;
}

#else

static inline const char *osp_h1_scan_value(const char *at)
{
    return osp_h1_scan_value_plain(at);
}

static inline const char *osp_h1_scan_target(const char *at)
{
    return osp_h1_scan_target_plain(at);
}

static inline const char *osp_h1_find_colon(const char *at)
{
    (void)at;
    return NULL;
}

#endif

#endif
