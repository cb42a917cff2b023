/* Tells the browser of the style sheet while the page is still being made. */
#include <openspeed/openspeed.h>

static osp_status page(osp_ctx *ctx, const void *in, void *out)
{
    (void)in;
    (void)out;
    OSP_TRY(osp_set_header(ctx, S("Link"), S("</style.css>; rel=preload; as=style")));
    OSP_TRY(osp_inform(ctx, 103));
    OSP_TRY(osp_sleep_ms(ctx, 100)); /* a slow query */
    return osp_send(ctx, S("text/html; charset=utf-8"),
                    S("<!doctype html><link rel=stylesheet href=/style.css><p>Hello"));
}
OSP_ROUTE(GET, page, void, void, .summary = "A page with early hints");
