/* /users/me, where the host is that of those who run the place: it goes before the one of any host. */
#include <openspeed/openspeed.h>

static osp_status show(osp_ctx *ctx, const void *in, void *out)
{
    return osp_text(ctx, S("the boss\n"));
}
OSP_ROUTE(GET, show, void, void);
