/* The router walks a trie whose edges are path segments.
 *
 *     /users/[id]      root --"users"--> node --[param]--> node(leaf)
 *     /v[n=int].json   root --ways--> node(leaf)
 *     /files/[...path] root --"files"--> node.rest(leaf)
 *
 * Static children stand in a hash table made at build time, perfect unless there are hundreds, so a
 * step costs one hash and one compare however many siblings there are.  Where other ways on exist
 * too, the static one is tried first, then those that text or a matcher narrows, in the order that
 * the build has proved, the parameter and the catch-all; a branch that dies later is taken back by
 * the explicit stack of nodes with untried ways, whose depth the number of segments bounds.
 *
 * A leaf may turn out to be another URL's when its parameters are read.  The next one is then found
 * by walking again and passing over the ones before: most requests take the first, and pay nothing
 * for a walk that could be gone on with.
 *
 * Where routes stand on hosts, each host has a trie of its own.  Two looks into one table find
 * those of a request: for its host, and for the host with "*" as its first label.
 *
 * Rejected: one hash of the whole path (parameters need the trie all the same), a generated
 * switch (slower to compile, opaque to `routes explain`). */
#include "http/router.h"

#include <string.h>

#include "http/matcher.h"
#include "http/segment.h"

#define OSP_SEGMENTS_MAX 64

/* A node whose ways have not all been tried. */
typedef struct untried {
    const osp_route_node *node;
    size_t at;     /* where its segment begins */
    uint16_t next; /* its ways in order, then its parameter, then its catch-all */
    uint8_t param_count;
} untried;

static inline bool is_edge(const osp_route_edge *edge, osp_str segment)
{
    return edge->segment != NULL && edge->len == segment.len &&
           osp_few_equal(edge->segment, segment.ptr, segment.len);
}

static inline const osp_route_edge *slot_of(const osp_route_node *node, osp_str segment)
{
    OSP_DEBUG_ASSERT((node->mask & (node->mask + 1)) == 0);
    return &node->edges[node->mask == 0 ? 0 : osp_segment_hash(segment, node->seed) & node->mask];
}

/* The static child in its own slot. */
static inline const osp_route_node *child_at_once(const osp_route_node *node, osp_str segment)
{
    const osp_route_edge *edge = node->edges != NULL ? slot_of(node, segment) : NULL;
    return edge != NULL && is_edge(edge, segment) ? edge->node : NULL;
}

/* The static child, at a node of many children maybe behind its slot. */
__attribute__((always_inline)) static inline const osp_route_node *
static_child(const osp_route_node *node, osp_str segment)
{
    const osp_route_node *child = child_at_once(node, segment);
    if (child != NULL || node->probes == 0) {
        return child;
    }
    const osp_route_edge *edge = slot_of(node, segment);
    for (unsigned i = 0; i < node->probes && edge->segment != NULL; i++) {
        edge = edge == &node->edges[node->mask] ? node->edges : edge + 1;
        if (is_edge(edge, segment)) {
            return edge->node;
        }
    }
    return NULL;
}

static inline osp_str segment_at(osp_str path, size_t at)
{
    OSP_DEBUG_ASSERT(at <= path.len);
    const char *begin = path.ptr + at;
    const size_t left = path.len - at;
#ifdef __SSE2__
    if (left >= 8 && left <= 16) { /* a call would cost more than the look */
        const __m128i slashes = _mm_cmpeq_epi8(osp_load_ends(begin, left), _mm_set1_epi8('/'));
        const unsigned mask = osp_mask_of_ends((unsigned)_mm_movemask_epi8(slashes), left);
        return (osp_str){ begin, mask != 0 ? (size_t)__builtin_ctz(mask) : left };
    }
#endif
    const char *slash = memchr(begin, '/', left);
    return (osp_str){ begin, slash ? (size_t)(slash - begin) : left };
}

/* Whether a node whose static children do not fit can only be left by its parameter: then there is
 * nothing to come back for. */
static inline bool is_only_way(const osp_route_node *node, osp_str segment,
                               const osp_route_match *match)
{
    return node->kind == OSP_NODE_STATIC_PARAM && segment.len > 0 &&
           match->param_count < OSP_PATH_PARAMS_MAX;
}

/* Whether a node has more than its static children. */
static inline bool has_choice(const osp_route_node *node)
{
    return node->kind != OSP_NODE_STATIC_ONLY &&
           (node->param != NULL || node->rest != NULL || node->way_count > 0);
}

/* Takes the next way of a node that the segment goes; NULL: there is none, or it was the catch-all,
 * whose leaf is then in the match.  Always inline: one of its two callers is every walk that goes
 * back. */
