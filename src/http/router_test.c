/* The router over small hand-made tables, and over a big one made like the builder makes it. */
#include "http/router.h"

#include "http/segment.h"
#include "tests/unit/unit.h"

static const char *const one_name[] = { "id" };
static const osp_route_leaf about = { .pattern = "/about" };
static const osp_route_leaf by_id = { .pattern = "/[id]",
                                      .param_names = one_name,
                                      .param_count = 1 };
static const osp_route_leaf deep = { .pattern = "/about/team" };
static const osp_route_leaf by_id_edit = { .pattern = "/[id]/edit",
                                           .param_names = one_name,
                                           .param_count = 1 };
static const osp_route_leaf rest = { .pattern = "/[...id]",
                                     .param_names = one_name,
                                     .param_count = 1 };
static const osp_route_leaf home = { .pattern = "/" };

/* /, /about, /about/team, /[id], /[id]/edit, /[...id] */
static const osp_route_node team_node = { .leaf = &deep };
static const osp_route_edge team_edge = { "team", 4, &team_node };
static const osp_route_node about_node = { .leaf = &about, .edges = &team_edge };
static const osp_route_node edit_node = { .leaf = &by_id_edit };
static const osp_route_edge edit_edge = { "edit", 4, &edit_node };
static const osp_route_node id_node = { .leaf = &by_id, .edges = &edit_edge };
static const osp_route_edge about_edge = { "about", 5, &about_node };
static const osp_route_node root = {
    .leaf = &home, .edges = &about_edge, .param = &id_node, .rest = &rest
};

OSP_UNIT_TEST(router_next, "the leaves of one path come in the order of precedence, each once")
{
    static const struct {
        const char *path;
        const osp_route_leaf *leaves[4];
    } cases[] = {
        { "/", { &home } },
        { "/about", { &about, &by_id, &rest } },
        { "/about/team", { &deep, &rest } },
        { "/about/edit", { &by_id_edit, &rest } },
        { "/x/", { &rest } },
    };
    for (size_t i = 0; i < OSP_ARRAY_LEN(cases); i++) {
        osp_route_match match;
        size_t nth = 0;
        for (; cases[i].leaves[nth] != NULL; nth++) {
            OSP_CHECK(osp_route_find(&root, osp_str_from(cases[i].path), nth, &match) == OSP_OK);
            OSP_CHECK(match.leaf == cases[i].leaves[nth]);
            OSP_CHECK(match.param_count == match.leaf->param_count);
        }
        OSP_CHECK(osp_route_find(&root, osp_str_from(cases[i].path), nth, &match) ==
                  OSP_E_NOT_FOUND);
    }
}

OSP_UNIT_TEST(router_segments, "segments end at the next slash, however long they are")
{
    static const char *const names[] = { "id" };
    static const osp_route_leaf leaf = { .pattern = "/[id]/b",
                                         .param_names = names,
                                         .param_count = 1 };
    static const osp_route_node end_node = { .leaf = &leaf };
    static const osp_route_edge end_edge = { "b", 1, &end_node };
    static const osp_route_node first = { .edges = &end_edge };
    static const osp_route_node start = { .param = &first };
    for (size_t len = 1; len <= 40; len++) {
        char *path = malloc(len + 3); /* so that a sanitizer sees a load beyond it */
        OSP_CHECK(path != NULL);
        memset(path, 'x', len + 1);
        path[0] = '/';
        memcpy(path + 1 + len, "/b", 2);
        osp_route_match match;
        OSP_CHECK(osp_route_find(&start, (osp_str){ path, len + 3 }, 0, &match) == OSP_OK);
        OSP_CHECK(match.leaf == &leaf && match.params[0].ptr == path + 1);
        OSP_CHECK(match.params[0].len == len);
        OSP_CHECK(osp_route_find(&start, (osp_str){ path, len + 1 }, 0, &match) == OSP_E_NOT_FOUND);
        free(path);
    }
}

