/* Pages where nobody looks for them. */
#ifndef OSP_BUILD_STRAYS_H
#define OSP_BUILD_STRAYS_H

#include "build/kit.h"

#define OSP_STRAYS_MAX 4       /* files that are told of */
#define OSP_STRAYS_DEPTH_MAX 8 /* folders that are looked into, inside each other */

/* Finds page.html, page.c and layout.html beside routes/, and in the folders where other frameworks
 * have them.
 *
 * ret_paths  char *: relative to dir, in no order; those that cannot be read are left out */
void osp_strays_find(osp_arena *arena, const char *dir, osp_kit_list *ret_paths);

#endif
