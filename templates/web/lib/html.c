#include "lib/html.h"

osp_status html_begin(osp_ctx *ctx, osp_stream *out, osp_str title)
{
    out->media_type = S("text/html; charset=utf-8");
    return osp_write(ctx, osp_format(ctx,
                                     "<!doctype html>\n"
                                     "<html lang=\"en\">\n"
                                     "<meta charset=\"utf-8\">\n"
                                     "<meta name=\"viewport\" content=\"width=device-width\">\n"
                                     "<title>%.*s</title>\n"
                                     "<link rel=\"stylesheet\" href=\"/style.css\">\n"
                                     "<main>\n",
                                     OSP_ARG(osp_escape_html(ctx, title))));
}

osp_status html_end(osp_ctx *ctx)
{
    return osp_write(ctx, S("</main>\n"));
}
