/* The files that `openspeed new` writes. */
#ifndef OSP_BUILD_STARTER_H
#define OSP_BUILD_STARTER_H

#include "build/kit.h"

#define OSP_APP_NAME_MAX 64 /* bytes of the name of an application */

/* One of templates/, which the build embeds; the last of the list is all zero. */
typedef struct osp_starter_file {
    const char *starter; /* "api", "web", or "common": of all */
    const char *path;    /* NAME in it is the name of the application */
    const char *text;    /* in which __NAME__ and __TITLE__ are replaced */
    size_t len;
} osp_starter_file;
extern const osp_starter_file osp_starter_files[];

/* Whether there is one of that name, to say by --template. */
bool osp_starter_exists(const char *starter);

/* Makes a new application.
 *
 * folder     may not exist yet; else it holds nothing but .git.  Its last name is that of the
 *            application: letters, digits and dashes, the first a letter
 * ret_files  char *: what was written, relative to the folder
 * Returns    OSP_OK | OSP_E_INVALID (the name; or the folder is not empty) | OSP_E_IO */
OSP_MUST_CHECK osp_status osp_starter_write(osp_arena *arena, const char *starter,
                                            const char *folder, osp_kit_list *ret_files,
                                            osp_error *err);

#endif
