/* Numbers between text and memory, exactly and in no locale.
 *
 * Integers never go through a double.  A double whose digits fit in 2^53 and whose power of ten is
 * at most 22 is one exact multiplication or division (Clinger's fast path); one of up to 19 digits
 * and a power of at most 27 is computed in whole numbers of 128 bits; anything else goes to strtod.
 * strtod and printf know the locale's decimal point, so they never see one: 12.5e3 is handed over
 * as "125e2", and digits are taken out of "%.16e" wherever its point may be.
 *
 * Writing looks for the shortest text that reads back as the same double: a whole number or a short
 * decimal fraction is found by arithmetic alone, others of usual size in whole numbers of 128 bits,
 * the rest by trying 15, 16 and 17 digits.
 *
 * Invariants: no more than OSP_JSON_NUMBER_SIZE bytes are written; no more than DIGITS_MAX digits
 * are converted to a double.
 * Source: RFC 8259 section 6; layout of doubles as ECMA-262 Number::toString. */
#include "type/type_impl.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define DIGITS_MAX 1024              /* of a double in text; 767 decide every rounding */
#define PLAIN_MAX (DIGITS_MAX + 32)  /* bytes of digits with an exponent */
#define EXPONENT_MAX 100000          /* larger ones mean the same: zero or too large */
#define EXACT_MAX (1ULL << 53)       /* every whole number up to here is a double */
#define FEW_MAX 19                   /* digits that always fit in 64 bits */
#define FIVES_MAX 27                 /* 5^27 fits in 63 bits */
#define POWER_MAX 22                 /* 10^22 is the last power of ten that is a double */
#define SHORT_POWER_MAX 6            /* longer fractions are cheaper in whole numbers */
#define SHORT_MAX 1000000000000000.0 /* 10^15: decimals below are told apart by every double */

static const double powers[POWER_MAX + 1] = { 1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                              1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                              1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22 };

__extension__ typedef unsigned __int128 wide;

static const uint64_t fives[FIVES_MAX + 1] = {
    1ULL,
    5ULL,
    25ULL,
    125ULL,
    625ULL,
    3125ULL,
    15625ULL,
    78125ULL,
    390625ULL,
    1953125ULL,
    9765625ULL,
    48828125ULL,
    244140625ULL,
    1220703125ULL,
    6103515625ULL,
    30517578125ULL,
    152587890625ULL,
    762939453125ULL,
    3814697265625ULL,
    19073486328125ULL,
    95367431640625ULL,
    476837158203125ULL,
    2384185791015625ULL,
    11920928955078125ULL,
    59604644775390625ULL,
    298023223876953125ULL,
    1490116119384765625ULL,
    7450580596923828125ULL,
};

static const char pairs[201] = "00010203040506070809101112131415161718192021222324"
                               "25262728293031323334353637383940414243444546474849"
                               "50515253545556575859606162636465666768697071727374"
                               "75767778798081828384858687888990919293949596979899";

/* The magnitudes that a kind of integer holds. */
typedef struct int_range {
    uint64_t max, min; /* `min` is the magnitude of the most negative value */
    const osp_sentence *wrong;
} int_range;

static const int_range int_ranges[OSP_KIND_COUNT] = {
    [OSP_KIND_INT32] = { INT32_MAX, 1ULL << 31, OSP_SAY(INT32) },
    [OSP_KIND_INT64] = { INT64_MAX, 1ULL << 63, OSP_SAY(INT64) },
    [OSP_KIND_UINT32] = { UINT32_MAX, 0, OSP_SAY(UINT32) },
    [OSP_KIND_UINT64] = { UINT64_MAX, 0, OSP_SAY(UINT64) },
};

static inline bool is_digit(char c)
{
    return (unsigned char)(c - '0') < 10;
}

static const char *skip_digits(const char *at, const char *end)
{
    while (at < end && is_digit(*at)) {
        at++;
    }
    return at;
}

/* The value of "e+12" and the like, kept within EXPONENT_MAX. */
static long exponent_of(const char *at, const char *end)
{
    at++;
    const bool negative = *at == '-';
    at += negative || *at == '+';
    long value = 0;
    for (; at < end; at++) {
        if (value < EXPONENT_MAX) {
            value = value * 10 + (*at - '0');
        }
    }
    return negative ? -value : value;
}

