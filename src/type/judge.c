/* The constraints of a field, judged on the value in memory.
 *
 * Whatever brought the value, JSON, a query or a default, it is judged here and nowhere else.  The
 * first constraint that fails gives the sentence.
 *
 * Bounds are doubles; integers are compared in long double, which holds every 64-bit integer.
 * Lengths of strings are counted in characters; since a character has one to four bytes, most
 * strings are judged without counting. */
#include "type/text.h"
#include "type/type_impl.h"

static const osp_flaw none = { .code = OSP_ISSUE_CHECK };

/* "must be at least 1": a bound is written as JSON would write it. */
static osp_flaw bound_flaw(osp_issue_code code, osp_arena *arena, const char *words, double bound)
{
    char number[OSP_JSON_NUMBER_SIZE];
    const size_t len = osp_json_write_double(bound, number);
    return osp_flaw_format(code, arena, "must be %s %.*s", words, (int)len, number);
}

/* A finite number as its shortest decimal, digits * 10^power without zeros at the end. */
typedef struct decimal {
    uint64_t digits;
    int power;
} decimal;

static decimal decimal_of(double value)
{
    char text[OSP_JSON_NUMBER_SIZE];
    const size_t len = osp_json_write_double(value < 0 ? -value : value, text);
    decimal d = { 0, 0 };
    int zeros = 0;
    bool point = false;
    size_t i = 0;
    for (; i < len && text[i] != 'e'; i++) {
        point |= text[i] == '.';
        d.power -= point && text[i] != '.';
        if (text[i] == '0') {
            zeros++; /* known to be needed when another digit follows */
        } else if (text[i] != '.') {
            for (; zeros > 0; zeros--) {
                d.digits *= 10;
            }
            d.digits = d.digits * 10 + (uint64_t)(text[i] - '0');
        }
    }
    d.power += zeros;
    if (i < len) {
        const bool negative = text[i + 1] == '-';
        int exponent = 0;
        for (i += 1U + negative; i < len; i++) {
            exponent = exponent * 10 + (text[i] - '0');
        }
        d.power += negative ? -exponent : exponent;
    }
    return d;
}

/* Whether the quotient of two decimals is whole: 0.3 is a multiple of 0.1 for people and for JSON
 * Schema, though not for binary fractions; 2^53 + 1 is none of 2, though a double cannot tell. */
static bool is_multiple(long double value, double of)
{
    __extension__ typedef unsigned __int128 wide;
    value = (value < 0 ? -value : value);
    const decimal unit = decimal_of(of);
    decimal d = { 0, 0 };
    if (value < 0x1p64L && value == (long double)(uint64_t)value) {
        d.digits = (uint64_t)value;
    } else {
        d = decimal_of((double)value);
    }
    OSP_ASSERT(unit.digits != 0);
    if (d.digits == 0) {
        return true;
    }
    wide rest = d.digits, whole = unit.digits;
    for (; d.power < unit.power; d.power++) {
        if (whole > rest) {
            return false;
        }
        whole *= 10;
    }
    for (rest %= whole; d.power > unit.power && rest != 0; d.power--) {
        rest = rest * 10 % whole;
    }
    return rest == 0;
}

static osp_flaw judge_range(const osp_field *field, long double value, osp_arena *arena)
{
    const osp_bound *min = &field->range_.min, *max = &field->range_.max;
    if (min->is &&
        (min->open ? value <= (long double)min->value : value < (long double)min->value)) {
        return min->open ? bound_flaw(OSP_ISSUE_ABOVE, arena, "more than", min->value)
                         : bound_flaw(OSP_ISSUE_MINIMUM, arena, "at least", min->value);
    }
    if (max->is &&
        (max->open ? value >= (long double)max->value : value > (long double)max->value)) {
        return max->open ? bound_flaw(OSP_ISSUE_BELOW, arena, "less than", max->value)
                         : bound_flaw(OSP_ISSUE_MAXIMUM, arena, "at most", max->value);
    }
    if (field->multiple_of != 0 && !is_multiple(value, field->multiple_of)) {
        return bound_flaw(OSP_ISSUE_MULTIPLE, arena, "a multiple of", field->multiple_of);
    }
    return none;
}

static osp_flaw judge_number(const osp_field *field, osp_kind kind, const void *value,
                             osp_arena *arena)
{
    if (!field->range_.min.is && !field->range_.max.is && field->multiple_of == 0) {
        return none;
    }
    switch (kind) {
    case OSP_KIND_INT32:
        return judge_range(field, *(const int32_t *)value, arena);
    case OSP_KIND_INT64:
        return judge_range(field, *(const int64_t *)value, arena);
    case OSP_KIND_UINT32:
        return judge_range(field, *(const uint32_t *)value, arena);
    case OSP_KIND_UINT64:
        return judge_range(field, *(const uint64_t *)value, arena);
    case OSP_KIND_FLOAT:
        return judge_range(field, *(const float *)value, arena);
    default:
        return judge_range(field, *(const double *)value, arena);
    }
}

