/* From folders to a trie of URL segments.
 *
 *     routes/route.c                    /                leaf of the root
 *     routes/(shop)/cart/route.c        /cart            the group adds no edge
 *     routes/users/[id]/route.c         /users/[id]      "users" --> node --param--> leaf
 *     routes/files/[...path]/route.c    /files/[...path] "files" --> node.rest
 *
 * Two folders can reach one node (through groups); two files that end at one node are an ambiguity
 * and the build says so.  A parameter has one name at one place, or /users/[id] and /users/[name]
 * would be the same URL under two names.
 *
 * The static children of a node get a perfect hash: the smallest power of two that a seed is found
 * for.  With n children in m slots a random seed is perfect with about exp(-n*n/2m), so the table
 * grows to about n*n/16 slots; OSP_TRIE_SIBLINGS_MAX keeps that within a few megabytes. */
#include "build/trie.h"

#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "http/segment.h"

static bool is_letter(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || byte == '_';
}

static bool is_digit(char byte)
{
    return byte >= '0' && byte <= '9';
}

/* Names of parameters are names of members, or of what a member is called on the wire. */
static bool is_param_name(osp_str name)
{
    bool good = name.len > 0 && is_letter(name.ptr[0]);
    for (size_t i = 1; good && i < name.len; i++) {
        good = is_letter(name.ptr[i]) || is_digit(name.ptr[i]) || name.ptr[i] == '-';
    }
    return good;
}

/* Unreserved characters of RFC 3986 and a few that need no escape in a path. */
static bool is_static_name(osp_str name)
{
    bool good = name.len > 0;
    for (size_t i = 0; good && i < name.len; i++) {
        good = is_letter(name.ptr[i]) || is_digit(name.ptr[i]) ||
               (name.ptr[i] != '\0' && strchr("-.~@+,", name.ptr[i]) != NULL);
    }
    return good;
}

static osp_str inner(osp_str name, size_t before)
{
    return (osp_str){ name.ptr + before, name.len - before - 1 };
}

osp_status osp_segment_parse(osp_str folder, const char *path, osp_segment *ret_segment,
                             osp_error *err)
{
    const char first = folder.len > 0 ? folder.ptr[0] : '\0';
    const char last = folder.len > 0 ? folder.ptr[folder.len - 1] : '\0';
    osp_segment segment = { OSP_SEGMENT_STATIC, folder };
    bool good = false;
    if (folder.len > OSP_SEGMENT_NAME_MAX) {
        return osp_error_set(err, OSP_E_BUILD, "%.150s...: the name is longer than %d bytes", path,
                             OSP_SEGMENT_NAME_MAX);
    }
    if (first == '[' && last == ']' && osp_str_starts_with(folder, OSP_STR("[...")) &&
        folder.len > 5) {
        segment = (osp_segment){ OSP_SEGMENT_REST, inner(folder, 4) };
        good = is_param_name(segment.name);
    } else if (first == '[' && last == ']' && folder.len > 2) {
        segment = (osp_segment){ OSP_SEGMENT_PARAM, inner(folder, 1) };
        good = is_param_name(segment.name);
    } else if (first == '(' && last == ')' && folder.len > 2) {
        segment = (osp_segment){ OSP_SEGMENT_GROUP, inner(folder, 1) };
        good = is_static_name(segment.name);
    } else {
        good = is_static_name(folder);
    }
    if (!good) {
        return osp_error_set(err, OSP_E_BUILD,
                             "%s: not a segment of a URL; use letters, digits and -._~@+, or "
                             "[name], [...name], (group)",
                             path);
    }
    *ret_segment = segment;
    return OSP_OK;
}

static osp_trie_node *new_node(osp_trie *trie)
{
    osp_trie_node *node = osp_kit_alloc(trie->arena, sizeof(*node));
    node->index = trie->nodes.count;
    osp_kit_push(trie->arena, &trie->nodes, node);
    return node;
}

void osp_trie_init(osp_trie *trie, osp_arena *arena)
{
    *trie = (osp_trie){ .arena = arena };
    (void)new_node(trie);
}

static osp_trie_node *static_child(osp_trie *trie, osp_trie_node *node, osp_str segment)
{
    for (size_t i = 0; i < node->edges.count; i++) {
        const osp_trie_edge *edge = node->edges.items[i];
        if (osp_str_equal(edge->segment, segment)) {
            return edge->node;
        }
    }
    osp_trie_edge *edge = osp_kit_alloc(trie->arena, sizeof(*edge));
    *edge = (osp_trie_edge){ segment, new_node(trie) };
    osp_kit_push(trie->arena, &node->edges, edge);
    return edge->node;
}

static osp_status add_param(osp_trie_leaf *leaf, osp_str name, osp_error *err)
{
    for (size_t i = 0; i < leaf->param_count; i++) {
        if (osp_str_equal(leaf->params[i], name)) {
            return osp_error_set(err, OSP_E_BUILD, "%s: the parameter [%.*s] appears twice",
                                 leaf->file, OSP_ARG(name));
        }
    }
    if (leaf->param_count == OSP_PATH_PARAMS_MAX) {
        return osp_error_set(err, OSP_E_BUILD, "%.180s: more than %d parameters", leaf->file,
                             OSP_PATH_PARAMS_MAX);
    }
    leaf->params[leaf->param_count++] = name;
    return OSP_OK;
}

