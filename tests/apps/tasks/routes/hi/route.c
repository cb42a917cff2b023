#include <openspeed/openspeed.h>

static osp_status answer(osp_ctx *ctx, const void *in, void *out)
{
    (void)in, (void)out;
    return osp_text(ctx, S("hi"));
}
OSP_ROUTE(GET, answer, void, void);
