/* One value of each kind is drawn, judged by its field and drawn again when it does not pass.
 *
 * Edges are drawn more often than chance would: the ends of a range, the longest string, numbers of
 * all digits.  Recursion ends at DEPTH_MAX, where what may be absent is. */
#include "tests/unit/sample.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "http/params.h"
#include "type/text.h"
#include "type/type_impl.h"

#define DEPTH_MAX 5
#define TRIES_MAX 40  /* of one value */
#define MORE_MAX 6    /* items or characters beyond the least */
#define EXACT_MAX 300 /* a longest string of so many characters is drawn at full length */
#define TEXT_BYTES 4096
#define US_PER_DAY 86400000000

static bool draw(osp_sampler *s, const osp_field *field, osp_kind kind, const osp_type *type,
                 void *value);

/* SplitMix64. */
static uint64_t next(osp_sampler *s)
{
    uint64_t x = s->state += 0x9e3779b97f4a7c15;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
    x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
    return x ^ (x >> 31);
}

uint32_t osp_sample_below(osp_sampler *s, uint32_t n)
{
    return (uint32_t)(next(s) % n);
}

static bool one_in(osp_sampler *s, uint32_t n)
{
    return osp_sample_below(s, n) == 0;
}

static void *take(osp_sampler *s, size_t size)
{
    void *memory = osp_arena_zalloc(s->arena, size + 1);
    OSP_ASSERT(memory != NULL);
    return memory;
}

static osp_str keep(osp_sampler *s, const char *text, size_t len)
{
    return (osp_str){ memcpy(take(s, len), text, len), len };
}

/* ---------------------------------------------------------------- strings */

/* How many characters, items or bytes. */
static uint32_t length(osp_sampler *s, const osp_field *field)
{
    const bool deep = s->depth > DEPTH_MAX;
    const uint32_t most = field->max_len;
    const uint32_t least = field->min_len == 0 && s->plain && !deep ? 1 : field->min_len;
    if (most != 0 && most <= EXACT_MAX && !deep && one_in(s, 16)) {
        return most;
    }
    const uint32_t more = most != 0 && most - least < MORE_MAX ? most - least : MORE_MAX;
    return deep ? least : least + osp_sample_below(s, more + 1);
}

/* Characters with all that separates or escapes anything somewhere. */
static void put_characters(osp_sampler *s, uint32_t count, osp_buf *out)
{
    static const char *const odd[] = { ",",
                                       ".",
                                       ";",
                                       "=",
                                       "&",
                                       " ",
                                       "|",
                                       "+",
                                       "%",
                                       "[",
                                       "]",
                                       "/",
                                       "\"",
                                       "\\",
                                       "\xc3\xa4",
                                       "#",
                                       "?",
                                       "a",
                                       "x",
                                       "\t",
                                       ":",
                                       "\n",
                                       "\x01",
                                       "\x7f",
                                       "2",
                                       "C",
                                       "~",
                                       "{",
                                       "}",
                                       "\xe0\xb9\x84",
                                       "\xe2\x80\xa8",
                                       "\xf0\x9f\x8e\x89",
                                       "\r",
                                       "\b",
                                       "\f",
                                       "\x1f",
                                       "\xef\xbf\xbf" };
    static const char *const plain[] = { "a", "b", "1", "-", "_", "~", "Z" };
    for (; count > 0; count--) {
        osp_buf_str(out, osp_str_from(s->plain ? plain[osp_sample_below(s, OSP_ARRAY_LEN(plain))]
                                               : odd[osp_sample_below(s, OSP_ARRAY_LEN(odd))]));
    }
}

static void put_word(osp_sampler *s, osp_buf *out)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789";
    for (uint32_t i = 1 + osp_sample_below(s, 8); i > 0; i--) {
        osp_buf_byte(out, letters[osp_sample_below(s, sizeof(letters) - 1)]);
    }
}

/* Words with something between them. */
static void put_words(osp_sampler *s, uint32_t least, char between, osp_buf *out)
{
    for (uint32_t i = 0, count = least + osp_sample_below(s, 3); i < count; i++) {
        if (i != 0) {
            osp_buf_byte(out, between);
        }
        put_word(s, out);
    }
}

static void put_ipv6(osp_sampler *s, osp_buf *out)
{
    const bool shortened = one_in(s, 2);
    for (int i = 0; i < (shortened ? 3 : 8); i++) {
        osp_buf_printf(out, "%s%x", i == 0 ? "" : ":", osp_sample_below(s, 65536));
    }
    osp_buf_str(out, shortened ? OSP_STR("::1") : OSP_STR(""));
}