__attribute__((always_inline)) static inline const osp_route_node *
take_next(untried *of, osp_str path, osp_str segment, osp_route_match *match)
{
    const osp_route_node *node = of->node;
    const size_t room = OSP_PATH_PARAMS_MAX - (size_t)of->param_count;
    osp_str *params = match->params + of->param_count;
    for (; of->next < node->way_count && segment.len > 0; of->next++) {
        const osp_route_way *way = &node->ways[of->next];
        if (way->part_count <= room && osp_way_match(way, segment, params)) {
            of->next++;
            match->param_count = (uint8_t)(of->param_count + way->part_count);
            return way->node;
        }
    }
    if (of->next <= node->way_count) {
        of->next = (uint16_t)(node->way_count + 1);
        if (node->param != NULL && segment.len > 0 && room > 0) {
            params[0] = segment;
            match->param_count = (uint8_t)(of->param_count + 1);
            return node->param;
        }
    }
    if (node->rest != NULL && of->at < path.len && room > 0 &&
        !(node->rest->bare && path.ptr[path.len - 1] == '/')) {
        params[0] = (osp_str){ path.ptr + of->at, path.len - of->at };
        match->param_count = (uint8_t)(of->param_count + 1);
        match->leaf = node->rest;
    }
    return NULL;
}

/* Where a walk goes on: at a node, or at a leaf, which is then in the match; or nowhere. */
typedef struct way {
    const osp_route_node *node;
    size_t at, depth;
} way;

/* Takes the next way of the newest node that has one.  Out of line: most walks never come here, and
 * keep what they need in registers. */
__attribute__((noinline)) static way take_back(untried *stack, size_t depth, osp_str path,
                                               osp_route_match *match)
{
    for (; depth > 0; depth--) {
        untried *top = &stack[depth - 1];
        OSP_DEBUG_ASSERT(top->param_count <= match->param_count && top->at <= path.len);
        const osp_str segment = segment_at(path, top->at);
        const osp_route_node *node = take_next(top, path, segment, match);
        if (node != NULL) {
            return (way){ node, top->at + segment.len, depth };
        }
        if (match->leaf != NULL) {
            return (way){ .depth = depth - 1 };
        }
    }
    return (way){ 0 };
}

/* Walks past nodes that leave no choice, which most walks do to their end, without a stack.  NULL:
 * there is a choice somewhere, or a child that stands behind its slot, or no leaf. */
static inline const osp_route_leaf *find_straight(const osp_route_node *node, osp_str path,
                                                  osp_route_match *match)
{
    size_t at = path.len == 1 ? 1 : 0; /* of the '/' before the next segment, or the end */
    match->param_count = 0;
    while (at != path.len) {
        const osp_str segment = segment_at(path, at + 1);
        const osp_route_node *next = child_at_once(node, segment);
        if (next == NULL && is_only_way(node, segment, match)) {
            match->params[match->param_count++] = segment;
            next = node->param;
        } else if (next == NULL || has_choice(node)) {
            return NULL;
        }
        node = next;
        at += 1 + segment.len;
    }
    return node->leaf;
}

__attribute__((noinline)) static osp_status find_among(const osp_route_node *root, osp_str path,
                                                       size_t skip, osp_route_match *ret_match)
{
    untried stack[OSP_SEGMENTS_MAX];
    size_t depth = 0;
    const osp_route_node *node = root;
    size_t at = path.len == 1 ? 1 : 0; /* of the '/' before the next segment, or the end */
    ret_match->leaf = NULL;
    ret_match->param_count = 0;
    for (;;) {
        const osp_route_node *next = NULL;
        if (at == path.len) {
            if (node->leaf != NULL && skip-- == 0) {
                ret_match->leaf = node->leaf;
                return OSP_OK;
            }
        } else {
            const osp_str segment = segment_at(path, at + 1);
            next = static_child(node, segment);
            if (next == NULL && is_only_way(node, segment, ret_match)) {
                ret_match->params[ret_match->param_count++] = segment;
                next = node->param;
            } else if (has_choice(node)) {
                if (depth == OSP_SEGMENTS_MAX) {
                    return OSP_E_NOT_FOUND;
                }
                stack[depth++] = (untried){ node, at + 1, 0, ret_match->param_count };
            }
            at += 1 + segment.len;
        }
        while (next == NULL) {
            const way other = take_back(stack, depth, path, ret_match);
            next = other.node;
            at = other.at;
            depth = other.depth;
            if (next == NULL && ret_match->leaf == NULL) {
                return OSP_E_NOT_FOUND;
            }
            if (ret_match->leaf != NULL) {
                if (skip-- == 0) {
                    return OSP_OK;
                }
                ret_match->leaf = NULL;
            }
        }
        node = next;
    }
}

osp_status osp_route_find(const osp_route_node *root, osp_str path, size_t skip,
                          osp_route_match *ret_match)
{
    if (root == NULL || path.len == 0 || path.ptr[0] != '/') {
        return OSP_E_NOT_FOUND;
    }
    if (skip == 0 && (ret_match->leaf = find_straight(root, path, ret_match)) != NULL) {
        return OSP_OK;
    }
    return find_among(root, path, skip, ret_match);
}

