/* What is wrong with a field, in sentences for the client.
 *
 * An input is judged as a whole: every bad field becomes one issue, up to a maximum, so that a form
 * can mark all of them at once.  Sentences start with a verb ("must be at least 1"); whoever shows
 * them puts the field's name in front.  Lengths of strings are counted in bytes and said so.
 * Bounds are doubles; integers are compared in long double, which holds every 64-bit integer. */
#include "type/type_impl.h"

#include <stdarg.h>
#include <stdio.h>

#define DETAIL_MAX 128 /* bytes of a formatted sentence */

void osp_issues_add(osp_issues *issues, osp_str pointer, osp_str detail)
{
    OSP_ASSERT(issues != NULL);
    OSP_ASSERT(issues->count <= OSP_JSON_ISSUES_MAX);
    if (issues->count == OSP_JSON_ISSUES_MAX) {
        issues->dropped++;
        return;
    }
    issues->items[issues->count++] = (osp_issue){ pointer, detail };
}

osp_str osp_issue_format(osp_arena *arena, const char *format, ...)
{
    char text[DETAIL_MAX];
    va_list args;
    va_start(args, format);
    const int len = vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    OSP_ASSERT(len > 0 && (size_t)len < sizeof(text));
    char *copy = osp_arena_try(arena, (size_t)len);
    if (copy == NULL) {
        return OSP_STR("is out of bounds");
    }
    memcpy(copy, text, (size_t)len);
    return (osp_str){ copy, (size_t)len };
}

/* "must be at least 1": a bound is written as JSON would write it. */
static osp_str bound_sentence(osp_arena *arena, const char *words, double bound)
{
    char number[OSP_JSON_NUMBER_SIZE];
    const size_t len = osp_json_write_double(bound, number);
    return osp_issue_format(arena, "must be %s %.*s", words, (int)len, number);
}

static osp_str check_range(const osp_field *field, long double value, osp_arena *arena)
{
    if (field->range_.min.is && value < (long double)field->range_.min.value) {
        return bound_sentence(arena, "at least", field->range_.min.value);
    }
    if (field->range_.max.is && value > (long double)field->range_.max.value) {
        return bound_sentence(arena, "at most", field->range_.max.value);
    }
    return (osp_str){ NULL, 0 };
}

static osp_str check_len(const osp_field *field, size_t len, osp_arena *arena)
{
    if (len < field->min_len) {
        return field->min_len == 1 ? OSP_STR("must not be empty")
                                   : osp_issue_format(arena, "must be at least %u bytes long",
                                                      (unsigned)field->min_len);
    }
    if (field->max_len != 0 && len > field->max_len) {
        return osp_issue_format(arena, "must be at most %u byte%s long", (unsigned)field->max_len,
                                field->max_len == 1 ? "" : "s");
    }
    return (osp_str){ NULL, 0 };
}

osp_str osp_field_check_bounds(const osp_field *field, osp_kind kind, const void *value,
                               osp_arena *arena)
{
    if (kind == OSP_KIND_STR) {
        return check_len(field, ((const osp_str *)value)->len, arena);
    }
    if (!field->range_.min.is && !field->range_.max.is) {
        return (osp_str){ NULL, 0 };
    }
    switch (kind) {
    case OSP_KIND_INT32:
        return check_range(field, *(const int32_t *)value, arena);
    case OSP_KIND_INT64:
        return check_range(field, *(const int64_t *)value, arena);
    case OSP_KIND_UINT32:
        return check_range(field, *(const uint32_t *)value, arena);
    case OSP_KIND_UINT64:
        return check_range(field, *(const uint64_t *)value, arena);
    case OSP_KIND_DOUBLE:
        return check_range(field, *(const double *)value, arena);
    default:
        return (osp_str){ NULL, 0 };
    }
}

osp_str osp_field_check_count(const osp_field *field, size_t count, osp_arena *arena)
{
    if (count < field->min_len) {
        return osp_issue_format(arena, "must have at least %u item%s", (unsigned)field->min_len,
                                field->min_len == 1 ? "" : "s");
    }
    if (field->max_len != 0 && count > field->max_len) {
        return osp_issue_format(arena, "must have at most %u item%s", (unsigned)field->max_len,
                                field->max_len == 1 ? "" : "s");
    }
    return (osp_str){ NULL, 0 };
}