static osp_status param_child(osp_trie *trie, osp_trie_node **node, osp_str name,
                              osp_trie_leaf *leaf, osp_error *err)
{
    osp_trie_node *at = *node;
    OSP_TRY(add_param(leaf, name, err));
    if (at->param == NULL) {
        at->param = new_node(trie);
        at->param_name = name;
        at->param_file = leaf->file;
    }
    if (!osp_str_equal(at->param_name, name)) {
        return osp_error_set(err, OSP_E_BUILD,
                             "%s and %s give one parameter two names, [%.*s] and [%.*s]",
                             at->param_file, leaf->file, OSP_ARG(at->param_name), OSP_ARG(name));
    }
    *node = at->param;
    return OSP_OK;
}

/* Follows one segment; *place becomes where the leaf would stand. */
static osp_status follow(osp_trie *trie, const osp_segment *segment, osp_trie_node **node,
                         osp_trie_leaf ***place, osp_trie_leaf *leaf, osp_error *err)
{
    if (segment->kind == OSP_SEGMENT_GROUP) {
        return OSP_OK;
    }
    if (*place == &(*node)->rest) {
        return osp_error_set(err, OSP_E_BUILD, "%s: nothing can follow [...name]", leaf->file);
    }
    if (segment->kind == OSP_SEGMENT_REST) {
        *place = &(*node)->rest;
        return add_param(leaf, segment->name, err);
    }
    if (segment->kind == OSP_SEGMENT_PARAM) {
        OSP_TRY(param_child(trie, node, segment->name, leaf, err));
    } else {
        *node = static_child(trie, *node, segment->name);
    }
    *place = &(*node)->leaf;
    return OSP_OK;
}

/* A pattern is read by people and tools, who take brackets for parameters. */
static void append_static(osp_buf *pattern, osp_str text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == '[' || text.ptr[i] == ']') {
            osp_buf_printf(pattern, "[x+%02x]", (unsigned)text.ptr[i]);
        } else {
            osp_buf_byte(pattern, text.ptr[i]);
        }
    }
}

static void append_segment(osp_buf *pattern, const osp_segment *segment)
{
    static const char *const before[] = { "/", "/[", "/[..." }, *const after[] = { "", "]", "]" };
    if (segment->kind == OSP_SEGMENT_GROUP) {
        return;
    }
    osp_buf_str(pattern, osp_str_from(before[segment->kind]));
    append_static(pattern, segment->name);
    osp_buf_str(pattern, osp_str_from(after[segment->kind]));
}

/* A leaf on its way to its place. */
typedef struct adding {
    osp_trie *trie;
    osp_trie_leaf *leaf;
    osp_trie_node *node;
    osp_trie_leaf **place; /* where the leaf would stand */
    osp_buf pattern;
    osp_error *err;
} adding;

static void begin(adding *a, osp_trie *trie, const char *file, osp_error *err)
{
    *a = (adding){ .trie = trie,
                   .leaf = osp_kit_alloc(trie->arena, sizeof(*a->leaf)),
                   .node = (osp_trie_node *)(uintptr_t)trie->nodes.items[0],
                   .err = err };
    a->leaf->file = file;
    a->place = &a->node->leaf;
    osp_buf_init(&a->pattern, NULL, 0, OSP_BUILD_FILE_MAX);
}

static osp_status step(adding *a, const osp_segment *segment)
{
    OSP_TRY(follow(a->trie, segment, &a->node, &a->place, a->leaf, a->err));
    append_segment(&a->pattern, segment);
    return OSP_OK;
}

/* Puts the leaf into its place. */
static osp_status end(adding *a)
{
    const osp_trie_leaf *other = *a->place;
    if (a->pattern.failed) {
        return osp_error_set(a->err, OSP_E_NOMEM, "%s: out of memory", a->leaf->file);
    }
    if (other != NULL) {
        return osp_error_set(a->err, OSP_E_BUILD, "%s and %s answer the same URL, %s", other->file,
                             a->leaf->file, other->pattern);
    }
    a->leaf->pattern = a->pattern.len == 0 ? osp_kit_format(a->trie->arena, "/")
                                           : osp_kit_format(a->trie->arena, "%.*s",
                                                            (int)a->pattern.len, a->pattern.ptr);
    *a->place = a->leaf;
    osp_kit_push(a->trie->arena, &a->trie->leaves, a->leaf);
    return OSP_OK;
}

static osp_status add_folders(adding *a)
{
    const char *at = strchr(a->leaf->file, '/');
    OSP_ASSERT(at != NULL);
    at++;
    for (const char *slash; (slash = strchr(at, '/')) != NULL; at = slash + 1) {
        osp_segment segment;
        const osp_str folder = { at, (size_t)(slash - at) };
        OSP_TRY(osp_segment_parse(folder, a->leaf->file, &segment, a->err));
        OSP_TRY(step(a, &segment));
    }
    return end(a);
}