OSP_UNIT_TEST(router_precedence, "static beats parameter beats catch-all, with taking back")
{
    static const struct {
        const char *path;
        const osp_route_leaf *leaf;
        const char *param;
    } cases[] = {
        { "/", &home, NULL },
        { "/about", &about, NULL },
        { "/about/team", &deep, NULL },
        { "/about/edit", &by_id_edit, "about" }, /* the static branch dies and is taken back */
        { "/about/other", &rest, "about/other" },
        { "/x", &by_id, "x" },
        { "/x/edit", &by_id_edit, "x" },
        { "/x/edit/more", &rest, "x/edit/more" },
        { "/abou", &by_id, "abou" },
        { "/aboutt", &by_id, "aboutt" },
        { "/x/", &rest, "x/" },
    };
    for (size_t i = 0; i < OSP_ARRAY_LEN(cases); i++) {
        osp_route_match match;
        OSP_CHECK(osp_route_find(&root, osp_str_from(cases[i].path), 0, &match) == OSP_OK);
        if (match.leaf != cases[i].leaf) {
            fprintf(stderr, "%s went to %s\n", cases[i].path, match.leaf->pattern);
        }
        OSP_CHECK(match.leaf == cases[i].leaf);
        OSP_CHECK(match.param_count == (cases[i].param != NULL));
        if (cases[i].param != NULL) {
            OSP_CHECK_STR(match.params[0], osp_str_from(cases[i].param));
        }
    }
}

static bool is_even(osp_str text)
{
    return (text.ptr[text.len - 1] & 1) == 0;
}
static const osp_matcher even = { .match_ = is_even };

OSP_UNIT_TEST(router_ways, "behind static text the ways are tried in their order, then the rest")
{
    static const osp_route_leaf leaves[] = { { .file = "static" }, { .file = "even" },
                                             { .file = "int" },    { .file = "file" },
                                             { .file = "param" },  { .file = "rest" } };
    static const osp_route_node ends[] = { { .leaf = &leaves[0] },
                                           { .leaf = &leaves[1] },
                                           { .leaf = &leaves[2] },
                                           { .leaf = &leaves[3] },
                                           { .leaf = &leaves[4] } };
    static const osp_route_edge edge = { "22", 2, &ends[0] };
    static const osp_route_part own = { "", 0, &even }, number = { "", 0, &osp_matcher_int };
    static const osp_route_part file[] = { { "", 0, NULL }, { ".", 1, NULL } };
    static const osp_route_way ways[] = { { &own, 1, 0, "", &ends[1] },
                                          { &number, 1, 0, "", &ends[2] },
                                          { file, 2, 0, "", &ends[3] } };
    static const osp_route_node start = {
        .edges = &edge, .param = &ends[4], .rest = &leaves[5], .ways = ways, .way_count = 3
    };
    static const struct {
        const char *path, *files[7];
        size_t params;
    } cases[] = {
        { "/22", { "static", "even", "int", "param", "rest" }, 0 },
        { "/24", { "even", "int", "param", "rest" }, 1 },
        { "/23", { "int", "param", "rest" }, 1 },
        { "/a.b", { "even", "file", "param", "rest" }, 1 },
        { "/a.c", { "file", "param", "rest" }, 2 },
        { "/a", { "param", "rest" }, 1 },
        { "/22/a", { "rest" }, 1 },
    };
    for (size_t i = 0; i < OSP_ARRAY_LEN(cases); i++) {
        osp_route_match match;
        size_t nth = 0;
        for (; cases[i].files[nth] != NULL; nth++) {
            OSP_CHECK(osp_route_find(&start, osp_str_from(cases[i].path), nth, &match) == OSP_OK);
            OSP_CHECK_STR(osp_str_from(match.leaf->file), osp_str_from(cases[i].files[nth]));
            OSP_CHECK(nth > 0 || match.param_count == cases[i].params);
        }
        OSP_CHECK(osp_route_find(&start, osp_str_from(cases[i].path), nth, &match) ==
                  OSP_E_NOT_FOUND);
    }
}

OSP_UNIT_TEST(router_any,
              "an optional catch-all takes no segment as well, then without a parameter")
{
    static const osp_route_leaf leaf = { .param_names = one_name,
                                         .param_count = 1,
                                         .rest = OSP_REST_ANY };
    static const osp_route_node docs = { .leaf = &leaf, .rest = &leaf };
    static const osp_route_edge edge = { "docs", 4, &docs };
    static const osp_route_node start = { .edges = &edge };
    osp_route_match match;
    OSP_CHECK(osp_route_find(&start, OSP_STR("/docs"), 0, &match) == OSP_OK);
    OSP_CHECK(match.leaf == &leaf && match.param_count == 0);
    OSP_CHECK(osp_route_find(&start, OSP_STR("/docs"), 1, &match) == OSP_E_NOT_FOUND);
    OSP_CHECK(osp_route_find(&start, OSP_STR("/docs/a/b"), 0, &match) == OSP_OK);
    OSP_CHECK(match.leaf == &leaf && match.param_count == 1);
    OSP_CHECK_STR(match.params[0], OSP_STR("a/b"));
    OSP_CHECK(osp_route_find(&start, OSP_STR("/docs/"), 0, &match) == OSP_E_NOT_FOUND);
    OSP_CHECK(osp_route_find(&docs, OSP_STR("/"), 0, &match) == OSP_OK && match.param_count == 0);
}

