/* The reading of names here is slow and plain on purpose: it is what the build is held against. */
#include "tests/unit/trees.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "http/router.h"

#define SEGMENTS_MAX 6

uint32_t osp_tree_choose(osp_choices *from, uint32_t below)
{
    if (from->bytes.len > 0) {
        const unsigned char byte = (unsigned char)from->bytes.ptr[0];
        from->bytes = (osp_str){ from->bytes.ptr + 1, from->bytes.len - 1 };
        return byte % below;
    }
    from->seed = from->seed * 1103515245u + 12345u;
    return (from->seed >> 12) % below;
}

/* ---------------------------------------------------------------- trees */

/* %d: depth, so that a parameter has one name at one place. */
static const char *const names[] = {
    "a",
    "b",
    "ab",
    "1",
    "[x%d]",
    "[x%d]",
    "[x%d=int]",
    "[x%d=slug]",
    "[x%d=word]",
    "a[x%d]",
    "[x%d]b",
    "a[x%d=int]",
    "[x%d]-[y%d]",
    "[x%d=int]-[y%d]",
    "[x%d]a[y%d]b",
    "[...x%d]",
    "[[...x%d]]",
    "(g)",
};

static const char *add_folder(osp_arena *arena, const char *path, const char *name, int depth)
{
    char folder[64];
    snprintf(folder, sizeof folder, "%s", name);
    for (char *at; (at = strstr(folder, "%d")) != NULL;) {
        at[0] = (char)('0' + depth);
        memmove(at + 1, at + 2, strlen(at + 2) + 1);
    }
    return osp_kit_format(arena, "%s/%s", path, folder);
}

static bool is_last(const char *name)
{
    return strstr(name, "[...") != NULL;
}

void osp_tree_make(osp_arena *arena, osp_choices *from, osp_tree *ret_tree)
{
    const uint32_t count = 2 + osp_tree_choose(from, OSP_TREE_FILES_MAX - 2);
    ret_tree->count = 0;
    for (uint32_t i = 0; i < count; i++) {
        const uint32_t depth = osp_tree_choose(from, 4);
        const char *path = "routes";
        for (uint32_t k = 0; k < depth; k++) {
            const char *name = names[osp_tree_choose(from, OSP_ARRAY_LEN(names))];
            path = add_folder(arena, path, name, (int)k);
            if (is_last(name)) {
                break;
            }
        }
        ret_tree->files[ret_tree->count++] = osp_kit_format(arena, "%s/route.c", path);
    }
}

void osp_tree_put_on_hosts(osp_arena *arena, osp_choices *from, osp_tree *tree)
{
    static const char *const hosts[] = { "(@a.com)",       "(@*.a.com)",   "(@b.a.com)",
                                         "(@a.com,b.com)", "(@*.com,com)", "(@*.a.com,b.a.com)",
                                         "(@localhost)",   "(@127.0.0.1)", "(@*.b.a.com,*.com)" };
    for (size_t i = 0; i < tree->count; i++) {
        const char *file = tree->files[i];
        const uint32_t which = osp_tree_choose(from, OSP_ARRAY_LEN(hosts) * 3 / 2);
        const char *at = file + strlen("routes");
        for (uint32_t deeper = osp_tree_choose(from, 3); deeper > 0; deeper--) {
            const char *slash = strchr(at + 1, '/');
            at = slash != NULL ? slash : at;
        }
        if (which < OSP_ARRAY_LEN(hosts)) {
            tree->files[i] =
                osp_kit_format(arena, "%.*s/%s%s", (int)(at - file), file, hosts[which], at);
        }
    }
}

bool osp_tree_has_hosts(const osp_tree *tree)
{
    bool has = false;
    for (size_t i = 0; i < tree->count; i++) {
        has |= strstr(tree->files[i], "(@") != NULL;
    }
    return has;
}

