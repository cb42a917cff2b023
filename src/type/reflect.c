/* Described values as trees of nodes.
 *
 *     Person { name, tags }        node 0   OBJECT  slot = value = &person
 *                                  +- "name"   STR    slot = value = &person.name
 *                                  +- "tags"   LIST   slot = value = &person.tags
 *                                     +- 0     STR    value = &person.tags.items[0]
 *
 * A node is made of its parent alone and owns nothing, so that a walk needs no memory but its path.
 * Presence and pointers are behind a node: `slot` is what the struct holds, `value` what is meant.
 *
 * Invariants: walks are no deeper than OSP_WALK_DEPTH_MAX; an object within itself is shown as a
 * cycle and not entered. */
#include "type/path.h"
#include "type/reflect_impl.h"

#define TYPES_MAX 256

/* ---------------------------------------------------------------- types */

const osp_field *osp_field_named(const osp_type *type, osp_str name)
{
    OSP_ASSERT(type != NULL);
    const osp_field *by_member = NULL;
    for (uint16_t i = 0; i < type->field_count; i++) {
        const osp_field *field = &type->fields[i];
        if (osp_str_equal(osp_field_name(field), name)) {
            return field;
        }
        if (osp_str_equal((osp_str){ field->member_, field->member_len_ }, name)) {
            by_member = field;
        }
    }
    return by_member;
}

/* Adds a type to those that are to be visited, unless it is among them. */
static osp_status meet(const osp_type *types[TYPES_MAX], size_t *count, const osp_type *type)
{
    for (size_t i = 0; type != NULL && i < *count; i++) {
        if (types[i] == type) {
            return OSP_OK;
        }
    }
    if (type != NULL) {
        if (*count == TYPES_MAX) {
            return OSP_E_LIMIT;
        }
        types[(*count)++] = type;
    }
    return OSP_OK;
}

osp_status osp_types_walk(const osp_type *type, bool (*visit)(const osp_type *type, void *arg),
                          void *arg)
{
    OSP_ASSERT(type != NULL);
    const osp_type *types[TYPES_MAX] = { type };
    size_t count = 1;
    for (size_t at = 0; at < count; at++) {
        if (!visit(types[at], arg)) {
            return OSP_DONE;
        }
        for (uint16_t i = 0; i < types[at]->field_count; i++) {
            OSP_TRY(meet(types, &count, types[at]->fields[i].type_));
        }
        for (uint16_t i = 0; i < types[at]->case_count; i++) {
            OSP_TRY(meet(types, &count, types[at]->cases[i].type));
        }
    }
    return OSP_OK;
}

/* ---------------------------------------------------------------- nodes */

/* The type whose fields are the members of an object or of a union's case, and where they are. */
static const osp_type *members_of(const osp_node *node, char **ret_base)
{
    if (node->value == NULL) {
        return NULL;
    }
    *ret_base = node->value;
    if (node->kind == OSP_KIND_OBJECT) {
        return node->type;
    }
    const osp_case *found =
        node->kind == OSP_KIND_UNION ? osp_union_case(node->type, node->value) : NULL;
    if (found == NULL) {
        return NULL;
    }
    *ret_base += found->offset;
    return found->type;
}

static size_t count_of(const osp_node *node)
{
    char *base = NULL;
    const osp_list *list = node->value;
    switch (node->kind) {
    case OSP_KIND_OBJECT:
    case OSP_KIND_UNION: {
        const osp_type *type = members_of(node, &base);
        return type != NULL ? type->field_count : 0;
    }
    case OSP_KIND_LIST:
    case OSP_KIND_MAP:
        return list != NULL ? list->count : 0;
    case OSP_KIND_ARRAY:
        return list != NULL ? node->field->count_ : 0;
    default:
        return 0;
    }
}

osp_node osp_node_at(const osp_type *type, const void *value)
{
    OSP_ASSERT(type != NULL);
    OSP_ASSERT(value != NULL || type->size == 0);
    void *slot = NULL;
    memcpy(&slot, &value, sizeof(slot)); /* whoever sets through it had it without const */
    osp_node node = {
        .kind = (osp_kind)type->kind, .is = OSP_SET, .type = type, .slot = slot, .value = slot
    };
    node.count = count_of(&node);
    return node;
}

static osp_node field_node(const osp_node *parent, const osp_field *field, char *base)
{
    char *slot = base + field->offset_;
    osp_node node = { .kind = osp_field_kind(field),
                      .is = OSP_SET,
                      .type = field->type_,
                      .field = field,
                      .name = osp_field_name(field),
                      .slot = slot,
                      .depth = parent->depth + 1,
                      .secret = parent->secret || field->secret };
    if (osp_field_value(field, slot) == NULL) {
        node.is = field->indirect_ ? OSP_ABSENT : *(const osp_presence *)(const void *)slot;
    } else if (field->indirect_) {
        memcpy(&node.value, slot, sizeof(node.value));
    } else {
        node.value = slot + field->value_at_;
    }
    node.count = count_of(&node);
    return node;
}

static osp_node item_node(const osp_node *parent, char *value)
{
    osp_node node = { .kind = (osp_kind)parent->type->kind,
                      .is = OSP_SET,
                      .type = parent->type,
                      .field = parent->field != NULL ? parent->field->each_ : NULL,
                      .slot = value,
                      .value = value,
                      .depth = parent->depth + 1,
                      .item = true,
                      .secret = parent->secret };
    node.count = count_of(&node);
    return node;
}

