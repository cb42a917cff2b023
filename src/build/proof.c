/* Which of two routes answers a URL that both could, and the proof that it is never a toss-up.
 *
 * A URL is read from the left, a segment at a time; the first segment in which two routes differ
 * decides between them:
 *
 *     1. static text            /users/me
 *     2. a pattern              /users/[id=int]   /users/v[n].json
 *     3. a parameter            /users/[name]
 *     4. a catch-all            /users/[...path]
 *
 * and where that one comes to nothing further down, the next is tried.  Only among patterns it is
 * not plain which goes first.  Their extents are compared (build/extent.c):
 *
 *     no segment in common      any order
 *     one takes less            that one goes first
 *     neither, or the same      no order, which is good only if no URL goes on from both: the two
 *                               subtries are walked together, and a URL that both have is an error
 *
 * What a matcher of the application takes is unknown.  It stands for any text, and an order has to
 * be declared where that leaves a question.  Declared order is transitive, together with that of
 * the built-in matchers.
 *
 * Routes on two hosts are in two tries, which are proved one by one: the more exact host is asked
 * first, whatever its routes are.
 *
 * Methods do not keep routes apart: a URL that two files answer would have two sets of methods. */
#include "build/proof.h"

#include <stddef.h>
#include <string.h>

#include "base/slice.h"
#include "build/extent.h"

#define BUILTINS_MAX 8
#define NAMES_MAX (OSP_MATCHERS_MAX + BUILTINS_MAX)

typedef struct proof {
    osp_trie *trie;
    const osp_kit_list *matchers;
    osp_error *err;
    osp_str names[NAMES_MAX]; /* of matchers: the built-in ones, then those of the application */
    size_t name_count;
    bool first[NAMES_MAX][NAMES_MAX]; /* whether one is declared to be tried before another */
} proof;

static osp_status compare(osp_arena *arena, const osp_extent *a, const osp_extent *b,
                          osp_relation *ret_relation)
{
    return osp_extent_compare(arena, a, b, OSP_EXTENT_STATES_MAX, ret_relation);
}

/* ---------------------------------------------------------------- matchers */

/* A list in the value of a matcher. */
static osp_str list_at(osp_arena *arena, osp_str value, size_t at)
{
    if (value.len < sizeof(osp_matcher)) {
        return (osp_str){ "", 0 };
    }
    const size_t len = strnlen(value.ptr + at, OSP_MATCHER_NAMES_MAX);
    return osp_str_from(osp_kit_format(arena, "%.*s", (int)len, value.ptr + at));
}

osp_status osp_proof_take(osp_arena *arena, const char *file, const osp_declared *declared,
                          size_t count, osp_kit_list *matchers, osp_error *err)
{
    for (size_t i = 0; i < count; i++) {
        const osp_str name = declared[i].name, value = declared[i].value;
        if (declared[i].kind != OSP_DECLARED_MATCHER) {
            continue;
        }
        for (size_t k = 0; k < matchers->count; k++) {
            const osp_own_matcher *other = matchers->items[k];
            if (osp_str_equal(other->name, name)) {
                return osp_error_set(err, OSP_E_BUILD,
                                     "%s and %s both declare the matcher \"%.*s\"", other->file,
                                     file, OSP_ARG(name));
            }
        }
        if (osp_extent_builtin(name) != NULL) {
            return osp_error_set(err, OSP_E_BUILD,
                                 "%s declares the matcher \"%.*s\", which every application has; "
                                 "give it another name",
                                 file, OSP_ARG(name));
        }
        if (matchers->count == OSP_MATCHERS_MAX) {
            return osp_error_set(err, OSP_E_BUILD, "%s: more than %d matchers", file,
                                 OSP_MATCHERS_MAX);
        }
        osp_own_matcher *own = osp_kit_alloc(arena, sizeof(*own));
        own->name = osp_str_from(osp_kit_string(arena, name));
        own->file = file;
        own->before = list_at(arena, value, offsetof(osp_matcher, before));
        own->after = list_at(arena, value, offsetof(osp_matcher, after));
        osp_kit_push(arena, matchers, own);
    }
    return OSP_OK;
}

/* NAMES_MAX: there is none. */
static size_t index_of(const proof *p, osp_str name)
{
    for (size_t i = 0; i < p->name_count; i++) {
        if (osp_str_equal(p->names[i], name)) {
            return i;
        }
    }
    return NAMES_MAX;
}

