#include "build/trie.h"

#include "build/proof.h"
#include "http/router.h"
#include "tests/unit/trees.h"
#include "tests/unit/unit.h"

static osp_arena arena;
static osp_trie trie;
static osp_error err;

static void begin(void)
{
    osp_arena_init(&arena, NULL, 0, (size_t)256 << 20);
    osp_trie_init(&trie, &arena);
}

static osp_status add(const char *file)
{
    memset(&err, 0, sizeof(err));
    return osp_trie_add(&trie, file, &err);
}

static const osp_trie_leaf *leaf(size_t at)
{
    OSP_CHECK(at < trie.leaves.count);
    return trie.leaves.items[at];
}

OSP_UNIT_TEST(trie_patterns, "leaves are sorted by pattern and groups add nothing")
{
    begin();
    OSP_CHECK(add("routes/users/[id]/posts/[post]/route.c") == OSP_OK);
    OSP_CHECK(add("routes/(shop)/cart/route.c") == OSP_OK);
    OSP_CHECK(add("routes/files/[...path]/route.c") == OSP_OK);
    OSP_CHECK(add("routes/route.c") == OSP_OK);
    OSP_CHECK(osp_trie_end(&trie, &err) == OSP_OK);
    static const char *const want[] = { "/", "/cart", "/files/[...path]",
                                        "/users/[id]/posts/[post]" };
    for (size_t i = 0; i < OSP_ARRAY_LEN(want); i++) {
        OSP_CHECK_STR(osp_str_from(leaf(i)->pattern), osp_str_from(want[i]));
        OSP_CHECK(leaf(i)->index == i);
    }
    OSP_CHECK(leaf(3)->param_count == 2);
    OSP_CHECK_STR(leaf(3)->params[1], OSP_STR("post"));
    osp_arena_done(&arena);
}

OSP_UNIT_TEST(trie_ambiguous, "two answers for one URL are refused and both files are named")
{
    static const struct {
        const char *one, *other;
    } cases[] = {
        { "routes/(a)/x/route.c", "routes/(b)/x/route.c" },
        { "routes/(a)/route.c", "routes/route.c" },
        { "routes/u/[id]/route.c", "routes/u/[name]/route.c" },
        { "routes/u/[id]/route.c", "routes/(g)/u/[name]/deep/route.c" },
        { "routes/f/[...a]/route.c", "routes/f/[...b]/route.c" },
        { "routes/f/[...a]/route.c", "routes/f/[[...b]]/route.c" },
        { "routes/f/[[...a]]/route.c", "routes/f/route.c" },
        { "routes/(g)/route.c", "routes/[[...a]]/route.c" },
        { "routes/u/[id=int]/route.c", "routes/u/[n=int]/deep/route.c" },
        { "routes/v[a]-[b]/x/route.c", "routes/v[a]-[c]/y/route.c" },
    };
    for (size_t i = 0; i < OSP_ARRAY_LEN(cases); i++) {
        begin();
        OSP_CHECK(add(cases[i].one) == OSP_OK);
        OSP_CHECK(add(cases[i].other) == OSP_E_BUILD);
        OSP_CHECK(strstr(err.message, cases[i].one) != NULL);
        OSP_CHECK(strstr(err.message, cases[i].other) != NULL);
        osp_arena_done(&arena);
    }
}

static osp_status add_literal(const char *path, const char *file)
{
    memset(&err, 0, sizeof(err));
    return osp_trie_add_literal(&trie, osp_str_from(path), file, &err);
}

OSP_UNIT_TEST(trie_literal, "a literal path is one URL, whatever stands in it")
{
    begin();
    OSP_CHECK(add("routes/img/[id]/route.c") == OSP_OK);
    OSP_CHECK(add_literal("/img/[id]", "public/img/[id]") == OSP_OK);
    OSP_CHECK(add_literal("/img/[...x]", "public/img/[...x]") == OSP_OK);
    OSP_CHECK(add_literal("/(a) \xc3\xbc%2f", "public/(a)") == OSP_OK);
    OSP_CHECK(add_literal("/", "public/index.html") == OSP_OK);
    OSP_CHECK(add_literal("/z/", "public/z/index.html") == OSP_OK);
    OSP_CHECK(osp_trie_end(&trie, &err) == OSP_OK);
    static const char *const want[] = { "/", "/(a) \xc3\xbc%2f", "/img/[id]",
                                        "/img/[x+5b]...x[x+5d]", "/img/[x+5b]id[x+5d]" };
    for (size_t i = 0; i < OSP_ARRAY_LEN(want); i++) {
        OSP_CHECK_STR(osp_str_from(leaf(i)->pattern), osp_str_from(want[i]));
    }
    OSP_CHECK(leaf(4)->param_count == 0);
    osp_arena_done(&arena);
}

