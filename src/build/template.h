/* The files that `openspeed new` writes. */
#ifndef OSP_BUILD_TEMPLATE_H
#define OSP_BUILD_TEMPLATE_H

#include "build/kit.h"

#define OSP_APP_NAME_MAX 64 /* bytes of the name of an application */

/* One of templates/, which the build embeds; the last of the list is all zero. */
typedef struct osp_template_file {
    const char *template; /* "api", "web", or "common": of all */
    const char *path;     /* NAME in it is the name of the application */
    const char *text;     /* in which __NAME__ and __TITLE__ are replaced */
    size_t len;
} osp_template_file;
extern const osp_template_file osp_template_files[];

/* Whether there is a template of that name. */
bool osp_template_exists(const char *template);

/* Makes a new application.
 *
 * folder     may not exist yet; else it holds nothing but .git.  Its last name is that of the
 *            application: letters, digits and dashes, the first a letter
 * ret_files  char *: what was written, relative to the folder
 * Returns    OSP_OK | OSP_E_INVALID (the name; or the folder is not empty) | OSP_E_IO */
OSP_MUST_CHECK osp_status osp_template_write(osp_arena *arena, const char *template,
                                             const char *folder, osp_kit_list *ret_files,
                                             osp_error *err);

/* Writes a file that is not there yet, and its folders.  OSP_OK | OSP_E_INVALID (it is) | OSP_E_IO
 */
OSP_MUST_CHECK osp_status osp_template_put(osp_arena *arena, const char *path, osp_str text,
                                           osp_error *err);

#endif
