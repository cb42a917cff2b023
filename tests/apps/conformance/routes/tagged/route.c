/* A representation with both validators. */
#include <openspeed/openspeed.h>

static osp_status tagged(osp_ctx *ctx, const void *in, void *out)
{
    (void)in;
    (void)out;
    OSP_TRY(osp_set_header(ctx, S("ETag"), S("\"one\"")));
    OSP_TRY(osp_set_header(ctx, S("Last-Modified"), S("Sat, 29 Oct 1994 19:43:31 GMT")));
    return osp_text(ctx, S("tagged"));
}
OSP_ROUTE(GET, tagged, void, void);