static const osp_own_matcher *own_of(const proof *p, osp_str name)
{
    for (size_t i = 0; i < p->matchers->count; i++) {
        const osp_own_matcher *own = p->matchers->items[i];
        if (osp_str_equal(own->name, name)) {
            return own;
        }
    }
    return NULL;
}

/* "int,slug" */
static osp_status take_list(proof *p, const osp_own_matcher *own, osp_str list, bool before)
{
    const size_t self = index_of(p, own->name);
    osp_str name;
    while (osp_str_take(&list, ',', &name)) {
        name = osp_str_trim(name);
        const size_t other = index_of(p, name);
        if (other == NAMES_MAX) {
            return osp_error_set(p->err, OSP_E_BUILD,
                                 "%s: OSP_MATCHER(%.*s) says .%s \"%.*s\", but there is no such "
                                 "matcher",
                                 own->file, OSP_ARG(own->name), before ? "before" : "after",
                                 OSP_ARG(name));
        }
        *(before ? &p->first[self][other] : &p->first[other][self]) = true;
    }
    return OSP_OK;
}

/* The built-in matchers by what they take: one that takes less is first. */
static osp_status order_builtins(proof *p)
{
    osp_segment segments[BUILTINS_MAX] = { 0 };
    osp_extent extents[BUILTINS_MAX];
    for (size_t i = 0; osp_extent_builtin_at(i) != NULL; i++) {
        OSP_ASSERT(i < BUILTINS_MAX);
        p->names[p->name_count++] = osp_str_from(osp_extent_builtin_at(i)->name);
        segments[i].parts[0] = (osp_segment_part){ OSP_STR(""), OSP_STR("x"), p->names[i] };
        segments[i].part_count = 1;
        segments[i].tail = OSP_STR("");
        osp_extent_init(&extents[i], &segments[i]);
    }
    for (size_t i = 0; i < p->name_count; i++) {
        for (size_t k = 0; k < p->name_count; k++) {
            osp_relation relation;
            OSP_TRY(compare(p->trie->arena, &extents[i], &extents[k], &relation));
            p->first[i][k] = relation.both && !relation.only_a && relation.only_b;
        }
    }
    return OSP_OK;
}

static osp_status order_matchers(proof *p)
{
    if (p->matchers->count == 0) {
        return OSP_OK;
    }
    OSP_TRY(order_builtins(p));
    for (size_t i = 0; i < p->matchers->count; i++) {
        p->names[p->name_count++] = ((const osp_own_matcher *)p->matchers->items[i])->name;
    }
    for (size_t i = 0; i < p->matchers->count; i++) {
        const osp_own_matcher *own = p->matchers->items[i];
        OSP_TRY(take_list(p, own, own->before, true));
        OSP_TRY(take_list(p, own, own->after, false));
    }
    for (size_t by = 0; by < p->name_count; by++) {
        for (size_t i = 0; i < p->name_count; i++) {
            for (size_t k = 0; k < p->name_count; k++) {
                p->first[i][k] |= p->first[i][by] && p->first[by][k];
            }
        }
    }
    for (size_t i = 0; i < p->matchers->count; i++) {
        const osp_own_matcher *own = p->matchers->items[i];
        const size_t at = index_of(p, own->name);
        if (p->first[at][at]) {
            return osp_error_set(p->err, OSP_E_BUILD,
                                 "%s: by .before and .after the matcher \"%.*s\" would be tried "
                                 "before itself",
                                 own->file, OSP_ARG(own->name));
        }
    }
    return OSP_OK;
}

static osp_status check_matchers(const proof *p, const osp_trie_way *way)
{
    for (size_t i = 0; i < way->segment.part_count; i++) {
        const osp_str name = way->segment.parts[i].matcher;
        if (name.len > 0 && osp_extent_builtin(name) == NULL && own_of(p, name) == NULL) {
            return osp_error_set(
                p->err, OSP_E_BUILD,
                "%s: there is no matcher \"%.*s\"; there are int, uuid, slug, word, "
                "date and those that the application declares, with OSP_MATCHER in "
                "a file below lib/",
                way->file, OSP_ARG(name));
        }
    }
    return OSP_OK;
}

/* ---------------------------------------------------------------- URLs of two subtries */

/* A way on from a node. */
typedef struct hop {
    osp_str text;               /* of a static child */
    const osp_segment *pattern; /* else; NULL: of the parameter */
    const osp_trie_node *node;
} hop;

