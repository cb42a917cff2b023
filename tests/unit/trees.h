/* Random folders of routes, the tables that the build makes of them, and which route should answer
 * by a reading of their names that shares nothing with it. */
#ifndef OSP_TESTS_TREES_H
#define OSP_TESTS_TREES_H

#include "build/proof.h"

#define OSP_TREE_FILES_MAX 12

typedef struct osp_tree {
    const char *files[OSP_TREE_FILES_MAX]; /* routes/.../route.c */
    size_t count;
} osp_tree;

/* A number from 0 to `below` - 1; the seed goes on. */
uint32_t osp_tree_random(uint32_t *seed, uint32_t below);
/* A tree without two files for one pattern; strings are in the arena. */
void osp_tree_make(osp_arena *arena, uint32_t *seed, osp_tree *ret_tree);
/* A path in its normal form that routes of such trees are likely to answer. */
osp_str osp_tree_path(osp_arena *arena, uint32_t *seed);
/* What table.c would be, of a trie that has been proved. */
const osp_route_node *osp_tree_tables(osp_arena *arena, const osp_trie *trie);
/* Whether the route of a file answers a path. */
bool osp_tree_answers(const char *file, osp_str path);
/* Whether `one` may answer a path that both answer.  It reads from the left to the first segment in
 * which the names differ; of two patterns the one that takes less of some thousand short texts. */
bool osp_tree_goes_first(const char *one, const char *other, osp_str path);

#endif
