#include "lib/seen.h"

OSP_TYPE(Seen, FIELD(begun), FIELD(cleaned), FIELD(cancelled), FIELD(bytes));

static osp_status seen(osp_ctx *ctx, const void *in, Seen *out)
{
    (void)ctx;
    (void)in;
    *out = seen_so_far();
    return OSP_OK;
}
OSP_ROUTE(GET, seen, void, Seen);
