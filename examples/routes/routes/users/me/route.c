/* /users/me: static text goes before everything else. */
#include <openspeed/openspeed.h>

static osp_status show(osp_ctx *ctx, const void *in, void *out)
{
    return osp_text(ctx, S("you\n"));
}
OSP_ROUTE(GET, show, void, void);