osp_status osp_trie_add(osp_trie *trie, const char *file, osp_error *err)
{
    adding a;
    begin(&a, trie, file, err);
    const osp_status status = add_folders(&a);
    osp_buf_done(&a.pattern);
    return status;
}

/* Whether a normalised path can have the segment: see wire/uri.h. */
static bool is_normal(osp_str segment)
{
    bool good = segment.len > 0 && osp_utf8_valid(segment) &&
                !osp_str_equal(segment, OSP_STR(".")) && !osp_str_equal(segment, OSP_STR(".."));
    for (size_t i = 0; good && i < segment.len; i++) {
        good = (unsigned char)segment.ptr[i] >= ' ' && segment.ptr[i] != 0x7f;
    }
    return good;
}

static osp_status add_literals(adding *a, osp_str path)
{
    OSP_ASSERT(path.len > 0 && path.ptr[0] == '/');
    for (size_t at = 1; path.len > 1 && at <= path.len;) {
        const char *slash = memchr(path.ptr + at, '/', path.len - at);
        const size_t len = slash != NULL ? (size_t)(slash - path.ptr) - at : path.len - at;
        const osp_segment segment = { OSP_SEGMENT_STATIC, { path.ptr + at, len } };
        if (!is_normal(segment.name) && (len > 0 || at < path.len)) { /* the last may be empty */
            return osp_error_set(a->err, OSP_E_BUILD,
                                 "%s: no URL has such a name: it must be UTF-8 without control "
                                 "characters",
                                 a->leaf->file);
        }
        OSP_TRY(step(a, &segment));
        at += len + 1;
    }
    return end(a);
}

osp_status osp_trie_add_literal(osp_trie *trie, osp_str path, const char *file, osp_error *err)
{
    adding a;
    begin(&a, trie, file, err);
    const osp_status status = add_literals(&a, path);
    osp_buf_done(&a.pattern);
    return status;
}

static int by_pattern(const void *a, const void *b)
{
    const osp_trie_leaf *one = *(const osp_trie_leaf *const *)a;
    const osp_trie_leaf *other = *(const osp_trie_leaf *const *)b;
    return strcmp(one->pattern, other->pattern);
}

/* True when `seed` puts every child into a slot of its own. */
static bool is_perfect(const osp_trie_node *node, uint32_t seed, uint32_t mask, uint32_t *taken_by,
                       uint32_t stamp)
{
    for (size_t i = 0; i < node->edges.count; i++) {
        const osp_trie_edge *edge = node->edges.items[i];
        const uint32_t slot = osp_segment_hash(edge->segment, seed) & mask;
        if (taken_by[slot] == stamp) {
            return false;
        }
        taken_by[slot] = stamp;
    }
    return true;
}

static bool find_seed(osp_arena *arena, osp_trie_node *node)
{
    uint32_t mask = 0;
    while ((size_t)mask + 1 < node->edges.count) {
        mask = mask * 2 + 1;
    }
    for (; mask <= OSP_TRIE_MASK_MAX; mask = mask * 2 + 1) {
        uint32_t *taken_by = osp_kit_alloc(arena, ((size_t)mask + 1) * sizeof(*taken_by));
        for (uint32_t i = 1; i <= OSP_TRIE_SEEDS; i++) {
            /* Spread over 32 bits: the hash mixes a seed's bits only with the bytes beside them. */
            const uint32_t seed = i * 0x9e3779b1u;
            if (is_perfect(node, seed, mask, taken_by, i)) {
                node->seed = seed;
                node->mask = mask;
                return true;
            }
        }
    }
    return false;
}

osp_status osp_trie_end(osp_trie *trie, osp_error *err)
{
    for (size_t i = 0; i < trie->nodes.count; i++) {
        osp_trie_node *node = (osp_trie_node *)(uintptr_t)trie->nodes.items[i];
        if (node->edges.count > OSP_TRIE_SIBLINGS_MAX || !find_seed(trie->arena, node)) {
            return osp_error_set(err, OSP_E_BUILD,
                                 "more than %d folders side by side, such as \"%.*s\"",
                                 OSP_TRIE_SIBLINGS_MAX,
                                 OSP_ARG(((const osp_trie_edge *)node->edges.items[0])->segment));
        }
    }
    if (trie->leaves.count > 1) {
        qsort(trie->leaves.items, trie->leaves.count, sizeof(trie->leaves.items[0]), by_pattern);
    }
    for (size_t i = 0; i < trie->leaves.count; i++) {
        ((osp_trie_leaf *)(uintptr_t)trie->leaves.items[i])->index = i;
    }
    return OSP_OK;
}

uint32_t osp_trie_slot(const osp_trie_node *node, osp_str segment)
{
    return osp_segment_hash(segment, node->seed) & node->mask;
}