osp_str osp_tree_path(osp_arena *arena, osp_choices *from)
{
    static const char *const segments[] = { "a",   "b",  "ab", "1",   "a1",  "a-b", "1-1",
                                            "aab", "ba", "-",  "a--", "12b", "01",  "aabab" };
    const uint32_t count = osp_tree_choose(from, 5);
    const char *path = "";
    for (uint32_t i = 0; i < count; i++) {
        path = osp_kit_format(arena, "%s/%s", path,
                              segments[osp_tree_choose(from, OSP_ARRAY_LEN(segments))]);
    }
    const bool slash = count == 0 || osp_tree_choose(from, 16) == 0;
    return osp_str_from(osp_kit_format(arena, "%s%s", path, slash ? "/" : ""));
}

/* ---------------------------------------------------------------- tables */

static const osp_matcher *matcher_of(osp_str name)
{
    static const osp_matcher *const all[] = { &osp_matcher_int, &osp_matcher_uuid,
                                              &osp_matcher_slug, &osp_matcher_word,
                                              &osp_matcher_date };
    for (size_t i = 0; i < OSP_ARRAY_LEN(all); i++) {
        if (osp_str_equal(name, osp_str_from(all[i]->name_))) {
            return all[i];
        }
    }
    return NULL;
}

static const osp_route_leaf *make_leaf(osp_arena *arena, const osp_trie_leaf *leaf)
{
    if (leaf == NULL) {
        return NULL;
    }
    osp_route_leaf *made = osp_kit_alloc(arena, sizeof(*made));
    made->file = leaf->file;
    made->pattern = leaf->pattern;
    made->param_count = leaf->param_count;
    made->rest = (uint8_t)leaf->rest;
    made->bare = leaf->bare;
    return made;
}

static osp_route_way make_way(osp_arena *arena, const osp_segment *segment,
                              const osp_route_node *node)
{
    osp_route_part *parts = osp_kit_alloc(arena, segment->part_count * sizeof(*parts));
    for (size_t i = 0; i < segment->part_count; i++) {
        const osp_segment_part *part = &segment->parts[i];
        parts[i] =
            (osp_route_part){ part->text.ptr, (uint32_t)part->text.len, matcher_of(part->matcher) };
    }
    return (osp_route_way){ parts, (uint32_t)segment->part_count, (uint32_t)segment->tail.len,
                            segment->tail.ptr, node };
}

static void make_edges(osp_arena *arena, const osp_trie_node *node, osp_route_node *const *nodes,
                       osp_route_node *made)
{
    osp_route_edge *edges = osp_kit_alloc(arena, ((size_t)node->mask + 1) * sizeof(*edges));
    for (size_t i = 0; i <= node->mask; i++) {
        const osp_trie_edge *edge = node->slots[i];
        if (edge != NULL) {
            edges[i] = (osp_route_edge){ edge->segment.ptr, (uint32_t)edge->segment.len,
                                         nodes[edge->node->index] };
        }
    }
    made->edges = edges;
    made->seed = node->seed;
    made->mask = node->mask;
    made->probes = node->probes;
}

