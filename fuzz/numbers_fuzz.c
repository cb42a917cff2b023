/* Numbers from anyone, held against the C library: the grammar of RFC 8259, the nearest double and
 * float, whole numbers that fit, and the shortest text that reads back.
 *
 * The bytes are taken as a text, and the first eight of them also as a double and a float. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "type/type_impl.h"

#define TEXT_MAX 1500   /* above a reader's longest number */
#define DIGITS_MAX 1024 /* that a reader takes of one */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool cond)
{
    if (!cond) {
        abort();
    }
}

static bool is_digit(const char *at)
{
    return *at >= '0' && *at <= '9';
}

static const char *digits_end(const char *at)
{
    while (is_digit(at)) {
        at++;
    }
    return at;
}

/* Where the number at the start of a text with a NUL ends; NULL: there is none. */
static const char *grammar_end(const char *at)
{
    at += *at == '-';
    if (!is_digit(at) || (at[0] == '0' && is_digit(at + 1))) {
        return NULL;
    }
    at = digits_end(at);
    if (*at == '.') {
        if (!is_digit(at + 1)) {
            return NULL;
        }
        at = digits_end(at + 1);
    }
    if (*at == 'e' || *at == 'E') {
        at += 1 + (at[1] == '+' || at[1] == '-');
        if (!is_digit(at)) {
            return NULL;
        }
        at = digits_end(at);
    }
    return at;
}

static bool same_double(double a, double b)
{
    return memcmp(&a, &b, sizeof(a)) == 0;
}

static void read_whole(const osp_json_number *number, const char *text)
{
    int64_t i64 = 0;
    uint64_t u64 = 0;
    int32_t i32 = 0;
    const bool i64_good = osp_json_number_store(number, OSP_KIND_INT64, &i64) == NULL;
    const bool u64_good = osp_json_number_store(number, OSP_KIND_UINT64, &u64) == NULL;
    const bool i32_good = osp_json_number_store(number, OSP_KIND_INT32, &i32) == NULL;
    if (number->fractional) {
        require(!i64_good && !u64_good && !i32_good);
        return;
    }
    errno = 0;
    const long long signed_value = strtoll(text, NULL, 10);
    require(i64_good == (errno == 0) && (!i64_good || i64 == signed_value));
    require(i32_good == (i64_good && i64 >= INT32_MIN && i64 <= INT32_MAX));
    require(!i32_good || i32 == i64);
    errno = 0;
    const unsigned long long value = strtoull(text, NULL, 10);
    require(u64_good == (errno == 0 && (text[0] != '-' || value == 0)));
    require(!u64_good || u64 == value);
}

static void read_text(const char *text, size_t len)
{
    osp_json_number number;
    const char *end = osp_json_number_scan(text, text + len, &number);
    require(end == grammar_end(text));
    const bool alone = end == text + len;
    require(!alone || osp_json_check((osp_str){ text, len }) == OSP_OK);
    if (!alone) {
        return;
    }
    double d = 0;
    float f = 0;
    const double want = strtod(text, NULL);
    const float want_float = strtof(text, NULL);
    const bool good = osp_json_number_store(&number, OSP_KIND_DOUBLE, &d) == NULL;
    if (len <= DIGITS_MAX) {
        require(good == (isfinite(want) != 0));
        require(!good || same_double(d, want));
        require((osp_json_number_store(&number, OSP_KIND_FLOAT, &f) == NULL) ==
                (isfinite(want_float) != 0));
        require(!isfinite(want_float) || memcmp(&f, &want_float, sizeof(f)) == 0);
    }
    read_whole(&number, text);
}

static size_t significant(const char *text, size_t len)
{
    size_t count = 0, zeros = 0;
    for (size_t i = 0; i < len && text[i] != 'e'; i++) {
        if (!is_digit(text + i) || (count == 0 && text[i] == '0')) {
            continue;
        }
        zeros = text[i] == '0' ? zeros + 1 : 0;
        count++;
    }
    return count - zeros;
}

/* No text with fewer digits reads back as the same value. */
static void write_value(double d, bool is_float)
{
    char text[OSP_JSON_NUMBER_SIZE + 1], other[64];
    const size_t len =
        is_float ? osp_json_write_float((float)d, text) : osp_json_write_double(d, text);
    require(len <= OSP_JSON_NUMBER_SIZE);
    text[len] = '\0';
    require(grammar_end(text) == text + len);
    require(is_float ? strtof(text, NULL) == (float)d : same_double(strtod(text, NULL), d));
    const int digits = (int)significant(text, len);
    if (digits > 1) {
        (void)snprintf(other, sizeof(other), "%.*e", digits - 2, d);
        require(is_float ? strtof(other, NULL) != (float)d : strtod(other, NULL) != d);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    double d = 0;
    float f = 0;
    memcpy(&d, data, size < sizeof(d) ? size : sizeof(d));
    memcpy(&f, data, size < sizeof(f) ? size : sizeof(f));
    if (isfinite(d)) {
        write_value(d, false);
    }
    if (isfinite(f)) {
        write_value((double)f, true);
    }
    /* Exactly sized but for a NUL, which strtod needs; a number never goes on behind one. */
    char *text = size <= TEXT_MAX ? malloc(size + 1) : NULL;
    if (text == NULL) {
        return 0;
    }
    memcpy(text, data, size);
    text[size] = '\0';
    read_text(text, size);
    free(text);
    return 0;
}
