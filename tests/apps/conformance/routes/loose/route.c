/* What can be changed by content of any type. */
#include <openspeed/openspeed.h>

static osp_status loose(osp_ctx *ctx, const osp_body *in, void *out)
{
    osp_str part;
    osp_status status;
    (void)in;
    (void)out;
    while ((status = osp_read(ctx, &part)) == OSP_OK) {
    }
    return status == OSP_DONE ? OSP_OK : status;
}
OSP_ROUTE(PATCH, loose, osp_body, void);
OSP_ROUTE(PUT, loose, osp_body, void);
