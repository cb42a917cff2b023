#include <openspeed/openspeed.h>

static osp_status hints(osp_ctx *ctx, const void *in, void *out)
{
    (void)in;
    (void)out;
    OSP_TRY(osp_set_header(ctx, S("Link"), S("</a.css>; rel=preload")));
    OSP_TRY(osp_inform(ctx, 103));
    return osp_text(ctx, osp_request_id(ctx));
}
OSP_ROUTE(GET, hints, void, void);