OSP_UNIT_TEST(trie_literal_twice, "a file and a route with one URL are refused, both named")
{
    static const char *const routes[] = { "routes/route.c", "routes/a/b.css/route.c" };
    static const char *const paths[] = { "/", "/a/b.css" };
    for (size_t i = 0; i < OSP_ARRAY_LEN(routes); i++) {
        begin();
        OSP_CHECK(add(routes[i]) == OSP_OK);
        OSP_CHECK(add_literal(paths[i], "public/x") == OSP_E_BUILD);
        OSP_CHECK(strstr(err.message, routes[i]) != NULL && strstr(err.message, "public/x"));
        osp_arena_done(&arena);
    }
}

OSP_UNIT_TEST(trie_literal_refused, "a literal path that no URL normalises to is refused")
{
    static const char *const paths[] = {
        "//", "/a//b", "/.", "/a/..", "/a\nb", "/\x7f", "/\xff", "/\xc0\xaf",
    };
    for (size_t i = 0; i < OSP_ARRAY_LEN(paths); i++) {
        begin();
        OSP_CHECK(add_literal(paths[i], "public/x") == OSP_E_BUILD);
        OSP_CHECK(strstr(err.message, "public/x") != NULL);
        osp_arena_done(&arena);
    }
}

OSP_UNIT_TEST(trie_distinct, "static, parameter and catch-all stand side by side")
{
    begin();
    OSP_CHECK(add("routes/u/[id]/route.c") == OSP_OK);
    OSP_CHECK(add("routes/u/me/route.c") == OSP_OK);
    OSP_CHECK(add("routes/u/[...rest]/route.c") == OSP_OK);
    OSP_CHECK(add("routes/u/route.c") == OSP_OK);
    OSP_CHECK(add("routes/(g)/u/[id]/x/route.c") == OSP_OK);
    OSP_CHECK(osp_trie_end(&trie, &err) == OSP_OK);
    osp_arena_done(&arena);
}

OSP_UNIT_TEST(trie_refused, "bad patterns are refused")
{
    begin();
    OSP_CHECK(add("routes/[...a]/b/route.c") == OSP_E_BUILD);
    OSP_CHECK(add("routes/[[...a]]/b/route.c") == OSP_E_BUILD);
    OSP_CHECK(add("routes/[x=int]/a[x]/route.c") == OSP_E_BUILD);
    OSP_CHECK(add("routes/[...a]/[b]/route.c") == OSP_E_BUILD);
    OSP_CHECK(add("routes/[...a]/[...b]/route.c") == OSP_E_BUILD);
    OSP_CHECK(add("routes/[x]/[x]/route.c") == OSP_E_BUILD);
    OSP_CHECK(add("routes/[x]/[...x]/route.c") == OSP_E_BUILD);
    OSP_CHECK(add("routes/a b/route.c") == OSP_E_BUILD);
    OSP_CHECK(add("routes/[...a]/(g)/route.c") == OSP_OK);
    osp_arena_done(&arena);
}

OSP_UNIT_TEST(trie_param_limit, "16 parameters fit and 17 are refused")
{
    begin();
    OSP_CHECK(add("routes/[a]/[b]/[c]/[d]/[e]/[f]/[g]/[h]/[i]/[j]/[k]/[l]/[m]/[n]/[o]/[p]/"
                  "route.c") == OSP_OK);
    OSP_CHECK(add("routes/[a]/[b]/[c]/[d]/[e]/[f]/[g]/[h]/[i]/[j]/[k]/[l]/[m]/[n]/[o]/[p]/[q]/"
                  "route.c") == OSP_E_BUILD);
    OSP_CHECK(strstr(err.message, "16") != NULL);
    osp_arena_done(&arena);
}

OSP_UNIT_TEST(trie_ways_limit, "64 patterns stand side by side and one more is refused")
{
    begin();
    for (int i = 0; i < OSP_TRIE_WAYS_MAX; i++) {
        OSP_CHECK(add(osp_kit_format(&arena, "routes/a%d-[x]/route.c", i)) == OSP_OK);
    }
    OSP_CHECK(add("routes/b-[x]/route.c") == OSP_E_BUILD);
    OSP_CHECK(strstr(err.message, "routes/b-[x]/route.c") != NULL);
    osp_arena_done(&arena);
}

