/* What must change for one value to become another.
 *
 * Both values are walked side by side.  Objects meet member by member, lists item by item, maps
 * entry by entry in the order of their names, which takes a sorted array of each.  The path to here
 * is kept as steps and becomes a JSON pointer only where a difference is.
 *
 * Invariants: recursion is bounded by OSP_WALK_DEPTH_MAX.  The text of a secret is never made. */
#include <stdio.h>

#include "base/task.h"
#include "type/reflect_impl.h"

#define NUMBER_MAX 24

typedef struct differ {
    osp_arena *arena;
    osp_change *items;
    size_t count, cap;
    const osp_node *path[OSP_WALK_DEPTH_MAX + 1]; /* the first one is the whole */
    uint32_t depth;
} differ;

static osp_status diff_nodes(differ *d, const osp_node *a, const osp_node *b);

/* ---------------------------------------------------------------- changes */

static size_t escaped(osp_str name, char *out)
{
    size_t len = 0;
    for (size_t i = 0; i < name.len; i++) {
        const char c = name.ptr[i];
        const bool escape = c == '~' || c == '/';
        if (out != NULL) {
            out[len] = escape ? '~' : c;
            if (escape) {
                out[len + 1] = c == '~' ? '0' : '1';
            }
        }
        len += 1U + escape;
    }
    return len;
}

/* The pointer to the current node in `out`, which may be NULL to learn its length.  What EXTRA
 * keeps are members of the object that it is in. */
static size_t write_pointer(const differ *d, char *out)
{
    size_t len = 0;
    for (uint32_t i = 1; i <= d->depth; i++) {
        const osp_node *node = d->path[i];
        if (!node->item && node->field != NULL && node->field->source_ == OSP_SOURCE_EXTRA) {
            continue;
        }
        char number[NUMBER_MAX];
        osp_str name = node->name;
        if (node->item) {
            const int digits = snprintf(number, sizeof(number), "%zu", node->index);
            OSP_ASSERT(digits > 0);
            name = (osp_str){ number, (size_t)digits };
        }
        if (out != NULL) {
            out[len] = '/';
        }
        len++;
        len += escaped(name, out != NULL ? out + len : NULL);
    }
    return len;
}

static osp_status text_of(differ *d, const osp_node *node, osp_str *ret_text)
{
    if (node == NULL || node->is == OSP_ABSENT) {
        *ret_text = (osp_str){ NULL, 0 };
        return OSP_OK;
    }
    if (node->secret) {
        *ret_text = OSP_STR(OSP_SECRET_TEXT);
        return OSP_OK;
    }
    osp_buf out;
    osp_buf_init(&out, NULL, 0, SIZE_MAX / 2);
    osp_status status = osp_node_encode(node, &out);
    if (status == OSP_OK) {
        char *copy = osp_arena_try(d->arena, out.len);
        status = copy != NULL ? OSP_OK : OSP_E_NOMEM;
        if (copy != NULL) {
            memcpy(copy, out.ptr, out.len);
            *ret_text = (osp_str){ copy, out.len };
        }
    } else if (status == OSP_E_LIMIT) {
        status = OSP_E_NOMEM; /* it has no other */
    } else if (status != OSP_E_NOMEM && status != OSP_E_JSON_DEPTH) {
        *ret_text = OSP_STR("?"); /* made by the application and no JSON */
        status = OSP_OK;
    }
    osp_buf_done(&out);
    return status;
}

static osp_status add_change(differ *d, osp_change_kind kind, const osp_node *a, const osp_node *b)
{
    if (d->count == d->cap) {
        const size_t cap = d->cap != 0 ? d->cap * 2 : 8;
        osp_change *more = osp_arena_try(d->arena, cap * sizeof(*more));
        if (more == NULL) {
            return OSP_E_NOMEM;
        }
        if (d->count != 0) {
            memcpy(more, d->items, d->count * sizeof(*more));
        }
        d->items = more;
        d->cap = cap;
    }
    osp_change change = { .kind = kind };
    change.pointer.len = write_pointer(d, NULL);
    if (change.pointer.len != 0) {
        char *text = osp_arena_try(d->arena, change.pointer.len);
        if (text == NULL) {
            return OSP_E_NOMEM;
        }
        (void)write_pointer(d, text);
        change.pointer.ptr = text;
    }
    OSP_TRY(text_of(d, a, &change.before));
    OSP_TRY(text_of(d, b, &change.after));
    d->items[d->count++] = change;
    return OSP_OK;
}

/* ---------------------------------------------------------------- walking */

