#include "lib/html.h"

static const struct { uint8_t len; char text[7]; } escapes[] = {
    { 0, "" }, { 5, "&amp;" }, { 4, "&lt;" }, { 4, "&gt;" }, { 6, "&quot;" }, { 5, "&#39;" },
};
/* Which of them a byte needs. */
static const uint8_t escape_of[256] = { ['&'] = 1, ['<'] = 2, ['>'] = 3, ['"'] = 4, ['\''] = 5 };

char *html_escape(char *at, osp_str text)
{
    const char *plain = text.ptr, *end = text.ptr + text.len; /* what stands before plain is written */
    for (const char *in = text.ptr; in < end; in++) {
        const uint8_t escape = escape_of[(unsigned char)*in];
        if (escape != 0) {
            at = html_put(at, (osp_str){ plain, (size_t)(in - plain) });
            at = html_put(at, (osp_str){ escapes[escape].text, escapes[escape].len });
            plain = in + 1;
        }
    }
    return html_put(at, (osp_str){ plain, (size_t)(end - plain) });
}
