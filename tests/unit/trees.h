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

/* Where choices come from: bytes as long as there are any, then random numbers. */
typedef struct osp_choices {
    uint32_t seed;
    osp_str bytes;
} osp_choices;

/* A number from 0 to `below` - 1. */
uint32_t osp_tree_choose(osp_choices *from, uint32_t below);
/* A tree without two files for one pattern; strings are in the arena. */
void osp_tree_make(osp_arena *arena, osp_choices *from, osp_tree *ret_tree);
/* Puts some of its routes on hosts. */
void osp_tree_put_on_hosts(osp_arena *arena, osp_choices *from, osp_tree *tree);
/* Whether some of its routes are; the tables of such a tree are those of its hosts. */
bool osp_tree_has_hosts(const osp_tree *tree);
/* A path in its normal form that routes of such trees are likely to answer. */
osp_str osp_tree_path(osp_arena *arena, osp_choices *from);
/* What table.c would be, of a trie that has been proved. */
const osp_route_node *osp_tree_tables(osp_arena *arena, const osp_trie *trie);
/* The tables of a tree, whose files that cannot be added are left out.  NULL: two of them can
 * answer one URL; that it is so is checked; or one on several hosts cannot be added to all. */
const osp_route_node *osp_tree_prove(osp_arena *arena, osp_tree *tree);
/* Ends the process unless the router finds for a path the routes that a plain reading of their
 * names finds, in the right order. */
void osp_tree_compare(const osp_tree *tree, const osp_route_node *root, osp_str path);
/* The same where routes stand on hosts.
 *
 * host  as a client writes it: any bytes */
void osp_tree_compare_on(const osp_tree *tree, const osp_route_node *hosts, osp_str host,
                         osp_str path);
/* Whether the reading below can be asked about a path. */
bool osp_tree_reads(osp_str path);
/* Whether the route of a file answers a path. */
bool osp_tree_answers(const char *file, osp_str path);
/* Whether `one` answers a path that both could.  It reads from the left to the first segment in
 * which the names differ; of two patterns the one that takes less of some thousand short texts. */
bool osp_tree_goes_first(const char *one, const char *other);

#endif
