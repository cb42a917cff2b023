#include "build/proof.h"

#include "http/candidates.h"
#include "http/router.h"
#include "tests/unit/trees.h"
#include "tests/unit/unit.h"

static osp_arena arena;
static osp_trie trie;
static osp_kit_list matchers;
static osp_error err;

static void begin(void)
{
    osp_arena_init(&arena, NULL, 0, (size_t)256 << 20);
    osp_trie_init(&trie, &arena);
    matchers = (osp_kit_list){ 0 };
    memset(&err, 0, sizeof err);
}

static osp_status declare(const char *name, const char *before, const char *after)
{
    osp_matcher value = { .name_ = name };
    snprintf(value.before, sizeof value.before, "%s", before);
    snprintf(value.after, sizeof value.after, "%s", after);
    const osp_declared declared = { .kind = OSP_DECLARED_MATCHER,
                                    .name = osp_str_from(name),
                                    .value = { (const char *)&value, sizeof value } };
    return osp_proof_take(&arena, "lib/own.c", &declared, 1, &matchers, &err);
}

/* Folders below routes/, up to NULL. */
static osp_status prove(const char *const *folders)
{
    for (size_t i = 0; folders[i] != NULL; i++) {
        OSP_CHECK(osp_trie_add(&trie, osp_kit_format(&arena, "routes/%s/route.c", folders[i]),
                               &err) == OSP_OK);
    }
    OSP_CHECK(osp_trie_end(&trie, &err) == OSP_OK);
    return osp_proof_run(&trie, &matchers, &err);
}

static void expect_words(const char *const *words)
{
    for (size_t i = 0; words[i] != NULL; i++) {
        if (strstr(err.message, words[i]) == NULL) {
            fprintf(stderr, "\"%s\" without \"%s\"\n", err.message, words[i]);
        }
        OSP_CHECK(strstr(err.message, words[i]) != NULL);
    }
}

OSP_UNIT_TEST(proof_order, "of patterns side by side the one that takes less is tried first")
{
    static const char *const folders[] = { "[z]-[y]",      "[z=slug]",      "[z=int]", "[z=uuid]",
                                           "[z=word]",     "[z=date]",      "v[z]",    "v[z=int]",
                                           "v[z=int].[y]", "deep/[z=slug]", NULL };
    begin();
    OSP_CHECK(declare("own", "", "int") == OSP_OK);
    /* word and v[z] have v0 in common, slug and the rest more: give none of them a URL together */
    static const char *const apart[] = { "[a=slug]",  "[a=int]",   "[a=date]",
                                         "[a=word]",  "[a=uuid]",  "v[a=int].json",
                                         "v[a].json", "v[a].j[b]", NULL };
    OSP_CHECK(prove(apart) == OSP_OK);
    const osp_trie_node *root = trie.nodes.items[0];
    size_t place[8] = { 0 };
    for (size_t i = 0; i < 8; i++) {
        for (size_t k = 0; k < 8; k++) {
            const char *folder = osp_kit_format(&arena, "routes/%s/route.c", apart[i]);
            if (strcmp(((const osp_trie_way *)root->ways.items[k])->file, folder) == 0) {
                place[i] = k;
            }
        }
    }
    for (size_t i = 1; i <= 4; i++) {
        OSP_CHECK(place[i] < place[0]); /* before slug */
    }
    OSP_CHECK(place[5] < place[6] && place[6] < place[7]);
    (void)folders;
    osp_arena_done(&arena);
}

OSP_UNIT_TEST(proof_clash, "two files that can answer one URL, neither first, are refused with it")
{
    static const struct {
        const char *folders[3], *words[5];
    } cases[] = {
        { { "a[x]", "[y]b" }, { "routes/a[x]/route.c", "routes/[y]b/route.c", " /ab" } },
        { { "a[x]/c", "[y]b/c" }, { "routes/a[x]/c/route.c", "routes/[y]b/c/route.c", " /ab/c" } },
        { { "u/[i]/a[x]", "u/[i]/[y]b" }, { "/u/x/ab" } },
        { { "u/[i=uuid]/a[x]", "u/[i=uuid]/[y]b" }, { "/u/aaaaaaaa-" } },
        { { "a[x]/[...r]", "[y]b/c/d" }, { "routes/a[x]/[...r]", " /ab/c/d" } },
        { { "a[x]/c/d", "[y]b/[...r]" }, { "routes/[y]b/[...r]", " /ab/c/d" } },
        { { "a[x]/[...r]", "[y]b/[...s]" }, { " /ab/x" } },
        { { "a[x]/[[...r]]", "[y]b" }, { "routes/[y]b/route.c", " /ab" } },
        { { "a[x]/[p]", "[y]b/[q=date]" }, { " /ab/0000-01-01" } },
        { { "a[x]/[p=int]", "[y]b/[q=slug]" }, { " /ab/0" } },
        { { "a[x]/[p]/z", "[y]b/w/[q]" }, { " /ab/w/z" } },
        { { "(g)/a[x]", "[y]b" }, { "routes/(g)/a[x]/route.c" } },
        { { "[a]-[b]", "[a]-[c]" }, { NULL } }, /* one pattern, two names: refused before */
        { { "[a=int]-[b]", "[c]-[d=int]" }, { " /0-0" } },
    };
    for (size_t i = 0; i < OSP_ARRAY_LEN(cases); i++) {
        if (cases[i].words[0] == NULL) {
            continue;
        }
        begin();
        const char *const folders[] = { cases[i].folders[0], cases[i].folders[1], NULL };
        OSP_CHECK(prove(folders) == OSP_E_BUILD);
        expect_words(cases[i].words);
        osp_arena_done(&arena);
    }
}