/* Fraction and exponent, behind `count` digits.  Returns NULL when a part lacks its digits. */
static const char *scan_fractional(const char *at, const char *end, long count,
                                   osp_json_number *number)
{
    long exponent = 0;
    if (*at == '.') {
        const char *digits = ++at;
        while (at < end && is_digit(*at)) {
            number->digits = number->digits * 10 + (uint64_t)(*at++ - '0');
        }
        if (at == digits) {
            return NULL;
        }
        exponent = digits - at;
        count += at - digits;
    }
    if (at < end && (*at == 'e' || *at == 'E')) {
        const char *letter = at++;
        if (at < end && (*at == '+' || *at == '-')) {
            at++;
        }
        const char *digits = at;
        at = skip_digits(at, end);
        if (at == digits) {
            return NULL;
        }
        exponent += exponent_of(letter, at);
    }
    number->few = count <= FEW_MAX && exponent >= -FIVES_MAX && exponent <= FIVES_MAX;
    number->exponent = number->few ? (int)exponent : 0;
    return at;
}

/* Only now does each digit's overflow matter: 19 digits always fit. */
static bool digits_overflow(const char *at, const char *end)
{
    uint64_t value = 0;
    for (; at < end; at++) {
        if (__builtin_mul_overflow(value, 10U, &value) ||
            __builtin_add_overflow(value, (uint64_t)(*at - '0'), &value)) {
            return true;
        }
    }
    return false;
}

const char *osp_json_number_scan(const char *at, const char *end, osp_json_number *ret_number)
{
    const char *begin = at;
    const bool negative = at < end && *at == '-';
    at += negative;
    const char *digits = at;
    uint64_t whole = 0;
    while (at < end && is_digit(*at)) {
        whole = whole * 10 + (uint64_t)(*at++ - '0');
    }
    if (at == digits || (*digits == '0' && at - digits > 1)) {
        return NULL; /* no digit, or a leading zero */
    }
    ret_number->whole = whole;
    ret_number->negative = negative;
    ret_number->overflow = at - digits > 19 && digits_overflow(digits, at);
    ret_number->fractional = at < end && (*at == '.' || *at == 'e' || *at == 'E');
    if (ret_number->fractional) {
        ret_number->digits = whole;
        at = scan_fractional(at, end, at - digits, ret_number);
        if (at == NULL) {
            return NULL;
        }
    }
    ret_number->text = (osp_str){ begin, (size_t)(at - begin) };
    return at;
}

static const osp_sentence *to_int(const osp_json_number *number, osp_kind kind, void *slot)
{
    const int_range *range = &int_ranges[kind];
    OSP_ASSERT(range->wrong != NULL);
    if (number->fractional) {
        return osp_kinds[kind].mismatch;
    }
    if (number->overflow || number->whole > (number->negative ? range->min : range->max)) {
        return range->wrong;
    }
    /* Two's complement: the same bits, whatever the sign of the kind. */
    const uint64_t bits = number->negative ? 0 - number->whole : number->whole;
    if (kind == OSP_KIND_INT32 || kind == OSP_KIND_UINT32) {
        const uint32_t half = (uint32_t)bits;
        memcpy(slot, &half, sizeof(half));
    } else {
        memcpy(slot, &bits, sizeof(bits));
    }
    return NULL;
}

/* Digits and a power of ten as a text that the C library reads in any locale: without a point.
 * `room` has PLAIN_MAX bytes, and is returned. */
static const char *plain_of(const char *digits, size_t count, long exponent, char *room)
{
    OSP_ASSERT(count <= DIGITS_MAX);
    memcpy(room, digits, count);
    const int more = snprintf(room + count, PLAIN_MAX - count, "e%ld", exponent);
    OSP_ASSERT(more > 0);
    return room;
}

static const osp_sentence *to_double_slow(const char *digits, size_t count, long exponent,
                                          double *ret)
{
    char room[PLAIN_MAX];
    *ret = strtod(plain_of(digits, count, exponent, room), NULL);
    return isfinite(*ret) ? NULL : OSP_SAY(NUMBER_LARGE);
}

/* value * 2^exponent where both are far from the ends of what a double holds: exact, and without
 * libm. */
static double scale(double value, int exponent)
{
    OSP_ASSERT(exponent > -1000 && exponent < 1000);
    const uint64_t bits = (uint64_t)(1023 + exponent) << 52;
    double power = 0;
    memcpy(&power, &bits, sizeof(power));
    return value * power;
}

/* The double that is nearest to digits * 10^exponent, in whole numbers: ten is five times two, the
 * fives fit in 128 bits beside the digits, and what a division leaves over counts as one more bit.
 * Conversion rounds once, to the nearest; scaling by two is exact. */
