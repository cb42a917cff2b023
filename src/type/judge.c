/* The constraints of a field, judged on the value in memory.
 *
 * Whatever brought the value, JSON, a query or a default, it is judged here and nowhere else.  The
 * first constraint that fails gives the sentence.
 *
 * Bounds are doubles; integers are compared in long double, which holds every 64-bit integer, and
 * decimals by their text.
 * Lengths of strings are counted in characters; since a character has one to four bytes, most
 * strings are judged without counting. */
#include <math.h>

#include "type/decimal.h"
#include "type/text.h"
#include "type/type_impl.h"

static const osp_flaw none = { .says = NULL };

/* A bound is written as JSON would write it. */
static osp_flaw bound_flaw(const osp_sentence *says, osp_arena *arena, double bound)
{
    char number[OSP_JSON_NUMBER_SIZE];
    const size_t len = osp_json_write_double(bound, number);
    return osp_flaw_with(says, arena, (osp_str){ number, len });
}

/* A finite number as JSON writes it. */
static osp_str number_text(long double value, char number[OSP_JSON_NUMBER_SIZE])
{
    const long double size = value < 0 ? -value : value;
    if (size < 0x1p64L && size == (long double)(uint64_t)size) {
        return (osp_str){ number, osp_json_write_uint((uint64_t)size, number) };
    }
    return (osp_str){ number, osp_json_write_double((double)value, number) };
}

/* 2^53 + 1 is no multiple of 2, though a double cannot tell; what is not finite, which only an
 * application makes, is none of any. */
static bool is_multiple(long double value, double of)
{
    char number[OSP_JSON_NUMBER_SIZE], unit[OSP_JSON_NUMBER_SIZE];
    return isfinite(value) &&
           osp_number_is_multiple(number_text(value, number), number_text(of, unit));
}

static osp_flaw judge_range(const osp_field *field, long double value, osp_arena *arena)
{
    const osp_bound *min = &field->range_.min, *max = &field->range_.max;
    if (min->is &&
        (min->open ? value <= (long double)min->value : value < (long double)min->value)) {
        return bound_flaw(min->open ? OSP_SAY(ABOVE) : OSP_SAY(MINIMUM), arena, min->value);
    }
    if (max->is &&
        (max->open ? value >= (long double)max->value : value > (long double)max->value)) {
        return bound_flaw(max->open ? OSP_SAY(BELOW) : OSP_SAY(MAXIMUM), arena, max->value);
    }
    if (field->multiple_of != 0 && !is_multiple(value, field->multiple_of)) {
        return bound_flaw(OSP_SAY(MULTIPLE), arena, field->multiple_of);
    }
    return none;
}

/* A decimal against a bound as the descriptor spells it: AT_MOST(0.1) is exactly 0.1. */
static int compare_to_bound(osp_str decimal, const osp_bound *bound)
{
    char number[OSP_JSON_NUMBER_SIZE];
    return osp_number_compare(decimal,
                              (osp_str){ number, osp_json_write_double(bound->value, number) });
}

static osp_flaw judge_decimal(const osp_field *field, osp_str text, osp_arena *arena)
{
    const osp_bound *min = &field->range_.min, *max = &field->range_.max;
    if (min->is && compare_to_bound(text, min) < min->open) {
        return bound_flaw(min->open ? OSP_SAY(ABOVE) : OSP_SAY(MINIMUM), arena, min->value);
    }
    if (max->is && compare_to_bound(text, max) > -(int)max->open) {
        return bound_flaw(max->open ? OSP_SAY(BELOW) : OSP_SAY(MAXIMUM), arena, max->value);
    }
    char unit[OSP_JSON_NUMBER_SIZE];
    if (field->multiple_of != 0 &&
        !osp_number_is_multiple(text, number_text(field->multiple_of, unit))) {
        return bound_flaw(OSP_SAY(MULTIPLE), arena, field->multiple_of);
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
    case OSP_KIND_DECIMAL:
        return judge_decimal(field, ((const osp_decimal *)value)->text, arena);
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

/* The number of characters, bytes or items, with what to say of too few and too many. */
static osp_flaw judge_count(const osp_field *field, size_t count, const osp_sentence *few,
                            const osp_sentence *many, osp_arena *arena)
{
    if (count < field->min_len) {
        return osp_flaw_count(few, arena, field->min_len);
    }
    if (field->max_len != 0 && count > field->max_len) {
        return osp_flaw_count(many, arena, field->max_len);
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
    switch (osp_patterns_find(how->patterns, field->pattern, text)) {
    case OSP_OK:
        return none;
    case OSP_DONE:
        return osp_flaw_of(OSP_SAY(PATTERN));
    case OSP_E_LIMIT:
        return osp_flaw_of(OSP_SAY(PATTERN_SLOW));
    case OSP_E_NOMEM:
        return osp_flaw_of(OSP_SAY(PATTERN_MEMORY));
    default:
        return osp_flaw_of(OSP_SAY(PATTERN_BAD));
    }
}

static osp_flaw judge_str(const osp_field *field, osp_str text, const osp_decoding *how)
{
    if (!length_is_plain(field, text.len)) {
        const osp_flaw flaw = judge_count(field, osp_text_characters(text), OSP_SAY(MIN_LENGTH),
                                          OSP_SAY(MAX_LENGTH), how->arena);
        if (flaw.says != NULL) {
            return flaw;
        }
    }
    if (field->format != OSP_FORMAT_ANY) {
        const osp_sentence *wrong = osp_text_check_format((osp_format)field->format, text);
        if (wrong != NULL) {
            return osp_flaw_of(wrong);
        }
    }
    return field->pattern != NULL ? judge_pattern(field, text, how) : none;
}

/* Refused rather than let pass when memory does not suffice to tell. */
static osp_flaw judge_unique(const osp_field *field, osp_kind kind, const osp_type *type,
                             const void *value, osp_arena *arena)
{
    switch (osp_items_unique(field, kind, type, value, arena)) {
    case OSP_OK:
        return none;
    case OSP_DONE:
        return osp_flaw_of(OSP_SAY(UNIQUE));
    default:
        return osp_flaw_of(OSP_SAY(UNIQUE_MEMORY));
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
        flaw = judge_count(field, ((const osp_bytes *)value)->len, OSP_SAY(MIN_BYTES),
                           OSP_SAY(MAX_BYTES), how->arena);
        break;
    case OSP_KIND_UPLOAD:
        flaw = judge_count(field, ((const osp_upload *)value)->size, OSP_SAY(MIN_BYTES),
                           OSP_SAY(MAX_BYTES), how->arena);
        break;
    case OSP_KIND_LIST:
    case OSP_KIND_MAP:
        flaw = judge_count(field, ((const osp_list *)value)->count, OSP_SAY(MIN_ITEMS),
                           OSP_SAY(MAX_ITEMS), how->arena);
        break;
    case OSP_KIND_INT32 ... OSP_KIND_DOUBLE:
    case OSP_KIND_DECIMAL:
        flaw = judge_number(field, kind, value, how->arena);
        break;
    default:
        break;
    }
    if (!whole || flaw.says != NULL) {
        return flaw;
    }
    if (field->unique && (kind == OSP_KIND_LIST || kind == OSP_KIND_ARRAY)) {
        flaw = judge_unique(field, kind, type, value, how->arena);
    }
    if (flaw.says == NULL && field->check_ != NULL) {
        flaw = osp_flaw_checked(field->check_(value));
    }
    return flaw;
}
