/* Numbers by their text: comparing and dividing.
 *
 *     -0012.500e3     negative, digits 125, point 5: -0.125 * 10^5
 *
 * Nothing is converted, so nothing is rounded.  A division goes digit by digit, as on paper, and
 * keeps only what rests.
 *
 * Cost: one pass over the digits. */
#include "type/decimal.h"

#include <string.h>

#include "type/hash.h"

/* The digits of a number without zeros at either end, and the place of the point behind the first
 * one: the value is 0.digits * 10^point. */
typedef struct decimal {
    const char *at, *end; /* may hold a point */
    int64_t point;
    bool negative;
} decimal;

static decimal decimal_of(osp_str text)
{
    const char *at = text.ptr, *stop = text.ptr + text.len;
    decimal d = { .negative = text.len != 0 && *at == '-' };
    at += d.negative;
    const char *end = at;
    while (end < stop && (*end | 0x20) != 'e') {
        end++;
    }
    const char *dot = memchr(at, '.', (size_t)(end - at));
    d.point = (dot != NULL ? dot : end) - at;
    if (end < stop) {
        const bool less = end[1] == '-';
        int64_t exponent = 0;
        for (const char *c = end + 1 + (less || end[1] == '+'); c < stop; c++) {
            exponent = exponent < INT64_MAX / 100 ? exponent * 10 + (*c - '0') : exponent;
        }
        d.point += less ? -exponent : exponent;
    }
    for (; at < end && (*at == '0' || *at == '.'); at++) {
        d.point -= *at == '0';
    }
    while (end > at && (end[-1] == '0' || end[-1] == '.')) {
        end--;
    }
    d.at = at;
    d.end = end;
    return d;
}

/* By exact value, so that numbers beyond any double are told apart. */
int osp_number_compare(osp_str x, osp_str y)
{
    decimal a = decimal_of(x), b = decimal_of(y);
    const int a_sign = a.at == a.end ? 0 : a.negative ? -1 : 1;
    const int b_sign = b.at == b.end ? 0 : b.negative ? -1 : 1;
    if (a_sign != b_sign || a_sign == 0) {
        return (a_sign > b_sign) - (a_sign < b_sign);
    }
    if (a.point != b.point) {
        return a.point > b.point ? a_sign : -a_sign;
    }
    while (a.at < a.end && b.at < b.end) {
        a.at += *a.at == '.';
        b.at += *b.at == '.';
        if (*a.at != *b.at) {
            return *a.at > *b.at ? a_sign : -a_sign;
        }
        a.at++;
        b.at++;
    }
    return a.at < a.end ? a_sign : b.at < b.end ? -a_sign : 0;
}

uint64_t osp_number_hash(osp_str number)
{
    const decimal d = decimal_of(number);
    if (d.at == d.end) {
        return 0;
    }
    uint64_t hash = osp_hash_add((uint64_t)d.point, d.negative);
    for (const char *c = d.at; c < d.end; c++) {
        if (*c != '.') {
            hash = osp_hash_add(hash, (uint64_t)*c);
        }
    }
    return hash;
}

/* The number that the digits make without the point; *ret_count is how many they are. */
static uint64_t digits_of(const decimal *d, int64_t *ret_count)
{
    uint64_t digits = 0;
    *ret_count = 0;
    for (const char *c = d->at; c < d->end; c++) {
        if (*c != '.') {
            digits = digits * 10 + (uint64_t)(*c - '0');
            ++*ret_count;
        }
    }
    return digits;
}

bool osp_number_is_multiple(osp_str number, osp_str of)
{
    __extension__ typedef unsigned __int128 wide;
    const decimal d = decimal_of(number), unit = decimal_of(of);
    int64_t d_count = 0, unit_count = 0;
    const uint64_t divisor = digits_of(&unit, &unit_count);
    OSP_ASSERT(divisor != 0);
    OSP_ASSERT(unit_count <= 19);
    uint64_t rest = 0;
    for (const char *c = d.at; c < d.end; c++) {
        if (*c != '.') {
            const wide next = (wide)rest * 10 + (unsigned)(*c - '0');
            rest = (uint64_t)(next % divisor);
            d_count++;
        }
    }
    if (d_count == 0) {
        return true;
    }
    /* Neither ends in a zero, so no digit of the number may stand behind the last of the unit. */
    int64_t zeros = (d.point - d_count) - (unit.point - unit_count);
    if (zeros < 0) {
        return false;
    }
    for (; zeros > 0 && rest != 0; zeros--) {
        rest = (uint64_t)((wide)rest * 10 % divisor);
    }
    return rest == 0;
}