OSP_UNIT_TEST(router_nothing, "what no leaf answers is not found")
{
    static const osp_route_node only_about = { .edges = &about_edge };
    static const char *const paths[] = { "/", "", "about", "/about/", "/about/tea", "/b", "//" };
    for (size_t i = 0; i < OSP_ARRAY_LEN(paths); i++) {
        osp_route_match match;
        OSP_CHECK(osp_route_find(&only_about, osp_str_from(paths[i]), 0, &match) ==
                  OSP_E_NOT_FOUND);
    }
    osp_route_match match;
    OSP_CHECK(osp_route_find(NULL, OSP_STR("/"), 0, &match) == OSP_E_NOT_FOUND);
}

OSP_UNIT_TEST(router_depth, "a path of more segments than the limit is not found, not a crash")
{
    static const osp_route_node endless = { .param = &endless };
    static char path[2 * 2000];
    for (size_t i = 0; i < sizeof path; i += 2) {
        path[i] = '/';
        path[i + 1] = 'a';
    }
    osp_route_match match;
    OSP_CHECK(osp_route_find(&endless, (osp_str){ path, sizeof path }, 0, &match) ==
              OSP_E_NOT_FOUND);
}

OSP_UNIT_TEST(router_params_max, "a parameter beyond the maximum is not stored")
{
    static osp_route_node nodes[OSP_PATH_PARAMS_MAX + 2];
    static const osp_route_leaf at_max = { .pattern = "max" }, past = { .pattern = "past" };
    for (size_t i = 0; i <= OSP_PATH_PARAMS_MAX; i++) {
        nodes[i].param = &nodes[i + 1];
    }
    nodes[OSP_PATH_PARAMS_MAX].leaf = &at_max;
    nodes[OSP_PATH_PARAMS_MAX + 1].leaf = &past;
    char path[2 * (OSP_PATH_PARAMS_MAX + 1)];
    for (size_t i = 0; i < sizeof path; i += 2) {
        path[i] = '/';
        path[i + 1] = 'a';
    }
    osp_route_match match;
    OSP_CHECK(osp_route_find(&nodes[0], (osp_str){ path, sizeof path - 2 }, 0, &match) == OSP_OK);
    OSP_CHECK(match.leaf == &at_max && match.param_count == OSP_PATH_PARAMS_MAX);
    OSP_CHECK(osp_route_find(&nodes[0], (osp_str){ path, sizeof path }, 0, &match) ==
              OSP_E_NOT_FOUND);
    /* A way with two more than there is room for, at the last node. */
    static const osp_route_part two[] = { { "", 0, NULL }, { "-", 1, NULL } };
    static const osp_route_way ways[] = { { two, 2, 0, "", &nodes[OSP_PATH_PARAMS_MAX + 1] },
                                          { two, 1, 0, "", &nodes[OSP_PATH_PARAMS_MAX] } };
    nodes[OSP_PATH_PARAMS_MAX - 1] = (osp_route_node){ .ways = ways, .way_count = 2 };
    OSP_CHECK(osp_route_find(&nodes[0], (osp_str){ path, sizeof path - 2 }, 0, &match) == OSP_OK);
    OSP_CHECK(match.leaf == &at_max && match.param_count == OSP_PATH_PARAMS_MAX);
}

OSP_UNIT_TEST(segment_hash_spreads, "siblings that differ in one byte hash apart")
{
    char a[] = "resource-number-00", b[] = "resource-number-00";
    for (size_t i = 0; i < sizeof a - 1; i++) {
        b[i] = (char)(b[i] ^ 1);
        OSP_CHECK(osp_segment_hash((osp_str){ a, sizeof a - 1 }, 7) !=
                  osp_segment_hash((osp_str){ b, sizeof b - 1 }, 7));
        b[i] = a[i];
    }
}

