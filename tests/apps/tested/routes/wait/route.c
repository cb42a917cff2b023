#include <openspeed/openspeed.h>

/* Waits for an hour. */
static osp_status wait_long(osp_ctx *ctx, const void *in, void *out)
{
    (void)in;
    (void)out;
    const int64_t begin_us = osp_now_us();
    OSP_TRY(osp_sleep_ms(ctx, 3600000));
    return osp_text(ctx, osp_format(ctx, "%lld s", (long long)(osp_now_us() - begin_us) / 1000000));
}
OSP_ROUTE(GET, wait_long, void, void);
