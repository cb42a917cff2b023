/* JSON to a tree and back.
 *
 * The text is checked by the codec before it is read, which also bounds its depth: what recurses
 * here recurses at most OSP_JSON_DEPTH_MAX times. */
#include "api/tree.h"

#include <string.h>

#include "type/json.h"

typedef struct reader {
    osp_arena *arena;
    const char *at, *end;
} reader;

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* The next byte that means something; 0 at the end. */
static char peek(reader *r)
{
    while (r->at < r->end && is_blank(*r->at)) {
        r->at++;
    }
    return r->at < r->end ? *r->at : '\0';
}

/* What is between the quotes. */
static osp_str read_text(reader *r)
{
    const char *start = ++r->at;
    while (r->at < r->end && *r->at != '"') {
        r->at += *r->at == '\\' ? 2 : 1;
    }
    const osp_str text = { start, (size_t)(r->at - start) };
    r->at++;
    return text;
}

static osp_tree *read_value(reader *r, unsigned depth);

static bool read_items(reader *r, osp_tree *node, char close, unsigned depth)
{
    osp_tree **place = &node->first;
    r->at++;
    while (peek(r) != close && peek(r) != '\0') {
        osp_str key = { NULL, 0 };
        if (close == '}') {
            key = read_text(r);
            if (peek(r) == ':') {
                r->at++;
            }
        }
        osp_tree *item = read_value(r, depth + 1);
        if (item == NULL) {
            return false;
        }
        item->key = key;
        *place = item;
        place = &item->next;
        if (peek(r) == ',') {
            r->at++;
        }
    }
    r->at++;
    return true;
}

/* NULL: no memory. */
static osp_tree *read_value(reader *r, unsigned depth)
{
    OSP_ASSERT(depth <= OSP_JSON_DEPTH_MAX + 1);
    osp_tree *node = osp_arena_zalloc(r->arena, sizeof(*node));
    if (node == NULL) {
        return NULL;
    }
    const char c = peek(r);
    if (c == '{' || c == '[') {
        node->kind = c == '{' ? OSP_TREE_OBJECT : OSP_TREE_ARRAY;
        return read_items(r, node, c == '{' ? '}' : ']', depth) ? node : NULL;
    }
    if (c == '"') {
        node->kind = OSP_TREE_TEXT;
        node->text = read_text(r);
        return node;
    }
    const char *start = r->at;
    while (r->at < r->end && !is_blank(*r->at) && strchr(",]}", *r->at) == NULL) {
        r->at++;
    }
    node->text = (osp_str){ start, (size_t)(r->at - start) };
    return node;
}

osp_status osp_tree_read(osp_arena *arena, osp_str text, osp_tree **ret_root, osp_error *err)
{
    const osp_status status = osp_json_check(text);
    if (status != OSP_OK) {
        return osp_error_set(err, status, "%s", osp_status_text(status));
    }
    osp_tree *root = read_value(&(reader){ arena, text.ptr, text.ptr + text.len }, 0);
    if (root == NULL) {
        return osp_error_set(err, OSP_E_NOMEM, "no memory for the document");
    }
    *ret_root = root;
    return OSP_OK;
}

const osp_tree *osp_tree_member(const osp_tree *node, osp_str key)
{
    if (node == NULL || node->kind != OSP_TREE_OBJECT) {
        return NULL;
    }
    for (const osp_tree *member = node->first; member != NULL; member = member->next) {
        if (osp_str_equal(member->key, key)) {
            return member;
        }
    }
    return NULL;
}

static size_t count(const osp_tree *node)
{
    size_t items = 0;
    for (const osp_tree *item = node->first; item != NULL; item = item->next) {
        items++;
    }
    return items;
}

bool osp_tree_equal(const osp_tree *a, const osp_tree *b)
{
    if (a == NULL || b == NULL || a->kind != b->kind) {
        return a == b;
    }
    if (a->kind == OSP_TREE_WORD || a->kind == OSP_TREE_TEXT) {
        return osp_str_equal(a->text, b->text);
    }
    bool equal = count(a) == count(b);
    const osp_tree *other = b->first;
    for (const osp_tree *item = a->first; item != NULL && equal; item = item->next) {
        equal = osp_tree_equal(item,
                               a->kind == OSP_TREE_OBJECT ? osp_tree_member(b, item->key) : other);
        other = other->next;
    }
    return equal;
}

/* ---------------------------------------------------------------- JSON */

static void indent(osp_buf *out, unsigned depth)
{
    osp_buf_byte(out, '\n');
    for (unsigned i = 0; i < depth; i++) {
        osp_buf_str(out, OSP_STR("  "));
    }
}

static void write_quoted(osp_buf *out, osp_str text)
{
    osp_buf_byte(out, '"');
    osp_buf_str(out, text);
    osp_buf_byte(out, '"');
}

static bool is_container(const osp_tree *node)
{
    return node->kind == OSP_TREE_ARRAY || node->kind == OSP_TREE_OBJECT;
}

static bool fits_a_line(const osp_tree *node)
{
    bool fits = node->kind == OSP_TREE_ARRAY;
    for (const osp_tree *item = node->first; item != NULL; item = item->next) {
        fits &= !is_container(item);
    }
    return fits || node->first == NULL;
}

static void write_pretty(const osp_tree *node, osp_buf *out, unsigned depth)
{
    if (!is_container(node)) {
        if (node->kind == OSP_TREE_TEXT) {
            write_quoted(out, node->text);
        } else {
            osp_buf_str(out, node->text);
        }
        return;
    }
    const bool line = fits_a_line(node);
    osp_buf_byte(out, node->kind == OSP_TREE_OBJECT ? '{' : '[');
    for (const osp_tree *item = node->first; item != NULL; item = item->next) {
        if (item != node->first) {
            osp_buf_str(out, line ? OSP_STR(", ") : OSP_STR(","));
        }
        if (!line) {
            indent(out, depth + 1);
        }
        if (node->kind == OSP_TREE_OBJECT) {
            write_quoted(out, item->key);
            osp_buf_str(out, OSP_STR(": "));
        }
        write_pretty(item, out, depth + 1);
    }
    if (!line) {
        indent(out, depth);
    }
    osp_buf_byte(out, node->kind == OSP_TREE_OBJECT ? '}' : ']');
}

void osp_tree_pretty(const osp_tree *root, osp_buf *out)
{
    write_pretty(root, out, 0);
    osp_buf_byte(out, '\n');
}
