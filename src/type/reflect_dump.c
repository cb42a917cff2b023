/* Described values as text for people: logs and debuggers.
 *
 *     User {
 *       id int64: 7
 *       bio str: absent
 *       password str: ***
 *       tags list of osp_str, 2 [
 *         0: "a"
 *         1: "b"
 *       ]
 *     }
 *
 * Every size is bounded: what comes from a client is printed too.  Bytes that would do something to
 * a terminal are escaped. */
#include <stdio.h>

#include "base/task.h"
#include "type/reflect_impl.h"

#define DEPTH_MAX 12
#define ITEMS_MAX 64 /* no type has more members */
#define TEXT_MAX 200 /* bytes of a string */
#define DUMP_MAX (1 << 16)
#define STACK_BYTES 2048

static void indent(osp_buf *out, uint32_t depth)
{
    for (uint32_t i = 0; i < depth; i++) {
        osp_buf_append(out, "  ", 2);
    }
}

/* Text in quotes, cut and without control characters; bytes above ASCII stay as they are. */
static void quoted(osp_buf *out, osp_str text)
{
    const size_t len = text.len < TEXT_MAX ? text.len : TEXT_MAX;
    osp_buf_byte(out, '"');
    for (size_t i = 0; i < len; i++) {
        const unsigned char c = (unsigned char)text.ptr[i];
        /* 0x80 to 0x9f are controls of terminals that do not know UTF-8, but its tails as well. */
        if (c < ' ' || c == 0x7f) {
            osp_buf_printf(out, "\\x%02x", c);
        } else {
            if (c == '"' || c == '\\') {
                osp_buf_byte(out, '\\');
            }
            osp_buf_byte(out, (char)c);
        }
    }
    osp_buf_byte(out, '"');
    if (len < text.len) {
        osp_buf_printf(out, " and %zu bytes more", text.len - len);
    }
}

static void dump_bytes(osp_buf *out, osp_bytes bytes)
{
    const size_t shown = bytes.len < TEXT_MAX / 4 ? bytes.len : TEXT_MAX / 4;
    osp_buf_printf(out, "%zu:", bytes.len);
    for (size_t i = 0; i < shown; i++) {
        osp_buf_printf(out, " %02x", bytes.ptr[i]);
    }
    if (shown < bytes.len) {
        osp_buf_append(out, " ...", 4);
    }
}

static void dump_scalar(osp_buf *out, const osp_node *node)
{
    switch (node->kind) {
    case OSP_KIND_STR:
    case OSP_KIND_DECIMAL:
    case OSP_KIND_MARKUP:
    case OSP_KIND_JSON:
        quoted(out, *(const osp_str *)node->value);
        return;
    case OSP_KIND_BYTES:
        dump_bytes(out, *(const osp_bytes *)node->value);
        return;
    case OSP_KIND_NONE:
        osp_buf_append(out, "void", 4);
        return;
    case OSP_KIND_UPLOAD: {
        const osp_upload *upload = node->value;
        quoted(out, upload->name);
        osp_buf_printf(out, " of %llu bytes", (unsigned long long)upload->size);
        return;
    }
    default:
        break;
    }
    const size_t len = out->len;
    if (osp_scalar_write(node->kind, node->type, node->value, out) == OSP_OK) {
        return;
    }
    out->len = len; /* not finite, no such date, no such name */
    if (node->kind == OSP_KIND_ENUM) {
        osp_buf_printf(out, "%d, which has no name", *(const int *)node->value);
    } else if (node->kind == OSP_KIND_DOUBLE) {
        osp_buf_printf(out, "%g", *(const double *)node->value);
    } else if (node->kind == OSP_KIND_FLOAT) {
        osp_buf_printf(out, "%g", (double)*(const float *)node->value);
    } else {
        osp_buf_append(out, "invalid", 7);
    }
}