static void put_format(osp_sampler *s, osp_format format, osp_buf *out)
{
    static const char *const schemes[] = { "http://", "https://" };
    switch (format) {
    case OSP_FORMAT_EMAIL:
        put_words(s, 1, '.', out);
        osp_buf_str(out, one_in(s, 2) ? OSP_STR("+x@") : OSP_STR("@"));
        put_words(s, 2, '.', out);
        break;
    case OSP_FORMAT_URL:
        osp_buf_str(out, osp_str_from(schemes[osp_sample_below(s, 2)]));
        put_words(s, 1, '.', out);
        osp_buf_str(out, one_in(s, 2) ? OSP_STR(":8080/a%20b?c=d&e#f") : OSP_STR("/"));
        put_words(s, 1, '/', out);
        break;
    case OSP_FORMAT_URI:
        osp_buf_byte(out, 'u');
        put_words(s, 1, '+', out);
        osp_buf_byte(out, ':');
        put_words(s, 1, '/', out);
        break;
    case OSP_FORMAT_HOSTNAME:
        put_words(s, 1, '.', out);
        break;
    case OSP_FORMAT_IPV4:
        osp_buf_printf(out, "%u.%u.%u.%u", osp_sample_below(s, 256), osp_sample_below(s, 256),
                       osp_sample_below(s, 256), osp_sample_below(s, 256));
        break;
    case OSP_FORMAT_IPV6:
        put_ipv6(s, out);
        break;
    case OSP_FORMAT_TIME:
        osp_buf_printf(out, "%04u-%02u-%02uT%02u:%02u:%02uZ", osp_sample_below(s, 10000),
                       1 + osp_sample_below(s, 12), 1 + osp_sample_below(s, 28),
                       osp_sample_below(s, 24), osp_sample_below(s, 60), osp_sample_below(s, 60));
        break;
    default:
        put_words(s, 1, '-', out);
        break;
    }
}

static bool draw_str(osp_sampler *s, const osp_field *field, osp_str *value)
{
    char storage[TEXT_BYTES];
    osp_buf text;
    osp_buf_init(&text, storage, sizeof storage, 1 << 20);
    bool good = true;
    if (field->format != OSP_FORMAT_ANY) {
        put_format(s, (osp_format)field->format, &text);
    } else if (field->pattern != NULL) {
        good = osp_sample_pattern(s, field->pattern, &text);
    } else {
        put_characters(s, length(s, field), &text);
    }
    *value = keep(s, text.ptr, text.len);
    osp_buf_done(&text);
    return good;
}

/* ---------------------------------------------------------------- numbers and times */

/* A whole number from low to high. */
static int64_t between(osp_sampler *s, int64_t low, int64_t high)
{
    const uint64_t span = (uint64_t)high - (uint64_t)low;
    if (one_in(s, 8)) {
        return one_in(s, 2) ? low : high;
    }
    const uint64_t few = span < 1000 ? span : 1000;
    if (one_in(s, 2) && low <= 0 && high >= 0) { /* small ones are as good as large ones */
        const uint64_t up = (uint64_t)high < few ? (uint64_t)high : few;
        return (int64_t)(next(s) % (up + 1));
    }
    const uint64_t off = span == UINT64_MAX ? next(s) : next(s) % (span + 1);
    return (int64_t)((uint64_t)low + off);
}

/* A bound of the field where it is tighter than that of the kind. */
static int64_t bound(const osp_bound *bound, int64_t of_kind, bool is_min)
{
    if (!bound->is || !(fabs(bound->value) < 0x1p62)) {
        return of_kind;
    }
    int64_t value = (int64_t)(is_min ? ceil(bound->value) : floor(bound->value));
    if (bound->open && (double)value == bound->value) {
        value += is_min ? 1 : -1;
    }
    return is_min == (value > of_kind) ? value : of_kind;
}

static int64_t draw_int(osp_sampler *s, const osp_field *field, int64_t low, int64_t high)
{
    low = bound(&field->range_.min, low, true);
    high = bound(&field->range_.max, high, false);
    if (low > high) {
        return low;
    }
    int64_t value = between(s, low, high);
    if (field->multiple_of >= 1) {
        value -= value % (int64_t)field->multiple_of;
        value += value < low ? (int64_t)field->multiple_of : 0;
    }
    return value;
}

