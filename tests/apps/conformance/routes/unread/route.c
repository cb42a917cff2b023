/* A handler that could read content, and does not. */
#include <openspeed/openspeed.h>

static osp_status unread(osp_ctx *ctx, const osp_body *in, void *out)
{
    (void)in;
    (void)out;
    return osp_text(ctx, S("unread"));
}
OSP_ROUTE(POST, unread, osp_body, void);
