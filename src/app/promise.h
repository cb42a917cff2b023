/* Whether an answer keeps what its type promises to clients. */
#ifndef OSP_APP_PROMISE_H
#define OSP_APP_PROMISE_H

#include "base/arena.h"
#include "base/buf.h"
#include "type/json.h"

/* Development builds judge every answer; the others trust the application. */
#ifdef OSP_DEBUG
#define OSP_ANSWERS_ARE_JUDGED true
#else
#define OSP_ANSWERS_ARE_JUDGED false
#endif

#define OSP_PROMISE_WHERE_MAX 256 /* bytes of a pointer that is told; a longer one is cut */

/* Judges the members that are written by the constraints of their fields.
 *
 * arena     takes sentences and what comparing items needs
 * where     takes the JSON pointer of the first bad member, as far as there is room
 * Returns   what is wrong with it; no detail: nothing is; with a failure: it could not be told */
osp_flaw osp_promise_judge(const osp_type *type, const void *value, osp_arena *arena,
                           osp_buf *where);

#endif
