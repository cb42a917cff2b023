#include "base/excerpt.h"

#include "base/utf8.h"

/* The bytes around `at` that are shown. */
static void find(osp_str text, size_t at, size_t *ret_from, size_t *ret_to)
{
    size_t from = at, to = at;
    while (from > 0 && text.ptr[from - 1] != '\n') {
        from--;
    }
    while (to < text.len && text.ptr[to] != '\n' && text.ptr[to] != '\r') {
        to++;
    }
    if (to - from > OSP_EXCERPT_WIDTH) {
        from = at - from > OSP_EXCERPT_WIDTH / 2 ? at - OSP_EXCERPT_WIDTH / 2 : from;
        to = to - from > OSP_EXCERPT_WIDTH ? from + OSP_EXCERPT_WIDTH : to;
    }
    while (from < at && osp_utf8_goes_on(text.ptr[from])) {
        from++;
    }
    while (to < text.len && osp_utf8_goes_on(text.ptr[to])) {
        to++;
    }
    *ret_from = from;
    *ret_to = to;
}

void osp_excerpt_write(osp_str text, size_t at, size_t len, int line, int indent, osp_buf *out)
{
    OSP_ASSERT(at <= text.len);
    size_t from, to;
    find(text, at, &from, &to);
    const int before = from == 0 ? indent : 0;
    osp_buf_printf(out, "%5d | %*s%.*s\n      | %*s", line, before, "", (int)(to - from),
                   text.ptr + from, before, "");
    for (size_t i = from; i < at; i++) {
        if (!osp_utf8_goes_on(text.ptr[i])) {
            osp_buf_byte(out, text.ptr[i] == '\t' ? '\t' : ' ');
        }
    }
    osp_buf_byte(out, '^');
    for (size_t i = at + 1; i < to && i < at + len; i++) {
        if (!osp_utf8_goes_on(text.ptr[i])) {
            osp_buf_byte(out, '~');
        }
    }
    osp_buf_byte(out, '\n');
}