const osp_route_node *osp_tree_tables(osp_arena *arena, const osp_trie *trie)
{
    osp_route_node **nodes = osp_kit_alloc(arena, (trie->nodes.count + 1) * sizeof(*nodes));
    for (size_t i = trie->nodes.count; i-- > 0;) { /* children before their parents */
        const osp_trie_node *node = trie->nodes.items[i];
        osp_route_node *made = nodes[i] = osp_kit_alloc(arena, sizeof(*made));
        osp_route_way *ways = osp_kit_alloc(arena, (node->ways.count + 1) * sizeof(*ways));
        for (size_t k = 0; k < node->ways.count; k++) {
            const osp_trie_way *way = node->ways.items[k];
            ways[k] = make_way(arena, &way->segment, nodes[way->node->index]);
        }
        if (node->edges.count > 0) {
            make_edges(arena, node, nodes, made);
        }
        made->ways = ways;
        made->way_count = (uint16_t)node->ways.count;
        made->param = node->param != NULL ? nodes[node->param->index] : NULL;
        made->rest = make_leaf(arena, node->rest);
        made->leaf = node->leaf == node->rest ? made->rest : make_leaf(arena, node->leaf);
        if (made->rest == NULL && made->way_count == 0 && made->param == NULL) {
            made->kind = OSP_NODE_STATIC_ONLY;
        } else if (made->rest == NULL && made->way_count == 0 && made->probes == 0) {
            made->kind = OSP_NODE_STATIC_PARAM;
        }
    }
    if (trie->hosts == NULL) {
        return nodes[0];
    }
    osp_route_node *hosts = osp_kit_alloc(arena, sizeof(*hosts));
    make_edges(arena, trie->hosts, nodes, hosts);
    hosts->param = nodes[0];
    return hosts;
}

/* ---------------------------------------------------------------- the plain reading */

/* The folders of a file and the segments of a path, groups left out. */
typedef struct words {
    char all[SEGMENTS_MAX][64];
    size_t count;
} words;

static words split(const char *text, size_t len, bool groups)
{
    words w = { .count = 0 };
    for (size_t at = 0; at <= len && len > 0;) {
        size_t end = at;
        while (end < len && text[end] != '/') {
            end++;
        }
        if ((!groups || text[at] != '(') && w.count < SEGMENTS_MAX) {
            snprintf(w.all[w.count++], sizeof w.all[0], "%.*s", (int)(end - at), text + at);
        }
        at = end + 1;
    }
    return w;
}

static words folders_of(const char *file)
{
    const size_t len = strlen(file) - strlen("routes/") - strlen("/route.c");
    return strcmp(file, "routes/route.c") == 0 ? (words){ .count = 0 }
                                               : split(file + strlen("routes/"), len, true);
}

static bool is_matched(const char *matcher, const char *text, size_t len)
{
    if (strcmp(matcher, "int") == 0) {
        return strspn(text, "0123456789") >= len && (text[0] != '0' || len == 1) &&
               (len < 19 || (len == 19 && strncmp(text, "9223372036854775807", 19) <= 0));
    }
    for (size_t i = 0; i < len; i++) {
        const bool dash = text[i] == '-' && strcmp(matcher, "slug") == 0 && i > 0 && i + 1 < len &&
                          text[i - 1] != '-';
        const bool digit = isdigit((unsigned char)text[i]) && strcmp(matcher, "slug") == 0;
        if (!isalpha((unsigned char)text[i]) && !dash && !digit) {
            return false;
        }
    }
    return true;
}

/* Where each parameter of a folder's name lies, the shortest first, matchers aside: the first split
 * that is found is the one. */
static bool split_by(const char *name, const char *text, size_t *ret_ends, size_t count)
{
    if (*name != '[') {
        return *name == '\0' ? *text == '\0'
                             : *name == *text && split_by(name + 1, text + 1, ret_ends, count);
    }
    const char *behind = strchr(name, ']') + 1;
    const size_t all = strlen(text);
    for (size_t len = 1; len <= all; len++) {
        ret_ends[count] = len;
        if (split_by(behind, text + len, ret_ends, count + 1)) {
            return true;
        }
    }
    return false;
}

static bool takes(const char *name, const char *text)
{
    size_t lens[4];
    if (!split_by(name, text, lens, 0)) {
        return false;
    }
    size_t param = 0;
    for (const char *at = text; *name != '\0';) {
        if (*name != '[') {
            name++;
            at++;
            continue;
        }
        const char *close = strchr(name, ']'), *equals = strchr(name, '=');
        char matcher[16] = "";
        if (equals != NULL && equals < close) {
            snprintf(matcher, sizeof matcher, "%.*s", (int)(close - equals - 1), equals + 1);
        }
        if (matcher[0] != '\0' && !is_matched(matcher, at, lens[param])) {
            return false;
        }
        at += lens[param++];
        name = close + 1;
    }
    return true;
}

