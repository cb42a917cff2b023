#include <openspeed/openspeed.h>
#include <string.h>

static osp_status show(osp_ctx *ctx, const void *in, void *out)
{
    osp_str theme = S("light");
    osp_status status = OSP_OK;
    OSP_TIME_SPAN(ctx, "cookie", "checking its signature") {
        status = osp_signed_cookie(ctx, osp_cookie_keys(ctx), S("theme"), &theme);
    }
    if (status < 0 && status != OSP_E_NOT_FOUND && status != OSP_E_INVALID) {
        return status;
    }
    const bool german = strcmp(osp_language_of(ctx), "de") == 0;
    return osp_text(ctx, osp_format(ctx, german ? "Farben: %.*s" : "theme: %.*s", OSP_ARG(theme)));
}
OSP_ROUTE(GET, show, void, void);

static osp_status choose(osp_ctx *ctx, const void *in, void *out)
{
    return osp_set_signed_cookie(ctx, osp_cookie_keys(ctx), S("theme"), S("dark"));
}
OSP_ROUTE(PUT, choose, void, void);
