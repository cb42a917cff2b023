#include <openspeed/openspeed.h>

static osp_status home(osp_ctx *ctx, const void *in, void *out)
{
    (void)in;
    (void)out;
    return osp_text(ctx, S("home"));
}
OSP_ROUTE(GET, home, void, void);
