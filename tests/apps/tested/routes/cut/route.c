#include <openspeed/openspeed.h>

/* Fails when some has been sent. */
static osp_status cut(osp_ctx *ctx, const void *in, osp_stream *out)
{
    (void)in;
    (void)out;
    OSP_TRY(osp_write(ctx, S("half")));
    OSP_TRY(osp_flush(ctx));
    return osp_fail(ctx, 500, "no more");
}
OSP_ROUTE(GET, cut, void, osp_stream);

/* And before. */
static osp_status withdraw(osp_ctx *ctx, const osp_body *in, osp_stream *out)
{
    (void)in;
    (void)out;
    OSP_TRY(osp_write(ctx, S("half")));
    return osp_fail(ctx, 409, "after all");
}
OSP_ROUTE(POST, withdraw, osp_body, osp_stream);
