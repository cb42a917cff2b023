#include <openspeed/openspeed.h>

static osp_status show(osp_ctx *ctx, const void *in, void *out)
{
    OSP_TRY(osp_sleep_ms(ctx, 60000));
    return osp_text(ctx, OSP_STR("at last"));
}
OSP_ROUTE(GET, show, void, void);
