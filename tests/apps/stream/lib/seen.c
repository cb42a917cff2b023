#include "lib/seen.h"

#include <string.h>

#define PART 65536
#define PERIOD 251 /* a prime: no power of two looks like it */

static Seen seen; /* one worker, one thread */

static void cleaned(void *arg)
{
    (void)arg;
    seen.cleaned++;
}

osp_status seen_begin(osp_ctx *ctx)
{
    seen.begun++;
    return osp_defer(ctx, cleaned, NULL);
}

osp_status seen_end(osp_status status)
{
    seen.cancelled += status == OSP_E_CANCELLED;
    return status;
}

void seen_bytes(size_t count)
{
    seen.bytes += (int64_t)count;
}

Seen seen_so_far(void)
{
    return seen;
}

osp_status write_pattern(osp_ctx *ctx, int64_t bytes)
{
    static char part[PART + PERIOD];
    if (part[1] == 0) {
        for (size_t i = 0; i < sizeof part; i++) {
            part[i] = (char)(i % PERIOD);
        }
    }
    for (int64_t at = 0; at < bytes;) {
        const size_t size = bytes - at < PART ? (size_t)(bytes - at) : PART;
        OSP_TRY(osp_write(ctx, (osp_str){ part + at % PERIOD, size }));
        at += (int64_t)size;
    }
    return OSP_OK;
}