/* Any bits that are a number, or one within the bounds. */
static double draw_double(osp_sampler *s, const osp_field *field, bool is_float)
{
    const osp_bound *min = &field->range_.min, *max = &field->range_.max;
    double value = ((double)osp_sample_below(s, 1 << 24) - (1 << 23)) / 64;
    if (min->is || max->is) {
        const double low = min->is ? min->value : max->value - 1e6;
        const double high = max->is ? max->value : low + 1e6;
        const uint32_t part = osp_sample_below(s, 1025);
        value = low + (high - low) * part / 1024;
    } else if (one_in(s, 2)) {
        const uint64_t bits = next(s);
        const uint32_t half = (uint32_t)bits;
        float f;
        memcpy(&f, &half, sizeof f);
        memcpy(&value, &bits, sizeof value);
        value = is_float ? (double)f : value;
    }
    value =
        field->multiple_of != 0 ? trunc(value / field->multiple_of) * field->multiple_of : value;
    return isfinite(value) ? value : 0;
}

static bool draw_number(osp_sampler *s, const osp_field *field, osp_kind kind, void *value)
{
    switch (kind) {
    case OSP_KIND_INT32:
        *(int32_t *)value = (int32_t)draw_int(s, field, INT32_MIN, INT32_MAX);
        break;
    case OSP_KIND_INT64:
        *(int64_t *)value = draw_int(s, field, INT64_MIN, INT64_MAX);
        break;
    case OSP_KIND_UINT32:
        *(uint32_t *)value = (uint32_t)draw_int(s, field, 0, UINT32_MAX);
        break;
    case OSP_KIND_UINT64:
        *(uint64_t *)value = one_in(s, 4) ? next(s) : (uint64_t)draw_int(s, field, 0, INT64_MAX);
        break;
    case OSP_KIND_FLOAT:
        *(float *)value = (float)draw_double(s, field, true);
        break;
    default:
        *(double *)value = draw_double(s, field, false);
        break;
    }
    return true;
}

static void draw_date(osp_sampler *s, osp_date *date)
{
    do {
        *date = (osp_date){ (int16_t)between(s, 0, 9999), (uint8_t)(1 + osp_sample_below(s, 12)),
                            (uint8_t)(1 + osp_sample_below(s, 31)) };
    } while (!osp_text_date_valid(*date));
}

static void draw_time(osp_sampler *s, osp_time *time)
{
    static const int64_t units[] = { 1, 1000, 1000000, US_PER_DAY };
    do {
        time->us = between(s, -719528 * US_PER_DAY, 2932897 * US_PER_DAY - 1);
        time->us -= time->us % units[osp_sample_below(s, OSP_ARRAY_LEN(units))];
    } while (!osp_text_time_valid(*time));
}

static void draw_decimal(osp_sampler *s, const osp_field *field, osp_decimal *decimal)
{
    char text[400]; /* of the largest double */
    if (field->range_.min.is || field->range_.max.is || field->multiple_of != 0) {
        const double value = draw_double(s, field, false);
        decimal->text = keep(s, text, (size_t)snprintf(text, sizeof text, "%.6f", value));
        return;
    }
    const int len =
        snprintf(text, sizeof text, "%s%u%s%0*u", one_in(s, 2) ? "-" : "",
                 osp_sample_below(s, one_in(s, 2) ? 10 : UINT32_MAX), one_in(s, 2) ? "." : "",
                 1 + (int)osp_sample_below(s, 20), osp_sample_below(s, UINT32_MAX));
    decimal->text = text[0] == '0' || (text[0] == '-' && text[1] == '0')
                        ? OSP_STR("0.50")
                        : keep(s, text, (size_t)len);
}

static void draw_bytes(osp_sampler *s, const osp_field *field, osp_bytes *bytes)
{
    bytes->len = length(s, field);
    uint8_t *at = take(s, bytes->len);
    for (size_t i = 0; i < bytes->len; i++) {
        at[i] = (uint8_t)next(s);
    }
    bytes->ptr = at;
}

/* ---------------------------------------------------------------- raw values */

static void put_string(osp_sampler *s, osp_buf *out)
{
    char storage[TEXT_BYTES];
    osp_buf text;
    osp_buf_init(&text, storage, sizeof storage, sizeof storage);
    put_characters(s, osp_sample_below(s, MORE_MAX), &text);
    OSP_ASSERT(osp_json_string((osp_str){ text.ptr, text.len }, out) == OSP_OK);
    osp_buf_done(&text);
}

