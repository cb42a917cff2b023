/* Which middleware wraps which route. */
#ifndef OSP_BUILD_CHAINS_H
#define OSP_BUILD_CHAINS_H

#include "build/trie.h"

/* One OSP_MIDDLEWARE or OSP_USE. */
typedef struct osp_chain_step {
    const char *file;   /* routes/.../middleware.c */
    const char *symbol; /* behind osp_middleware_ */
    int64_t line;       /* which orders those of one file */
} osp_chain_step;

/* What wraps all below a folder that has a middleware.c. */
typedef struct osp_chain {
    osp_str folder;     /* "routes/admin"; a slice of a file's name */
    osp_kit_list steps; /* osp_chain_step *: outermost first */
    size_t index;
    bool wraps; /* there is something below */
} osp_chain;

typedef struct osp_chains {
    osp_kit_list steps;    /* osp_chain_step *: all of them */
    osp_kit_list list;     /* osp_chain *: by folder, after osp_chains_end */
    const osp_chain *root; /* of routes/; NULL: none */
} osp_chains;

/* Adds what `file` declares with a symbol that ends in `name`.  Returns OSP_OK | OSP_E_BUILD:
 * another file than a middleware.c cannot. */
OSP_MUST_CHECK osp_status osp_chains_add(osp_arena *arena, osp_chains *chains, const char *file,
                                         osp_str name, osp_error *err);
/* Gives every leaf of the trie its chain.
 *
 * files    char *: every middleware.c
 * Returns  OSP_OK | OSP_E_BUILD: one of them declares nothing, or wraps nothing */
OSP_MUST_CHECK osp_status osp_chains_end(osp_arena *arena, osp_chains *chains,
                                         const osp_kit_list *files, const osp_trie *trie,
                                         osp_error *err);

#endif
