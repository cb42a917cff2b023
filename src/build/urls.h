/* What OSP_APP says of all URLs of an application. */
#ifndef OSP_BUILD_URLS_H
#define OSP_BUILD_URLS_H

#include "build/elf.h"
#include "build/trie.h"

typedef struct osp_urls {
    const char *file; /* that says so; NULL: nothing is said */
    osp_str base;     /* empty: none */
    osp_slash slash;
} osp_urls;

/* Reads it in what a file declares, if it declares the application. */
void osp_urls_take(osp_arena *arena, const char *file, const osp_declared *declared, size_t count,
                   osp_urls *urls);
/* Changes a trie that has been ended accordingly.  OSP_OK | OSP_E_BUILD: the base is no path. */
OSP_MUST_CHECK osp_status osp_urls_apply(const osp_urls *urls, osp_trie *trie, osp_error *err);

#endif
