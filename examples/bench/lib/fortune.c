#include "lib/fortune.h"

/* Puts a row where it belongs among those before it: they are few. */
static void insert(Fortune *rows, size_t count, Fortune row)
{
    for (; count > 0 && osp_str_compare(row.message, rows[count - 1].message) < 0; count--) {
        rows[count] = rows[count - 1];
    }
    rows[count] = row;
}

osp_status fortunes_show(osp_ctx *ctx, Fortune_list found, FortunesView *out)
{
    Fortune *rows = osp_new_array(ctx, Fortune, found.count + 1);
    if (rows == NULL) {
        return OSP_E_NOMEM;
    }
    for (size_t i = 0; i < found.count; i++) {
        insert(rows, i, found.items[i]);
    }
    insert(rows, found.count, (Fortune){ 0, S("Additional fortune added at request time.") });
    out->fortunes = (Fortune_list){ rows, found.count + 1 };
    return OSP_OK;
}
