/* Values of a described type, compared as JSON sees them.
 *
 * Equal means: the same JSON, but for the order of members.  Members of other sources than the body
 * are not part of it.  An order of values, total but without a meaning, lets items be sorted, so
 * that a list is searched for equal ones in n log n steps whatever a client sends.
 *
 * Depth is that of the type: pointers may form a list, which the decoder bounds. */
#include "type/type_impl.h"

static int compare(osp_kind kind, const osp_type *type, const void *a, const void *b);

static int compare_bytes(const void *a, size_t a_len, const void *b, size_t b_len)
{
    const size_t less = a_len < b_len ? a_len : b_len;
    const int order = less != 0 ? memcmp(a, b, less) : 0;
    return order != 0 ? order : (a_len > b_len) - (a_len < b_len);
}

#define ORDER(T) ((*(const T *)a > *(const T *)b) - (*(const T *)a < *(const T *)b))

static int compare_scalar(osp_kind kind, const void *a, const void *b)
{
    switch (kind) {
    case OSP_KIND_BOOL:
        return ORDER(bool);
    case OSP_KIND_INT32:
    case OSP_KIND_ENUM:
        return ORDER(int32_t);
    case OSP_KIND_INT64:
    case OSP_KIND_TIME:
    case OSP_KIND_DURATION:
        return ORDER(int64_t);
    case OSP_KIND_UINT32:
        return ORDER(uint32_t);
    case OSP_KIND_UINT64:
        return ORDER(uint64_t);
    case OSP_KIND_FLOAT:
        return ORDER(float);
    case OSP_KIND_DOUBLE:
        return ORDER(double);
    case OSP_KIND_DATE: {
        const osp_date *x = a, *y = b;
        const int days = (x->year - y->year) * 512 + (x->month - y->month) * 32 + x->day - y->day;
        return (days > 0) - (days < 0);
    }
    case OSP_KIND_UUID:
        return memcmp(a, b, sizeof(osp_uuid));
    default: { /* texts and bytes: a pointer and a length */
        const osp_str *x = a, *y = b;
        return compare_bytes(x->ptr, x->len, y->ptr, y->len);
    }
    }
}

static int compare_items(const osp_type *type, const char *a, size_t a_count, const char *b,
                         size_t b_count)
{
    for (size_t i = 0; i < a_count && i < b_count; i++) {
        const int order =
            compare((osp_kind)type->kind, type, a + i * type->size, b + i * type->size);
        if (order != 0) {
            return order;
        }
    }
    return (a_count > b_count) - (a_count < b_count);
}

static int compare_maps(const osp_type *type, const osp_list *a, const osp_list *b)
{
    const size_t stride = osp_map_stride(type);
    for (size_t i = 0; i < a->count && i < b->count; i++) {
        const char *x = (const char *)a->items + i * stride;
        const char *y = (const char *)b->items + i * stride;
        int order = compare_scalar(OSP_KIND_STR, x, y);
        if (order == 0) {
            order = compare((osp_kind)type->kind, type, x + OSP_MAP_VALUE_AT, y + OSP_MAP_VALUE_AT);
        }
        if (order != 0) {
            return order;
        }
    }
    return (a->count > b->count) - (a->count < b->count);
}

static int compare_field(const osp_field *field, const void *a, const void *b)
{
    const void *x = osp_field_value(field, a), *y = osp_field_value(field, b);
    if (x == NULL || y == NULL) {
        const osp_presence x_is = x == NULL && field->value_at_ ? *(const osp_presence *)a : 0;
        const osp_presence y_is = y == NULL && field->value_at_ ? *(const osp_presence *)b : 0;
        return (x != NULL) - (y != NULL) != 0 ? (x != NULL) - (y != NULL) : (int)x_is - (int)y_is;
    }
    if (field->kind_ == OSP_KIND_ARRAY) {
        return compare_items(field->type_, x, field->count_, y, field->count_);
    }
    return compare((osp_kind)field->kind_, field->type_, x, y);
}