static double to_double_exactly(uint64_t digits, int exponent)
{
    if (exponent >= 0) {
        return scale((double)((wide)digits * fives[exponent]), exponent);
    }
    const int lead = __builtin_clzll(digits);
    const wide scaled = (wide)(digits << lead) << 63; /* 126 bits or 127 */
    const wide quotient = scaled / fives[-exponent];  /* 63 bits and more */
    const bool rest = quotient * fives[-exponent] != scaled;
    return scale((double)(quotient | rest), exponent - lead - 63);
}

/* Numbers of few digits, which nearly all are. */
static double to_double_fast(const osp_json_number *number)
{
    const int exponent = number->exponent;
    if (number->digits == 0) {
        return 0;
    }
    if (number->digits > EXACT_MAX || exponent < -POWER_MAX || exponent > POWER_MAX) {
        return to_double_exactly(number->digits, exponent);
    }
    const double digits = (double)number->digits;
    return exponent < 0 ? digits / powers[-exponent] : digits * powers[exponent];
}

/* Any number of digits, without those that say nothing. */
typedef struct long_number {
    char digits[DIGITS_MAX];
    size_t count;
    long exponent;
    uint64_t mantissa; /* the digits; UINT64_MAX: too many */
} long_number;

static const osp_sentence *read_long(const osp_json_number *number, long_number *ret)
{
    ret->count = 0;
    ret->exponent = 0;
    ret->mantissa = 0;
    bool point = false;
    const char *end = number->text.ptr + number->text.len;
    for (const char *at = number->text.ptr + number->negative; at < end; at++) {
        if (*at == '.') {
            point = true;
            continue;
        }
        if (*at == 'e' || *at == 'E') {
            ret->exponent += exponent_of(at, end);
            break;
        }
        ret->exponent -= point;
        if (ret->count == 0 && *at == '0') {
            continue; /* leading zeros carry nothing */
        }
        if (ret->count == DIGITS_MAX) {
            return OSP_SAY(NUMBER_DIGITS);
        }
        ret->digits[ret->count++] = *at;
        ret->mantissa = ret->count <= 19 ? ret->mantissa * 10 + (uint64_t)(*at - '0') : UINT64_MAX;
    }
    return NULL;
}

static const osp_sentence *to_double_long(const osp_json_number *number, double *slot)
{
    long_number d;
    const osp_sentence *wrong = read_long(number, &d);
    if (wrong != NULL) {
        return wrong;
    }
    double value = (double)d.mantissa;
    if (d.mantissa == 0) {
        value = 0;
    } else if (d.mantissa <= EXACT_MAX && d.exponent >= -POWER_MAX && d.exponent <= POWER_MAX) {
        value = d.exponent < 0 ? value / powers[-d.exponent] : value * powers[d.exponent];
    } else {
        wrong = to_double_slow(d.digits, d.count, d.exponent, &value);
        if (wrong != NULL) {
            return wrong;
        }
    }
    *slot = number->negative ? -value : value;
    return NULL;
}

static const osp_sentence *to_double(const osp_json_number *number, double *slot)
{
    double value = 0;
    if (!number->fractional && !number->overflow) {
        value = (double)number->whole; /* rounds to the nearest */
    } else if (number->fractional && number->few) {
        value = to_double_fast(number);
    } else {
        return to_double_long(number, slot);
    }
    *slot = number->negative ? -value : value;
    return NULL;
}

/* Whether a double may stand halfway between two floats: then it does not tell on which side of it
 * the number was.  Floats that are not normal are few enough to be asked for each. */
static bool is_between_floats(double value)
{
    uint64_t bits = 0;
    memcpy(&bits, &value, sizeof(bits));
    const uint64_t below = bits & ((1ULL << 29) - 1); /* what a float has no room for */
    return below == 1ULL << 28 || (value != 0 && fabs(value) < (double)FLT_MIN);
}

static const osp_sentence *to_float(const osp_json_number *number, float *slot)
{
    double value = 0;
    const osp_sentence *wrong = to_double(number, &value);
    *slot = (float)value;
    if (wrong == NULL && is_between_floats(value)) {
        long_number d;
        char room[PLAIN_MAX];
        wrong = read_long(number, &d);
        if (wrong == NULL) {
            const float magnitude = strtof(plain_of(d.digits, d.count, d.exponent, room), NULL);
            *slot = number->negative ? -magnitude : magnitude;
        }
    }
    return wrong == NULL && !isfinite(*slot) ? OSP_SAY(NUMBER_LARGE) : wrong;
}

const osp_sentence *osp_json_number_store(const osp_json_number *number, osp_kind kind, void *slot)
{
    switch (kind) {
    case OSP_KIND_FLOAT:
        return to_float(number, slot);
    case OSP_KIND_DOUBLE:
        return to_double(number, slot);
    default:
        return to_int(number, kind, slot);
    }
}

