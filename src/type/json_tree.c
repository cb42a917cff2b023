/* JSON of any form, read once into an arena.
 *
 *     [1, {"a": 2}]        pending: 1 | 2          frames: list at 0 | object at 1
 *                          pending: 1 | {a}        the object is closed: its members move out
 *
 * Values whose container is still open wait on a stack, which doubles; when the container closes
 * they move to an array of their own, so that an item is found by its index.  The members of an
 * object are sorted by name at the side: that finds a member in few steps, finds names that stand
 * twice, and makes objects comparable, whatever a client sends.
 *
 * Invariants: as json_read.  Open containers stand in `frames`, not on the C stack; comparing
 * recurses no deeper than OSP_JSON_DEPTH_MAX, for nothing deeper is read.
 * Source: RFC 8259, RFC 6901, RFC 7493 (no duplicates). */
#include "type/json_tree.h"

#include "base/task.h"
#include "type/decimal.h"
#include "type/hash.h"
#include "type/json_read.h"
#include "type/path.h"

#define PENDING_FIRST 16

typedef enum number_form { NUMBER_TEXT = 0, NUMBER_INT, NUMBER_DOUBLE } number_form;

struct osp_json_value {
    osp_str name;
    union {
        osp_str text; /* of a string or number */
        struct {
            const osp_json_value *items;
            const osp_json_value **by_name; /* the members of an object, sorted */
        };
    };
    union {
        int64_t integer;
        double real;
        bool boolean;
    };
    uint32_t count;
    uint8_t kind;   /* osp_json_kind */
    uint8_t number; /* number_form */
};

typedef struct frame {
    osp_str name; /* of the container itself */
    size_t first; /* of its values, in `pending` */
    bool object;
} frame;

typedef struct reader {
    osp_json_reader r;
    osp_json_value *pending;
    size_t count, cap;
    osp_str name; /* of the member whose value comes next */
    frame frames[OSP_JSON_DEPTH_MAX];
} reader;

/* ---------------------------------------------------------------- reading */

static osp_status push(reader *t, osp_json_value value)
{
    if (t->count == t->cap) {
        const size_t cap = t->cap != 0 ? t->cap * 2 : PENDING_FIRST;
        osp_json_value *more = osp_arena_try(t->r.arena, cap * sizeof(*more));
        if (more == NULL) {
            return osp_json_no_memory(&t->r);
        }
        if (t->count != 0) {
            memcpy(more, t->pending, t->count * sizeof(*more));
        }
        t->pending = more;
        t->cap = cap;
    }
    value.name = t->name;
    t->pending[t->count++] = value;
    return OSP_OK;
}

static osp_status read_number(reader *t, osp_json_value *value)
{
    osp_json_number number;
    OSP_TRY(osp_json_read_number(&t->r, &number));
    value->text = number.text;
    if (osp_json_number_store(&number, OSP_KIND_INT64, &value->integer) == NULL) {
        value->number = NUMBER_INT;
    } else if (osp_json_number_store(&number, OSP_KIND_DOUBLE, &value->real) == NULL) {
        value->number = NUMBER_DOUBLE;
    }
    return OSP_OK;
}

static osp_status read_scalar(reader *t)
{
    osp_json_value value = { .kind = OSP_JSON_NULL };
    switch (osp_json_peek(&t->r)) {
    case '"':
        value.kind = OSP_JSON_STRING;
        OSP_TRY(osp_json_read_string(&t->r, &value.text));
        break;
    case 't':
        value.kind = OSP_JSON_BOOL;
        value.boolean = true;
        OSP_TRY(osp_json_expect_word(&t->r, "true", 4));
        break;
    case 'f':
        value.kind = OSP_JSON_BOOL;
        OSP_TRY(osp_json_expect_word(&t->r, "false", 5));
        break;
    case 'n':
        OSP_TRY(osp_json_expect_word(&t->r, "null", 4));
        break;
    case '-':
    case '0' ... '9':
        value.kind = OSP_JSON_NUMBER;
        OSP_TRY(read_number(t, &value));
        break;
    default:
        return osp_json_syntax(&t->r, "expected a value");
    }
    return push(t, value);
}

