/* routes.lock: what the URLs of an application are, as text that is reviewed. */
#ifndef OSP_SERVE_LOCK_H
#define OSP_SERVE_LOCK_H

#include <openspeed/manifest.h>

#include "base/buf.h"

#define OSP_LOCK_FILE "routes.lock"
#define OSP_LOCK_BYTES_MAX ((size_t)64 << 20) /* of the file */
#define OSP_LOCK_TYPES_MAX 4096               /* types that are written */

/* Appends the text: a paragraph for each route, by pattern and method, one for the files of each
 * folder of public/, then one for each type that those lead to, by name. */
void osp_lock_write(const osp_app_def *app, osp_buf *out);

/* Appends how two such texts differ, paragraph by paragraph: lines as diff writes them, or the
 * items of a JSON array.  Returns the number of paragraphs that do. */
size_t osp_lock_diff(osp_str old, osp_str now, bool json, osp_buf *out);

/* Writes the file in the current folder, or holds it against the application.  Returns the exit
 * code. */
int osp_lock_main(const osp_app_def *app, bool check, bool json);

#endif
