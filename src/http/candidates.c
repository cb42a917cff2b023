/* The router walked on all ways, and not on the first alone.
 *
 * It shares the tables with src/http/router.c, and osp_way_match; a test holds the order of what it
 * lists against that in which the router finds leaves, over random trees.  What it costs does not
 * matter: a person waits for it.
 *
 * Each node of a trie is reached by one way, so a walk looks at each once; it is as deep as folders
 * are inside each other. */
#include "http/candidates.h"

#include <stdlib.h>
#include <string.h>

#include "base/words.h"
#include "http/matcher.h"

typedef struct walk {
    osp_str path;
    osp_candidate *ret;
    size_t count;
    osp_candidate at; /* of the way so far; `end` is REFUSED behind a pattern that did */
    size_t deepest;   /* segments that fit on the longest way that came to nothing */
} walk;

typedef void step_fn(walk *w, const osp_route_node *node, size_t at, size_t depth);

/* How far what is there is from what was wanted. */
static size_t distance_of(const osp_candidate *of)
{
    return of->end == OSP_CANDIDATE_OTHER ? osp_words_distance(of->segment, of->wanted) : 0;
}

/* Room for one more, maybe in place of a worse one; NULL: there is none. */
static osp_candidate *room_for(walk *w, const osp_candidate *added)
{
    if (w->count < OSP_CANDIDATES_MAX) {
        return &w->ret[w->count++];
    }
    osp_candidate *worst = w->ret;
    for (size_t i = 1; i < w->count; i++) {
        worst = distance_of(&w->ret[i]) > distance_of(worst) ? &w->ret[i] : worst;
    }
    return distance_of(worst) > distance_of(added) ? worst : NULL;
}

static void add(walk *w, const osp_route_leaf *leaf, size_t depth)
{
    osp_candidate *added = room_for(w, &w->at);
    if (added == NULL) {
        return;
    }
    *added = w->at;
    added->leaf = leaf;
    added->depth = w->at.end == OSP_CANDIDATE_REFUSED ? w->at.depth : depth;
}

static osp_str segment_at(osp_str path, size_t at)
{
    const char *slash = memchr(path.ptr + at, '/', path.len - at);
    return (osp_str){ path.ptr + at,
                      slash != NULL ? (size_t)(slash - path.ptr) - at : path.len - at };
}

/* All slots are looked at: where a child stands is the router's own affair. */
static const osp_route_node *static_child(const osp_route_node *node, osp_str segment)
{
    for (size_t i = 0; node->edges != NULL && i <= node->mask; i++) {
        const osp_route_edge *edge = &node->edges[i];
        if (edge->segment != NULL &&
            osp_str_equal((osp_str){ edge->segment, edge->len }, segment)) {
            return edge->node;
        }
    }
    return NULL;
}

/* The matcher that does not take its part of a segment; NULL: the text does not fit. */
static const osp_matcher *refuser_of(const osp_route_way *way, osp_str segment)
{
    osp_route_part parts[OSP_PATH_PARAMS_MAX];
    osp_str params[OSP_PATH_PARAMS_MAX];
    osp_route_way bare = *way;
    OSP_ASSERT(way->part_count <= OSP_PATH_PARAMS_MAX);
    for (uint32_t i = 0; i < way->part_count; i++) {
        parts[i] = way->parts[i];
        parts[i].matcher = NULL;
    }
    bare.parts = parts;
    if (!osp_way_match(&bare, segment, params)) {
        return NULL;
    }
    for (uint32_t i = 0; i < way->part_count; i++) {
        const osp_matcher *matcher = way->parts[i].matcher;
        if (matcher != NULL && !matcher->match_(params[i])) {
            return matcher;
        }
    }
    return NULL;
}

static void note_step(walk *w, size_t depth, unsigned step)
{
    if (depth < OSP_STEPS_MAX) {
        w->at.steps[depth] = (uint16_t)step;
    }
}

/* Goes every way that the segment takes, in the router's order; false: there is none. */
static bool go_on(walk *w, const osp_route_node *node, size_t at, size_t depth, step_fn *step)
{
    const osp_str segment = segment_at(w->path, at + 1);
    const size_t next = at + 1 + segment.len;
    osp_str params[OSP_PATH_PARAMS_MAX];
    const osp_route_node *child = static_child(node, segment);
    bool went = child != NULL;
    if (child != NULL) {
        note_step(w, depth, OSP_STEP_TEXT);
        step(w, child, next, depth + 1);
    }
    for (uint16_t i = 0; i < node->way_count && segment.len > 0; i++) {
        const osp_route_way *way = &node->ways[i];
        const bool fits = osp_way_match(way, segment, params);
        if (!fits && w->at.end == OSP_CANDIDATE_REFUSED) {
            continue; /* one reason is enough */
        }
        const osp_candidate before = w->at;
        if (!fits) {
            w->at.end = OSP_CANDIDATE_REFUSED;
            w->at.segment = segment;
            w->at.depth = depth;
            w->at.matcher = refuser_of(way, segment);
        }
        note_step(w, depth, OSP_STEP_PATTERN + (unsigned)i);
        step(w, way->node, next, depth + 1);
        w->at = before;
        went |= fits;
    }
    if (node->param != NULL && segment.len > 0) {
        note_step(w, depth, OSP_STEP_PARAM);
        step(w, node->param, next, depth + 1);
        went = true;
    }
    return went;
}

