#include "lib/html.h"

#include <string.h>

static osp_str entity(char byte)
{
    switch (byte) {
    case '&':
        return S("&amp;");
    case '<':
        return S("&lt;");
    case '>':
        return S("&gt;");
    case '"':
        return S("&quot;");
    case '\'':
        return S("&#39;");
    default:
        return S("");
    }
}

osp_str html_text(osp_ctx *ctx, osp_str text)
{
    char *out = osp_new_array(ctx, char, text.len * 6 + 1); /* 6: of the longest entity */
    size_t len = 0;
    for (size_t i = 0; out != NULL && i < text.len; i++) {
        const osp_str instead = entity(text.ptr[i]);
        if (instead.len == 0) {
            out[len++] = text.ptr[i];
            continue;
        }
        memcpy(out + len, instead.ptr, instead.len);
        len += instead.len;
    }
    return (osp_str){ out, len };
}

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
                                     OSP_ARG(html_text(ctx, title))));
}

osp_status html_end(osp_ctx *ctx)
{
    return osp_write(ctx, S("</main>\n"));
}