static int compare_objects(const osp_type *type, const char *a, const char *b)
{
    for (uint16_t i = 0; i < type->field_count; i++) {
        const osp_field *field = &type->fields[i];
        if (field->source_ != OSP_SOURCE_FIELD && field->source_ != OSP_SOURCE_EXTRA) {
            continue;
        }
        const int order = compare_field(field, a + field->offset_, b + field->offset_);
        if (order != 0) {
            return order;
        }
    }
    return 0;
}

const osp_case *osp_union_case(const osp_type *type, const void *value)
{
    int tag = 0;
    memcpy(&tag, (const char *)value + type->tag_offset, sizeof(tag));
    for (uint16_t i = 0; i < type->case_count; i++) {
        if (type->cases[i].value == tag) {
            return &type->cases[i];
        }
    }
    return NULL;
}

static int compare_unions(const osp_type *type, const char *a, const char *b)
{
    const osp_case *x = osp_union_case(type, a), *y = osp_union_case(type, b);
    if (x != y || x == NULL) {
        return (x > y) - (x < y);
    }
    return compare(OSP_KIND_OBJECT, x->type, a + x->offset, b + x->offset);
}

static int compare(osp_kind kind, const osp_type *type, const void *a, const void *b)
{
    switch (kind) {
    case OSP_KIND_OBJECT: /* which OBJECT says of a union, too */
    case OSP_KIND_UNION:
        return type->kind == OSP_KIND_UNION ? compare_unions(type, a, b)
                                            : compare_objects(type, a, b);
    case OSP_KIND_LIST: {
        const osp_list *x = a, *y = b;
        return compare_items(type, x->items, x->count, y->items, y->count);
    }
    case OSP_KIND_MAP:
        return compare_maps(type, a, b);
    default:
        return compare_scalar(kind, a, b);
    }
}

bool osp_value_equal(osp_kind kind, const osp_type *type, const void *a, const void *b)
{
    return compare(kind, type, a, b) == 0;
}

/* Sinks the item at `root` of a heap of pointers. */
static void sink(const void **heap, size_t root, size_t count, osp_kind kind, const osp_type *type)
{
    for (;;) {
        size_t child = 2 * root + 1;
        if (child >= count) {
            return;
        }
        if (child + 1 < count && compare(kind, type, heap[child], heap[child + 1]) < 0) {
            child++;
        }
        if (compare(kind, type, heap[root], heap[child]) >= 0) {
            return;
        }
        const void *swap = heap[root];
        heap[root] = heap[child];
        heap[child] = swap;
        root = child;
    }
}

bool osp_items_distinct(osp_kind kind, const osp_type *type, const void *items, size_t count,
                        size_t stride, osp_arena *arena)
{
    if (count < 2) {
        return true;
    }
    const void **heap =
        count < SIZE_MAX / sizeof(void *) ? osp_arena_try(arena, count * sizeof(void *)) : NULL;
    if (heap == NULL) {
        return false; /* refused rather than let pass */
    }
    for (size_t i = 0; i < count; i++) {
        heap[i] = (const char *)items + i * stride;
    }
    for (size_t root = count / 2; root-- > 0;) {
        sink(heap, root, count, kind, type);
    }
    const void *last = NULL;
    for (size_t left = count; left > 0; left--) {
        if (last != NULL && compare(kind, type, heap[0], last) == 0) {
            return false;
        }
        last = heap[0];
        heap[0] = heap[left - 1];
        sink(heap, 0, left - 1, kind, type);
    }
    return true;
}

bool osp_items_unique(const osp_field *field, osp_kind kind, const osp_type *type,
                      const void *value, const osp_decoding *how)
{
    const osp_kind item = (osp_kind)type->kind;
    if (kind == OSP_KIND_ARRAY) {
        return osp_items_distinct(item, type, value, field->count_, type->size, how->arena);
    }
    OSP_ASSERT(kind == OSP_KIND_LIST);
    const osp_list *list = value;
    return osp_items_distinct(item, type, list->items, list->count, type->size, how->arena);
}
