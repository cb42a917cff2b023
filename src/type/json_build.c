/* JSON of any form, written piece by piece.
 *
 * The builder knows what may come next, so that what it gives is whole and valid or nothing.  The
 * first mistake or failure stays and is told at the end; nothing is written behind it.
 *
 * Names of the objects that are open are kept as places in the text, which is escaped canonically:
 * two names are the same when their bytes are.
 *
 * The text is in a heap buffer until it is done, for it grows; the arena frees it. */
#include "base/task.h"
#include "type/json_tree.h"
#include "type/type_impl.h"

typedef struct name_place {
    size_t at, len; /* in the text */
} name_place;

typedef struct level {
    size_t names; /* before those of this object */
    bool object, some;
} level;

struct osp_json_builder {
    osp_arena *arena;
    osp_buf out, names; /* names: of name_place */
    osp_status status;
    uint32_t depth;
    bool named; /* a name waits for its value */
    bool done;
    level levels[OSP_JSON_DEPTH_MAX];
    osp_error error;
};

static void builder_free(void *arg)
{
    osp_json_builder *b = arg;
    osp_buf_done(&b->out);
    osp_buf_done(&b->names);
}

osp_json_builder *osp_task_json_build(osp_task *task)
{
    OSP_ASSERT(task != NULL);
    osp_json_builder *b = osp_task_alloc(task, sizeof(*b));
    if (b == NULL) {
        return NULL;
    }
    b->arena = task->arena;
    osp_buf_init(&b->out, NULL, 0, task->arena->bytes_max);
    osp_buf_init(&b->names, NULL, 0, task->arena->bytes_max);
    b->status = osp_arena_defer(task->arena, builder_free, b);
    return b;
}

static void fail(osp_json_builder *b, osp_status status, const char *what)
{
    if (b->status == OSP_OK) {
        b->status = osp_error_set(&b->error, status, "byte %zu: %s", b->out.len, what);
    }
}

/* Keeps what a writer returned. */
static void keep(osp_json_builder *b, osp_status status)
{
    if (status == OSP_OK && b->out.failed) {
        status = OSP_E_LIMIT;
    }
    if (status != OSP_OK) {
        fail(b, status, osp_status_text(status));
    }
}

/* Whether a value may come here; writes the comma before it. */
static bool before_value(osp_json_builder *b)
{
    if (b == NULL || b->status != OSP_OK) {
        return false;
    }
    if (b->done || (b->depth == 0 && b->out.len != 0)) {
        fail(b, OSP_E_INVALID, "the value is whole already");
        return false;
    }
    if (b->depth != 0) {
        level *top = &b->levels[b->depth - 1];
        if (top->object && !b->named) {
            fail(b, OSP_E_INVALID, "a member of an object needs osp_json_add_name first");
            return false;
        }
        if (!top->object && top->some) {
            osp_buf_byte(&b->out, ',');
        }
        top->some = true;
    }
    b->named = false;
    return true;
}

static void open(osp_json_builder *b, bool object)
{
    if (!before_value(b)) {
        return;
    }
    if (b->depth == OSP_JSON_DEPTH_MAX) {
        fail(b, OSP_E_JSON_DEPTH, "nested too deeply");
        return;
    }
    b->levels[b->depth++] = (level){ .names = b->names.len / sizeof(name_place), .object = object };
    osp_buf_byte(&b->out, object ? '{' : '[');
    keep(b, OSP_OK);
}

void osp_json_open_object(osp_json_builder *b)
{
    open(b, true);
}

void osp_json_open_list(osp_json_builder *b)
{
    open(b, false);
}

/* Whether the names of the object at the top differ. */
static osp_status names_distinct(osp_json_builder *b, size_t first)
{
    const name_place *places = (const name_place *)(void *)b->names.ptr;
    const size_t count = b->names.len / sizeof(name_place) - first;
    if (count < 2) {
        return OSP_OK;
    }
    osp_arena scratch;
    osp_arena_init(&scratch, NULL, 0, SIZE_MAX);
    osp_str *names = osp_arena_try(&scratch, count * sizeof(*names));
    osp_status status = OSP_E_NOMEM;
    if (names != NULL) {
        for (size_t i = 0; i < count; i++) {
            names[i] = (osp_str){ b->out.ptr + places[first + i].at, places[first + i].len };
        }
        const void *twice = NULL;
        status =
            osp_items_distinct(OSP_KIND_STR, NULL, names, count, sizeof(*names), &scratch, &twice);
    }
    osp_arena_done(&scratch);
    return status;
}

void osp_json_close(osp_json_builder *b)
{
    if (b == NULL || b->status != OSP_OK) {
        return;
    }
    if (b->depth == 0) {
        fail(b, OSP_E_INVALID, "nothing is open that could be closed");
        return;
    }
    if (b->named) {
        fail(b, OSP_E_INVALID, "the last name has no value");
        return;
    }
    const level top = b->levels[--b->depth];
    if (top.object) {
        const osp_status status = names_distinct(b, top.names);
        if (status != OSP_OK) {
            fail(b, status == OSP_DONE ? OSP_E_INVALID : status,
                 status == OSP_DONE ? "the object has a name twice" : osp_status_text(status));
            return;
        }
        b->names.len = top.names * sizeof(name_place);
    }
    osp_buf_byte(&b->out, top.object ? '}' : ']');
    keep(b, OSP_OK);
}