static size_t hop_count(const osp_trie_node *node)
{
    return node->edges.count + node->ways.count + (node->param != NULL);
}

static hop hop_at(const osp_trie_node *node, size_t index)
{
    if (index < node->edges.count) {
        const osp_trie_edge *edge = node->edges.items[index];
        return (hop){ .text = edge->segment, .node = edge->node };
    }
    index -= node->edges.count;
    if (index < node->ways.count) {
        const osp_trie_way *way = node->ways.items[index];
        return (hop){ .pattern = &way->segment, .node = way->node };
    }
    return (hop){ .node = node->param };
}

static bool takes(const hop *way, osp_str text)
{
    osp_extent extent;
    if (way->text.len > 0) {
        return osp_str_equal(way->text, text);
    }
    if (way->pattern == NULL) {
        return true;
    }
    osp_extent_init(&extent, way->pattern);
    return osp_extent_takes(&extent, text);
}

/* The shortest segment that two patterns take; too many states to tell count as none of the two
 * being apart, which is the safe side. */
static bool meet_patterns(osp_arena *arena, const osp_segment *one, const osp_segment *other,
                          osp_str *ret_text)
{
    osp_extent a, b;
    osp_relation relation;
    osp_extent_init(&a, one);
    osp_extent_init(&b, other);
    if (compare(arena, &a, &b, &relation) != OSP_OK) {
        *ret_text = OSP_STR("...");
        return true;
    }
    *ret_text = relation.witness;
    return relation.both;
}

/* A segment that goes both ways. */
static bool meet(osp_arena *arena, const hop *one, const hop *other, osp_str *ret_text)
{
    if (one->text.len > 0 || other->text.len > 0) {
        *ret_text = one->text.len > 0 ? one->text : other->text;
        return takes(one, *ret_text) && takes(other, *ret_text);
    }
    if (one->pattern == NULL && other->pattern == NULL) {
        *ret_text = OSP_STR("x");
        return true;
    }
    const osp_segment *pattern = one->pattern != NULL ? one->pattern : other->pattern;
    return meet_patterns(arena, pattern, other->pattern != NULL ? other->pattern : pattern,
                         ret_text);
}

/* Two leaves that one URL comes to. */
typedef struct clash {
    osp_arena *arena;
    const osp_trie_leaf *one, *other;
    const osp_trie_node *hosts; /* NULL: none */
    osp_buf url;
} clash;

/* A host and what one label of it may be, as URLs begin with it. */
static void add_host(osp_buf *url, osp_str host)
{
    osp_buf_str(url, OSP_STR("//"));
    if (host.ptr[0] == '*') {
        osp_buf_byte(url, 'x');
        host = osp_str_skip(host, 1);
    }
    osp_buf_str(url, host);
}

static void add_segment(osp_buf *url, osp_str text)
{
    osp_buf_byte(url, '/');
    osp_buf_str(url, text);
}

/* Any URL below a node, at least `more` segments on.  Depth is that of the trie. */
static const osp_trie_leaf *any_below(clash *c, const osp_trie_node *node, bool more)
{
    if (!more && node->leaf != NULL) {
        return node->leaf;
    }
    if (node->rest != NULL) {
        add_segment(&c->url, OSP_STR("x"));
        return node->rest;
    }
    for (size_t i = 0; i < hop_count(node); i++) {
        const hop way = hop_at(node, i);
        const size_t len = c->url.len;
        osp_str text;
        if (meet(c->arena, &way, &way, &text)) {
            add_segment(&c->url, text);
            const osp_trie_leaf *leaf = any_below(c, way.node, false);
            if (leaf != NULL) {
                return leaf;
            }
        }
        c->url.len = len;
    }
    return NULL;
}

static bool find_below(clash *c, const osp_trie_node *one, const osp_trie_node *other);

/* A URL on which the catch-all of one node meets what is below the other. */
static bool find_rest(clash *c, const osp_trie_node *one, const osp_trie_node *other)
{
    if (one->rest != NULL) {
        c->one = one->rest;
        c->other = any_below(c, other, true);
        return c->other != NULL;
    }
    if (other->rest != NULL) {
        c->other = other->rest;
        c->one = any_below(c, one, true);
        return c->one != NULL;
    }
    return false;
}

/* A URL that goes on from two nodes in the same way.  Each pair of nodes is looked at once, for one
 * way alone leads to each; depth is that of the trie. */