OSP_UNIT_TEST(trie_rebase, "below a base all URLs begin with it")
{
    static const char *const want[] = { "/a b/shop", "/a b/shop/[...id]", "/a b/shop/users/[id]" };
    begin();
    OSP_CHECK(add("routes/route.c") == OSP_OK);
    OSP_CHECK(add("routes/users/[id]/route.c") == OSP_OK);
    OSP_CHECK(add("routes/[...id]/route.c") == OSP_OK);
    OSP_CHECK(osp_trie_end(&trie, &err) == OSP_OK);
    OSP_CHECK(osp_trie_rebase(&trie, OSP_STR("/a b/shop"), "lib/app.c", &err) == OSP_OK);
    OSP_CHECK(osp_trie_end(&trie, &err) == OSP_OK);
    OSP_CHECK(trie.leaves.count == 3);
    for (size_t i = 0; i < 3; i++) {
        OSP_CHECK_STR(osp_str_from(leaf(i)->pattern), osp_str_from(want[i]));
    }
    for (size_t i = 0; i < trie.nodes.count; i++) {
        const osp_trie_node *node = trie.nodes.items[i];
        OSP_CHECK(node->index == i);
        OSP_CHECK(i == 0 ? node->parent == NULL : node->parent->index < i);
    }
    const osp_trie_node *root = trie.nodes.items[0];
    const osp_trie_edge *edge = root->edges.items[0];
    OSP_CHECK_STR(edge->segment, OSP_STR("a b"));
    OSP_CHECK(root->leaf == NULL && root->edges.count == 1 && edge->node->edges.count == 1);
    edge = edge->node->edges.items[0];
    OSP_CHECK(edge->node->leaf == leaf(0) && edge->node->rest == leaf(1));
    osp_arena_done(&arena);
}

OSP_UNIT_TEST(trie_rebase_refused, "a base that no URL begins with is refused")
{
    static const char *const bases[] = { "//a", "/a/../b", "/a\nb" };
    for (size_t i = 0; i < OSP_ARRAY_LEN(bases); i++) {
        begin();
        OSP_CHECK(add("routes/route.c") == OSP_OK);
        memset(&err, 0, sizeof(err));
        OSP_CHECK(osp_trie_rebase(&trie, osp_str_from(bases[i]), "lib/app.c", &err) == OSP_E_BUILD);
        OSP_CHECK(strstr(err.message, "lib/app.c") != NULL);
        osp_arena_done(&arena);
    }
}

/* The file that answers a host's path; empty: none does. */
static const char *on_host(const osp_route_node *hosts, const char *host, const char *path)
{
    osp_route_match match;
    const osp_status status =
        osp_route_find_on(hosts, osp_str_from(host), osp_str_from(path), 0, &match);
    return status == OSP_OK ? match.leaf->file : "";
}

OSP_UNIT_TEST(trie_hosts, "a route on hosts is one leaf, found on each of them, also below a base")
{
    static const char one[] = "routes/(@a.com,*.b.com)/x/[id]/route.c";
    static const char other[] = "routes/x/[name]/route.c";
    begin();
    OSP_CHECK(add(other) == OSP_OK);
    OSP_CHECK(add(one) == OSP_OK);
    OSP_CHECK(add("routes/y/(@c.com)/route.c") == OSP_OK);
    for (int based = 0; based < 2; based++) {
        const char *path = based ? "/base/x/1" : "/x/1";
        OSP_CHECK(!based || osp_trie_rebase(&trie, OSP_STR("/base"), "lib/a.c", &err) == OSP_OK);
        OSP_CHECK(osp_trie_end(&trie, &err) == OSP_OK);
        OSP_CHECK(trie.leaves.count == 3);
        const osp_route_node *hosts = osp_tree_tables(&arena, &trie);
        OSP_CHECK(strcmp(on_host(hosts, "a.com", path), one) == 0);
        OSP_CHECK(strcmp(on_host(hosts, "x.b.com", path), one) == 0);
        OSP_CHECK(strcmp(on_host(hosts, "b.com", path), other) == 0);
        OSP_CHECK(strcmp(on_host(hosts, "c.com", based ? "/base/y" : "/y"),
                         "routes/y/(@c.com)/route.c") == 0);
        OSP_CHECK(strcmp(on_host(hosts, "a.com", based ? "/base/y" : "/y"), "") == 0);
        OSP_CHECK(strcmp(on_host(hosts, "a.com", based ? "/x/1" : "/"), "") == 0);
    }
    osp_arena_done(&arena);
}