/* One step down; a or b may be NULL: it is on one side only. */
static osp_status diff_child(differ *d, const osp_node *a, const osp_node *b)
{
    if (d->depth == OSP_WALK_DEPTH_MAX) {
        return OSP_E_JSON_DEPTH;
    }
    d->path[++d->depth] = a != NULL ? a : b;
    const osp_status status = a == NULL   ? add_change(d, OSP_ADDED, NULL, b)
                              : b == NULL ? add_change(d, OSP_REMOVED, a, NULL)
                                          : diff_nodes(d, a, b);
    d->depth--;
    return status;
}

static osp_status diff_children(differ *d, const osp_node *a, const osp_node *b)
{
    for (size_t i = 0; i < a->count || i < b->count; i++) {
        osp_node x, y;
        const bool has_x = osp_node_child(a, i, &x), has_y = osp_node_child(b, i, &y);
        OSP_TRY(diff_child(d, has_x ? &x : NULL, has_y ? &y : NULL));
    }
    return OSP_OK;
}

/* The child of a map that a sorted pointer leads to. */
static osp_node entry_node(const osp_node *map, const void *entry)
{
    const osp_list *list = map->value;
    const size_t bytes = (size_t)((const char *)entry - (const char *)list->items);
    osp_node child = { .kind = OSP_KIND_NONE };
    OSP_ASSERT(osp_node_child(map, bytes / osp_map_stride(map->type), &child));
    return child;
}

static osp_status diff_maps(differ *d, const osp_node *a, const osp_node *b)
{
    const void **x = osp_map_sorted(a->type, a->value, d->arena);
    const void **y = osp_map_sorted(b->type, b->value, d->arena);
    if (x == NULL || y == NULL) {
        return OSP_E_NOMEM;
    }
    for (size_t i = 0, j = 0; i < a->count || j < b->count;) {
        int order = i < a->count ? -1 : 1;
        if (i < a->count && j < b->count) {
            order = osp_str_compare(*(const osp_str *)x[i], *(const osp_str *)y[j]);
        }
        osp_node from, to;
        if (order <= 0) {
            from = entry_node(a, x[i++]);
        }
        if (order >= 0) {
            to = entry_node(b, y[j++]);
        }
        OSP_TRY(diff_child(d, order <= 0 ? &from : NULL, order >= 0 ? &to : NULL));
    }
    return OSP_OK;
}

/* Values without members. */
static osp_status diff_plain(differ *d, const osp_node *a, const osp_node *b)
{
    const osp_status status = osp_value_compare(a->kind, a->type, a->value, b->value);
    return status == OSP_DONE ? add_change(d, OSP_CHANGED, a, b) : status;
}

static osp_status diff_nodes(differ *d, const osp_node *a, const osp_node *b)
{
    if (a->is != b->is) {
        return add_change(d,
                          a->is == OSP_ABSENT   ? OSP_ADDED
                          : b->is == OSP_ABSENT ? OSP_REMOVED
                                                : OSP_CHANGED,
                          a, b);
    }
    if (a->value == NULL || a->value == b->value) {
        return OSP_OK;
    }
    switch (a->kind) {
    case OSP_KIND_UNION:
        if (osp_union_case(a->type, a->value) != osp_union_case(b->type, b->value)) {
            return add_change(d, OSP_CHANGED, a, b);
        }
        return diff_children(d, a, b);
    case OSP_KIND_OBJECT:
    case OSP_KIND_LIST:
    case OSP_KIND_ARRAY:
        return diff_children(d, a, b);
    case OSP_KIND_MAP:
        return diff_maps(d, a, b);
    default:
        return diff_plain(d, a, b);
    }
}

osp_status osp_value_diff(const osp_type *type, const void *a, const void *b, osp_arena *arena,
                          osp_change_list *ret_changes)
{
    const osp_node x = osp_node_at(type, a), y = osp_node_at(type, b);
    differ d = { .arena = arena, .path = { &x } };
    OSP_TRY(diff_nodes(&d, &x, &y));
    *ret_changes = (osp_change_list){ d.items, d.count };
    return OSP_OK;
}

osp_change_list osp_task_diff(osp_task *task, const osp_place *here, const osp_type *type,
                              const void *a, const void *b)
{
    OSP_ASSERT(task != NULL);
    osp_change_list changes = { NULL, 0 };
    const osp_status status = osp_value_diff(type, a, b, task->arena, &changes);
    if (status != OSP_OK) {
        osp_task_fail_here(task, status, &(osp_error){ .status = OSP_OK }, here);
    }
    return changes;
}
