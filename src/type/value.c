/* Values of a described type, compared as JSON sees them.
 *
 * Equal means: the same JSON, whatever the order of members and names, and for raw values whatever
 * their spelling.  An order of values, total but without a meaning, lets items be sorted, so that a
 * list is searched for equal ones in n log n steps whatever a client sends.  What nests is sorted
 * by its hash instead, as long as the hashes tell items apart.
 *
 * Maps and raw values are compared in the order of their names, for which a scratch arena takes
 * what is sorted; it starts afresh with each comparison.  When it is exhausted, or when pointers of
 * the application form a cycle, the comparison has failed and tells nothing.
 *
 * Invariants: the order is the same whatever it is asked for first, else sorting would miss equal
 * items; recursion is bounded by OSP_JSON_DEPTH_MAX. */
#include "type/json_tree.h"
#include "type/type_impl.h"

#define SCRATCH_BYTES 2048
#define HASHED_TEXTS_MIN 64
#define SCRATCH_MAX ((size_t)1 << 30) /* the values compared are in memory already */

typedef struct comparing {
    osp_arena scratch;
    uint32_t depth;
    bool failed; /* the order says nothing */
    char first[SCRATCH_BYTES];
} comparing;

static int compare(comparing *c, osp_kind kind, const osp_type *type, const void *a, const void *b);

static int compare_bytes(const void *a, size_t a_len, const void *b, size_t b_len)
{
    const size_t less = a_len < b_len ? a_len : b_len;
    const int order = less != 0 ? memcmp(a, b, less) : 0;
    return order != 0 ? order : (a_len > b_len) - (a_len < b_len);
}

#define ORDER(T) ((*(const T *)a > *(const T *)b) - (*(const T *)a < *(const T *)b))

/* NaN, which JSON has not, is equal to itself and above the rest. */
static int compare_doubles(double a, double b)
{
    return a != a || b != b ? (a != a) - (b != b) : (a > b) - (a < b);
}

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
        return compare_doubles(*(const float *)a, *(const float *)b);
    case OSP_KIND_DOUBLE:
        return compare_doubles(*(const double *)a, *(const double *)b);
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

static int compare_items(comparing *c, const osp_type *type, const char *a, size_t a_count,
                         const char *b, size_t b_count)
{
    for (size_t i = 0; i < a_count && i < b_count; i++) {
        const int order =
            compare(c, (osp_kind)type->kind, type, a + i * type->size, b + i * type->size);
        if (order != 0) {
            return order;
        }
    }
    return (a_count > b_count) - (a_count < b_count);
}

static int compare_entries(comparing *c, const osp_type *type, const char *a, const char *b)
{
    const int order = compare_scalar(OSP_KIND_STR, a, b);
    return order != 0
               ? order
               : compare(c, (osp_kind)type->kind, type, a + OSP_MAP_VALUE_AT, b + OSP_MAP_VALUE_AT);
}

/* The same entries in the same order: nothing needs to be sorted. */
static bool same_entries(comparing *c, const osp_type *type, const osp_list *a, const osp_list *b)
{
    const size_t stride = osp_map_stride(type);
    for (size_t i = 0; i < a->count; i++) {
        if (compare_entries(c, type, (const char *)a->items + i * stride,
                            (const char *)b->items + i * stride) != 0) {
            return false;
        }
    }
    return true;
}

static int compare_maps(comparing *c, const osp_type *type, const osp_list *a, const osp_list *b)
{
    if (a->count != b->count) {
        return a->count > b->count ? 1 : -1;
    }
    if (same_entries(c, type, a, b)) {
        return 0;
    }
    const void **x = osp_map_sorted(type, a, &c->scratch);
    const void **y = osp_map_sorted(type, b, &c->scratch);
    if (x == NULL || y == NULL) {
        c->failed = true;
        return 1;
    }
    for (size_t i = 0; i < a->count; i++) {
        const int order = compare_entries(c, type, x[i], y[i]);
        if (order != 0) {
            return order;
        }
    }
    return 0;
}

/* Raw values: what cannot be read, which only an application makes, comes first. */
static int compare_raw(comparing *c, osp_str a, osp_str b)
{
    const int bytes = compare_bytes(a.ptr, a.len, b.ptr, b.len);
    if (bytes == 0) {
        return 0;
    }
    const osp_json_value *x = NULL, *y = NULL;
    const osp_status x_is = osp_json_tree_read(a, &c->scratch, &x, NULL);
    const osp_status y_is = osp_json_tree_read(b, &c->scratch, &y, NULL);
    if (x_is == OSP_E_NOMEM || y_is == OSP_E_NOMEM) {
        c->failed = true;
        return 1;
    }
    return x == NULL && y == NULL ? bytes : osp_json_tree_compare(x, y);
}

