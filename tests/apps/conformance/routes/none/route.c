/* Answers 204. */
#include <openspeed/openspeed.h>

static osp_status none(osp_ctx *ctx, const void *in, void *out)
{
    (void)ctx;
    (void)in;
    (void)out;
    return OSP_OK;
}
OSP_ROUTE(GET, none, void, void);
OSP_ROUTE(POST, none, void, void);
OSP_ROUTE(DELETE, none, void, void);
