/* Hashes of described values: equal values have the same one, whatever their spelling.
 *
 * What osp_value_compare takes for equal decides what is mixed in: of a zero no sign, of raw values
 * the tree, of maps the sum over the entries, whose order says nothing.
 *
 * Invariants: recursion is bounded by OSP_JSON_DEPTH_MAX.
 * Cost: one pass over the value, and one reading of each raw text into a scratch arena. */
#include "type/hash.h"
#include "type/json_tree.h"
#include "type/type_impl.h"

typedef struct hasher {
    osp_arena *scratch;
    uint32_t depth;
    bool failed;
} hasher;

static uint64_t hash_value(hasher *h, osp_kind kind, const osp_type *type, const void *value);

static uint64_t hash_double(double value)
{
    uint64_t bits = 0;
    if (value != value) {
        return 1;
    }
    value = value == 0 ? 0 : value;
    memcpy(&bits, &value, sizeof(bits));
    return bits;
}

static uint64_t hash_scalar(osp_kind kind, const void *value)
{
    switch (kind) {
    case OSP_KIND_BOOL:
        return *(const bool *)value;
    case OSP_KIND_INT32:
    case OSP_KIND_UINT32:
    case OSP_KIND_ENUM:
        return *(const uint32_t *)value;
    case OSP_KIND_INT64:
    case OSP_KIND_UINT64:
    case OSP_KIND_TIME:
    case OSP_KIND_DURATION:
        return *(const uint64_t *)value;
    case OSP_KIND_FLOAT:
        return hash_double(*(const float *)value);
    case OSP_KIND_DOUBLE:
        return hash_double(*(const double *)value);
    case OSP_KIND_DATE: {
        const osp_date *date = value;
        return ((uint64_t)(uint16_t)date->year << 16) | (uint64_t)date->month << 8 | date->day;
    }
    case OSP_KIND_UUID:
        return osp_hash_bytes(0, value, sizeof(osp_uuid));
    default: { /* texts and bytes: a pointer and a length */
        const osp_str *text = value;
        return osp_hash_bytes(0, text->ptr, text->len);
    }
    }
}

static uint64_t hash_items(hasher *h, const osp_type *type, const char *items, size_t count)
{
    uint64_t hash = osp_hash_add(0, count);
    for (size_t i = 0; i < count; i++) {
        hash =
            osp_hash_add(hash, hash_value(h, (osp_kind)type->kind, type, items + i * type->size));
    }
    return hash;
}

static uint64_t hash_map(hasher *h, const osp_type *type, const osp_list *map)
{
    const size_t stride = osp_map_stride(type);
    uint64_t sum = map->count;
    for (size_t i = 0; i < map->count; i++) {
        const char *entry = (const char *)map->items + i * stride;
        sum += osp_hash_add(hash_scalar(OSP_KIND_STR, entry),
                            hash_value(h, (osp_kind)type->kind, type, entry + OSP_MAP_VALUE_AT));
    }
    return sum;
}

static uint64_t hash_field(hasher *h, const osp_field *field, const void *slot)
{
    const void *value = osp_field_value(field, slot);
    if (value == NULL) {
        return field->value_at_ != 0 ? 1 + (uint64_t) * (const osp_presence *)slot : 1;
    }
    return field->kind_ == OSP_KIND_ARRAY
               ? hash_items(h, field->type_, value, field->count_)
               : hash_value(h, osp_field_kind(field), field->type_, value);
}

static uint64_t hash_object(hasher *h, const osp_type *type, const char *value)
{
    uint64_t hash = 0;
    if (type->kind == OSP_KIND_UNION) {
        const osp_case *one = osp_union_case(type, value);
        return one == NULL
                   ? 0
                   : osp_hash_add(hash_value(h, OSP_KIND_OBJECT, one->type, value + one->offset),
                                  (uint64_t)(one - type->cases));
    }
    for (uint16_t i = 0; i < type->field_count; i++) {
        const osp_field *field = &type->fields[i];
        hash = osp_hash_add(hash, hash_field(h, field, value + field->offset_));
    }
    return hash;
}

/* What cannot be read, which only an application makes, is its bytes. */
static uint64_t hash_raw(hasher *h, osp_str text)
{
    const osp_json_value *root = NULL;
    if (osp_json_tree_read(text, h->scratch, &root, NULL) == OSP_E_NOMEM) {
        h->failed = true;
    }
    return root != NULL ? osp_json_tree_hash(root) : osp_hash_bytes(0, text.ptr, text.len);
}

static uint64_t hash_nested(hasher *h, osp_kind kind, const osp_type *type, const void *value)
{
    const osp_list *list = value;
    switch (kind) {
    case OSP_KIND_OBJECT:
    case OSP_KIND_UNION:
        return hash_object(h, type, value);
    case OSP_KIND_LIST:
        return hash_items(h, type, list->items, list->count);
    case OSP_KIND_MAP:
        return hash_map(h, type, list);
    case OSP_KIND_UPLOAD:
        return osp_hash_bytes(0, value, sizeof(osp_upload));
    default:
        return kind == OSP_KIND_NONE ? 0 : hash_raw(h, *(const osp_str *)value);
    }
}

static uint64_t hash_value(hasher *h, osp_kind kind, const osp_type *type, const void *value)
{
    if (osp_kinds[kind].scalar) {
        return hash_scalar(kind, value);
    }
    if (h->failed || h->depth == OSP_JSON_DEPTH_MAX) {
        h->failed = true;
        return 0;
    }
    h->depth++;
    const uint64_t hash = hash_nested(h, kind, type, value);
    h->depth--;
    return hash;
}

osp_status osp_value_hash(osp_kind kind, const osp_type *type, const void *value,
                          osp_arena *scratch, uint64_t *ret_hash)
{
    hasher h = { .scratch = scratch };
    const uint64_t hash = hash_value(&h, kind, type, value);
    if (h.failed) {
        return OSP_E_NOMEM;
    }
    *ret_hash = hash;
    return OSP_OK;
}
