/* What an application is told in private: by its environment, or by files that the environment
 * names. */
#ifndef OSP_BASE_SECRET_H
#define OSP_BASE_SECRET_H

#include "base/arena.h"

#define OSP_SECRET_MAX 65536 /* bytes of a file that holds one */

/* Reads a file to its end.
 *
 * ret_text  in the arena, with a NUL behind it
 * Returns   OSP_OK | OSP_E_NOT_FOUND | OSP_E_IO | OSP_E_LIMIT (more than `max` bytes) |
 * OSP_E_NOMEM; err names the file.  It may wait for the disk. */
OSP_MUST_CHECK osp_status osp_file_read(osp_arena *arena, const char *path, size_t max,
                                        osp_str *ret_text, osp_error *err);
/* The same of a file that holds one secret, without the line end behind it. */
OSP_MUST_CHECK osp_status osp_secret_file(osp_arena *arena, const char *path, osp_str *ret_text,
                                          osp_error *err);
/* As osp_secret of <openspeed/base.h>.
 *
 * Returns   OSP_OK | OSP_E_NOT_FOUND (nothing is given) | OSP_E_INVALID (given twice) |
 *           OSP_E_IO (also when a file that is named is not there) | OSP_E_LIMIT | OSP_E_NOMEM */
OSP_MUST_CHECK osp_status osp_secret_find(osp_arena *arena, const char *name, osp_str *ret_text,
                                          osp_error *err);

#endif
