/* Getting and setting what a path leads to.
 *
 * A new value is decoded beside the old one, with the constraints of its member.  Only then it goes
 * in, and all that it is in is judged again: a list may want its items to differ, a type may have a
 * check.  When one says no, the old bytes go back, so that a value is good before and behind.
 *
 * What a path passes through and is not there is made on the way: objects with their fallbacks, one
 * more item of a list, one more entry of a map.
 *
 *     user --address: NULL--> Address --lines: 2 items--> the third
 *          ^ only this is changed; what hangs below it is new memory
 *
 * So the first change is all that must be taken back.  A new object has all that its type asks for
 * or the path fails: nothing half made is left. */
#include "base/size.h"
#include "base/task.h"
#include "base/utf8.h"
#include "type/path.h"
#include "type/reflect_impl.h"

osp_presence osp_path_presence(const osp_type *type, const void *value, osp_str path)
{
    const osp_node root = osp_node_at(type, value);
    osp_node found;
    return osp_node_find(&root, path, &found) == OSP_OK ? found.is : OSP_ABSENT;
}

static osp_status node_text(const osp_node *node, osp_buf *out)
{
    return osp_kinds[node->kind].scalar ? osp_scalar_write(node->kind, node->type, node->value, out)
                                        : osp_node_encode(node, out);
}

osp_status osp_path_get(osp_task *task, const osp_type *type, const void *value, osp_str path,
                        osp_str *ret_text)
{
    OSP_ASSERT(task != NULL);
    const osp_node root = osp_node_at(type, value);
    osp_node found;
    OSP_TRY(osp_node_find(&root, path, &found));
    if (found.value == NULL) {
        return OSP_E_NOT_FOUND;
    }
    osp_buf out;
    osp_buf_init(&out, NULL, 0, task->arena->bytes_max);
    osp_status status = node_text(&found, &out);
    if (status == OSP_OK) {
        char *copy = osp_arena_try(task->arena, out.len + 1);
        if (copy != NULL) {
            memcpy(copy, out.len != 0 ? out.ptr : "", out.len);
            copy[out.len] = '\0';
            *ret_text = (osp_str){ copy, out.len };
        }
        status = copy != NULL ? OSP_OK : OSP_E_NOMEM;
    }
    osp_buf_done(&out);
    return status;
}

/* ---------------------------------------------------------------- setting */

/* A path's nodes, from the whole to what is set, and the bytes that were first changed. */
typedef struct setting {
    osp_arena *arena;
    osp_error *err;
    void *changed; /* NULL: nothing yet */
    char *old;
    size_t old_size;
    bool fresh; /* the last node was made by this setting, or is in what was */
    uint32_t count;
    osp_node nodes[OSP_WALK_DEPTH_MAX + 1];
} setting;

/* The field that decodes a node into a slot of its own. */
static osp_field field_of(const osp_node *node)
{
    osp_field field = { .kind_ = OSP_KIND_NONE };
    if (node->field != NULL) {
        field = *node->field;
    }
    field.kind_ = (uint8_t)node->kind;
    field.type_ = node->type;
    field.offset_ = 0;
    return field;
}

/* Bytes of the slot of a field: presence and value. */
static size_t slot_size(const osp_field *field)
{
    if (field->indirect_) {
        return sizeof(void *);
    }
    const osp_kind kind = (osp_kind)field->kind_;
    size_t size = osp_kinds[kind].size;
    if (kind == OSP_KIND_OBJECT || kind == OSP_KIND_UNION) {
        size = field->type_->size;
    } else if (kind == OSP_KIND_ARRAY) {
        size = field->count_ * field->type_->size;
    } else if (kind == OSP_KIND_LIST || kind == OSP_KIND_MAP) {
        size = sizeof(osp_list);
    } else if (kind == OSP_KIND_JSON) {
        size = sizeof(osp_json);
    }
    return field->value_at_ + size;
}

/* Sets `err` to the first issue of a value. */
static osp_status say_issue(const osp_issues *issues, osp_status status, osp_arena *arena,
                            osp_error *err)
{
    if (status == OSP_E_TYPE_MISMATCH && issues->count != 0) {
        const osp_issue *first = &issues->items[0];
        const osp_str text = osp_flaw_text(&first->flaw, NULL, arena);
        (void)osp_error_set(err, status, "%.*s%s%.*s", OSP_ARG(first->where),
                            first->where.len != 0 ? " " : "", OSP_ARG(text));
    }
    return status;
}

static osp_status decode_slot(const osp_field *field, void *slot, osp_str text, bool json,
                              osp_arena *arena, osp_error *err)
{
    osp_issues issues = { .count = 0 };
    const osp_decoding how = { .arena = arena, .issues = &issues };
    if (json) {
        const osp_status status = osp_json_decode_field(field, slot, text, &how, err);
        return say_issue(&issues, status, arena, err);
    }
    osp_flaw flaw = { .says = NULL };
    const osp_status status = osp_field_from_text(field, slot, text, &how, &flaw);
    if (status == OSP_E_TYPE_MISMATCH) {
        osp_issues_add(&issues, NULL, (osp_str){ NULL, 0 }, flaw);
    }
    return say_issue(&issues, status, arena, err);
}

