/* A status that has no content, whatever the handler sends. */
#include <openspeed/openspeed.h>

static osp_status unmodified(osp_ctx *ctx, const void *in, void *out)
{
    (void)in;
    (void)out;
    osp_set_status(ctx, 304);
    return osp_text(ctx, S("not to be sent"));
}
OSP_ROUTE(GET, unmodified, void, void);
