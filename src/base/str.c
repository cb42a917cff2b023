/* Slices: comparing them, and reading a number from one.
 *
 * Nothing here depends on the locale or trusts a NUL.  Only ASCII letters have case: what the wire
 * calls case-insensitive is ASCII by definition (RFC 9110 section 5.1). */
#include <openspeed/base.h>

#include <string.h>

#include "base/load.h"

#define ONES 0x0101010101010101ULL
#define HIGHS 0x8080808080808080ULL
#define CASES (ONES * 0x20)

osp_str osp_str_from(const char *text)
{
    return text == NULL ? (osp_str){ NULL, 0 } : (osp_str){ text, strlen(text) };
}

bool osp_str_equal(osp_str a, osp_str b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

/* Whether two words differ in the case of letters alone.  Adding to the low seven bits of a byte
 * carries into the eighth from 'a' on, or from behind 'z' on. */
static inline bool same_word(uint64_t a, uint64_t b)
{
    const uint64_t apart = a ^ b;
    if ((apart & ~CASES) != 0) { /* mostly */
        return false;
    }
    const uint64_t low = (a | CASES) & ~HIGHS;
    const uint64_t from_a = low + ONES * (0x80 - 'a');
    const uint64_t behind_z = low + ONES * (0x7f - 'z');
    const uint64_t letters = from_a & ~behind_z & ~a & HIGHS;
    return (apart & ~(letters >> 2)) == 0;
}

bool osp_str_equal_nocase(osp_str a, osp_str b)
{
    if (a.len != b.len) {
        return false;
    }
    for (size_t i = 0; i + 8 < a.len; i += 8) {
        if (!same_word(osp_load64(a.ptr + i), osp_load64(b.ptr + i))) {
            return false;
        }
    }
    return same_word(osp_load_last(a.ptr, a.len), osp_load_last(b.ptr, b.len));
}

/* Texts are mostly told apart by their first word, in which the first byte weighs most. */
int osp_str_compare(osp_str a, osp_str b)
{
    const size_t common = a.len < b.len ? a.len : b.len;
    if (common >= 8) {
        const uint64_t x = osp_load64(a.ptr), y = osp_load64(b.ptr);
        if (x != y) {
            return __builtin_bswap64(x) < __builtin_bswap64(y) ? -1 : 1;
        }
    }
    const int order = common > 0 ? memcmp(a.ptr, b.ptr, common) : 0;
    return order != 0 ? order : (a.len > b.len) - (a.len < b.len);
}

bool osp_str_starts_with(osp_str s, osp_str prefix)
{
    return s.len >= prefix.len && (prefix.len == 0 || memcmp(s.ptr, prefix.ptr, prefix.len) == 0);
}

osp_status osp_str_to_int(osp_str s, int64_t *ret_value)
{
    const bool negative = s.len != 0 && s.ptr[0] == '-';
    if (s.len == (size_t)negative) {
        return OSP_E_INVALID;
    }
    /* Summed below zero, where int64_t reaches one further.  All of the text is looked at even when
     * the range is left, so that a long word is invalid and not "too large". */
    int64_t value = 0;
    bool fits = true;
    for (size_t i = negative; i < s.len; i++) {
        const int digit = s.ptr[i] - '0';
        if (digit < 0 || digit > 9) {
            return OSP_E_INVALID;
        }
        fits = fits && !__builtin_mul_overflow(value, 10, &value) &&
               !__builtin_sub_overflow(value, digit, &value);
    }
    if (!fits || (!negative && value == INT64_MIN)) {
        return OSP_E_LIMIT;
    }
    *ret_value = negative ? value : -value;
    return OSP_OK;
}

osp_str osp_str_trim(osp_str s)
{
    while (s.len != 0 && (s.ptr[0] == ' ' || s.ptr[0] == '\t')) {
        s.ptr++;
        s.len--;
    }
    while (s.len != 0 && (s.ptr[s.len - 1] == ' ' || s.ptr[s.len - 1] == '\t')) {
        s.len--;
    }
    return s;
}