static int compare_field(comparing *c, const osp_field *field, const void *a, const void *b)
{
    const void *x = osp_field_value(field, a), *y = osp_field_value(field, b);
    if (x == NULL || y == NULL) {
        const osp_presence x_is = x == NULL && field->value_at_ ? *(const osp_presence *)a : 0;
        const osp_presence y_is = y == NULL && field->value_at_ ? *(const osp_presence *)b : 0;
        return (x != NULL) - (y != NULL) != 0 ? (x != NULL) - (y != NULL) : (int)x_is - (int)y_is;
    }
    if (field->kind_ == OSP_KIND_ARRAY) {
        return compare_items(c, field->type_, x, field->count_, y, field->count_);
    }
    return compare(c, osp_field_kind(field), field->type_, x, y);
}

static int compare_objects(comparing *c, const osp_type *type, const char *a, const char *b)
{
    for (uint16_t i = 0; i < type->field_count; i++) {
        const osp_field *field = &type->fields[i];
        const int order = compare_field(c, field, a + field->offset_, b + field->offset_);
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

static int compare_unions(comparing *c, const osp_type *type, const char *a, const char *b)
{
    const osp_case *x = osp_union_case(type, a), *y = osp_union_case(type, b);
    if (x != y || x == NULL) {
        return (x > y) - (x < y);
    }
    return compare(c, OSP_KIND_OBJECT, x->type, a + x->offset, b + x->offset);
}

static int compare_nested(comparing *c, osp_kind kind, const osp_type *type, const void *a,
                          const void *b)
{
    const osp_list *x = a, *y = b;
    switch (kind) {
    case OSP_KIND_OBJECT: /* which OBJECT says of a union, too */
    case OSP_KIND_UNION:
        return type->kind == OSP_KIND_UNION ? compare_unions(c, type, a, b)
                                            : compare_objects(c, type, a, b);
    case OSP_KIND_LIST:
        return compare_items(c, type, x->items, x->count, y->items, y->count);
    case OSP_KIND_MAP:
        return compare_maps(c, type, x, y);
    case OSP_KIND_UPLOAD: /* the same one */
        return memcmp(a, b, sizeof(osp_upload));
    default:
        return kind == OSP_KIND_NONE ? 0 : compare_raw(c, *(const osp_str *)a, *(const osp_str *)b);
    }
}

static int compare(comparing *c, osp_kind kind, const osp_type *type, const void *a, const void *b)
{
    if (osp_kinds[kind].scalar) {
        return compare_scalar(kind, a, b);
    }
    if (c->failed || c->depth == OSP_JSON_DEPTH_MAX) {
        c->failed = true;
        return 1;
    }
    c->depth++;
    const int order = compare_nested(c, kind, type, a, b);
    c->depth--;
    return order;
}

static void comparing_init(comparing *c)
{
    osp_arena_init(&c->scratch, c->first, sizeof(c->first), SCRATCH_MAX);
    c->depth = 0;
    c->failed = false;
}

osp_status osp_value_compare(osp_kind kind, const osp_type *type, const void *a, const void *b)
{
    comparing c;
    comparing_init(&c);
    const int order = compare(&c, kind, type, a, b);
    osp_arena_done(&c.scratch);
    return c.failed ? OSP_E_NOMEM : order == 0 ? OSP_OK : OSP_DONE;
}

bool osp_value_equal(osp_kind kind, const osp_type *type, const void *a, const void *b)
{
    return osp_value_compare(kind, type, a, b) == OSP_OK;
}

/* ---------------------------------------------------------------- sorting */

/* What is sorted: pointers to items of a kind. */
typedef struct sorting {
    comparing *c;
    osp_kind kind;
    const osp_type *type;
    const void **heap;
} sorting;

static int order_of(const sorting *s, const void *a, const void *b)
{
    const int order = compare(s->c, s->kind, s->type, a, b);
    if (s->kind != OSP_KIND_STR) {
        osp_arena_reset(&s->c->scratch);
    }
    return order;
}

/* Sinks the item at `root` of the heap. */
static void sink(const sorting *s, size_t root, size_t count)
{
    const void **heap = s->heap;
    for (;;) {
        size_t child = 2 * root + 1;
        if (child >= count) {
            return;
        }
        if (child + 1 < count && order_of(s, heap[child], heap[child + 1]) < 0) {
            child++;
        }
        if (order_of(s, heap[root], heap[child]) >= 0) {
            return;
        }
        const void *swap = heap[root];
        heap[root] = heap[child];
        heap[child] = swap;
        root = child;
    }
}

/* Pointers to `count` items, least first, in the arena; NULL: no memory. */
static const void **sorted(sorting *s, const void *items, size_t count, size_t stride,
                           osp_arena *arena)
{
    s->heap =
        count < SIZE_MAX / sizeof(void *) ? osp_arena_try(arena, count * sizeof(void *)) : NULL;
    if (s->heap == NULL) {
        return NULL;
    }
    for (size_t i = 0; i < count; i++) {
        s->heap[i] = (const char *)items + i * stride;
    }
    for (size_t root = count / 2; root-- > 0;) {
        sink(s, root, count);
    }
    for (size_t left = count; left > 1; left--) {
        const void *largest = s->heap[0];
        s->heap[0] = s->heap[left - 1];
        s->heap[left - 1] = largest;
        sink(s, 0, left - 1);
    }
    return s->heap;
}

const void **osp_map_sorted(const osp_type *type, const osp_list *map, osp_arena *arena)
{
    comparing c = { .depth = 0 }; /* names need no scratch */
    sorting s = { &c, OSP_KIND_STR, NULL, NULL };
    return sorted(&s, map->items, map->count, osp_map_stride(type), arena);
}

/* Whether to compare two items costs much more than two numbers: what nests is read each time, of
 * many texts each lies elsewhere. */
static bool is_hashed(osp_kind kind, size_t count)
{
    const bool text = kind >= OSP_KIND_STR && kind <= OSP_KIND_BYTES;
    return !osp_kinds[kind].scalar || (text && count >= HASHED_TEXTS_MIN);
}

/* An item and its hash, which stands first to be sorted by. */
typedef struct hashed {
    uint64_t hash;
    const void *item;
} hashed;

/* Items of one hash stand side by side.  OSP_OK (all differ) | OSP_DONE (*ret_twice) | OSP_AGAIN
 * (three have one hash and the first of them differ: this way tells nothing) | OSP_E_NOMEM. */
static osp_status find_by_hash(comparing *c, osp_kind kind, const osp_type *type,
                               const hashed *const *all, size_t count, const void **ret_twice)
{
    for (size_t i = 1; i < count; i++) {
        if (all[i - 1]->hash != all[i]->hash) {
            continue;
        }
        const int order = compare(c, kind, type, all[i - 1]->item, all[i]->item);
        osp_arena_reset(&c->scratch);
        if (order == 0 || c->failed) {
            *ret_twice = all[i]->item;
            return c->failed ? OSP_E_NOMEM : OSP_DONE;
        }
        if (i > 1 && all[i - 2]->hash == all[i]->hash) {
            return OSP_AGAIN;
        }
    }
    return OSP_OK;
}

static osp_status distinct_by_hash(comparing *c, osp_kind kind, const osp_type *type,
                                   const char *items, size_t count, size_t stride, osp_arena *arena,
                                   const void **ret_twice)
{
    hashed *hashes =
        count < SIZE_MAX / sizeof(*hashes) ? osp_arena_try(arena, count * sizeof(*hashes)) : NULL;
    if (hashes == NULL) {
        return OSP_E_NOMEM;
    }
    for (size_t i = 0; i < count; i++) {
        hashes[i].item = items + i * stride;
        OSP_TRY(osp_value_hash(kind, type, hashes[i].item, &c->scratch, &hashes[i].hash));
        osp_arena_reset(&c->scratch);
    }
    sorting s = { c, OSP_KIND_UINT64, NULL, NULL };
    const void **all = sorted(&s, hashes, count, sizeof(*hashes), arena);
    return all != NULL ? find_by_hash(c, kind, type, (const hashed *const *)all, count, ret_twice)
                       : OSP_E_NOMEM;
}

static osp_status distinct_by_order(comparing *c, osp_kind kind, const osp_type *type,
                                    const void *items, size_t count, size_t stride,
                                    osp_arena *arena, const void **ret_twice)
{
    sorting s = { c, kind, type, NULL };
    const void **all = sorted(&s, items, count, stride, arena);
    if (all == NULL) {
        return OSP_E_NOMEM;
    }
    for (size_t i = 1; i < count; i++) {
        if (order_of(&s, all[i - 1], all[i]) == 0) {
            *ret_twice = all[i];
            return OSP_DONE;
        }
    }
    return OSP_OK;
}

osp_status osp_items_distinct(osp_kind kind, const osp_type *type, const void *items, size_t count,
                              size_t stride, osp_arena *arena, const void **ret_twice)
{
    if (count < 2) {
        return OSP_OK;
    }
    comparing c;
    comparing_init(&c);
    osp_status status = OSP_AGAIN;
    if (is_hashed(kind, count)) {
        status = distinct_by_hash(&c, kind, type, items, count, stride, arena, ret_twice);
    }
    if (status == OSP_AGAIN) {
        status = distinct_by_order(&c, kind, type, items, count, stride, arena, ret_twice);
    }
    osp_arena_done(&c.scratch);
    return c.failed ? OSP_E_NOMEM : status;
}

osp_status osp_items_unique(const osp_field *field, osp_kind kind, const osp_type *type,
                            const void *value, osp_arena *arena)
{
    OSP_ASSERT(kind == OSP_KIND_ARRAY || kind == OSP_KIND_LIST);
    const osp_list *list = value;
    const void *twice = NULL;
    return osp_items_distinct(
        (osp_kind)type->kind, type, kind == OSP_KIND_ARRAY ? value : list->items,
        kind == OSP_KIND_ARRAY ? field->count_ : list->count, type->size, arena, &twice);
}