static bool find_below(clash *c, const osp_trie_node *one, const osp_trie_node *other)
{
    if (one->leaf != NULL && other->leaf != NULL) {
        c->one = one->leaf;
        c->other = other->leaf;
        return true;
    }
    if (find_rest(c, one, other)) {
        return true;
    }
    for (size_t i = 0; i < hop_count(one); i++) {
        const hop a = hop_at(one, i);
        for (size_t k = 0; k < hop_count(other); k++) {
            const hop b = hop_at(other, k);
            const size_t len = c->url.len;
            osp_str text;
            if (meet(c->arena, &a, &b, &text)) {
                add_segment(&c->url, text);
                if (find_below(c, a.node, b.node)) {
                    return true;
                }
            }
            c->url.len = len;
        }
    }
    return false;
}

/* Writes a URL that comes to a node.  Depth is that of the trie. */
static void write_way_to(clash *c, const osp_trie_node *node)
{
    if (node->parent == NULL) {
        return;
    }
    write_way_to(c, node->parent);
    for (size_t i = 0; i < hop_count(node->parent); i++) {
        const hop way = hop_at(node->parent, i);
        osp_str text;
        if (way.node == node && meet(c->arena, &way, &way, &text)) {
            (node->parent == c->hosts ? add_host : add_segment)(&c->url, text);
        }
    }
}

/* ---------------------------------------------------------------- the order */

typedef enum order { ORDER_NONE, ORDER_FREE, ORDER_ONE, ORDER_OTHER } order;

/* What the application says of the matchers of two segments. */
static order declared_order(const proof *p, const osp_segment *one, const osp_segment *other)
{
    bool before = false, after = false;
    for (size_t i = 0; i < one->part_count; i++) {
        for (size_t k = 0; k < other->part_count; k++) {
            const size_t a = index_of(p, one->parts[i].matcher);
            const size_t b = index_of(p, other->parts[k].matcher);
            before |= a != NAMES_MAX && b != NAMES_MAX && p->first[a][b];
            after |= a != NAMES_MAX && b != NAMES_MAX && p->first[b][a];
        }
    }
    return before == after ? ORDER_NONE : before ? ORDER_ONE : ORDER_OTHER;
}

static osp_status order_of(const proof *p, const osp_trie_way *one, const osp_trie_way *other,
                           order *ret_order, osp_str *ret_witness)
{
    osp_extent a, b;
    osp_relation relation;
    osp_extent_init(&a, &one->segment);
    osp_extent_init(&b, &other->segment);
    const osp_status status = compare(p->trie->arena, &a, &b, &relation);
    if (status != OSP_OK) {
        return osp_error_set(p->err, status,
                             "%s and %s: the patterns %.*s and %.*s are too long to "
                             "be compared",
                             one->file, other->file, OSP_ARG(one->key), OSP_ARG(other->key));
    }
    *ret_witness = relation.witness;
    if (!relation.both) {
        *ret_order = ORDER_FREE;
    } else if (b.is_exact && !relation.only_a && (relation.only_b || !a.is_exact)) {
        *ret_order = ORDER_ONE;
    } else if (a.is_exact && !relation.only_b && (relation.only_a || !b.is_exact)) {
        *ret_order = ORDER_OTHER;
    } else {
        *ret_order = a.is_exact && b.is_exact ? ORDER_NONE
                                              : declared_order(p, &one->segment, &other->segment);
    }
    return OSP_OK;
}

/* A matcher of the application in a segment, or the empty slice. */
static osp_str own_in(const osp_segment *segment)
{
    for (size_t i = 0; i < segment->part_count; i++) {
        const osp_str name = segment->parts[i].matcher;
        if (name.len > 0 && osp_extent_builtin(name) == NULL) {
            return name;
        }
    }
    return (osp_str){ "", 0 };
}

