/* What it costs to find a route, in applications of different sizes: COUNT paths, one after the
 * other.
 *
 *     route_cost SCENARIO COUNT     for tools/instructions: few-static, many-pattern ...
 *     route_cost                    each scenario with the time of a lookup
 *
 * An application of n routes has a third of each sort below /api/vN/sM; the paths that are asked
 * for have the same length in all of them, and memory is only used to build. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "http/router.h"
#include "tests/unit/trees.h"

#define ARENA_MAX ((size_t)1 << 30)

static const struct {
    const char *name;
    size_t routes;
} sizes[] = { { "few", 30 }, { "many", 10000 } };

static const struct {
    const char *name, *folder, *path;
} sorts[] = {
    { "static", "a", "a" },
    { "param", "b/[id]", "b/1234" },
    { "pattern", "c/v[n=int].json", "c/v12.json" },
};

static const osp_route_node *make(osp_arena *arena, size_t routes)
{
    osp_trie trie;
    osp_error err = { 0 };
    const osp_kit_list matchers = { 0 };
    osp_trie_init(&trie, arena);
    for (size_t i = 0; i < routes; i++) {
        const size_t place = i / OSP_ARRAY_LEN(sorts);
        const char *file =
            osp_kit_format(arena, "routes/api/v%zu/s%02zu/%s/route.c", 1000 + place / 100,
                           place % 100, sorts[i % OSP_ARRAY_LEN(sorts)].folder);
        if (osp_trie_add(&trie, file, &err) != OSP_OK) {
            fprintf(stderr, "%s\n", err.message);
            exit(1);
        }
    }
    if (osp_trie_end(&trie, &err) != OSP_OK || osp_proof_run(&trie, &matchers, &err) != OSP_OK) {
        fprintf(stderr, "%s\n", err.message);
        exit(1);
    }
    return osp_tree_tables(arena, &trie);
}

/* Asks for the ten routes that an application of any size has. */
static void find(const osp_route_node *root, const char *path, long count)
{
    char paths[10][64];
    size_t len = 0;
    for (size_t i = 0; i < OSP_ARRAY_LEN(paths); i++) {
        len = (size_t)snprintf(paths[i], sizeof paths[i], "/api/v1000/s%02zu/%s", i, path);
    }
    for (long i = 0; i < count; i++) {
        osp_route_match match;
        const osp_str one = { paths[i % 10], len };
        if (osp_route_find(root, one, 0, &match) != OSP_OK) {
            fprintf(stderr, "%s is not there\n", one.ptr);
            exit(1);
        }
    }
}

static double now_ns(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

int main(int argc, char **argv)
{
    bool known = argc == 1;
    for (size_t i = 0; i < OSP_ARRAY_LEN(sizes); i++) {
        osp_arena arena;
        osp_arena_init(&arena, NULL, 0, ARENA_MAX);
        for (size_t k = 0; k < OSP_ARRAY_LEN(sorts); k++) {
            const char *name = osp_kit_format(&arena, "%s-%s", sizes[i].name, sorts[k].name);
            if (argc == 3 && strcmp(name, argv[1]) == 0) {
                find(make(&arena, sizes[i].routes), sorts[k].path, strtol(argv[2], NULL, 10));
                known = true;
            } else if (argc == 1) {
                const long count = 2000000;
                const osp_route_node *root = make(&arena, sizes[i].routes);
                const double start = now_ns();
                find(root, sorts[k].path, count);
                printf("%-14s %6zu routes %6.1f ns\n", name, sizes[i].routes,
                       (now_ns() - start) / (double)count);
            }
        }
        osp_arena_done(&arena);
    }
    if (!known) {
        fprintf(stderr, "usage: route_cost [few|many-static|param|pattern COUNT]\n");
    }
    return known ? 0 : 2;
}
