/* Ends the process that answers.  Five methods, for a route that keeps doing that is shut. */
#include <openspeed/openspeed.h>

static osp_status crash(osp_ctx *ctx, const void *in, void *out)
{
    (void)in;
    (void)out;
    volatile int *nowhere = NULL;
    *nowhere = 1;
    return osp_text(ctx, S("unharmed\n"));
}
OSP_ROUTE(GET, crash, void, void);
OSP_ROUTE(PUT, crash, void, void);
OSP_ROUTE(POST, crash, void, void);
OSP_ROUTE(PATCH, crash, void, void);
OSP_ROUTE(DELETE, crash, void, void);