OSP_UNIT_TEST(proof_apart, "patterns with a segment in common stand where no URL goes on from both")
{
    static const char *const cases[][4] = {
        { "a[x]/c", "[y]b/d" },
        { "a[x]", "[y]b/c" },
        { "a[x]/[p=int]", "[y]b/[q=word]" },
        { "a[x]/[...r]", "[y]b" },
        { "[x=int]", "[x=word]", "[x=date]", "[x=uuid]" },
        { "[a]/b", "a/[b]" },
        { "[x]", "[x=slug]", "[...x]", "a" },
    };
    for (size_t i = 0; i < OSP_ARRAY_LEN(cases); i++) {
        const char *folders[5] = { NULL };
        memcpy(folders, cases[i], sizeof cases[i]);
        begin();
        OSP_CHECK(prove(folders) == OSP_OK);
        osp_arena_done(&arena);
    }
}

OSP_UNIT_TEST(proof_own, "a matcher of the application stands beside others in a declared order")
{
    static const struct {
        const char *before, *after, *folders[4], *words[4];
        const char *first; /* NULL: refused */
    } cases[] = {
        { "", "", { "[n=own]", "[n=int]" }, { "lib/own.c", "OSP_MATCHER(own)", "/0" }, NULL },
        { "int", "", { "[n=own]", "[n=int]" }, { NULL }, "[=own]" },
        { "", "int", { "[n=own]", "[n=int]" }, { NULL }, "[=int]" },
        { "word, slug", "int", { "[n=own]", "[n=slug]" }, { NULL }, "[=own]" },
        { "", "slug", { "[n=own]", "[n=int]" }, { NULL }, "[=int]" }, /* int is before slug */
        { "slug", "", { "[n=own]", "[n=int]" }, { "OSP_MATCHER(own)" }, NULL },
        { "", "", { "[n=own]", "[n]", "a", "[...n]" }, { NULL }, "[=own]" },
        { "", "", { "[n=own]/a", "[n=int]/b" }, { NULL }, "[=int]" }, /* never the same URL */
        { "", "", { "v[n=own].json", "v[n].json" }, { NULL }, "v[=own].json" },
        { "", "", { "v[n=own].json", "w[n=int].json" }, { NULL }, "v[=own].json" },
        { "", "", { "v[n=own].json", "v[n=int].json" }, { "/v0.json" }, NULL },
        { "", "int", { "v[n=own].json", "v[n=int].json" }, { NULL }, "v[=int].json" },
        { "nosuch", "", { "a" }, { "lib/own.c", "nosuch" }, NULL },
        { "own", "", { "a" }, { "before itself" }, NULL },
        { "int", "slug", { "a" }, { "before itself" }, NULL },
        { "", "", { "[n=nosuch]" }, { "routes/[n=nosuch]/route.c", "OSP_MATCHER" }, NULL },
    };
    for (size_t i = 0; i < OSP_ARRAY_LEN(cases); i++) {
        const char *folders[5] = { NULL };
        memcpy(folders, cases[i].folders, sizeof cases[i].folders);
        begin();
        OSP_CHECK(declare("own", cases[i].before, cases[i].after) == OSP_OK);
        const osp_status status = prove(folders);
        if ((status == OSP_OK) != (cases[i].first != NULL)) {
            fprintf(stderr, "case %zu: %s\n", i, err.message);
        }
        OSP_CHECK(status == (cases[i].first != NULL ? OSP_OK : OSP_E_BUILD));
        if (status == OSP_OK) {
            const osp_trie_node *root = trie.nodes.items[0];
            OSP_CHECK_STR(((const osp_trie_way *)root->ways.items[0])->key,
                          osp_str_from(osp_kit_format(&arena, "/%s", cases[i].first)));
        } else {
            expect_words(cases[i].words);
        }
        osp_arena_done(&arena);
    }
}