bool osp_node_child(const osp_node *node, size_t index, osp_node *ret_child)
{
    if (index >= node->count) {
        return false;
    }
    char *base = NULL;
    const osp_type *type = members_of(node, &base);
    if (type != NULL) {
        *ret_child = field_node(node, &type->fields[index], base);
        ret_child->index = index;
        return true;
    }
    const osp_list *list = node->value;
    if (node->kind == OSP_KIND_MAP) {
        char *entry = (char *)list->items + index * osp_map_stride(node->type);
        *ret_child = item_node(node, entry + OSP_MAP_VALUE_AT);
        memcpy(&ret_child->name, entry, sizeof(ret_child->name));
        ret_child->item = false;
    } else {
        char *items = node->kind == OSP_KIND_ARRAY ? node->value : list->items;
        *ret_child = item_node(node, items + index * node->type->size);
    }
    ret_child->index = index;
    return true;
}

static bool find_entry(const osp_node *map, osp_str name, osp_node *ret_child)
{
    const osp_list *list = map->value;
    const size_t stride = osp_map_stride(map->type);
    for (size_t i = 0; i < map->count; i++) {
        if (osp_str_equal(*(const osp_str *)(void *)((char *)list->items + i * stride), name)) {
            return osp_node_child(map, i, ret_child);
        }
    }
    return false;
}

bool osp_node_member(const osp_node *node, osp_str name, osp_node *ret_child)
{
    if (node->kind == OSP_KIND_MAP) {
        return find_entry(node, name, ret_child);
    }
    char *base = NULL;
    const osp_type *type = members_of(node, &base);
    if (type == NULL) {
        return false;
    }
    const osp_field *field = osp_field_named(type, name);
    if (field != NULL) {
        return osp_node_child(node, (size_t)(field - type->fields), ret_child);
    }
    for (uint16_t i = 0; i < type->field_count; i++) {
        if (type->fields[i].source_ == OSP_SOURCE_EXTRA) {
            const osp_node extra = field_node(node, &type->fields[i], base);
            return find_entry(&extra, name, ret_child);
        }
    }
    return false;
}

osp_status osp_node_find(const osp_node *node, osp_str path, osp_node *ret_found)
{
    const bool pointer = path.len != 0 && path.ptr[0] == '/';
    osp_node at = *node, child;
    osp_path_step step;
    osp_status status;
    while ((status = osp_path_next(&path, pointer, &step)) == OSP_OK) {
        const bool list = at.kind == OSP_KIND_LIST || at.kind == OSP_KIND_ARRAY;
        if (list ? !step.is_index || !osp_node_child(&at, step.index, &child)
                 : !osp_node_member(&at, (osp_str){ step.text, step.len }, &child)) {
            return OSP_E_NOT_FOUND;
        }
        at = child;
    }
    if (status == OSP_DONE) {
        *ret_found = at;
        return OSP_OK;
    }
    return status == OSP_E_LIMIT ? OSP_E_NOT_FOUND : status; /* no name is that long */
}

osp_status osp_node_encode(const osp_node *node, osp_buf *out)
{
    if (node->field != NULL && !node->item && node->name.len != 0 && node->slot != node->value) {
        return osp_json_encode_field(node->field, node->slot, out);
    }
    osp_field plain = { .kind_ = (uint8_t)node->kind, .type_ = node->type };
    if (node->field != NULL) {
        plain.each_ = node->field->each_;
        plain.count_ = node->field->count_;
        plain.as_string = node->field->as_string;
    }
    return osp_json_encode_field(&plain, node->value, out);
}

/* ---------------------------------------------------------------- walking */

static bool is_within_itself(const osp_node *path, uint32_t depth)
{
    const osp_node *node = &path[depth];
    if (node->kind != OSP_KIND_OBJECT && node->kind != OSP_KIND_UNION) {
        return false;
    }
    for (uint32_t i = 0; i < depth; i++) {
        if (path[i].value == node->value && path[i].type == node->type &&
            path[i].kind == node->kind && node->value != NULL) {
            return true;
        }
    }
    return false;
}

osp_status osp_node_walk(const osp_node *node, osp_visit_fn visit, void *arg)
{
    OSP_ASSERT(node != NULL);
    osp_node path[OSP_WALK_DEPTH_MAX + 1];
    size_t next[OSP_WALK_DEPTH_MAX + 1];
    uint32_t depth = 0;
    path[0] = *node;
    for (bool entering = true;;) {
        osp_node *at = &path[depth];
        if (entering) {
            at->cycle = is_within_itself(path, depth);
            const osp_walk way = visit(at, false, arg);
            if (way == OSP_WALK_STOP) {
                return OSP_DONE;
            }
            next[depth] = way == OSP_WALK_OVER || at->cycle ? SIZE_MAX : 0;
        }
        if (next[depth] < at->count) {
            if (depth == OSP_WALK_DEPTH_MAX) {
                return OSP_E_JSON_DEPTH;
            }
            entering = osp_node_child(at, next[depth]++, &path[depth + 1]);
            OSP_ASSERT(entering);
            depth++;
            continue;
        }
        if (next[depth] != SIZE_MAX && at->count != 0 && visit(at, true, arg) == OSP_WALK_STOP) {
            return OSP_DONE;
        }
        if (depth == 0) {
            return OSP_OK;
        }
        depth--;
        entering = false;
    }
}
