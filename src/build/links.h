/* Functions that give the URLs of routes: <openspeed/urls.h> of an application. */
#ifndef OSP_BUILD_LINKS_H
#define OSP_BUILD_LINKS_H

#include <openspeed/link.h>

#include "build/trie.h"

/* Appends the header: a function for each route file of the trie, which needs to have been scanned
 * alone.  A name that two of them would have is declared so that whoever uses it does not compile,
 * and both are named.  out->failed tells exhaustion. */
void osp_links_write(osp_arena *arena, const osp_trie *trie, osp_buf *out);

/* The function of one route file; strings in the arena. */
osp_link osp_links_of(osp_arena *arena, const osp_trie_leaf *leaf);

#endif