static osp_status read_name(reader *t)
{
    OSP_TRY(osp_json_expect_name(&t->r, &t->name));
    return osp_json_expect_colon(&t->r);
}

/* Sinks the item at `root` of a heap by name. */
static void sink(const osp_json_value **heap, size_t root, size_t count)
{
    for (;;) {
        size_t child = 2 * root + 1;
        if (child >= count) {
            return;
        }
        if (child + 1 < count && osp_str_compare(heap[child]->name, heap[child + 1]->name) < 0) {
            child++;
        }
        if (osp_str_compare(heap[root]->name, heap[child]->name) >= 0) {
            return;
        }
        const osp_json_value *swap = heap[root];
        heap[root] = heap[child];
        heap[child] = swap;
        root = child;
    }
}

static osp_status sort_members(reader *t, osp_json_value *object)
{
    const size_t count = object->count;
    const osp_json_value **sorted = osp_arena_try(t->r.arena, count * sizeof(void *));
    if (sorted == NULL) {
        return osp_json_no_memory(&t->r);
    }
    for (size_t i = 0; i < count; i++) {
        sorted[i] = &object->items[i];
    }
    for (size_t root = count / 2; root-- > 0;) {
        sink(sorted, root, count);
    }
    for (size_t left = count; left > 1; left--) {
        const osp_json_value *largest = sorted[0];
        sorted[0] = sorted[left - 1];
        sorted[left - 1] = largest;
        sink(sorted, 0, left - 1);
    }
    for (size_t i = 1; i < count; i++) {
        if (osp_str_equal(sorted[i - 1]->name, sorted[i]->name)) {
            return osp_json_fail(&t->r, OSP_E_INVALID, "the object has a name twice");
        }
    }
    object->by_name = sorted;
    return OSP_OK;
}

/* Behind a closing bracket: what waits since the container was opened becomes its own. */
static osp_status close_container(reader *t)
{
    OSP_ASSERT(t->r.depth > 0);
    const frame *f = &t->frames[t->r.depth - 1];
    const size_t count = t->count - f->first;
    osp_json_value value = { .kind = f->object ? OSP_JSON_OBJECT : OSP_JSON_LIST,
                             .count = (uint32_t)count };
    if (count != 0) {
        osp_json_value *items = osp_arena_try(t->r.arena, count * sizeof(*items));
        if (items == NULL) {
            return osp_json_no_memory(&t->r);
        }
        memcpy(items, t->pending + f->first, count * sizeof(*items));
        value.items = items;
        if (f->object) {
            OSP_TRY(sort_members(t, &value));
        }
    }
    t->count = f->first;
    t->name = f->name;
    t->r.depth--;
    return push(t, value);
}

/* Opens containers as long as the value begins with one that is not empty. */
static osp_status open_containers(reader *t, bool *ret_closed)
{
    *ret_closed = false;
    for (int c = osp_json_peek(&t->r); c == '{' || c == '['; c = osp_json_peek(&t->r)) {
        if (t->r.depth == OSP_JSON_DEPTH_MAX) {
            return osp_json_fail(&t->r, OSP_E_JSON_DEPTH, "nested too deeply");
        }
        t->r.at++;
        t->frames[t->r.depth++] = (frame){ t->name, t->count, c == '{' };
        t->name = (osp_str){ NULL, 0 };
        if (osp_json_peek(&t->r) == (c == '{' ? '}' : ']')) {
            t->r.at++;
            *ret_closed = true;
            return close_container(t);
        }
        if (c == '{') {
            OSP_TRY(read_name(t));
        }
    }
    return OSP_OK;
}

static osp_status read_tree(reader *t)
{
    do {
        bool closed = false, more = false;
        OSP_TRY(open_containers(t, &closed));
        if (!closed) {
            OSP_TRY(read_scalar(t));
        }
        while (t->r.depth > 0 && !more) {
            const bool object = t->frames[t->r.depth - 1].object;
            OSP_TRY(osp_json_expect_more(&t->r, object, &more));
            if (!more) {
                OSP_TRY(close_container(t));
            } else if (object) {
                OSP_TRY(read_name(t));
            } else {
                t->name = (osp_str){ NULL, 0 };
            }
        }
    } while (t->r.depth > 0);
    return OSP_OK;
}