OSP_UNIT_TEST(trie_hosts_sorted,
              "leaves of one pattern are in the order of their hosts, none first")
{
    begin();
    OSP_CHECK(add("routes/(@b.com)/x/route.c") == OSP_OK);
    OSP_CHECK(add("routes/(@a.com)/x/route.c") == OSP_OK);
    OSP_CHECK(add("routes/x/route.c") == OSP_OK);
    OSP_CHECK(osp_trie_end(&trie, &err) == OSP_OK);
    OSP_CHECK(leaf(0)->hosts == NULL);
    OSP_CHECK_STR(osp_str_from(leaf(1)->hosts), OSP_STR("a.com"));
    OSP_CHECK_STR(osp_str_from(leaf(2)->hosts), OSP_STR("b.com"));
    osp_arena_done(&arena);
}

OSP_UNIT_TEST(trie_hosts_meet, "one URL of one host has one answer, and the message has the host")
{
    begin();
    OSP_CHECK(add("routes/(@a.com,b.com)/x/[id]/route.c") == OSP_OK);
    OSP_CHECK(add("routes/(@c.com)/x/[id]/route.c") == OSP_OK);
    OSP_CHECK(add("routes/(@b.com,d.com)/x/[id]/route.c") == OSP_E_BUILD);
    OSP_CHECK_STR(osp_str_from(err.message),
                  OSP_STR("routes/(@a.com,b.com)/x/[id]/route.c and "
                          "routes/(@b.com,d.com)/x/[id]/route.c answer the same URL, "
                          "//b.com/x/[id]"));
    OSP_CHECK(add("routes/(@a.com)/y/(@b.com)/route.c") == OSP_E_BUILD);
    OSP_CHECK(strstr(err.message, "within another") != NULL);
    osp_arena_done(&arena);
}

OSP_UNIT_TEST(trie_hosts_max, "each of the hosts is found in their table, up to the limit")
{
    begin();
    for (size_t i = 0; i < OSP_TRIE_HOSTS_MAX; i++) {
        OSP_CHECK(add(osp_kit_format(&arena, "routes/(@h%zu.com)/route.c", i)) == OSP_OK);
    }
    OSP_CHECK(osp_trie_end(&trie, &err) == OSP_OK);
    const osp_route_node *hosts = osp_tree_tables(&arena, &trie);
    for (size_t i = 0; i < OSP_TRIE_HOSTS_MAX; i++) {
        const char *host = osp_kit_format(&arena, "h%zu.com", i);
        OSP_CHECK(strstr(on_host(hosts, host, "/"), host) != NULL);
    }
    OSP_CHECK(add("routes/(@one.more)/route.c") == OSP_E_BUILD);
    OSP_CHECK(strstr(err.message, "256 hosts") != NULL);
    osp_arena_done(&arena);
}

/* Adds `count` folders side by side and checks that the router finds each and no other. */
static osp_status add_siblings(size_t count)
{
    const osp_kit_list matchers = { 0 };
    begin();
    for (size_t i = 0; i < count; i++) {
        OSP_CHECK(add(osp_kit_format(&arena, "routes/s%zu/route.c", i)) == OSP_OK);
    }
    OSP_CHECK(add("routes/[other]/route.c") == OSP_OK);
    OSP_TRY(osp_trie_end(&trie, &err));
    OSP_CHECK(osp_proof_run(&trie, &matchers, &err) == OSP_OK);
    const osp_trie_node *root = trie.nodes.items[0];
    OSP_CHECK((root->probes == 0) == (count <= OSP_TRIE_PERFECT_MAX));
    const osp_route_node *tables = osp_tree_tables(&arena, &trie);
    for (size_t i = 0; i < 2 * count; i++) {
        osp_route_match match;
        const char *path = osp_kit_format(&arena, "/s%zu", i);
        const osp_status status = osp_route_find(tables, osp_str_from(path), 0, &match);
        OSP_CHECK(status == OSP_OK);
        OSP_CHECK(strcmp(match.leaf->pattern, i < count ? path : "/[other]") == 0);
    }
    return OSP_OK;
}

OSP_UNIT_TEST(trie_siblings, "each of the siblings is found in its table, up to the limit")
{
    static const size_t counts[] = {
        1,
        2,
        3,
        7,
        8,
        9,
        40,
        200,
        OSP_TRIE_PERFECT_MAX,
        OSP_TRIE_PERFECT_MAX + 1,
        1024,
        5000,
        OSP_TRIE_SIBLINGS_MAX,
    };
    for (size_t i = 0; i < OSP_ARRAY_LEN(counts); i++) {
        OSP_CHECK(add_siblings(counts[i]) == OSP_OK);
        osp_arena_done(&arena);
    }
    OSP_CHECK(add_siblings(OSP_TRIE_SIBLINGS_MAX + 1) == OSP_E_BUILD);
    OSP_CHECK(strstr(err.message, "16384") != NULL);
    osp_arena_done(&arena);
}