static osp_flaw judge_length(const osp_field *field, size_t len, const char *unit, osp_arena *arena)
{
    if (len < field->min_len) {
        return field->min_len == 1
                   ? osp_flaw_of(OSP_ISSUE_MIN_LENGTH, "must not be empty")
                   : osp_flaw_format(OSP_ISSUE_MIN_LENGTH, arena, "must be at least %u %ss long",
                                     (unsigned)field->min_len, unit);
    }
    if (field->max_len != 0 && len > field->max_len) {
        return osp_flaw_format(OSP_ISSUE_MAX_LENGTH, arena, "must be at most %u %s%s long",
                               (unsigned)field->max_len, unit, field->max_len == 1 ? "" : "s");
    }
    return none;
}

/* A string of n bytes has n characters at most and n/4 at least. */
static bool length_is_plain(const osp_field *field, size_t bytes)
{
    return (field->max_len == 0 || bytes <= field->max_len) && bytes / 4 >= field->min_len;
}

static osp_flaw judge_pattern(const osp_field *field, osp_str text, const osp_decoding *how)
{
    const osp_status found = osp_patterns_find(how->patterns, field->pattern, text);
    if (found == OSP_OK) {
        return none;
    }
    osp_flaw flaw = osp_flaw_of(OSP_ISSUE_PATTERN,
                                found == OSP_E_LIMIT ? "takes too long to compare with its pattern"
                                                     : "does not have the form that is asked for");
    flaw.failure = found == OSP_DONE ? OSP_OK : found;
    return flaw;
}

static osp_flaw judge_str(const osp_field *field, osp_str text, const osp_decoding *how)
{
    if (!length_is_plain(field, text.len)) {
        const osp_flaw flaw =
            judge_length(field, osp_text_characters(text), "character", how->arena);
        if (flaw.detail.len != 0) {
            return flaw;
        }
    }
    if (field->format != OSP_FORMAT_ANY) {
        const char *sentence = osp_text_check_format((osp_format)field->format, text);
        if (sentence != NULL) {
            return osp_flaw_of(OSP_ISSUE_FORMAT, sentence);
        }
    }
    return field->pattern != NULL ? judge_pattern(field, text, how) : none;
}

static osp_flaw judge_count(const osp_field *field, size_t count, osp_arena *arena)
{
    if (count < field->min_len) {
        return osp_flaw_format(OSP_ISSUE_MIN_ITEMS, arena, "must have at least %u item%s",
                               (unsigned)field->min_len, field->min_len == 1 ? "" : "s");
    }
    if (field->max_len != 0 && count > field->max_len) {
        return osp_flaw_format(OSP_ISSUE_MAX_ITEMS, arena, "must have at most %u item%s",
                               (unsigned)field->max_len, field->max_len == 1 ? "" : "s");
    }
    return none;
}

/* Refused rather than let pass when memory does not suffice to tell. */
static osp_flaw judge_unique(const osp_field *field, osp_kind kind, const osp_type *type,
                             const void *value, osp_arena *arena)
{
    switch (osp_items_unique(field, kind, type, value, arena)) {
    case OSP_OK:
        return none;
    case OSP_DONE:
        return osp_flaw_of(OSP_ISSUE_UNIQUE, "must not have an item twice");
    default:
        return (osp_flaw){ OSP_ISSUE_UNIQUE, OSP_E_NOMEM, OSP_STR("could not be compared") };
    }
}

osp_flaw osp_field_judge(const osp_field *field, osp_kind kind, const osp_type *type,
                         const void *value, bool whole, const osp_decoding *how)
{
    osp_flaw flaw = none;
    switch (kind) {
    case OSP_KIND_STR:
        flaw = judge_str(field, *(const osp_str *)value, how);
        break;
    case OSP_KIND_BYTES:
        flaw = judge_length(field, ((const osp_bytes *)value)->len, "byte", how->arena);
        break;
    case OSP_KIND_LIST:
    case OSP_KIND_MAP:
        flaw = judge_count(field, ((const osp_list *)value)->count, how->arena);
        break;
    case OSP_KIND_INT32 ... OSP_KIND_DOUBLE:
        flaw = judge_number(field, kind, value, how->arena);
        break;
    default:
        break;
    }
    if (!whole || flaw.detail.len != 0) {
        return flaw;
    }
    if (field->unique && (kind == OSP_KIND_LIST || kind == OSP_KIND_ARRAY)) {
        flaw = judge_unique(field, kind, type, value, how->arena);
    }
    if (flaw.detail.len == 0 && field->check_ != NULL) {
        const char *sentence = field->check_(value);
        flaw = sentence != NULL ? osp_flaw_of(OSP_ISSUE_CHECK, sentence) : none;
    }
    return flaw;
}