static bool takes_rest(const walk *w, const osp_route_node *node, size_t at)
{
    return node->rest != NULL && at + 1 < w->path.len &&
           !(node->rest->bare && w->path.ptr[w->path.len - 1] == '/');
}

static void find_fitting(walk *w, const osp_route_node *node, size_t at, size_t depth)
{
    if (at == w->path.len) {
        if (node->leaf != NULL) {
            add(w, node->leaf, depth);
        }
    } else {
        (void)go_on(w, node, at, depth, find_fitting);
        if (takes_rest(w, node, at)) {
            note_step(w, depth, OSP_STEP_REST);
            add(w, node->rest, depth + 1);
        }
    }
    if (w->at.end == OSP_CANDIDATE_FITS && depth > w->deepest) {
        w->deepest = depth;
    }
}

/* ---------------------------------------------------------------- the nearest */

static bool is_listed(const walk *w, const osp_route_leaf *leaf)
{
    bool listed = false;
    for (size_t i = 0; i < w->count; i++) {
        listed |= w->ret[i].leaf == leaf;
    }
    return listed;
}

/* One leaf below a node, the nearest to it, and how many others there are. */
static const osp_route_leaf *any_below(const osp_route_node *node, size_t *more)
{
    const osp_route_leaf *found = node->leaf != NULL ? node->leaf : node->rest;
    const osp_route_leaf *below = NULL;
    *more += node->leaf != NULL && node->rest != NULL && node->rest != node->leaf;
    for (size_t i = 0; node->edges != NULL && i <= node->mask; i++) {
        const osp_route_node *child = node->edges[i].segment != NULL ? node->edges[i].node : NULL;
        below = child != NULL ? any_below(child, more) : NULL;
        *more += found != NULL && below != NULL;
        found = found != NULL ? found : below;
    }
    for (uint16_t i = 0; i < node->way_count; i++) {
        below = any_below(node->ways[i].node, more);
        *more += found != NULL && below != NULL;
        found = found != NULL ? found : below;
    }
    below = node->param != NULL ? any_below(node->param, more) : NULL;
    *more += found != NULL && below != NULL;
    return found != NULL ? found : below;
}

static void add_below(walk *w, const osp_route_node *node, osp_str wanted, size_t depth)
{
    size_t more = 0;
    const osp_route_leaf *leaf = any_below(node, &more);
    if (leaf == NULL || is_listed(w, leaf)) {
        return;
    }
    w->at.wanted = wanted;
    w->at.more = more;
    add(w, leaf, depth);
    w->at.more = 0;
}

/* Those that refuse a segment, or that one is missing for. */
static void add_patterns(walk *w, const osp_route_node *node, size_t depth)
{
    const osp_candidate before = w->at;
    for (uint16_t i = 0; i < node->way_count; i++) {
        if (w->at.segment.len > 0) {
            w->at.end = OSP_CANDIDATE_REFUSED;
            w->at.depth = depth;
            w->at.matcher = refuser_of(&node->ways[i], w->at.segment);
        }
        add_below(w, node->ways[i].node, OSP_STR(""), depth);
        w->at = before;
    }
}

/* What follows a node at which the longest ways end. */
static void find_near(walk *w, const osp_route_node *node, size_t at, size_t depth)
{
    if (w->at.end == OSP_CANDIDATE_REFUSED) {
        return;
    }
    if (depth < w->deepest) {
        if (at < w->path.len) {
            (void)go_on(w, node, at, depth, find_near);
        }
        return;
    }
    const bool over = at == w->path.len;
    const osp_candidate before = w->at;
    w->at.segment = over ? OSP_STR("") : segment_at(w->path, at + 1);
    if (!over && node->leaf != NULL && !is_listed(w, node->leaf)) {
        w->at.end = OSP_CANDIDATE_SHORTER;
        add(w, node->leaf, depth);
    }
    w->at.end = over ? OSP_CANDIDATE_LONGER : OSP_CANDIDATE_OTHER;
    for (size_t i = 0; node->edges != NULL && i <= node->mask; i++) {
        const osp_route_edge *edge = &node->edges[i];
        if (edge->segment != NULL) {
            add_below(w, edge->node, (osp_str){ edge->segment, edge->len }, depth);
        }
    }
    add_patterns(w, node, depth);
    if (node->param != NULL) {
        add_below(w, node->param, OSP_STR(""), depth);
    }
    if (node->rest != NULL && !is_listed(w, node->rest)) {
        w->at.wanted = OSP_STR("");
        add(w, node->rest, depth);
    }
    w->at = before;
}

static int by_distance(const void *a, const void *b)
{
    const osp_candidate *one = a, *other = b;
    const size_t x = distance_of(one), y = distance_of(other);
    return x != y ? (x < y ? -1 : 1) : strcmp(one->leaf->pattern, other->leaf->pattern);
}

size_t osp_route_candidates(const osp_route_node *root, osp_str path, osp_candidate *ret)
{
    walk w = { .path = path, .ret = ret };
    OSP_ASSERT(path.len > 0 && path.ptr[0] == '/');
    const size_t begin = path.len == 1 ? 1 : 0; /* of the '/' before the next segment, or the end */
    find_fitting(&w, root, begin, 0);
    bool fits = false;
    for (size_t i = 0; i < w.count; i++) {
        fits |= ret[i].end == OSP_CANDIDATE_FITS;
    }
    if (!fits) {
        const size_t told = w.count;
        find_near(&w, root, begin, 0);
        qsort(ret + told, w.count - told, sizeof(*ret), by_distance);
    }
    return w.count;
}
