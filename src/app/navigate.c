/* Answers with the script that goes from page to page. */
#include "app/navigate.h"

#include "app/ctx.h"

static osp_status serve(osp_ctx *ctx, const void *in, void *out)
{
    (void)in;
    (void)out;
    OSP_TRY(osp_set_header(ctx, OSP_STR("Cache-Control"),
                           OSP_STR("public, max-age=31536000, immutable")));
    OSP_TRY(osp_set_header(ctx, OSP_STR("X-Content-Type-Options"), OSP_STR("nosniff")));
    return osp_send(ctx, OSP_STR("text/javascript; charset=utf-8"),
                    (osp_str){ osp_navigate_text, osp_navigate_len });
}

const osp_route osp_route_navigate__GET = {
    .in_ = &osp_type_void,
    .out_ = &osp_type_void,
    .call_ = serve,
    .handler_ = "navigate",
    .file_ = "(openspeed)",
    .line_ = 1,
    .method_ = OSP_METHOD_GET,
    .is_public = true,
    .hidden = true,
};
