/* From folders to a trie of URL segments.
 *
 *     routes/route.c                    /                leaf of the root
 *     routes/(shop)/cart/route.c        /cart            the group adds no edge
 *     routes/users/[id]/route.c         /users/[id]      "users" --> node --param--> leaf
 *     routes/v[n=int].json/route.c      /v[n=int].json   one of the node's ways
 *     routes/files/[...path]/route.c    /files/[...path] "files" --> node.rest
 *     routes/docs/[[...path]]/route.c   the same, and its node's leaf
 *
 * Each host that a folder such as (@admin.example.com) names has a root of its own, so that URLs of
 * two hosts never meet; a file below a folder of several hosts has its one leaf in each.
 *
 * Two folders can reach one node (through groups); two files that end at one node are an ambiguity
 * and the build says so.  A parameter has one name at one place, or /users/[id] and /users/[name]
 * would be the same URL under two names.
 *
 * The static children of a node get a perfect hash: the smallest power of two that a seed is found
 * for.  With n children in m slots a random seed is perfect with about exp(-n*n/2m), so the table
 * grows to about n*n/16 slots.  Above OSP_TRIE_PERFECT_MAX children, most likely files, that would
 * be megabytes: there a child may stand a few slots behind its own. */
#include "build/trie.h"

#include <stdlib.h>
#include <string.h>

#include "base/slice.h"
#include "http/segment.h"

static osp_trie_node *new_node(osp_trie *trie, const osp_trie_node *parent)
{
    osp_trie_node *node = osp_kit_alloc(trie->arena, sizeof(*node));
    node->parent = parent;
    node->index = trie->nodes.count;
    osp_kit_push(trie->arena, &trie->nodes, node);
    return node;
}

void osp_trie_init(osp_trie *trie, osp_arena *arena)
{
    *trie = (osp_trie){ .arena = arena };
    (void)new_node(trie, NULL);
}

/* Where an edge of a node stands in the index, or would. */
static const osp_trie_edge **index_slot(const osp_trie *trie, const osp_trie_node *node,
                                        osp_str segment)
{
    size_t at = osp_segment_hash(segment, (uint32_t)(uintptr_t)node >> 4);
    for (;; at++) {
        const osp_trie_edge **slot = &trie->index[at & (trie->index_size - 1)];
        if (*slot == NULL ||
            ((*slot)->node->parent == node && osp_str_equal((*slot)->segment, segment))) {
            return slot;
        }
    }
}

static void grow_index(osp_trie *trie)
{
    const osp_trie_edge **old = trie->index;
    const size_t old_size = trie->index_size;
    if (2 * (trie->edge_count + 1) <= old_size) {
        return;
    }
    trie->index_size = old_size == 0 ? 64 : 2 * old_size;
    trie->index = osp_kit_alloc(trie->arena, trie->index_size * sizeof(*trie->index));
    for (size_t i = 0; i < old_size; i++) {
        if (old[i] != NULL) {
            *index_slot(trie, old[i]->node->parent, old[i]->segment) = old[i];
        }
    }
}

