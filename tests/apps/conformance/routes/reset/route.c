/* A status that has no content, whatever the handler sends. */
#include <openspeed/openspeed.h>

static osp_status reset(osp_ctx *ctx, const void *in, void *out)
{
    (void)in;
    (void)out;
    return osp_text(ctx, S("not to be sent"));
}
OSP_ROUTE(GET, reset, void, void, .status = 205);
