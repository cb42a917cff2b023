/* The proof that each URL has one answer, and the order in which patterns are tried. */
#ifndef OSP_BUILD_PROOF_H
#define OSP_BUILD_PROOF_H

#include "build/elf.h"
#include "build/trie.h"

#define OSP_MATCHERS_MAX 128 /* of the application */

/* A matcher that a file of the application declares. */
typedef struct osp_own_matcher {
    osp_str name;
    const char *file;
    osp_str before, after; /* names with commas between */
} osp_own_matcher;

/* Adds what a file declares to `matchers`, osp_own_matcher *.
 * OSP_OK | OSP_E_BUILD: a second one of a name, or more than OSP_MATCHERS_MAX. */
OSP_MUST_CHECK osp_status osp_proof_take(osp_arena *arena, const char *file,
                                         const osp_declared *declared, size_t count,
                                         osp_kit_list *matchers, osp_error *err);
/* Puts the ways of every node into the order in which they are tried.
 * OSP_OK | OSP_E_BUILD: two files can answer one URL and neither goes first (both are named, and
 * the URL), a matcher that there is not, an order that contradicts itself | OSP_E_LIMIT. */
OSP_MUST_CHECK osp_status osp_proof_run(osp_trie *trie, const osp_kit_list *matchers,
                                        osp_error *err);

#endif
