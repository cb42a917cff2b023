/* Which process answers. */
#include <openspeed/openspeed.h>
#include <unistd.h>

static osp_status pid(osp_ctx *ctx, const void *in, void *out)
{
    (void)in;
    (void)out;
    return osp_text(ctx, osp_format(ctx, "%d\n", (int)getpid()));
}
OSP_ROUTE(GET, pid, void, void);