/* `name kind` or `index`, and what the kind is of. */
static void dump_head(osp_buf *out, const osp_node *node)
{
    const char *type = node->type != NULL ? node->type->name : NULL;
    indent(out, node->depth);
    if (node->depth == 0) {
        osp_buf_printf(out, "%s", type);
        return;
    }
    const bool member = !node->item && node->field != NULL && node->field->member_ != NULL;
    if (node->item) {
        osp_buf_printf(out, "%zu", node->index);
    } else if (member) {
        osp_buf_str(out, node->name);
    } else {
        quoted(out, node->name);
    }
    if (member) {
        osp_buf_printf(out, " %s", osp_kind_name(node->kind));
    }
    if (node->kind >= OSP_KIND_LIST) {
        osp_buf_printf(out, " of %s, %zu", type, node->count);
    } else if (type != NULL && (member || node->count != 0)) {
        osp_buf_printf(out, " %s", type);
    }
    if (node->kind == OSP_KIND_UNION && node->value != NULL) {
        const osp_case *found = osp_union_case(node->type, node->value);
        osp_buf_printf(out, ", %s", found != NULL ? found->name : "which has no such case");
    }
}

/* What stands for a value that is not entered; NULL: it is. */
static const char *instead(const osp_node *node)
{
    if (node->is != OSP_SET) {
        return node->is == OSP_NULL ? "null" : "absent";
    }
    if (node->secret) {
        return OSP_SECRET_TEXT;
    }
    if (node->cycle) {
        return "what it is in";
    }
    return node->depth >= DEPTH_MAX && node->count != 0 ? "..." : NULL;
}

static osp_walk dump_node(osp_node *node, bool leaving, void *arg)
{
    osp_buf *out = arg;
    const bool list = node->kind >= OSP_KIND_LIST;
    if (out->failed) {
        return OSP_WALK_STOP;
    }
    if (leaving) {
        if (list && node->count > ITEMS_MAX) {
            indent(out, node->depth + 1);
            osp_buf_printf(out, "and %zu more\n", node->count - ITEMS_MAX);
        }
        indent(out, node->depth);
        osp_buf_append(out, list ? "]\n" : "}\n", 2);
        return OSP_WALK_ON;
    }
    if (node->index >= ITEMS_MAX) {
        return OSP_WALK_OVER;
    }
    dump_head(out, node);
    const char *words = instead(node);
    const bool nested = !osp_kinds[node->kind].scalar && node->kind != OSP_KIND_JSON &&
                        node->kind != OSP_KIND_UPLOAD && node->kind != OSP_KIND_NONE;
    if (words != NULL) {
        osp_buf_printf(out, ": %s\n", words);
        return OSP_WALK_OVER;
    }
    if (!nested) {
        osp_buf_append(out, ": ", 2);
        dump_scalar(out, node);
        osp_buf_byte(out, '\n');
    } else if (node->count == 0) {
        osp_buf_append(out, list ? " []\n" : " {}\n", 4);
    } else {
        osp_buf_append(out, list ? " [\n" : " {\n", 3);
    }
    return OSP_WALK_ON;
}

void osp_value_dump(const osp_type *type, const void *value, osp_buf *out)
{
    if (value == NULL) {
        osp_buf_printf(out, "%s: NULL\n", type->name);
        return;
    }
    const osp_node root = osp_node_at(type, value);
    if (osp_node_walk(&root, dump_node, out) != OSP_OK && out->len >= 4) {
        memcpy(out->ptr + out->len - 4, "...\n", 4); /* the text is full */
    }
}

/* Starts a text on the caller's stack and dumps into it. */
static void dump_into(osp_buf *out, char storage[STACK_BYTES], const osp_type *type,
                      const void *value)
{
    OSP_ASSERT(type != NULL);
    osp_buf_init(out, storage, STACK_BYTES, DUMP_MAX);
    osp_value_dump(type, value, out);
}

osp_str osp_task_dump(osp_task *task, const osp_place *here, const osp_type *type,
                      const void *value)
{
    OSP_ASSERT(task != NULL);
    char storage[STACK_BYTES];
    osp_buf out;
    dump_into(&out, storage, type, value);
    const osp_str text = osp_task_copy_at(task, here, (osp_str){ out.ptr, out.len });
    osp_buf_done(&out);
    return text;
}

void osp_print_value(const osp_type *type, const void *value)
{
    char storage[STACK_BYTES];
    osp_buf out;
    dump_into(&out, storage, type, value);
    (void)!fwrite(out.ptr, 1, out.len, stderr);
    osp_buf_done(&out);
}