size_t osp_json_write_uint(uint64_t value, char *out)
{
    char text[20];
    char *at = text + sizeof(text);
    while (value >= 100) {
        at -= 2;
        memcpy(at, &pairs[value % 100 * 2], 2);
        value /= 100;
    }
    if (value >= 10) {
        at -= 2;
        memcpy(at, &pairs[value * 2], 2);
    } else {
        *--at = (char)('0' + value);
    }
    const size_t len = (size_t)(text + sizeof(text) - at);
    memcpy(out, at, len);
    return len;
}

size_t osp_json_write_int(int64_t value, char *out)
{
    if (value >= 0) {
        return osp_json_write_uint((uint64_t)value, out);
    }
    *out = '-';
    return 1 + osp_json_write_uint(0 - (uint64_t)value, out + 1);
}

/* Lays out `count` digits d1 d2 d3... as 0.d1d2d3... times ten to the `point`. */
static size_t write_digits(const char *digits, size_t count, int point, char *out)
{
    char *at = out;
    if (point > 21 || point < -5) { /* d.ddde-7 */
        *at++ = digits[0];
        if (count > 1) {
            *at++ = '.';
            memcpy(at, digits + 1, count - 1);
            at += count - 1;
        }
        *at++ = 'e';
        at += osp_json_write_int(point - 1, at);
    } else if (point <= 0) { /* 0.000ddd */
        *at++ = '0';
        *at++ = '.';
        memset(at, '0', (size_t)-point);
        at += -point;
        memcpy(at, digits, count);
        at += count;
    } else if (count <= (size_t)point) { /* ddd000 */
        memcpy(at, digits, count);
        at += count;
        memset(at, '0', (size_t)point - count);
        at += (size_t)point - count;
    } else { /* ddd.ddd */
        memcpy(at, digits, (size_t)point);
        at += point;
        *at++ = '.';
        memcpy(at, digits + point, count - (size_t)point);
        at += count - (size_t)point;
    }
    return (size_t)(at - out);
}

/* The first `precision` digits of a value, rounded, and where its point is. */
static void print_digits(double value, int precision, char digits[20], size_t *ret_count,
                         int *ret_point)
{
    char text[64];
    const int len = snprintf(text, sizeof(text), "%.*e", precision - 1, value);
    OSP_ASSERT(len > 0 && (size_t)len < sizeof(text));
    size_t count = 0;
    const char *at = text;
    for (; *at != 'e'; at++) {
        if (is_digit(*at)) { /* the locale's point is anything else */
            digits[count++] = *at;
        }
    }
    *ret_point = (int)exponent_of(at, text + len) + 1;
    *ret_count = count;
}

/* Tries one precision.  True when the digits read back as `value`. */
static bool try_digits(double value, int precision, char digits[20], size_t *ret_count,
                       int *ret_point)
{
    size_t count = 0;
    print_digits(value, precision, digits, &count, ret_point);
    double back = 0;
    if (to_double_slow(digits, count, *ret_point - (long)count, &back) != NULL || back != value) {
        return false;
    }
    while (count > 1 && digits[count - 1] == '0') {
        count--;
    }
    *ret_count = count;
    return true;
}

size_t osp_json_write_float(float value, char *out)
{
    OSP_ASSERT(isfinite(value));
    const double magnitude = fabs((double)value);
    if (magnitude <= (double)(1 << 24) && magnitude == (double)(uint32_t)magnitude) {
        return osp_json_write_double((double)value, out);
    }
    const size_t sign = signbit(value) ? 1 : 0;
    out[0] = '-';
    char digits[20];
    size_t count = 0;
    int point = 0;
    const int least = magnitude < (double)FLT_MIN ? 1 : 6;
    for (int precision = least;; precision++) {
        char room[PLAIN_MAX];
        OSP_ASSERT(precision <= 9); /* 9 digits always read back */
        print_digits(magnitude, precision, digits, &count, &point);
        if (strtof(plain_of(digits, count, point - (long)count, room), NULL) == fabsf(value)) {
            break;
        }
    }
    while (count > 1 && digits[count - 1] == '0') {
        count--;
    }
    return sign + write_digits(digits, count, point, out + sign);
}

/* A fraction of few digits, such as 12.5 or 0.07: found by scaling until it is whole.  Decimals of
 * at most 15 digits are told apart by doubles, so the first that reads back is the shortest. */
