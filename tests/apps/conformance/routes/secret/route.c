/* Failures for which the RFC demands a field that the handler does not set. */
#include <openspeed/openspeed.h>

static osp_status locked(osp_ctx *ctx, const void *in, void *out)
{
    (void)in;
    (void)out;
    return osp_fail(ctx, 401, "Who are you?");
}
OSP_ROUTE(GET, locked, void, void);

static osp_status lasting(osp_ctx *ctx, const void *in, void *out)
{
    (void)in;
    (void)out;
    return osp_fail(ctx, 405, "This one stays.");
}
OSP_ROUTE(DELETE, lasting, void, void);