void osp_json_add_name(osp_json_builder *b, osp_str name)
{
    if (b == NULL || b->status != OSP_OK) {
        return;
    }
    if (b->depth == 0 || !b->levels[b->depth - 1].object || b->named) {
        fail(b, OSP_E_INVALID,
             b->named ? "the last name has no value" : "a name stands in an object only");
        return;
    }
    if (b->levels[b->depth - 1].some) {
        osp_buf_byte(&b->out, ',');
    }
    name_place place = { .at = b->out.len };
    keep(b, osp_json_string(name, &b->out));
    place.len = b->out.len - place.at;
    osp_buf_byte(&b->out, ':');
    osp_buf_append(&b->names, &place, sizeof(place));
    keep(b, b->names.failed ? OSP_E_LIMIT : OSP_OK);
    b->named = true;
}

void osp_json_add_described(osp_json_builder *b, const osp_type *type, const void *value)
{
    if (before_value(b)) {
        keep(b, osp_json_encode(type, value, &b->out));
    }
}

void osp_json_add_null(osp_json_builder *b)
{
    osp_json_add_described(b, &osp_type_void, NULL);
}

void osp_json_add_bool(osp_json_builder *b, bool value)
{
    osp_json_add_described(b, &osp_type__Bool, &value);
}

void osp_json_add_int(osp_json_builder *b, int64_t value)
{
    osp_json_add_described(b, &osp_type_int64_t, &value);
}

void osp_json_add_uint(osp_json_builder *b, uint64_t value)
{
    osp_json_add_described(b, &osp_type_uint64_t, &value);
}

void osp_json_add_double(osp_json_builder *b, double value)
{
    osp_json_add_described(b, &osp_type_double, &value);
}

void osp_json_add_str(osp_json_builder *b, osp_str value)
{
    osp_json_add_described(b, &osp_type_osp_str, &value);
}

void osp_json_add_raw(osp_json_builder *b, osp_json value)
{
    osp_json_add_described(b, &osp_type_osp_json, &value);
}

/* A value that is no container. */
static void add_scalar(osp_json_builder *b, const osp_json_value *value)
{
    switch (osp_json_kind_of(value)) {
    case OSP_JSON_BOOL:
        osp_json_add_bool(b, osp_json_bool(value).value);
        break;
    case OSP_JSON_NUMBER:
        osp_json_add_raw(b, (osp_json){ osp_json_number_text(value).value });
        break;
    case OSP_JSON_STRING:
        osp_json_add_str(b, osp_json_str(value).value);
        break;
    default:
        osp_json_add_null(b);
        break;
    }
}

/* The containers that are entered stand here, not on the C stack. */
void osp_json_add_value(osp_json_builder *b, const osp_json_value *value)
{
    struct {
        const osp_json_value *value;
        size_t next;
    } path[OSP_JSON_DEPTH_MAX + 1];
    uint32_t depth = 0;
    do {
        const osp_json_kind kind = osp_json_kind_of(value);
        if (kind == OSP_JSON_OBJECT || kind == OSP_JSON_LIST) {
            OSP_ASSERT(depth < OSP_JSON_DEPTH_MAX); /* none deeper is ever read */
            open(b, kind == OSP_JSON_OBJECT);
            path[depth].value = value;
            path[depth++].next = 0;
        } else {
            add_scalar(b, value);
        }
        while (depth > 0 && path[depth - 1].next == osp_json_count(path[depth - 1].value)) {
            osp_json_close(b);
            depth--;
        }
        if (depth > 0) {
            const osp_json_value *parent = path[depth - 1].value;
            value = osp_json_at(parent, path[depth - 1].next++);
            if (osp_json_kind_of(parent) == OSP_JSON_OBJECT) {
                osp_json_add_name(b, osp_json_name(value));
            }
        }
    } while (depth > 0);
}

osp_status osp_json_built(osp_json_builder *b, osp_json *ret_json, osp_error *err)
{
    OSP_ASSERT(ret_json != NULL);
    if (b == NULL) {
        return osp_error_set(err, OSP_E_NOMEM, "no memory is left for the JSON text");
    }
    if (b->status == OSP_OK && (b->depth != 0 || b->out.len == 0 || b->done)) {
        fail(b, OSP_E_INVALID,
             b->done         ? "the value has been taken already"
             : b->depth != 0 ? "not all that was opened is closed"
                             : "there is no value");
    }
    char *copy = b->status == OSP_OK ? osp_arena_try(b->arena, b->out.len) : NULL;
    if (b->status == OSP_OK && copy == NULL) {
        fail(b, OSP_E_NOMEM, "no memory is left for the JSON text");
    }
    if (b->status != OSP_OK) {
        return osp_error_set(err, b->status, "%s",
                             b->error.message[0] != '\0' ? b->error.message
                                                         : osp_status_text(b->status));
    }
    memcpy(copy, b->out.ptr, b->out.len);
    *ret_json = (osp_json){ { copy, b->out.len } };
    b->done = true;
    return OSP_OK;
}