OSP_UNIT_TEST(proof_declared, "a matcher has one name, which is not a built-in one")
{
    begin();
    OSP_CHECK(declare("own", "", "") == OSP_OK);
    OSP_CHECK(declare("own", "", "") == OSP_E_BUILD);
    OSP_CHECK(declare("int", "", "") == OSP_E_BUILD);
    for (int i = 1; i < OSP_MATCHERS_MAX; i++) {
        OSP_CHECK(declare(osp_kit_format(&arena, "m%d", i), "", "") == OSP_OK);
    }
    OSP_CHECK(declare("more", "", "") == OSP_E_BUILD);
    osp_arena_done(&arena);
}

/* What is listed for people is what the router finds, in its order. */
static void check_candidates(const osp_route_node *root, osp_str path)
{
    osp_candidate candidates[OSP_CANDIDATES_MAX];
    osp_route_match match;
    const size_t count = osp_route_candidates(root, path, candidates);
    size_t nth = 0;
    for (size_t i = 0; i < count; i++) {
        if (candidates[i].end == OSP_CANDIDATE_FITS) {
            OSP_CHECK(osp_route_find(root, path, nth++, &match) == OSP_OK);
            OSP_CHECK(candidates[i].leaf == match.leaf);
        } else {
            OSP_CHECK(!osp_tree_answers(candidates[i].leaf->file, path));
        }
    }
    OSP_CHECK(osp_route_find(root, path, nth, &match) != OSP_OK);
    OSP_CHECK(count > 0);
}

OSP_UNIT_TEST(proof_random, "in random trees the router finds what a plain reading of names finds")
{
    osp_choices from = { .seed = 2026 };
    size_t proved = 0, refused = 0;
    for (int i = 0; i < 600; i += OSP_UNIT_STRIDE) {
        osp_tree tree;
        begin();
        osp_tree_make(&arena, &from, &tree);
        const osp_route_node *root = osp_tree_prove(&arena, &tree);
        for (int k = 0; k < 40 && root != NULL; k++) {
            const osp_str path = osp_tree_path(&arena, &from);
            osp_tree_compare(&tree, root, path);
            check_candidates(root, path);
        }
        proved += root != NULL;
        refused += root == NULL;
        osp_arena_done(&arena);
    }
    OSP_CHECK(proved > 100 / OSP_UNIT_STRIDE && refused > 100 / OSP_UNIT_STRIDE);
}

OSP_UNIT_TEST(proof_trees_on_hosts,
              "random trees on hosts: the router agrees with a reading of their names")
{
    static const char *const hosts[] = { "a.com",  "A.com.:80",    "b.a.com",   "c.b.a.com",
                                         "b.com.", "com",          "localhost", "127.0.0.1:1",
                                         ".a.com", "a.com..",      "*.a.com",   "",
                                         "x.com",  "b.a.com.evil", "xa.com",    "[::1]" };
    osp_choices from = { .seed = 5 };
    size_t proved = 0;
    for (int i = 0; i < 500; i += OSP_UNIT_STRIDE) {
        osp_tree tree;
        begin();
        osp_tree_make(&arena, &from, &tree);
        tree.count = tree.count > 5 ? 5 : tree.count; /* of more, two often answer one URL */
        osp_tree_put_on_hosts(&arena, &from, &tree);
        const osp_route_node *root = osp_tree_prove(&arena, &tree);
        const bool has = root != NULL && osp_tree_has_hosts(&tree);
        for (int k = 0; k < 20 && has; k++) {
            const osp_str path = osp_tree_path(&arena, &from);
            for (size_t h = 0; h < OSP_ARRAY_LEN(hosts); h++) {
                osp_tree_compare_on(&tree, root, osp_str_from(hosts[h]), path);
            }
        }
        proved += has;
        osp_arena_done(&arena);
    }
    OSP_CHECK(proved > 50 / OSP_UNIT_STRIDE);
}

OSP_UNIT_TEST(proof_hosts,
              "patterns of one host are proved apart, and the URL begins with the host")
{
    static const char *const apart[] = { "(@a.com)/v[x]", "(@*.com)/[y]b", "(@b.com)/v[x]", "[y]b",
                                         NULL };
    begin();
    OSP_CHECK(prove(apart) == OSP_OK);
    osp_arena_done(&arena);
    static const char *const clash[] = { "(@*.com,c.org)/z/v[x]", "z/(@a.com,*.com)/[y]b", NULL };
    static const char *const words[] = { "routes/(@*.com,c.org)/z/v[x]/route.c",
                                         "routes/z/(@a.com,*.com)/[y]b/route.c",
                                         " both answer //x.com/z/vb,", NULL };
    begin();
    OSP_CHECK(prove(clash) == OSP_E_BUILD);
    expect_words(words);
    osp_arena_done(&arena);
}
