/* The files of public/ as constant data. */
#ifndef OSP_BUILD_ASSETS_H
#define OSP_BUILD_ASSETS_H

#include "build/trie.h"

typedef struct osp_assets {
    osp_kit_list files;  /* char *: public/... of those that have a URL */
    osp_kit_list assets; /* osp_asset *: of these, in the same order */
    uint32_t form_count; /* of all */
} osp_assets;

/* Reads the files.
 *
 * dir       of the application
 * paths     char *: public/...; in the arena
 * Returns   OSP_OK | OSP_E_BUILD (err names the file) */
OSP_MUST_CHECK osp_status osp_assets_read(osp_arena *arena, const char *dir,
                                          const osp_kit_list *paths, osp_assets *ret_assets,
                                          osp_error *err);
/* Makes each a leaf of the trie; index.html answers the URL of its folder too, which ends with '/',
 * and the URL without leads there.  OSP_OK | OSP_E_BUILD (a URL has an answer already) */
OSP_MUST_CHECK osp_status osp_assets_add(const osp_assets *assets, osp_trie *trie, osp_error *err);

#endif
