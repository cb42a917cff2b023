/* A preference that scripts may read, too. */
#include <openspeed/openspeed.h>

static osp_status show(osp_ctx *ctx, const void *in, void *out)
{
    (void)in;
    (void)out;
    const osp_str theme = osp_cookie(ctx, S("theme"));
    OSP_TRY(osp_vary(ctx, S("Cookie")));
    return osp_text(ctx, theme.len != 0 ? theme : S("light"));
}
OSP_ROUTE(GET, show, void, void, .summary = "The theme");

typedef struct ThemeIn {
    osp_str theme;
} ThemeIn;
OSP_TYPE(ThemeIn, FORM(theme, .max_len = 20));

static osp_status set(osp_ctx *ctx, const ThemeIn *in, void *out)
{
    (void)out;
    return osp_set_cookie(ctx, S("theme"), in->theme, .max_age_s = 31536000, .for_scripts = true,
                          .same_site = OSP_SAME_SITE_STRICT);
}
OSP_ROUTE(POST, set, ThemeIn, void, .summary = "Choose a theme");