static osp_trie_node *static_child(osp_trie *trie, osp_trie_node *node, osp_str segment)
{
    grow_index(trie);
    const osp_trie_edge **slot = index_slot(trie, node, segment);
    if (*slot == NULL) {
        osp_trie_edge *edge = osp_kit_alloc(trie->arena, sizeof(*edge));
        *edge = (osp_trie_edge){ segment, new_node(trie, node) };
        osp_kit_push(trie->arena, &node->edges, edge);
        trie->edge_count++;
        *slot = edge;
    }
    return (*slot)->node;
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

/* A leaf on its way to its place. */
typedef struct adding {
    osp_trie *trie;
    osp_trie_leaf *leaf;
    osp_trie_node *node; /* that its segments have led to */
    osp_str host;        /* whose root they began at; empty: none */
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
    osp_buf_init(&a->pattern, NULL, 0, OSP_BUILD_FILE_MAX);
}

static osp_status two_names(osp_error *err, const char *one, const char *other, osp_str name,
                            osp_str other_name)
{
    return osp_error_set(err, OSP_E_BUILD,
                         "%s and %s give one parameter two names, [%.*s] and [%.*s]", one, other,
                         OSP_ARG(name), OSP_ARG(other_name));
}

static osp_status step_param(adding *a, osp_str name)
{
    osp_trie_node *at = a->node;
    OSP_TRY(add_param(a->leaf, name, a->err));
    if (at->param == NULL) {
        at->param = new_node(a->trie, at);
        at->param_name = name;
        at->param_file = a->leaf->file;
    }
    if (!osp_str_equal(at->param_name, name)) {
        return two_names(a->err, at->param_file, a->leaf->file, at->param_name, name);
    }
    a->node = at->param;
    return OSP_OK;
}

/* The segment without the names of its parameters. */
static osp_str key_of(osp_trie *trie, const osp_segment *segment)
{
    osp_buf key;
    osp_buf_init(&key, NULL, 0, OSP_BUILD_FILE_MAX);
    osp_segment_write(segment, false, &key);
    return osp_str_from(osp_kit_take(trie->arena, &key));
}

static osp_trie_way *find_way(const osp_trie_node *node, osp_str key)
{
    for (size_t i = 0; i < node->ways.count; i++) {
        const osp_trie_way *way = node->ways.items[i];
        if (osp_str_equal(way->key, key)) {
            return (osp_trie_way *)(uintptr_t)way;
        }
    }
    return NULL;
}

static osp_status step_pattern(adding *a, const osp_segment *segment)
{
    const osp_str key = key_of(a->trie, segment);
    osp_trie_way *way = find_way(a->node, key);
    for (size_t i = 0; i < segment->part_count; i++) {
        OSP_TRY(add_param(a->leaf, segment->parts[i].name, a->err));
    }
    if (way == NULL && a->node->ways.count == OSP_TRIE_WAYS_MAX) {
        return osp_error_set(a->err, OSP_E_BUILD,
                             "%s: more than %d patterns side by side, such as [id=int]",
                             a->leaf->file, OSP_TRIE_WAYS_MAX);
    }
    if (way == NULL) {
        way = osp_kit_alloc(a->trie->arena, sizeof(*way));
        *way = (osp_trie_way){ *segment, key, a->leaf->file, new_node(a->trie, a->node) };
        osp_kit_push(a->trie->arena, &a->node->ways, way);
    }
    for (size_t i = 0; i < segment->part_count; i++) {
        const osp_str known = way->segment.parts[i].name, name = segment->parts[i].name;
        if (!osp_str_equal(known, name)) {
            return two_names(a->err, way->file, a->leaf->file, known, name);
        }
    }
    a->node = way->node;
    return OSP_OK;
}

/* Follows one segment. */
static osp_status step(adding *a, const osp_segment *segment)
{
    osp_segment_write(segment, true, &a->pattern);
    if (segment->kind == OSP_SEGMENT_SLOT) {
        return osp_error_set(a->err, OSP_E_BUILD,
                             "%s: in a slot, @%.*s/, there are pages alone; a URL that begins with "
                             "'@' is a folder [x+40]%.*s/",
                             a->leaf->file, OSP_ARG(segment->name), OSP_ARG(segment->name));
    }
    if (osp_segment_is_silent(segment)) {
        return OSP_OK;
    }
    if (a->leaf->rest != OSP_REST_NONE) {
        return osp_error_set(a->err, OSP_E_BUILD, "%s: nothing can follow a catch-all",
                             a->leaf->file);
    }
    switch (segment->kind) {
    case OSP_SEGMENT_PARAM:
        return step_param(a, segment->name);
    case OSP_SEGMENT_PATTERN:
        return step_pattern(a, segment);
    case OSP_SEGMENT_REST:
    case OSP_SEGMENT_ANY:
        a->leaf->rest = segment->kind == OSP_SEGMENT_ANY ? OSP_REST_ANY : OSP_REST_SOME;
        return add_param(a->leaf, segment->name, a->err);
    default:
        a->node = static_child(a->trie, a->node, segment->name);
        return OSP_OK;
    }
}

/* Puts the leaf into its place, or into both of an optional catch-all. */
static osp_status end(adding *a)
{
    osp_trie *trie = a->trie;
    osp_trie_node *node = a->node;
    osp_trie_leaf *leaf = a->leaf, *other = NULL;
    if (a->pattern.failed) {
        return osp_error_set(a->err, OSP_E_NOMEM, "%s: out of memory", leaf->file);
    }
    const bool known = leaf->pattern != NULL; /* it has a place on another host */
    leaf->pattern = a->pattern.len == 0 ? osp_kit_format(trie->arena, "/")
                                        : osp_kit_string(trie->arena, osp_buf_text(&a->pattern));
    other = leaf->rest != OSP_REST_NONE ? node->rest : NULL;
    other = other == NULL && leaf->rest != OSP_REST_SOME ? node->leaf : other;
    if (other != NULL) {
        return osp_error_set(a->err, OSP_E_BUILD, "%s and %s answer the same URL, %s%.*s%s",
                             other->file, leaf->file, a->host.len > 0 ? "//" : "", OSP_ARG(a->host),
                             other->pattern);
    }
    node->rest = leaf->rest != OSP_REST_NONE ? leaf : node->rest;
    node->leaf = leaf->rest != OSP_REST_SOME ? leaf : node->leaf;
    if (!known) {
        osp_kit_push(trie->arena, &trie->leaves, leaf);
    }
    return OSP_OK;
}

/* Where the folders of a file begin. */
static const char *folders_of(const char *file)
{
    const char *at = strchr(file, '/');
    OSP_ASSERT(at != NULL);
    return at + 1;
}

static osp_status add_folders(adding *a)
{
    const char *at = folders_of(a->leaf->file);
    for (const char *slash; (slash = strchr(at, '/')) != NULL; at = slash + 1) {
        osp_segment segment;
        const osp_str folder = { at, (size_t)(slash - at) };
        OSP_TRY(osp_segment_parse(a->trie->arena, folder, a->leaf->file, &segment, a->err));
        OSP_TRY(step(a, &segment));
    }
    return end(a);
}

/* The hosts that a folder of the file names; none: the empty slice. */
static osp_status find_hosts(osp_trie *trie, const char *file, osp_str *ret_hosts, osp_error *err)
{
    const char *at = folders_of(file);
    osp_str hosts = { 0 };
    for (const char *slash; (slash = strchr(at, '/')) != NULL; at = slash + 1) {
        const osp_str folder = { at, (size_t)(slash - at) };
        osp_segment segment;
        if (!osp_str_starts_with(folder, OSP_STR("(@"))) {
            continue;
        }
        if (hosts.len > 0) {
            return osp_error_set(err, OSP_E_BUILD,
                                 "%s: a folder of hosts is within another; name the hosts once",
                                 file);
        }
        OSP_TRY(osp_segment_parse(trie->arena, folder, file, &segment, err));
        hosts = segment.name;
    }
    *ret_hosts = hosts;
    return OSP_OK;
}

/* The root of a host's URLs.  NULL: there are too many hosts. */
static osp_trie_node *root_of(osp_trie *trie, osp_str host)
{
    if (trie->hosts == NULL) {
        trie->hosts = osp_kit_alloc(trie->arena, sizeof(*trie->hosts));
        trie->hosts->param = (osp_trie_node *)(uintptr_t)trie->nodes.items[0];
    }
    osp_trie_node *root = static_child(trie, trie->hosts, host);
    return trie->hosts->edges.count <= OSP_TRIE_HOSTS_MAX ? root : NULL;
}

/* One leaf, which each of the hosts has. */
static osp_status add_on_hosts(adding *a, osp_str hosts)
{
    osp_trie_leaf *leaf = a->leaf;
    leaf->hosts = osp_kit_string(a->trie->arena, hosts);
    while (osp_str_take(&hosts, ',', &a->host)) {
        a->node = root_of(a->trie, a->host);
        a->pattern.len = 0;
        leaf->param_count = 0;
        leaf->rest = OSP_REST_NONE;
        if (a->node == NULL) {
            return osp_error_set(a->err, OSP_E_BUILD, "%s: more than %d hosts", leaf->file,
                                 OSP_TRIE_HOSTS_MAX);
        }
        OSP_TRY(add_folders(a));
    }
    return OSP_OK;
}

osp_status osp_trie_add(osp_trie *trie, const char *file, osp_error *err)
{
    adding a;
    osp_str hosts;
    OSP_TRY(find_hosts(trie, file, &hosts, err));
    begin(&a, trie, file, err);
    const osp_status status = hosts.len > 0 ? add_on_hosts(&a, hosts) : add_folders(&a);
    osp_buf_done(&a.pattern);
    return status;
}

/* ---------------------------------------------------------------- finding */

/* The node that a segment leads to from another; NULL: there is none. */
static osp_trie_node *next_node(const osp_trie *trie, const osp_trie_node *at,
                                const osp_segment *segment)
{
    osp_trie_way *way = NULL;
    switch (segment->kind) {
    case OSP_SEGMENT_STATIC:
        return trie->index_size > 0 && *index_slot(trie, at, segment->name) != NULL
                   ? (*index_slot(trie, at, segment->name))->node
                   : NULL;
    case OSP_SEGMENT_PATTERN:
        way = find_way(at, key_of((osp_trie *)(uintptr_t)trie, segment));
        return way != NULL ? way->node : NULL;
    case OSP_SEGMENT_PARAM:
        return at->param;
    default: /* what a catch-all takes has no node */
        return osp_segment_is_silent(segment) ? (osp_trie_node *)(uintptr_t)at : NULL;
    }
}

static osp_trie_node *find_from(const osp_trie *trie, osp_trie_node *at, const char *file)
{
    const char *name = folders_of(file);
    for (const char *slash; at != NULL && (slash = strchr(name, '/')) != NULL; name = slash + 1) {
        osp_segment segment;
        if (osp_segment_parse(trie->arena, (osp_str){ name, (size_t)(slash - name) }, file,
                              &segment, NULL) != OSP_OK) {
            return NULL;
        }
        at = next_node(trie, at, &segment);
    }
    return at;
}

void osp_trie_find(osp_trie *trie, const char *file, osp_kit_list *ret_nodes)
{
    osp_str hosts = { 0 }, host;
    *ret_nodes = (osp_kit_list){ 0 };
    if (find_hosts(trie, file, &hosts, NULL) != OSP_OK) {
        return;
    }
    osp_trie_node *first = (osp_trie_node *)(uintptr_t)trie->nodes.items[0];
    const bool everywhere = hosts.len == 0;
    while (everywhere || osp_str_take(&hosts, ',', &host)) {
        const osp_segment name = { .name = host };
        osp_trie_node *root = everywhere ? first : NULL;
        if (!everywhere && trie->hosts != NULL) {
            root = next_node(trie, trie->hosts, &name);
        }
        osp_trie_node *node = root != NULL ? find_from(trie, root, file) : NULL;
        if (node != NULL) {
            osp_kit_push(trie->arena, ret_nodes, node);
        }
        if (everywhere) {
            return;
        }
    }
}

/* ---------------------------------------------------------------- URLs as they are */

static osp_status add_literals(adding *a, osp_str path)
{
    OSP_ASSERT(path.len > 0 && path.ptr[0] == '/');
    for (size_t at = 1; path.len > 1 && at <= path.len;) {
        const char *slash = memchr(path.ptr + at, '/', path.len - at);
        const size_t len = slash != NULL ? (size_t)(slash - path.ptr) - at : path.len - at;
        const osp_segment segment = { .kind = OSP_SEGMENT_STATIC, .name = { path.ptr + at, len } };
        if (!osp_segment_is_normal(segment.name) &&
            (len > 0 || at < path.len)) { /* the last may be empty */
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

/* Puts a root below a base that begins at another, or at the first one: NULL. */
static osp_status put_below(osp_trie *trie, osp_str base, const char *file, osp_trie_node *root,
                            osp_trie_node *new_root, osp_error *err)
{
    adding a;
    begin(&a, trie, file, err);
    a.node = new_root != NULL ? new_root : a.node;
    const osp_status status = add_literals(&a, base);
    osp_buf_done(&a.pattern);
    OSP_TRY(status);
    /* What was the root takes the place of the last node of the base. */
    osp_trie_node *parent = (osp_trie_node *)(uintptr_t)a.node->parent;
    OSP_ASSERT(parent != NULL && parent->edges.count == 1);
    ((osp_trie_edge *)(uintptr_t)parent->edges.items[0])->node = root;
    root->parent = parent;
    trie->nodes.count--;
    return OSP_OK;
}

/* The nodes of the base stand before the others, so that a parent stays before its children. */
osp_status osp_trie_rebase(osp_trie *trie, osp_str base, const char *file, osp_error *err)
{
    const osp_kit_list nodes = trie->nodes, leaves = trie->leaves;
    const osp_trie_node *hosts = trie->hosts;
    osp_trie_init(trie, trie->arena);
    OSP_TRY(put_below(trie, base, file, (osp_trie_node *)(uintptr_t)nodes.items[0], NULL, err));
    const char *prefix = ((const osp_trie_leaf *)trie->leaves.items[0])->pattern;
    for (size_t i = 0; hosts != NULL && i < hosts->edges.count; i++) {
        const osp_trie_edge *edge = hosts->edges.items[i];
        OSP_TRY(put_below(trie, base, file, edge->node, root_of(trie, edge->segment), err));
    }
    trie->leaves = leaves;
    for (size_t i = 0; i < nodes.count; i++) {
        osp_trie_node *node = (osp_trie_node *)(uintptr_t)nodes.items[i];
        node->index = trie->nodes.count;
        osp_kit_push(trie->arena, &trie->nodes, node);
    }
    for (size_t i = 0; i < leaves.count; i++) {
        osp_trie_leaf *leaf = (osp_trie_leaf *)(uintptr_t)leaves.items[i];
        leaf->pattern = osp_kit_format(trie->arena, "%s%s", prefix,
                                       strcmp(leaf->pattern, "/") == 0 ? "" : leaf->pattern);
    }
    return OSP_OK;
}

static int by_pattern(const void *a, const void *b)
{
    const osp_trie_leaf *one = *(const osp_trie_leaf *const *)a;
    const osp_trie_leaf *other = *(const osp_trie_leaf *const *)b;
    const int order = strcmp(one->pattern, other->pattern);
    if (order != 0 || one->hosts == NULL || other->hosts == NULL) {
        return order != 0 ? order : (one->hosts != NULL) - (other->hosts != NULL);
    }
    return strcmp(one->hosts, other->hosts);
}

/* Puts every child into the first slot that is free from its own on; gives how far the last one
 * stands from its own, or OSP_TRIE_PROBES_MAX + 1. */
static unsigned fill(const osp_trie_node *node, uint32_t seed, uint32_t mask,
                     const osp_trie_edge **slots, unsigned probes_max)
{
    unsigned most = 0;
    memset(slots, 0, ((size_t)mask + 1) * sizeof(slots[0]));
    for (size_t i = 0; i < node->edges.count; i++) {
        const osp_trie_edge *edge = node->edges.items[i];
        const uint32_t own = osp_segment_hash(edge->segment, seed);
        unsigned probes = 0;
        while (probes <= probes_max && slots[(own + probes) & mask] != NULL) {
            probes++;
        }
        if (probes > probes_max) {
            return OSP_TRIE_PROBES_MAX + 1;
        }
        slots[(own + probes) & mask] = edge;
        most = probes > most ? probes : most;
    }
    return most;
}

/* A table for the children: perfect for a few of them, of four slots a child for many. */
static bool find_seed(osp_arena *arena, osp_trie_node *node)
{
    const bool many = node->edges.count > OSP_TRIE_PERFECT_MAX;
    const unsigned probes_max = many ? OSP_TRIE_PROBES_MAX : 0;
    const size_t least = many ? 4 * node->edges.count : node->edges.count;
    uint32_t mask = 0;
    while ((size_t)mask + 1 < least) {
        mask = mask * 2 + 1;
    }
    for (; mask <= OSP_TRIE_MASK_MAX && node->edges.count > 0; mask = mask * 2 + 1) {
        const osp_trie_edge **slots = osp_kit_alloc(arena, ((size_t)mask + 1) * sizeof(*slots));
        for (uint32_t i = 1; i <= OSP_TRIE_SEEDS; i++) {
            /* Spread over 32 bits: the hash mixes a seed's bits only with the bytes beside them. */
            const uint32_t seed = i * 0x9e3779b1u;
            const unsigned probes = fill(node, seed, mask, slots, probes_max);
            if (probes <= OSP_TRIE_PROBES_MAX) {
                node->seed = seed;
                node->mask = mask;
                node->probes = (uint8_t)probes;
                node->slots = slots;
                return true;
            }
        }
    }
    return node->edges.count == 0;
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
    if (trie->hosts != NULL) {
        const bool found = find_seed(trie->arena, trie->hosts);
        OSP_ASSERT(found && trie->hosts->probes == 0);
        trie->hosts->index = trie->nodes.count;
    }
    osp_kit_sort(&trie->leaves, by_pattern);
    for (size_t i = 0; i < trie->leaves.count; i++) {
        ((osp_trie_leaf *)(uintptr_t)trie->leaves.items[i])->index = i;
    }
    return OSP_OK;
}