/* Judges what the last node is in. */
static osp_status judge_parents(const setting *s)
{
    const osp_decoding how = { .arena = s->arena };
    for (uint32_t i = s->count - 1; i-- > 0;) {
        const osp_node *node = &s->nodes[i];
        osp_flaw flaw = { .says = NULL };
        const osp_type *type = node->type;
        const char *base = node->value;
        if (node->kind == OSP_KIND_UNION) {
            const osp_case *found = osp_union_case(type, base);
            type = found->type;
            base += found->offset;
        }
        if ((node->kind == OSP_KIND_OBJECT || node->kind == OSP_KIND_UNION) &&
            type->check_ != NULL) {
            flaw = osp_flaw_checked(type->check_(base));
        }
        if (flaw.says == NULL && node->field != NULL) {
            flaw = osp_field_judge(node->field, node->kind, node->type, node->value, true, &how);
        }
        if (flaw.says != NULL) {
            const osp_status failure = osp_flaw_failure(flaw);
            const osp_str sentence = osp_flaw_text(&flaw, NULL, s->arena);
            return osp_error_set(s->err, failure != OSP_OK ? failure : OSP_E_TYPE_MISMATCH,
                                 "%.*s%s%.*s", OSP_ARG(node->name), node->name.len != 0 ? " " : "",
                                 OSP_ARG(sentence));
        }
    }
    return OSP_OK;
}

static osp_status no_memory(osp_error *err)
{
    return osp_error_set(err, OSP_E_NOMEM, "no memory is left for the value");
}

static osp_status nowhere(osp_error *err)
{
    return osp_error_set(err, OSP_E_NOT_FOUND, "the path leads nowhere");
}

/* Remembers bytes that are about to change, unless they hang below what has changed already. */
static osp_status remember(setting *s, void *at, size_t size)
{
    if (s->changed != NULL) {
        return OSP_OK;
    }
    s->old = osp_arena_try(s->arena, size);
    if (s->old == NULL) {
        return no_memory(s->err);
    }
    memcpy(s->old, at, size);
    s->old_size = size;
    s->changed = at;
    return OSP_OK;
}

/* Puts an empty object, list or map where a node has none. */
static osp_status make_node(setting *s, osp_node *at)
{
    const osp_field field = field_of(at);
    const size_t size = slot_size(&field);
    if (at->kind != OSP_KIND_OBJECT && at->kind != OSP_KIND_LIST && at->kind != OSP_KIND_MAP) {
        return nowhere(s->err);
    }
    OSP_ASSERT(s->count > 1);
    OSP_TRY(remember(s, at->slot, size));
    memset(at->slot, 0, size);
    if (field.indirect_) {
        void *object = osp_arena_zalloc(s->arena, at->type->size);
        if (object == NULL) {
            return no_memory(s->err);
        }
        memcpy(at->slot, &object, sizeof(object));
    } else {
        *(osp_presence *)at->slot = OSP_SET;
    }
    s->fresh = true;
    const bool is_there = osp_node_child(at - 1, at->index, at);
    OSP_ASSERT(is_there);
    return OSP_OK;
}

/* One more item, or entry of that name, at the end.  It is zeroed. */
static osp_status append(setting *s, osp_node *at, osp_str name)
{
    osp_list *list = at->value;
    const bool map = at->kind == OSP_KIND_MAP;
    const size_t stride = map ? osp_map_stride(at->type) : at->type->size;
    size_t size = 0;
    char *items =
        osp_size_mul(list->count + 1, stride, &size) ? osp_arena_zalloc(s->arena, size) : NULL;
    char *key = osp_arena_try(s->arena, map ? name.len : 0);
    if (items == NULL || key == NULL) {
        return no_memory(s->err);
    }
    if (list->count != 0) {
        memcpy(items, list->items, size - stride);
    }
    if (map) {
        memcpy(key, name.ptr, name.len);
        memcpy(items + size - stride, &(osp_str){ key, name.len }, sizeof(osp_str));
    }
    OSP_TRY(remember(s, list, sizeof(*list)));
    *list = (osp_list){ items, list->count + 1 };
    at->count++;
    s->fresh = true;
    return OSP_OK;
}

