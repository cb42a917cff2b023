#include <openspeed/openspeed.h>
#include <stdlib.h>

static osp_status crash(osp_ctx *ctx, const void *in, void *out)
{
    (void)ctx;
    (void)in;
    (void)out;
    abort();
}
OSP_ROUTE(GET, crash, void, void);
