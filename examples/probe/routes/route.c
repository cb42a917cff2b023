/* A short body, for GET and HEAD. */
#include <openspeed/openspeed.h>

static osp_status home(osp_ctx *ctx, const void *in, void *out)
{
    (void)in;
    (void)out;
    return osp_text(ctx, S("OpenSpeed answers.\n"));
}
OSP_ROUTE(GET, home, void, void, .summary = "A short body");