/* Of "a.com" and "*.com", and of the rest. */
static const osp_route_leaf own_about = { .pattern = "/about", .hosts = "a.com" };
static const osp_route_leaf any_about = { .pattern = "/about", .hosts = "*.com" };
static const osp_route_node own_about_node = { .leaf = &own_about };
static const osp_route_node any_about_node = { .leaf = &any_about };
static const osp_route_edge own_edge = { "about", 5, &own_about_node };
static const osp_route_edge any_edge = { "about", 5, &any_about_node };
static const osp_route_node own_root = { .edges = &own_edge };
static const osp_route_node any_root = { .edges = &any_edge };

/* A table of hosts as the build makes it. */
static const osp_route_node *host_table(osp_route_edge edges[4], osp_route_node *ret_table)
{
    const osp_str own = OSP_STR("a.com"), any = OSP_STR("*.com");
    uint32_t seed = 1;
    while ((osp_segment_hash(own, seed) & 3) == (osp_segment_hash(any, seed) & 3)) {
        seed++;
    }
    memset(edges, 0, 4 * sizeof(*edges));
    edges[osp_segment_hash(own, seed) & 3] = (osp_route_edge){ own.ptr, 5, &own_root };
    edges[osp_segment_hash(any, seed) & 3] = (osp_route_edge){ any.ptr, 5, &any_root };
    *ret_table = (osp_route_node){ .edges = edges, .seed = seed, .mask = 3, .param = &root };
    return ret_table;
}

OSP_UNIT_TEST(router_hosts,
              "the very host goes before a label of any name, and that before any host")
{
    static const struct {
        const char *host;
        const osp_route_leaf *leaves[5];
    } cases[] = {
        { "a.com", { &own_about, &any_about, &about, &by_id, &rest } },
        { "A.CoM.", { &own_about, &any_about, &about, &by_id, &rest } },
        { "a.com:8080", { &own_about, &any_about, &about, &by_id, &rest } },
        { "a.com.:80", { &own_about, &any_about, &about, &by_id, &rest } },
        { "b.com", { &any_about, &about, &by_id, &rest } },
        { "*.com", { &any_about, &about, &by_id, &rest } },
        { "b.a.com", { &about, &by_id, &rest } },
        { "com", { &about, &by_id, &rest } },
        { ".com", { &about, &by_id, &rest } },
        { "a.com..", { &about, &by_id, &rest } },
        { ".", { &about, &by_id, &rest } },
        { ":", { &about, &by_id, &rest } },
        { "", { &about, &by_id, &rest } },
        { "[::1]:80", { &about, &by_id, &rest } },
        { "a.org", { &about, &by_id, &rest } },
    };
    osp_route_edge edges[4];
    osp_route_node storage;
    const osp_route_node *hosts = host_table(edges, &storage);
    for (size_t i = 0; i < OSP_ARRAY_LEN(cases); i++) {
        const osp_str host = osp_str_from(cases[i].host), path = OSP_STR("/about");
        osp_route_match match;
        size_t nth = 0;
        for (; nth < 5 && cases[i].leaves[nth] != NULL; nth++) {
            OSP_CHECK(osp_route_find_on(hosts, host, path, nth, &match) == OSP_OK);
            OSP_CHECK(match.leaf == cases[i].leaves[nth]);
        }
        OSP_CHECK(osp_route_find_on(hosts, host, path, nth, &match) == OSP_E_NOT_FOUND);
    }
}

OSP_UNIT_TEST(router_host_longest, "a host of 253 bytes is a name, and one more is none")
{
    char host[OSP_HOST_MAX + 3];
    osp_route_edge edge = { host, OSP_HOST_MAX, &own_root };
    const osp_route_node hosts = { .edges = &edge, .param = &any_root };
    osp_route_match match;
    for (size_t i = 0; i < sizeof host; i++) {
        host[i] = i % 50 == 49 ? '.' : 'a';
    }
    host[OSP_HOST_MAX] = '.';
    for (size_t len = OSP_HOST_MAX; len <= OSP_HOST_MAX + 2; len++) {
        const bool named = len <= OSP_HOST_MAX + 1; /* the last dot is no part of it */
        OSP_CHECK(osp_route_find_on(&hosts, (osp_str){ host, len }, OSP_STR("/about"), 0, &match) ==
                  OSP_OK);
        OSP_CHECK(match.leaf == (named ? &own_about : &any_about));
    }
    edge.len = OSP_HOST_MAX + 1; /* it would be found */
    OSP_CHECK(osp_route_find_on(&hosts, (osp_str){ host, OSP_HOST_MAX + 2 }, OSP_STR("/about"), 0,
                                &match) == OSP_OK);
    OSP_CHECK(match.leaf == &any_about);
}
