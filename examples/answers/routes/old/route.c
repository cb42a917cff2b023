/* What has moved for good. */
#include <openspeed/openspeed.h>

static osp_status moved(osp_ctx *ctx, const void *in, void *out)
{
    (void)in;
    (void)out;
    return osp_redirect(ctx, 301, S("/report"));
}
OSP_ROUTE(GET, moved, void, void, .summary = "Moved to /report", .deprecated = true);
