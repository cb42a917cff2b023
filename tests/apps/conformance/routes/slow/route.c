/* An answer that takes its time. */
#include <openspeed/openspeed.h>

static osp_status slow(osp_ctx *ctx, const void *in, void *out)
{
    (void)in;
    (void)out;
    OSP_TRY(osp_sleep_ms(ctx, 20));
    return osp_text(ctx, S("slow"));
}
OSP_ROUTE(GET, slow, void, void);
