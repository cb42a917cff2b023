/* Getting and setting what a path leads to.
 *
 * A new value is decoded beside the old one, with the constraints of its member.  Only then it goes
 * in, and all that it is in is judged again: a list may want its items to differ, a type may have a
 * check.  When one says no, the old bytes go back, so that a value is good before and behind. */
#include "base/task.h"
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

/* A path's nodes, from the whole to what is set. */
typedef struct chain {
    uint32_t count;
    osp_node nodes[OSP_WALK_DEPTH_MAX + 1];
} chain;

static osp_status find_chain(chain *c, const osp_type *type, void *value, osp_str path)
{
    const bool pointer = path.len != 0 && path.ptr[0] == '/';
    c->nodes[0] = osp_node_at(type, value);
    c->count = 1;
    osp_path_step step;
    osp_status status;
    while ((status = osp_path_next(&path, pointer, &step)) == OSP_OK) {
        const osp_node *at = &c->nodes[c->count - 1];
        const bool list = at->kind == OSP_KIND_LIST || at->kind == OSP_KIND_ARRAY;
        if (c->count > OSP_WALK_DEPTH_MAX ||
            (list ? !step.is_index || !osp_node_child(at, step.index, &c->nodes[c->count])
                  : !osp_node_member(at, (osp_str){ step.text, step.len }, &c->nodes[c->count]))) {
            return OSP_E_NOT_FOUND;
        }
        c->count++;
    }
    return status == OSP_E_LIMIT ? OSP_E_NOT_FOUND : status < 0 ? status : OSP_OK;
}

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

/* Judges what the last node of a chain is in. */
static osp_status judge_chain(const chain *c, osp_arena *arena, osp_error *err)
{
    const osp_decoding how = { .arena = arena };
    for (uint32_t i = c->count - 1; i-- > 0;) {
        const osp_node *node = &c->nodes[i];
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
            const osp_str sentence = osp_flaw_text(&flaw, NULL, arena);
            return osp_error_set(err, failure != OSP_OK ? failure : OSP_E_TYPE_MISMATCH,
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

osp_status osp_path_set(osp_task *task, const osp_type *type, void *value, osp_str path,
                        osp_str text, bool json, osp_error *err)
{
    OSP_ASSERT(task != NULL);
    chain c;
    const osp_status status = find_chain(&c, type, value, path);
    if (status != OSP_OK) {
        return osp_error_set(err, status, "%s",
                             status == OSP_E_INVALID ? "this is no path"
                                                     : "the path leads nowhere");
    }
    const osp_node *node = &c.nodes[c.count - 1];
    const osp_field field = field_of(node);
    const size_t size = slot_size(&field);
    char *fresh = osp_arena_zalloc(task->arena, size), *old = osp_arena_try(task->arena, size);
    char *copy = osp_arena_try(task->arena, text.len);
    if (fresh == NULL || old == NULL || copy == NULL) {
        return no_memory(err);
    }
    memcpy(copy, text.len != 0 ? text.ptr : "", text.len);
    OSP_TRY(decode_slot(&field, fresh, (osp_str){ copy, text.len }, json, task->arena, err));
    memcpy(old, node->slot, size);
    memcpy(node->slot, fresh, size);
    const osp_status judged = judge_chain(&c, task->arena, err);
    if (judged != OSP_OK) {
        memcpy(node->slot, old, size);
    }
    return judged;
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