osp_status osp_json_tree_read(osp_str text, osp_arena *arena, const osp_json_value **ret_value,
                              osp_error *err)
{
    OSP_ASSERT(arena != NULL);
    if (text.len > UINT32_MAX) {
        return osp_error_set(err, OSP_E_LIMIT, "the JSON text is too long");
    }
    reader t;
    osp_json_reader_init(&t.r, text, arena, err);
    t.pending = NULL;
    t.count = t.cap = 0;
    t.name = (osp_str){ NULL, 0 };
    OSP_TRY(read_tree(&t));
    if (osp_json_peek(&t.r) != -1) {
        return osp_json_syntax(&t.r, "unexpected text behind the value");
    }
    OSP_ASSERT(t.count == 1);
    *ret_value = t.pending;
    return OSP_OK;
}

osp_status osp_task_json_read(osp_task *task, osp_str text, const osp_json_value **ret_value,
                              osp_error *err)
{
    OSP_ASSERT(task != NULL);
    OSP_ASSERT(ret_value != NULL);
    return osp_json_tree_read(text, task->arena, ret_value, err);
}

/* ---------------------------------------------------------------- looking up */

osp_json_kind osp_json_kind_of(const osp_json_value *value)
{
    return value != NULL ? (osp_json_kind)value->kind : OSP_JSON_NONE;
}

size_t osp_json_count(const osp_json_value *value)
{
    return value != NULL ? value->count : 0;
}

const osp_json_value *osp_json_at(const osp_json_value *value, size_t index)
{
    return index < osp_json_count(value) ? &value->items[index] : NULL;
}

