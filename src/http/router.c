/* The router walks a trie whose edges are path segments.
 *
 *     /users/[id]      root --"users"--> node --[param]--> node(leaf)
 *     /files/[...path] root --"files"--> node.rest(leaf)
 *
 * Static children stand in a perfect hash table made at build time, so a step costs one hash and
 * one compare however many siblings there are.  Where static and parameter children both exist,
 * the static one is tried first; a branch that dies later is taken back by the explicit stack of
 * untried alternatives, whose depth the number of segments bounds.
 *
 * A leaf may turn out to be another URL's when its parameters are read.  The next one is then found
 * by walking again and passing over the ones before: most requests take the first, and pay nothing
 * for a walk that could be gone on with.
 *
 * Rejected: one hash of the whole path (parameters need the trie all the same), a generated
 * switch (slower to compile, opaque to `routes explain`). */
#include "http/router.h"

#include <string.h>

#include "http/segment.h"

#define OSP_SEGMENTS_MAX 64

/* A node whose parameter or catch-all has not been tried. */
typedef struct untried {
    const osp_route_node *node;
    size_t at; /* where its segment begins */
    uint8_t param_count;
    bool rest_only;
} untried;

static const osp_route_node *static_child(const osp_route_node *node, osp_str segment)
{
    if (node->edges == NULL) {
        return NULL;
    }
    OSP_DEBUG_ASSERT((node->mask & (node->mask + 1)) == 0);
    const osp_route_edge *edge =
        &node->edges[node->mask == 0 ? 0 : osp_segment_hash(segment, node->seed) & node->mask];
    if (edge->segment == NULL || edge->len != segment.len ||
        !osp_few_equal(edge->segment, segment.ptr, segment.len)) {
        return NULL;
    }
    return edge->node;
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
    return node->param != NULL && node->rest == NULL && segment.len > 0 &&
           match->param_count < OSP_PATH_PARAMS_MAX;
}

/* Where a walk goes on: at a node, or at a leaf, which is then in the match; or nowhere. */
typedef struct way {
    const osp_route_node *node;
    size_t at, depth;
} way;

/* Takes the catch-all of the newest untried node, or its parameter.  Out of line: most walks never
 * come here, and keep what they need in registers. */
__attribute__((noinline)) static way take_back(untried *stack, size_t depth, osp_str path,
                                               osp_route_match *match)
{
    for (; depth > 0; depth--) {
        untried *top = &stack[depth - 1];
        OSP_DEBUG_ASSERT(top->param_count <= match->param_count && top->at <= path.len);
        const osp_str segment = segment_at(path, top->at);
        match->param_count = top->param_count;
        if (!top->rest_only && top->node->param != NULL && segment.len > 0 &&
            match->param_count < OSP_PATH_PARAMS_MAX) {
            top->rest_only = true;
            match->params[match->param_count++] = segment;
            return (way){ top->node->param, top->at + segment.len, depth };
        }
        if (top->node->rest != NULL && top->at < path.len &&
            match->param_count < OSP_PATH_PARAMS_MAX) {
            match->params[match->param_count++] =
                (osp_str){ path.ptr + top->at, path.len - top->at };
            match->leaf = top->node->rest;
            return (way){ .depth = depth - 1 };
        }
    }
    return (way){ 0 };
}

/* Walks past nodes that leave no choice, which most walks do to their end, without a stack.  NULL:
 * there is a choice somewhere, or no leaf. */
static inline const osp_route_leaf *find_straight(const osp_route_node *node, osp_str path,
                                                  osp_route_match *match)
{
    size_t at = path.len == 1 ? 1 : 0; /* of the '/' before the next segment, or the end */
    match->param_count = 0;
    while (at != path.len) {
        const osp_str segment = segment_at(path, at + 1);
        const osp_route_node *next = static_child(node, segment);
        if (next == NULL && is_only_way(node, segment, match)) {
            match->params[match->param_count++] = segment;
            next = node->param;
        } else if (next == NULL || node->param != NULL || node->rest != NULL) {
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
            } else if (node->param != NULL || node->rest != NULL) {
                if (depth == OSP_SEGMENTS_MAX) {
                    return OSP_E_NOT_FOUND;
                }
                stack[depth++] =
                    (untried){ node, at + 1, ret_match->param_count, node->param == NULL };
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
