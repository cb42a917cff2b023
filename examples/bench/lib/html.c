#include "lib/html.h"

#include <string.h>

static const char *const escapes[256] = {
    ['&'] = "&amp;", ['<'] = "&lt;", ['>'] = "&gt;", ['"'] = "&quot;", ['\''] = "&#39;",
};

char *html_put(char *at, osp_str text)
{
    memcpy(at, text.ptr, text.len);
    return at + text.len;
}

char *html_escape(char *at, osp_str text)
{
    size_t plain = 0; /* what stands before it has been written */
    for (size_t i = 0; i < text.len; i++) {
        const char *escape = escapes[(unsigned char)text.ptr[i]];
        if (escape != NULL) {
            at = html_put(at, (osp_str){ text.ptr + plain, i - plain });
            at = html_put(at, osp_str_from(escape));
            plain = i + 1;
        }
    }
    return html_put(at, (osp_str){ text.ptr + plain, text.len - plain });
}
