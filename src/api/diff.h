/* What changed between two OpenAPI documents, for people. */
#ifndef OSP_API_DIFF_H
#define OSP_API_DIFF_H

#include <openspeed/reflect.h>

#include "base/arena.h"
#include "base/buf.h"

#define OSP_DIFF_LINES_MAX 1000 /* changes that are written; the others are counted */

typedef struct osp_diff_result {
    size_t changes;
    size_t breaking; /* of them: a client that was right may no longer be */
    bool starved;    /* memory ran out: there may be more than these */
} osp_diff_result;

/* Writes a line for each change from `old` to `now`, both whole documents:
 *
 *     + GET /users: added
 *     - GET /users/{id}: removed (breaking)
 *     ~ POST /users, request .email, maxLength: 254 -> 100 (breaking)
 *
 * arena  takes what has been compared */
osp_diff_result osp_diff_write(osp_arena *arena, const osp_json_value *old,
                               const osp_json_value *now, osp_buf *out);

#endif
