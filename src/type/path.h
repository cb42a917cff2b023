/* Paths into values, step by step. */
#ifndef OSP_TYPE_PATH_H
#define OSP_TYPE_PATH_H

#include <openspeed/base.h>

#define OSP_PATH_STEP_MAX 256 /* bytes of a name */

typedef struct osp_path_step {
    size_t len, index;
    bool is_index; /* the text is a number without leading zeros; `index` is its value */
    char text[OSP_PATH_STEP_MAX];
} osp_path_step;

/* Takes the next step off a path.
 * pointer   it is a JSON pointer (RFC 6901), else written as in C: a.b[2]["c d"]
 * Returns   OSP_OK | OSP_DONE (the path is at its end) | OSP_E_INVALID | OSP_E_LIMIT (a long name)
 */
OSP_MUST_CHECK osp_status osp_path_next(osp_str *path, bool pointer, osp_path_step *ret_step);

#endif