/* What a new object is without what the path gives it: its fallbacks.  Others must be optional. */
static osp_status fill_object(setting *s, const osp_node *at, const osp_path_step *step)
{
    const osp_field *given = osp_field_named(at->type, (osp_str){ step->text, step->len });
    for (uint16_t i = 0; i < at->type->field_count; i++) {
        const osp_field *field = &at->type->fields[i];
        if (field != given && field->source_ == OSP_SOURCE_FIELD && field->fallback == NULL &&
            !osp_field_is_optional(field) && !field->read_only) {
            return osp_error_set(s->err, OSP_E_TYPE_MISMATCH, "%.*s%s%.*s is required",
                                 OSP_ARG(at->name), at->name.len != 0 ? " " : "",
                                 OSP_ARG(osp_field_name(field)));
        }
    }
    const osp_decoding how = { .arena = s->arena };
    const osp_status status = osp_json_decode(at->type, at->value, OSP_STR("{}"), &how, NULL);
    return status == OSP_OK || status == OSP_E_TYPE_MISMATCH /* what is given is still missing */
               ? OSP_OK
               : osp_error_set(s->err, status, "%s", osp_status_text(status));
}

static osp_status step_into(setting *s, const osp_path_step *step, bool pointer)
{
    if (s->count > OSP_WALK_DEPTH_MAX) {
        return nowhere(s->err);
    }
    osp_node *at = &s->nodes[s->count - 1], *child = at + 1;
    const osp_str name = { step->text, step->len };
    if (at->value == NULL) {
        OSP_TRY(make_node(s, at));
    }
    if (s->fresh && at->kind == OSP_KIND_OBJECT) {
        OSP_TRY(fill_object(s, at, step));
    } else if (s->fresh && (at->kind == OSP_KIND_UNION || at->kind == OSP_KIND_ARRAY)) {
        return nowhere(s->err); /* one member does not make one */
    }
    bool found = false;
    if (at->kind == OSP_KIND_LIST || at->kind == OSP_KIND_ARRAY) {
        const bool behind = pointer && osp_str_equal(name, OSP_STR("-")); /* RFC 6901 section 4 */
        const size_t index = behind ? at->count : step->index;
        if (at->kind == OSP_KIND_LIST && (behind || step->is_index) && index == at->count) {
            OSP_TRY(append(s, at, name));
        }
        found = (behind || step->is_index) && osp_node_child(at, index, child);
    } else {
        found = osp_node_member(at, name, child);
        if (!found && at->kind == OSP_KIND_MAP && osp_utf8_valid(name)) {
            OSP_TRY(append(s, at, name));
            found = osp_node_child(at, at->count - 1, child);
        }
    }
    s->count += found;
    return found ? OSP_OK : nowhere(s->err);
}

/* Goes to the last node of a path and makes what is missing before it. */
static osp_status find_nodes(setting *s, osp_str path)
{
    const bool pointer = path.len != 0 && path.ptr[0] == '/';
    osp_path_step step;
    osp_status status;
    while ((status = osp_path_next(&path, pointer, &step)) == OSP_OK) {
        OSP_TRY(step_into(s, &step, pointer));
    }
    if (status == OSP_E_LIMIT) { /* no name is that long */
        return nowhere(s->err);
    }
    return status < 0 ? osp_error_set(s->err, status, "this is no path") : OSP_OK;
}

/* Decodes beside the last node, and puts it there. */
static osp_status set_last(setting *s, osp_str text, bool json)
{
    const osp_node *node = &s->nodes[s->count - 1];
    const osp_field field = field_of(node);
    const size_t size = slot_size(&field);
    char *value = osp_arena_zalloc(s->arena, size), *copy = osp_arena_try(s->arena, text.len);
    if (value == NULL || copy == NULL) {
        return no_memory(s->err);
    }
    memcpy(copy, text.len != 0 ? text.ptr : "", text.len);
    OSP_TRY(decode_slot(&field, value, (osp_str){ copy, text.len }, json, s->arena, s->err));
    OSP_TRY(remember(s, node->slot, size));
    memcpy(node->slot, value, size);
    return judge_parents(s);
}

osp_status osp_path_set(osp_task *task, const osp_type *type, void *value, osp_str path,
                        osp_str text, bool json, osp_error *err)
{
    OSP_ASSERT(task != NULL);
    setting s = { .arena = task->arena, .err = err, .count = 1 };
    s.nodes[0] = osp_node_at(type, value);
    osp_status status = find_nodes(&s, path);
    if (status == OSP_OK) {
        status = set_last(&s, text, json);
    }
    if (status != OSP_OK && s.changed != NULL) {
        memcpy(s.changed, s.old, s.old_size);
    }
    return status;
}

osp_status osp_path_unset(const osp_type *type, void *value, osp_str path)
{
    const osp_node root = osp_node_at(type, value);
    osp_node found;
    OSP_TRY(osp_node_find(&root, path, &found));
    if (found.slot == value || found.field == NULL || !osp_field_is_optional(found.field)) {
        return OSP_E_INVALID;
    }
    const osp_field field = field_of(&found);
    memset(found.slot, 0, slot_size(&field));
    return OSP_OK;
}
