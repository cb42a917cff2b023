/* Deep copies and comparisons for applications.
 *
 * The struct is copied as bytes; then the copy is walked, and each pointer that it still shares
 * with the original is replaced by one to a copy of what it points to, which the walk enters next.
 */
#include "base/task.h"
#include "type/reflect_impl.h"

typedef struct copier {
    osp_arena *arena;
    osp_status status;
} copier;

/* A copy of `size` bytes; what has none stays as it is. */
static void *bytes_copy(copier *c, const void *bytes, size_t size)
{
    void *copy = osp_arena_try(c->arena, size);
    if (copy == NULL) {
        c->status = OSP_E_NOMEM;
        return NULL;
    }
    memcpy(copy, bytes, size);
    return copy;
}

static void copy_text(copier *c, osp_str *text)
{
    if (text->len != 0) {
        text->ptr = bytes_copy(c, text->ptr, text->len);
    }
}

static void copy_items(copier *c, const osp_node *node)
{
    osp_list *list = node->value;
    const bool map = node->kind == OSP_KIND_MAP;
    const size_t stride = map ? osp_map_stride(node->type) : node->type->size;
    if (list->count == 0) {
        return;
    }
    list->items = bytes_copy(c, list->items, list->count * stride);
    for (size_t i = 0; map && c->status == OSP_OK && i < list->count; i++) {
        copy_text(c, (osp_str *)(void *)((char *)list->items + i * stride));
    }
}

static osp_walk copy_node(osp_node *node, bool leaving, void *arg)
{
    copier *c = arg;
    if (leaving || node->value == NULL) {
        return OSP_WALK_ON;
    }
    if (node->field != NULL && node->field->indirect_ && !node->item && node->slot != node->value) {
        node->value = bytes_copy(c, node->value, node->type->size);
        memcpy(node->slot, &node->value, sizeof(node->value));
        if (node->value == NULL) {
            return OSP_WALK_STOP;
        }
    }
    switch (node->kind) {
    case OSP_KIND_STR:
    case OSP_KIND_DECIMAL:
    case OSP_KIND_MARKUP:
    case OSP_KIND_BYTES: /* a pointer and a length */
    case OSP_KIND_JSON:
        copy_text(c, node->value);
        break;
    case OSP_KIND_LIST:
    case OSP_KIND_MAP:
        copy_items(c, node);
        break;
    default:
        break;
    }
    return c->status == OSP_OK ? OSP_WALK_ON : OSP_WALK_STOP;
}

osp_status osp_value_copy(const osp_type *type, const void *value, osp_arena *arena,
                          void **ret_copy)
{
    OSP_ASSERT(type != NULL);
    copier c = { arena, OSP_OK };
    void *copy = bytes_copy(&c, value, type->size);
    if (copy == NULL) {
        return OSP_E_NOMEM;
    }
    const osp_node root = osp_node_at(type, copy);
    const osp_status walked = osp_node_walk(&root, copy_node, &c);
    if (walked != OSP_OK) {
        return c.status != OSP_OK ? c.status : walked;
    }
    *ret_copy = copy;
    return OSP_OK;
}

void *osp_task_copy_of(osp_task *task, const osp_place *here, const osp_type *type,
                       const void *value)
{
    OSP_ASSERT(task != NULL);
    void *copy = NULL;
    const osp_status status = osp_value_copy(type, value, task->arena, &copy);
    if (status == OSP_E_NOMEM) {
        osp_task_fail_here(task, status, &(osp_error){ .status = OSP_OK }, here);
    }
    return copy;
}

bool osp_same(const osp_type *type, const void *a, const void *b)
{
    OSP_ASSERT(type != NULL);
    return osp_value_equal((osp_kind)type->kind, type, a, b);
}