/* ---------------------------------------------------------------- what nothing answers */

/* A node on the way, with what is shown from there on. */
typedef struct step {
    untried way;
    const osp_page_def *not_found;
    bool begun; /* its static child has been looked for */
} step;

static const osp_route_node *next_of(step *at, osp_str path, osp_str segment,
                                     osp_route_match *match)
{
    if (!at->begun) {
        at->begun = true;
        const osp_route_node *child = static_child(at->way.node, segment);
        if (child != NULL) {
            match->param_count = at->way.param_count;
            return child;
        }
    }
    return take_next(&at->way, path, segment, match);
}

static void keep_reach(const step *at, const osp_route_match *match, osp_route_reach *reach)
{
    const size_t len = at->way.at - 1;
    if (at->not_found == NULL || (len <= reach->len && reach->not_found != NULL)) {
        return;
    }
    reach->len = len;
    reach->not_found = at->not_found;
    reach->param_count = at->way.param_count;
    if (at->way.param_count > 0) {
        memcpy(reach->params, match->params, at->way.param_count * sizeof match->params[0]);
    }
}

void osp_route_reach_find(const osp_route_node *root, osp_str path, osp_route_reach *ret_reach)
{
    step stack[OSP_SEGMENTS_MAX];
    osp_route_match match = { .leaf = NULL };
    size_t depth = 1;
    stack[0] = (step){ .way = { .node = root, .at = 1 }, .not_found = root->not_found };
    keep_reach(&stack[0], &match, ret_reach);
    while (depth > 0) {
        step *top = &stack[depth - 1];
        const bool more = top->way.at <= path.len && depth < OSP_SEGMENTS_MAX;
        const osp_str segment = more ? segment_at(path, top->way.at) : (osp_str){ 0 };
        const osp_route_node *node = more ? next_of(top, path, segment, &match) : NULL;
        if (node == NULL) {
            depth--;
            continue;
        }
        step *next = &stack[depth++];
        *next = (step){ .way = { node, top->way.at + segment.len + 1, 0, match.param_count },
                        .not_found = node->not_found != NULL ? node->not_found : top->not_found };
        keep_reach(next, &match, ret_reach);
    }
}

/* ---------------------------------------------------------------- hosts */

/* The name of a host in lower case, without port and last dot; empty where it can be none. */
static osp_str read_host(osp_str host, char storage[OSP_HOST_MAX])
{
    const char *colon = host.len > 0 ? memchr(host.ptr, ':', host.len) : NULL;
    size_t len = colon != NULL ? (size_t)(colon - host.ptr) : host.len;
    len -= len > 0 && host.ptr[len - 1] == '.';
    if (len > OSP_HOST_MAX) {
        len = 0;
    }
    for (size_t i = 0; i < len; i++) {
        const char byte = host.ptr[i];
        storage[i] = byte >= 'A' && byte <= 'Z' ? (char)(byte | 0x20) : byte;
    }
    return (osp_str){ storage, len };
}

/* Counts the leaves that are passed over off `skip`. */
static osp_status find_below(const osp_route_node *root, osp_str path, size_t *skip,
                             osp_route_match *ret_match)
{
    for (size_t nth = 0; osp_route_find(root, path, nth, ret_match) == OSP_OK; nth++) {
        if ((*skip)-- == 0) {
            return OSP_OK;
        }
    }
    return OSP_E_NOT_FOUND;
}

void osp_route_roots(const osp_route_node *hosts, osp_str host,
                     const osp_route_node *ret_roots[OSP_HOST_ROOTS])
{
    char storage[OSP_HOST_MAX];
    const osp_str name = read_host(host, storage);
    char *dot = name.len > 0 ? memchr(storage, '.', name.len) : NULL;
    ret_roots[0] = ret_roots[1] = NULL;
    ret_roots[2] = hosts->param;
    if (name.len > 0 && storage[0] != '*') {
        ret_roots[0] = child_at_once(hosts, name);
    }
    if (dot != NULL && dot > storage) {
        dot[-1] = '*'; /* what is before it is not looked at again */
        ret_roots[1] =
            child_at_once(hosts, (osp_str){ dot - 1, name.len - (size_t)(dot - 1 - storage) });
    }
}

osp_status osp_route_find_on(const osp_route_node *hosts, osp_str host, osp_str path, size_t skip,
                             osp_route_match *ret_match)
{
    const osp_route_node *roots[OSP_HOST_ROOTS];
    osp_route_roots(hosts, host, roots);
    for (size_t i = 0; i < OSP_HOST_ROOTS; i++) {
        if (find_below(roots[i], path, &skip, ret_match) == OSP_OK) {
            return OSP_OK;
        }
    }
    return OSP_E_NOT_FOUND;
}
