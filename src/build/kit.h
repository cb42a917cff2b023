/* Small tools of the builder: text and files in an arena.  The builder is a command line program,
 * so a failed allocation ends it with a message; everything else is a status. */
#ifndef OSP_BUILD_KIT_H
#define OSP_BUILD_KIT_H

#include "base/arena.h"
#include "base/buf.h"

#define OSP_BUILD_FILE_MAX (64u << 20) /* bytes of any file that is read whole */

/* Zeroed memory; ends the process when there is none. */
void *osp_kit_alloc(osp_arena *arena, size_t size);
/* printf into the arena. */
char *osp_kit_format(osp_arena *arena, const char *format, ...) OSP_PRINTF(2, 3);
/* A text as a string of its own. */
char *osp_kit_string(osp_arena *arena, osp_str text);
/* The text of a buffer, which is taken, as a string. */
char *osp_kit_take(osp_arena *arena, osp_buf *text);
/* The path of a file below a folder; `path` itself where that is ".". */
const char *osp_kit_below(osp_arena *arena, const char *folder, const char *path);

/* A growing array of pointers in an arena. */
typedef struct osp_kit_list {
    const void **items;
    size_t count, cap;
} osp_kit_list;
void osp_kit_push(osp_arena *arena, osp_kit_list *list, const void *item);
/* Sorts a list by what `compare` says of two of its places. */
void osp_kit_sort(osp_kit_list *list, int (*compare)(const void *a, const void *b));
/* Strings by their bytes, for osp_kit_sort and bsearch. */
int osp_kit_by_bytes(const void *a, const void *b);
/* The words of `text` between spaces, as strings. */
void osp_kit_push_words(osp_arena *arena, osp_kit_list *list, const char *text);

/* Reads a whole file, with a NUL behind it.  OSP_OK | OSP_E_NOT_FOUND | OSP_E_LIMIT | OSP_E_IO. */
OSP_MUST_CHECK osp_status osp_kit_read(osp_arena *arena, const char *path, osp_str *ret_bytes,
                                       osp_error *err);
/* Replaces a file as a whole: a reader sees the old bytes or the new ones.  OSP_OK | OSP_E_IO. */
OSP_MUST_CHECK osp_status osp_kit_write(osp_arena *arena, const char *path, osp_str bytes,
                                        osp_error *err);
/* Makes a folder and its parents.  OSP_OK | OSP_E_IO. */
OSP_MUST_CHECK osp_status osp_kit_mkdir(osp_arena *arena, const char *path, osp_error *err);
/* Writes a file that is not there yet, and makes its folders.  OSP_OK | OSP_E_INVALID (it is) |
 * OSP_E_IO. */
OSP_MUST_CHECK osp_status osp_kit_create(osp_arena *arena, const char *path, osp_str bytes,
                                         osp_error *err);

#endif