/* Two ways with a segment in common and no order between them: nothing may go on from both. */
static osp_status refuse_clash(const proof *p, const osp_trie_node *node, const osp_trie_way *one,
                               const osp_trie_way *other, osp_str witness)
{
    clash c = { .arena = p->trie->arena, .hosts = p->trie->hosts };
    osp_status status = OSP_OK;
    osp_buf_init(&c.url, NULL, 0, OSP_BUILD_FILE_MAX);
    write_way_to(&c, node);
    add_segment(&c.url, witness);
    if (find_below(&c, one->node, other->node)) {
        const osp_str own =
            own_in(&one->segment).len > 0 ? own_in(&one->segment) : own_in(&other->segment);
        const osp_own_matcher *declared = own.len > 0 ? own_of(p, own) : NULL;
        const char *files =
            osp_kit_format(p->trie->arena, "%.300s and %.300s", c.one->file, c.other->file);
        status = declared == NULL
                     ? osp_error_set(p->err, OSP_E_BUILD,
                                     "%s both answer %.*s, and neither %.*s nor %.*s takes less "
                                     "than the other",
                                     files, (int)c.url.len, c.url.ptr, OSP_ARG(one->key),
                                     OSP_ARG(other->key))
                     : osp_error_set(p->err, OSP_E_BUILD,
                                     "%s may both answer a URL such as %.*s; say by .before or "
                                     ".after in OSP_MATCHER(%.*s) of %s which of %.*s and %.*s is "
                                     "tried first",
                                     files, (int)c.url.len, c.url.ptr, OSP_ARG(own), declared->file,
                                     OSP_ARG(one->key), OSP_ARG(other->key));
    }
    osp_buf_done(&c.url);
    return status;
}

/* The ways of a node with what is known of their order. */
typedef struct ranking {
    bool before[OSP_TRIE_WAYS_MAX][OSP_TRIE_WAYS_MAX];
    bool placed[OSP_TRIE_WAYS_MAX];
} ranking;

static bool is_next(const ranking *r, size_t count, size_t index)
{
    bool next = !r->placed[index];
    for (size_t i = 0; next && i < count; i++) {
        next = r->placed[i] || !r->before[i][index];
    }
    return next;
}

/* Those that nothing has to go before, by their text where several are. */
static osp_status sort_ways(const proof *p, osp_trie_node *node, ranking *r)
{
    const size_t count = node->ways.count;
    const osp_trie_way *sorted[OSP_TRIE_WAYS_MAX];
    for (size_t at = 0; at < count; at++) {
        size_t best = count;
        for (size_t i = 0; i < count; i++) {
            const osp_trie_way *way = node->ways.items[i];
            if (is_next(r, count, i) &&
                (best == count ||
                 strcmp(way->key.ptr, ((const osp_trie_way *)node->ways.items[best])->key.ptr) <
                     0)) {
                best = i;
            }
        }
        if (best == count) {
            for (best = 0; r->placed[best]; best++) {
            }
            return osp_error_set(p->err, OSP_E_BUILD,
                                 "%s: by .before and .after of matchers %s would be tried before "
                                 "itself",
                                 ((const osp_trie_way *)node->ways.items[best])->file,
                                 ((const osp_trie_way *)node->ways.items[best])->key.ptr);
        }
        r->placed[best] = true;
        sorted[at] = node->ways.items[best];
    }
    memcpy(node->ways.items, sorted, count * sizeof(sorted[0]));
    return OSP_OK;
}

static osp_status prove_node(const proof *p, osp_trie_node *node)
{
    ranking r = { 0 };
    for (size_t i = 0; i < node->ways.count; i++) {
        OSP_TRY(check_matchers(p, node->ways.items[i]));
    }
    for (size_t i = 0; i < node->ways.count; i++) {
        for (size_t k = i + 1; k < node->ways.count; k++) {
            const osp_trie_way *one = node->ways.items[i], *other = node->ways.items[k];
            order found = ORDER_NONE;
            osp_str witness;
            OSP_TRY(order_of(p, one, other, &found, &witness));
            r.before[i][k] = found == ORDER_ONE;
            r.before[k][i] = found == ORDER_OTHER;
            if (found == ORDER_NONE) {
                OSP_TRY(refuse_clash(p, node, one, other, witness));
            }
        }
    }
    return node->ways.count > 1 ? sort_ways(p, node, &r) : OSP_OK;
}

osp_status osp_proof_run(osp_trie *trie, const osp_kit_list *matchers, osp_error *err)
{
    proof *p = osp_kit_alloc(trie->arena, sizeof(*p));
    p->trie = trie;
    p->matchers = matchers;
    p->err = err;
    OSP_TRY(order_matchers(p));
    for (size_t i = 0; i < trie->nodes.count; i++) {
        OSP_TRY(prove_node(p, (osp_trie_node *)(uintptr_t)trie->nodes.items[i]));
    }
    return OSP_OK;
}