static void put_json(osp_sampler *s, uint32_t depth, osp_buf *out)
{
    static const char *const leaves[] = { "null",   "true", "false",
                                          "-0.5e3", "0",    "12345678901234567890" };
    const uint32_t choice = osp_sample_below(s, depth == 0 ? 2 : 4);
    if (choice == 0) {
        osp_buf_str(out, osp_str_from(leaves[osp_sample_below(s, OSP_ARRAY_LEN(leaves))]));
        return;
    }
    if (choice == 1) {
        put_string(s, out);
        return;
    }
    osp_buf_byte(out, choice == 2 ? '[' : '{');
    for (uint32_t i = 0, count = osp_sample_below(s, 3); i < count; i++) {
        osp_buf_str(out, i != 0 ? OSP_STR(",") : OSP_STR(""));
        if (choice == 3) {
            osp_buf_printf(out, "\"%u\":", i);
        }
        put_json(s, depth - 1, out);
    }
    osp_buf_byte(out, choice == 2 ? ']' : '}');
}

static void draw_json(osp_sampler *s, osp_json *json)
{
    osp_buf text;
    osp_buf_init(&text, NULL, 0, 1 << 20);
    put_json(s, 3, &text);
    json->text = keep(s, text.ptr, text.len);
    osp_buf_done(&text);
}

/* ---------------------------------------------------------------- values within values */

static const osp_field any_item = { .member_ = NULL };

static bool draw_items(osp_sampler *s, const osp_field *field, const osp_type *type, char *items,
                       size_t count, size_t stride)
{
    const osp_field *each = field->each_ != NULL ? field->each_ : &any_item;
    bool good = true;
    for (size_t i = 0; i < count && good; i++) {
        good = draw(s, each, (osp_kind)type->kind, type, items + i * stride);
    }
    return good;
}

static bool draw_list(osp_sampler *s, const osp_field *field, const osp_type *type, osp_list *list)
{
    list->count = length(s, field);
    list->items = take(s, list->count * type->size);
    return draw_items(s, field, type, list->items, list->count, type->size);
}

/* Names that differ from each other and from those of any type. */
static bool draw_map(osp_sampler *s, const osp_field *field, const osp_type *type, osp_list *map)
{
    const size_t stride = osp_map_stride(type);
    map->count = length(s, field);
    map->items = take(s, map->count * stride);
    for (size_t i = 0; i < map->count; i++) {
        osp_buf name;
        osp_buf_init(&name, NULL, 0, 1 << 10);
        put_characters(s, osp_sample_below(s, MORE_MAX), &name);
        osp_buf_printf(&name, "%zu", i);
        *(osp_str *)(void *)((char *)map->items + i * stride) = keep(s, name.ptr, name.len);
        osp_buf_done(&name);
    }
    return draw_items(s, field, type, (char *)map->items + OSP_MAP_VALUE_AT, map->count, stride);
}

static bool draw_union(osp_sampler *s, const osp_type *type, void *value)
{
    const osp_case *one = &type->cases[osp_sample_below(s, type->case_count)];
    const int tag = (int)one->value;
    memcpy((char *)value + type->tag_offset, &tag, sizeof tag);
    return draw(s, &any_item, (osp_kind)one->type->kind, one->type, (char *)value + one->offset);
}

static bool is_given(const osp_field *field, const char *object)
{
    const void *slot = object + field->offset_;
    return field->value_at_ != 0 ? *(const osp_presence *)slot != OSP_ABSENT
                                 : osp_field_value(field, slot) != NULL;
}

static bool has_needs(const osp_type *type, const char *object)
{
    for (uint16_t i = 0; i < type->field_count; i++) {
        const osp_field *asking = &type->fields[i];
        for (uint16_t k = 0; asking->needs != NULL && k < type->field_count; k++) {
            const osp_field *other = &type->fields[k];
            if (is_given(asking, object) && osp_param_needs(asking, other) && !other->read_only &&
                !is_given(other, object)) {
                return false;
            }
        }
    }
    return true;
}

static bool draw_object(osp_sampler *s, const osp_type *type, char *object)
{
    bool good = true;
    for (uint16_t i = 0; i < type->field_count && good; i++) {
        const osp_field *field = &type->fields[i];
        if (!field->read_only || s->given) {
            good = osp_sample_field(s, field, object + field->offset_);
        }
    }
    return good && has_needs(type, object) &&
           (type->check_ == NULL || type->check_(object) == NULL);
}

/* ---------------------------------------------------------------- any value */