static bool is_any(const char *name)
{
    return strncmp(name, "[[...", 5) == 0;
}

bool osp_tree_reads(osp_str path)
{
    size_t segments = 0, longest = 0, len = 0;
    for (size_t i = 0; i < path.len; i++) {
        segments += path.ptr[i] == '/';
        len = path.ptr[i] == '/' ? 0 : len + 1;
        longest = len > longest ? len : longest;
    }
    return segments < SEGMENTS_MAX && longest < sizeof(((words *)0)->all[0]);
}

bool osp_tree_answers(const char *file, osp_str path)
{
    const words folders = folders_of(file);
    const words segments =
        path.len == 1 ? (words){ .count = 0 } : split(path.ptr + 1, path.len - 1, false);
    for (size_t i = 0; i < folders.count; i++) {
        const char *name = folders.all[i];
        const bool more = i < segments.count;
        if (is_last(name)) { /* a last segment that is empty is no segment of its own */
            const bool some = more && segments.all[i][0] != '\0';
            return some || (is_any(name) && !more);
        }
        if (!more || segments.all[i][0] == '\0' || !takes(name, segments.all[i])) {
            return false;
        }
    }
    return folders.count == segments.count;
}

/* On what a route is found, in this order. */
enum { ON_HOST = 1, ON_LABEL = 2, ON_ANY = 4 };

/* On which of these a file answers a host, as a client writes it. */
static unsigned found_on(const char *file, osp_str host)
{
    const char *list = strstr(file, "(@");
    if (list == NULL) {
        return ON_ANY;
    }
    char name[OSP_HOST_MAX + 2];
    size_t len = 0;
    while (len < host.len && len < sizeof name && host.ptr[len] != ':') {
        name[len] = (char)tolower((unsigned char)host.ptr[len]);
        len++;
    }
    len -= len > 0 && name[len - 1] == '.';
    const char *dot = memchr(name, '.', len);
    const size_t label = dot != NULL ? (size_t)(dot - name) : 0;
    unsigned found = 0;
    for (const char *at = list + 2; len <= OSP_HOST_MAX && at[-1] != ')';) {
        const size_t size = strcspn(at, ",)");
        const bool any = at[0] == '*';
        const size_t before = any ? label : 0, skip = any ? 1 : 0;
        if ((!any || label > 0) && len - before == size - skip &&
            memcmp(name + before, at + skip, len - before) == 0) {
            found |= any ? ON_LABEL : ON_HOST;
        }
        at += size + 1;
    }
    return found;
}

static int rank_of(const char *name)
{
    if (is_last(name)) {
        return 3;
    }
    if (strchr(name, '[') == NULL) {
        return 0;
    }
    return name[0] == '[' && strchr(name, ']')[1] == '\0' && strchr(name, '=') == NULL ? 2 : 1;
}

/* Whether each of many texts that one name takes is taken by the other. */
static bool takes_less(const char *one, const char *other)
{
    static const char bytes[] = "ab1-0";
    for (uint32_t number = 0; number < 5 * 3125; number++) {
        char text[8] = "";
        uint32_t left = number / 5;
        for (uint32_t i = 0; i <= number % 5; i++, left /= 5) {
            text[i] = bytes[left % 5];
        }
        if (takes(one, text) && !takes(other, text)) {
            return false;
        }
    }
    return true;
}

bool osp_tree_goes_first(const char *one, const char *other)
{
    const words a = folders_of(one), b = folders_of(other);
    for (size_t i = 0; i < a.count && i < b.count; i++) {
        const int rank = rank_of(a.all[i]), other_rank = rank_of(b.all[i]);
        if (strcmp(a.all[i], b.all[i]) == 0) {
            continue;
        }
        return rank != other_rank ? rank < other_rank : takes_less(a.all[i], b.all[i]);
    }
    return a.count < b.count; /* the longer one is an optional catch-all */
}

