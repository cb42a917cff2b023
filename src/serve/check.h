/* What can be wrong with an application although it compiles. */
#ifndef OSP_SERVE_CHECK_H
#define OSP_SERVE_CHECK_H

#include <openspeed/manifest.h>

#include "base/arena.h"
#include "base/buf.h"

#define OSP_CHECK_TYPES_MAX 4096      /* types that inputs reach; those beyond are not looked at */
#define OSP_CHECK_ARENA_MAX (1 << 24) /* bytes that decoding one fallback may take */
#define OSP_CHECK_DOCUMENT_MAX ((size_t)64 << 20)

/* Appends one line a finding, "FILE:LINE: error: ...", as compilers write them: a PATH member that
 * its URL does not have, two members of one input with one name, a fallback that its own field
 * refuses; bounds that nothing fits; an input that wants a body where there is none, twice, or
 * something else inside of it; statuses that a success or a failure cannot have; and, where nothing
 * else is wrong, why there is no document of the API, such as two types of one name.
 *
 * Returns  the number of findings */
size_t osp_check_app(const osp_app_def *app, osp_buf *out);

#endif