static bool draw_text(osp_sampler *s, const osp_field *field, osp_kind kind, void *value)
{
    switch (kind) {
    case OSP_KIND_STR:
        return draw_str(s, field, value);
    case OSP_KIND_DECIMAL:
        draw_decimal(s, field, value);
        break;
    case OSP_KIND_BYTES:
        draw_bytes(s, field, value);
        break;
    case OSP_KIND_TIME:
        draw_time(s, value);
        break;
    case OSP_KIND_DATE:
        draw_date(s, value);
        break;
    case OSP_KIND_DURATION:
        ((osp_duration *)value)->us = between(s, INT64_MIN, INT64_MAX);
        break;
    default:
        for (size_t i = 0; i < sizeof(osp_uuid); i++) {
            ((osp_uuid *)value)->b[i] = (uint8_t)next(s);
        }
        break;
    }
    return true;
}

static bool draw_once(osp_sampler *s, const osp_field *field, osp_kind kind, const osp_type *type,
                      void *value)
{
    switch (kind) {
    case OSP_KIND_BOOL:
        *(bool *)value = one_in(s, 2);
        return true;
    case OSP_KIND_ENUM:
        *(int *)value =
            (int)type->names[s->plain ? 0 : osp_sample_below(s, type->name_count)].value;
        return true;
    case OSP_KIND_JSON:
        draw_json(s, value);
        return true;
    case OSP_KIND_UPLOAD: /* no text has one: of all of it, checks may look at the size */
        ((osp_upload *)value)->size = length(s, field);
        return true;
    case OSP_KIND_OBJECT:
        return draw_object(s, type, value);
    case OSP_KIND_UNION:
        return draw_union(s, type, value);
    case OSP_KIND_LIST:
        return draw_list(s, field, type, value);
    case OSP_KIND_ARRAY:
        return draw_items(s, field, type, value, field->count_, type->size);
    case OSP_KIND_MAP:
        return draw_map(s, field, type, value);
    case OSP_KIND_INT32 ... OSP_KIND_DOUBLE:
        return draw_number(s, field, kind, value);
    default:
        return draw_text(s, field, kind, value);
    }
}

static size_t size_of(const osp_field *field, osp_kind kind, const osp_type *type)
{
    switch (kind) {
    case OSP_KIND_OBJECT:
    case OSP_KIND_UNION:
        return type->size;
    case OSP_KIND_LIST:
    case OSP_KIND_MAP:
        return sizeof(osp_list);
    case OSP_KIND_ARRAY:
        return type->size * field->count_;
    case OSP_KIND_JSON:
        return sizeof(osp_json);
    case OSP_KIND_UPLOAD:
        return sizeof(osp_upload);
    default:
        return osp_kinds[kind].size;
    }
}

/* Draws until what was drawn passes. */
static bool draw(osp_sampler *s, const osp_field *field, osp_kind kind, const osp_type *type,
                 void *value)
{
    const osp_decoding how = { .arena = s->arena, .patterns = s->patterns };
    bool good = false;
    s->depth++;
    /* What is deep was drawn often enough before: tries multiply. */
    for (uint32_t i = 0; i < (s->depth > 2 ? TRIES_MAX / 4 : TRIES_MAX) && !good; i++) {
        memset(value, 0, size_of(field, kind, type));
        good = draw_once(s, field, kind, type, value) &&
               osp_field_judge(field, kind, type, value, true, &how).says == NULL;
    }
    s->depth--;
    return good;
}

static bool is_null(const osp_field *field, const void *value)
{
    return field->kind_ == OSP_KIND_JSON &&
           osp_str_equal(((const osp_json *)value)->text, OSP_STR("null"));
}

bool osp_sample_field(osp_sampler *s, const osp_field *field, void *slot)
{
    /* A value with a fallback is never absent once it was read, and a parameter never null. */
    const bool may_be_null = field->source_ == OSP_SOURCE_FIELD && !s->param;
    const uint32_t choice = s->depth > DEPTH_MAX ? 0 : osp_sample_below(s, 4);
    if (osp_field_is_optional(field) && choice == 0 && field->fallback == NULL) {
        return true;
    }
    char *value = (char *)slot + field->value_at_;
    if (field->indirect_) {
        value = take(s, field->type_->size);
        memcpy(slot, &value, sizeof value);
    } else if (field->value_at_ != 0) {
        const osp_presence is = choice == 1 && may_be_null ? OSP_NULL : OSP_SET;
        memcpy(slot, &is, sizeof is);
        if (is == OSP_NULL) {
            return true;
        }
    }
    return draw(s, field, osp_field_kind(field), field->type_, value) &&
           (!osp_field_is_optional(field) || !is_null(field, value));
}

bool osp_sample(osp_sampler *s, const osp_type *type, void *value)
{
    return draw(s, &any_item, (osp_kind)type->kind, type, value);
}