const osp_json_value *osp_json_member(const osp_json_value *value, osp_str name)
{
    if (osp_json_kind_of(value) != OSP_JSON_OBJECT) {
        return NULL;
    }
    size_t low = 0, high = value->count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        const int order = osp_str_compare(value->by_name[middle]->name, name);
        if (order == 0) {
            return value->by_name[middle];
        }
        if (order < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return NULL;
}

const osp_json_value *osp_json_find(const osp_json_value *value, osp_str pointer)
{
    osp_path_step step;
    osp_status status = OSP_OK;
    if (pointer.len != 0 && pointer.ptr[0] != '/') {
        return NULL;
    }
    while (value != NULL && (status = osp_path_next(&pointer, true, &step)) == OSP_OK) {
        value = value->kind == OSP_JSON_LIST
                    ? (step.is_index ? osp_json_at(value, step.index) : NULL)
                    : osp_json_member(value, (osp_str){ step.text, step.len });
    }
    return status < 0 ? NULL : value;
}

osp_str osp_json_name(const osp_json_value *value)
{
    return value != NULL ? value->name : (osp_str){ NULL, 0 };
}

/* ---------------------------------------------------------------- typed */

/* Of an optional that is not set. */
static osp_presence unset(const osp_json_value *value)
{
    return osp_json_kind_of(value) == OSP_JSON_NULL ? OSP_NULL : OSP_ABSENT;
}

osp_opt_bool osp_json_bool(const osp_json_value *value)
{
    return osp_json_kind_of(value) == OSP_JSON_BOOL ? (osp_opt_bool){ OSP_SET, value->boolean }
                                                    : (osp_opt_bool){ .is = unset(value) };
}

osp_opt_int osp_json_int(const osp_json_value *value)
{
    if (osp_json_kind_of(value) == OSP_JSON_NUMBER && value->number == NUMBER_INT) {
        return (osp_opt_int){ OSP_SET, value->integer };
    }
    return (osp_opt_int){ .is = unset(value) };
}

osp_opt_double osp_json_double(const osp_json_value *value)
{
    if (osp_json_kind_of(value) == OSP_JSON_NUMBER && value->number != NUMBER_TEXT) {
        return (osp_opt_double){ OSP_SET, value->number == NUMBER_INT ? (double)value->integer
                                                                      : value->real };
    }
    return (osp_opt_double){ .is = unset(value) };
}

static osp_opt_str text_of(const osp_json_value *value, osp_json_kind kind)
{
    return osp_json_kind_of(value) == kind ? (osp_opt_str){ OSP_SET, value->text }
                                           : (osp_opt_str){ .is = unset(value) };
}

osp_opt_str osp_json_str(const osp_json_value *value)
{
    return text_of(value, OSP_JSON_STRING);
}

osp_opt_str osp_json_number_text(const osp_json_value *value)
{
    return text_of(value, OSP_JSON_NUMBER);
}

osp_str osp_json_tree_text(const osp_json_value *value)
{
    switch (osp_json_kind_of(value)) {
    case OSP_JSON_STRING:
    case OSP_JSON_NUMBER:
        return value->text;
    case OSP_JSON_BOOL:
        return value->boolean ? OSP_STR("true") : OSP_STR("false");
    case OSP_JSON_NULL:
        return OSP_STR("null");
    default:
        return (osp_str){ NULL, 0 };
    }
}

/* ---------------------------------------------------------------- comparing */

static int compare_lists(const osp_json_value *a, const osp_json_value *b)
{
    for (size_t i = 0; i < a->count && i < b->count; i++) {
        const int order = osp_json_tree_compare(&a->items[i], &b->items[i]);
        if (order != 0) {
            return order;
        }
    }
    return (a->count > b->count) - (a->count < b->count);
}

static int compare_objects(const osp_json_value *a, const osp_json_value *b)
{
    for (size_t i = 0; i < a->count && i < b->count; i++) {
        int order = osp_str_compare(a->by_name[i]->name, b->by_name[i]->name);
        if (order == 0) {
            order = osp_json_tree_compare(a->by_name[i], b->by_name[i]);
        }
        if (order != 0) {
            return order;
        }
    }
    return (a->count > b->count) - (a->count < b->count);
}

int osp_json_tree_compare(const osp_json_value *a, const osp_json_value *b)
{
    const osp_json_kind kind = osp_json_kind_of(a), other = osp_json_kind_of(b);
    if (kind != other) {
        return kind > other ? 1 : -1;
    }
    switch (kind) {
    case OSP_JSON_BOOL:
        return a->boolean - b->boolean;
    case OSP_JSON_NUMBER:
        return osp_number_compare(a->text, b->text);
    case OSP_JSON_STRING:
        return osp_str_compare(a->text, b->text);
    case OSP_JSON_LIST:
        return compare_lists(a, b);
    case OSP_JSON_OBJECT:
        return compare_objects(a, b);
    default:
        return 0;
    }
}

uint64_t osp_json_tree_hash(const osp_json_value *value)
{
    const osp_json_kind kind = osp_json_kind_of(value);
    uint64_t hash = osp_hash_add(0, kind);
    switch (kind) {
    case OSP_JSON_BOOL:
        return osp_hash_add(hash, value->boolean);
    case OSP_JSON_NUMBER:
        return osp_hash_add(hash, osp_number_hash(value->text));
    case OSP_JSON_STRING:
        return osp_hash_bytes(hash, value->text.ptr, value->text.len);
    case OSP_JSON_LIST:
        for (size_t i = 0; i < value->count; i++) {
            hash = osp_hash_add(hash, osp_json_tree_hash(&value->items[i]));
        }
        return hash;
    case OSP_JSON_OBJECT:
        for (size_t i = 0; i < value->count; i++) {
            const osp_json_value *member = value->by_name[i];
            hash = osp_hash_bytes(hash, member->name.ptr, member->name.len);
            hash = osp_hash_add(hash, osp_json_tree_hash(member));
        }
        return hash;
    default:
        return hash;
    }
}

bool osp_json_equal(const osp_json_value *a, const osp_json_value *b)
{
    return osp_json_tree_compare(a, b) == 0;
}
