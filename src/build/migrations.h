/* The files of migrations/, for commands that need no executable. */
#ifndef OSP_BUILD_MIGRATIONS_H
#define OSP_BUILD_MIGRATIONS_H

#include <openspeed/manifest.h>

#include "build/kit.h"

/* Reads those of the application in folder `dir`, as they would stand in its executable.
 * Returns OSP_OK | OSP_E_BUILD (what is no application, a name, two of one number, a NUL byte) |
 * as osp_kit_read. */
OSP_MUST_CHECK osp_status osp_migrations_read(osp_arena *arena, const char *dir,
                                              osp_migration **ret_items, size_t *ret_count,
                                              osp_error *err);

/* Writes the first lines of a new one behind the last, migrations/NUMBER_WORDS.sql.
 *
 * words     letters and digits; spaces, dashes and underscores between them
 * ret_path  of the file, from `dir`; in the arena
 * Returns   as above | OSP_E_INVALID (the words) | OSP_E_IO */
OSP_MUST_CHECK osp_status osp_migrations_new(osp_arena *arena, const char *dir, const char *words,
                                             const char **ret_path, osp_error *err);

/* The SHA-256 of some bytes in hexadecimal, as databases record it.  In the arena. */
const char *osp_migrations_checksum(osp_arena *arena, osp_str bytes);

#endif
