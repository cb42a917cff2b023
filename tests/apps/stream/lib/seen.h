/* What the handlers of this worker did, for the tests to ask. */
#ifndef SEEN_H
#define SEEN_H

#include <openspeed/openspeed.h>

typedef struct Seen {
    int64_t begun, cleaned, cancelled, bytes;
} Seen;

/* Counts a handler that begins, and its end as a cleanup that was deferred. */
OSP_MUST_CHECK osp_status seen_begin(osp_ctx *ctx);
/* Counts what a handler ends with, and returns it. */
osp_status seen_end(osp_status status);
void seen_bytes(size_t count);
Seen seen_so_far(void);

/* Writes `bytes` bytes of a pattern that tells its place. */
OSP_MUST_CHECK osp_status write_pattern(osp_ctx *ctx, int64_t bytes);

#endif