static size_t write_short(double value, char *out)
{
    for (int power = 1; power <= SHORT_POWER_MAX; power++) {
        const double scaled = value * powers[power];
        if (scaled >= SHORT_MAX) {
            return 0;
        }
        const uint64_t nearest = (uint64_t)(scaled + 0.5);
        if (nearest != 0 && nearest < (uint64_t)SHORT_MAX &&
            (double)nearest / powers[power] == value) {
            char digits[20];
            const size_t count = osp_json_write_uint(nearest, digits);
            return write_digits(digits, count, (int)count - power, out);
        }
    }
    return 0;
}

/* A double in whole numbers: value * 10^power is `scaled` / 2^shift, and so are the points halfway
 * to its neighbours, below by `less` and above by `more`. */
typedef struct scaled_double {
    wide scaled, less, more;
    int shift;
    bool even; /* then a text at a halfway point still reads back as this double */
} scaled_double;

/* Whether `digits` * 10^cut reads back, where the unit is that of `v`. */
static bool reads_back(const scaled_double *v, wide digits)
{
    const wide at = digits << v->shift;
    const wide distance = at > v->scaled ? at - v->scaled : v->scaled - at;
    const wide reach = at > v->scaled ? v->more : v->less;
    return v->even ? distance <= reach : distance < reach;
}

/* The whole number of units of 10^cut that is nearest. */
static uint64_t nearest(const scaled_double *v, uint64_t cut)
{
    const wide unit = (wide)cut << v->shift;
    const uint64_t whole = (uint64_t)(v->scaled >> v->shift) / cut;
    const wide rest = (v->scaled - whole * unit) << 1;
    return whole + (rest > unit || (rest == unit && (whole & 1) != 0));
}

/* The shortest digits of a double between 1e-10 and 1e17 that is no whole number below 2^53, in
 * exact arithmetic: 17 digits before the point always read back, 16 or 15 may.  Returns the bytes
 * written, or 0 when the value is out of these bounds. */
static size_t write_exactly(double value, char *out)
{
    if (value < 1e-10 || value >= 1e17) {
        return 0;
    }
    uint64_t bits = 0;
    memcpy(&bits, &value, sizeof(bits));
    const uint64_t mantissa = (bits & (EXACT_MAX / 2 - 1)) | EXACT_MAX / 2;
    const int exponent = (int)(bits >> 52) - 1075; /* value = mantissa * 2^exponent */
    /* 17 digits: the power of ten from that of two, one less when this was too much. */
    const int twos = exponent + 52;
    int power = 16 - (twos >= 0 ? twos * 30103 / 100000 : -((99999 - twos * 30103) / 100000));
    if (exponent + power > -2 || power > FIVES_MAX || power < 0) {
        return 0;
    }
    scaled_double v = { .even = (mantissa & 1) == 0 };
    v.shift = 2 - exponent - power; /* two more bits, for the points halfway */
    v.scaled = (wide)(mantissa << 2) * fives[power];
    if ((v.scaled >> v.shift) >= 100000000000000000ULL) {
        power--;
        v.shift++;
        v.scaled = (wide)(mantissa << 2) * fives[power];
    }
    v.more = (wide)2 * fives[power];
    v.less = mantissa == EXACT_MAX / 2 ? fives[power] : v.more;
    uint64_t digits = nearest(&v, 100);
    if (reads_back(&v, (wide)digits * 100)) {
        power -= 2;
    } else {
        digits = nearest(&v, 10);
        const bool sixteen = reads_back(&v, (wide)digits * 10);
        digits = sixteen ? digits : nearest(&v, 1);
        power -= sixteen;
    }
    for (; digits % 10 == 0; power--) {
        digits /= 10;
    }
    char text[20];
    const size_t count = osp_json_write_uint(digits, text);
    return write_digits(text, count, (int)count - power, out);
}

size_t osp_json_write_double(double value, char *out)
{
    OSP_ASSERT(isfinite(value));
    const size_t sign = signbit(value) ? 1 : 0;
    out[0] = '-';
    out += sign;
    value = fabs(value);
    if (value <= (double)EXACT_MAX && value == (double)(uint64_t)value) {
        return sign + osp_json_write_uint((uint64_t)value, out);
    }
    size_t len = write_short(value, out);
    if (len == 0) {
        len = write_exactly(value, out);
    }
    if (len != 0) {
        return sign + len;
    }
    char digits[20];
    size_t count = 0;
    int point = 0;
    /* Where doubles are normal, 15 digits with their zeros cut are the shortest if they read back;
     * below, doubles are so sparse that fewer may do. */
    const int least = value < DBL_MIN ? 1 : 15;
    for (int precision = least; !try_digits(value, precision, digits, &count, &point);
         precision++) {
        OSP_ASSERT(precision < 17); /* 17 digits always read back */
    }
    return sign + write_digits(digits, count, point, out);
}
