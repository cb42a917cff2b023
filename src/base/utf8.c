/* UTF-8: is it valid, and writing one code point.
 *
 * What a lead byte allows is a table row: how many bytes follow, and the range of the first of
 * them.  Narrowing that one range is all it takes to keep out overlong forms (E0, F0), surrogates
 * (ED) and what lies above U+10FFFF (F4); the other following bytes are always 80..BF.
 *
 * Most text is ASCII, so eight bytes are looked at in one step while their top bits are clear, and
 * what is shorter in one step of its own.
 *
 * Source: RFC 3629 section 4. */
#include "base/utf8.h"

#include "base/load.h"

#define ASCII_TOPS UINT64_C(0x8080808080808080)

/* By lead byte. */
typedef struct lead {
    unsigned char more;      /* bytes that follow; 0: no lead byte of more than one */
    unsigned char low, high; /* the first of them */
} lead;

static const lead leads[256] = {
    [0xC2 ... 0xDF] = { 1, 0x80, 0xBF }, [0xE0] = { 2, 0xA0, 0xBF },
    [0xE1 ... 0xEC] = { 2, 0x80, 0xBF }, [0xED] = { 2, 0x80, 0x9F },
    [0xEE ... 0xEF] = { 2, 0x80, 0xBF }, [0xF0] = { 3, 0x90, 0xBF },
    [0xF1 ... 0xF3] = { 3, 0x80, 0xBF }, [0xF4] = { 3, 0x80, 0x8F },
};

/* The bytes of the character at `at` that is not ASCII; 0: it is malformed or cut off. */
static size_t char_size(const unsigned char *at, const unsigned char *end)
{
    const lead *row = &leads[*at];
    if (row->more == 0 || (size_t)(end - at) <= row->more || at[1] < row->low ||
        at[1] > row->high) {
        return 0;
    }
    for (size_t i = 2; i <= row->more; i++) {
        if ((at[i] & 0xC0) != 0x80) {
            return 0;
        }
    }
    return (size_t)row->more + 1;
}

bool osp_utf8_valid(osp_str s)
{
    if (s.len < 8 && (osp_load_last(s.ptr, s.len) & ASCII_TOPS) == 0) {
        return true;
    }
    const unsigned char *at = (const unsigned char *)s.ptr;
    const unsigned char *end = at + s.len;
    while (at < end) {
        uint64_t word = ASCII_TOPS;
        if (*at < 0x80 && s.len >= 8) { /* the last ones with those before them */
            word = osp_load64(end - at >= 8 ? (const char *)at : (const char *)end - 8);
        }
        if ((word & ASCII_TOPS) == 0) {
            at = end - at >= 8 ? at + 8 : end;
            continue;
        }
        const size_t size = *at < 0x80 ? 1 : char_size(at, end);
        if (size == 0) {
            return false;
        }
        at += size;
    }
    return true;
}

static char byte_of(uint32_t bits)
{
    return (char)(unsigned char)bits;
}

size_t osp_utf8_encode(uint32_t code, char *out)
{
    OSP_ASSERT(code <= 0x10FFFF);
    OSP_ASSERT(code < 0xD800 || code > 0xDFFF);
    if (code < 0x80) {
        out[0] = byte_of(code);
        return 1;
    }
    if (code < 0x800) {
        out[0] = byte_of(0xC0 | code >> 6);
        out[1] = byte_of(0x80 | (code & 0x3F));
        return 2;
    }
    if (code < 0x10000) {
        out[0] = byte_of(0xE0 | code >> 12);
        out[1] = byte_of(0x80 | (code >> 6 & 0x3F));
        out[2] = byte_of(0x80 | (code & 0x3F));
        return 3;
    }
    out[0] = byte_of(0xF0 | code >> 18);
    out[1] = byte_of(0x80 | (code >> 12 & 0x3F));
    out[2] = byte_of(0x80 | (code >> 6 & 0x3F));
    out[3] = byte_of(0x80 | (code & 0x3F));
    return 4;
}