/* ---------------------------------------------------------------- holding them against each other
 */

static void require(bool cond, const char *what, osp_str path)
{
    if (!cond) {
        fprintf(stderr, "%s: %.*s\n", what, OSP_ARG(path));
        abort();
    }
}

/* Whether a file answers a URL as messages of the build write it: "/a/b", or "//host/a/b". */
static bool answers_url(const char *file, const char *url)
{
    osp_str host = { 0 };
    if (strncmp(url, "//", 2) == 0) {
        host = (osp_str){ url + 2, strcspn(url + 2, "/") };
        url += 2 + host.len;
    }
    return found_on(file, host) != 0 && osp_tree_answers(file, osp_str_from(*url != 0 ? url : "/"));
}

const osp_route_node *osp_tree_prove(osp_arena *arena, osp_tree *tree)
{
    osp_trie trie;
    osp_error err = { 0 };
    const osp_kit_list matchers = { 0 };
    size_t count = 0;
    osp_trie_init(&trie, arena);
    for (size_t i = 0; i < tree->count; i++) {
        if (osp_trie_add(&trie, tree->files[i], &err) == OSP_OK) {
            tree->files[count++] = tree->files[i];
        } else if (strstr(tree->files[i], "(@") != NULL) {
            return NULL; /* some of its hosts have it */
        }
    }
    tree->count = count;
    require(osp_trie_end(&trie, &err) == OSP_OK, err.message, OSP_STR(""));
    if (osp_proof_run(&trie, &matchers, &err) == OSP_OK) {
        return osp_tree_tables(arena, &trie);
    }
    char one[200], other[200], url[200];
    require(sscanf(err.message, "%199s and %199s both answer %199[^,]", one, other, url) == 3,
            err.message, OSP_STR(""));
    require(answers_url(one, url), one, osp_str_from(url));
    require(answers_url(other, url), other, osp_str_from(url));
    return NULL;
}

void osp_tree_compare(const osp_tree *tree, const osp_route_node *root, osp_str path)
{
    osp_route_match match;
    const char *before = NULL;
    size_t answers = 0, nth = 0;
    for (size_t i = 0; i < tree->count; i++) {
        answers += osp_tree_answers(tree->files[i], path);
    }
    for (; osp_route_find(root, path, nth, &match) == OSP_OK; nth++) {
        const char *file = match.leaf->file;
        require(osp_tree_answers(file, path), file, path);
        require(before == NULL || osp_tree_goes_first(before, file), file, path);
        before = file;
    }
    require(nth == answers, "another number of routes", path);
}

void osp_tree_compare_on(const osp_tree *tree, const osp_route_node *hosts, osp_str host,
                         osp_str path)
{
    static const unsigned kinds[] = { ON_HOST, ON_LABEL, ON_ANY };
    osp_route_match match;
    size_t nth = 0;
    for (size_t k = 0; k < OSP_ARRAY_LEN(kinds); k++) {
        const char *before = NULL;
        size_t answers = 0;
        for (size_t i = 0; i < tree->count; i++) {
            answers += (found_on(tree->files[i], host) & kinds[k]) != 0 &&
                       osp_tree_answers(tree->files[i], path);
        }
        for (; answers > 0; answers--, nth++) {
            require(osp_route_find_on(hosts, host, path, nth, &match) == OSP_OK,
                    "a route too few on this host", host);
            const char *file = match.leaf->file;
            require((found_on(file, host) & kinds[k]) != 0, file, host);
            require(osp_tree_answers(file, path), file, path);
            require(before == NULL || osp_tree_goes_first(before, file), file, path);
            before = file;
        }
    }
    require(osp_route_find_on(hosts, host, path, nth, &match) != OSP_OK,
            "a route too many on this host", host);
}
