/* Paths as C identifiers. */
#ifndef OSP_BUILD_MANGLE_H
#define OSP_BUILD_MANGLE_H

#include "base/arena.h"

/* The path as the middle of an identifier: letters and digits stay, every other byte becomes `_`
 * and two hexadecimal digits, so that two paths never share a name.  In the arena. */
char *osp_mangle(osp_arena *arena, osp_str path);
/* A file name for a mangled path: itself, or its beginning and its SHA-256 where it is too long for
 * a file system.  In the arena. */
#define OSP_MANGLE_FILE_MAX 200
char *osp_mangle_file(osp_arena *arena, const char *unit);

#endif
