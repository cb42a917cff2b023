#include "lib/fortune.h"

#include "lib/html.h"

#define HEAD "<!DOCTYPE html><html><head><title>Fortunes</title></head><body><table><tr><th>id</th><th>message</th></tr>"
#define ROW_MAX 64 /* of a row but for its message */

static char *put_number(char *at, int64_t number)
{
    char digits[20];
    size_t len = 0;
    do {
        digits[len++] = (char)('0' + number % 10);
    } while ((number /= 10) > 0);
    while (len > 0) {
        *at++ = digits[--len];
    }
    return at;
}

static char *put_row(char *at, const Fortune *row)
{
    at = put_number(html_put(at, S("<tr><td>")), row->id);
    at = html_escape(html_put(at, S("</td><td>")), row->message);
    return html_put(at, S("</td></tr>"));
}

static osp_str page(osp_ctx *ctx, const Fortune *rows, size_t count)
{
    size_t most = sizeof HEAD + ROW_MAX;
    for (size_t i = 0; i < count; i++) {
        most += ROW_MAX + HTML_ESCAPE_MAX * rows[i].message.len;
    }
    char *text = osp_alloc(ctx, most);
    if (text == NULL) {
        return (osp_str){ NULL, 0 };
    }
    char *at = html_put(text, S(HEAD));
    for (size_t i = 0; i < count; i++) {
        at = put_row(at, &rows[i]);
    }
    at = html_put(at, S("</table></body></html>"));
    return (osp_str){ text, (size_t)(at - text) };
}

/* Puts a row where it belongs among those before it: they are few. */
static void insert(Fortune *rows, size_t count, Fortune row)
{
    for (; count > 0 && osp_str_compare(row.message, rows[count - 1].message) < 0; count--) {
        rows[count] = rows[count - 1];
    }
    rows[count] = row;
}

osp_status fortunes_answer(osp_ctx *ctx, Fortune_list found)
{
    Fortune *rows = osp_new_array(ctx, Fortune, found.count + 1);
    if (rows == NULL) {
        return OSP_E_NOMEM;
    }
    for (size_t i = 0; i < found.count; i++) {
        insert(rows, i, found.items[i]);
    }
    insert(rows, found.count, (Fortune){ 0, S("Additional fortune added at request time.") });
    return osp_html(ctx, page(ctx, rows, found.count + 1));
}
