/* Two fields of one name that is no list. */
#include <openspeed/openspeed.h>

static osp_status cookies(osp_ctx *ctx, const void *in, void *out)
{
    (void)in;
    (void)out;
    OSP_TRY(osp_set_header(ctx, S("Set-Cookie"), S("a=1")));
    OSP_TRY(osp_set_header(ctx, S("Set-Cookie"), S("b=2; Secure")));
    return osp_text(ctx, S("set"));
}
OSP_ROUTE(GET, cookies, void, void);
