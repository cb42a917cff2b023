/* A page to try the other routes with. */
#include <openspeed/openspeed.h>

static osp_status page(osp_ctx *ctx, const void *in, void *out)
{
    (void)in;
    (void)out;
    return osp_send(ctx, S("text/html; charset=utf-8"),
                    S("<!doctype html><title>Photos</title>\n"
                      "<form method=post action=/photos enctype=multipart/form-data>\n"
                      "<p><input name=title required maxlength=80 placeholder=Title>\n"
                      "<p><input name=cover type=file accept=image/png,image/jpeg>\n"
                      "<p><input name=photos type=file accept=image/* multiple required>\n"
                      "<p><button>Send</button>\n"
                      "</form>\n"));
}
OSP_ROUTE(GET, page, void, void, .summary = "A form");
