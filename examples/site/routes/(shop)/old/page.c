#include <openspeed/openspeed.h>
#include <openspeed/urls.h>

static osp_status load(osp_ctx *ctx, const void *in, void *out)
{
    return osp_redirect(ctx, 308, osp_url(ctx));
}
OSP_PAGE(load, void, void);
