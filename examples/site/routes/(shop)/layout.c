#include "lib/books.h"

typedef struct ShopView {
    int64_t count;
    osp_str closes;
} ShopView;
OSP_TYPE(ShopView, FIELD(count), FIELD(closes));

static osp_status load(osp_ctx *ctx, const void *in, ShopView *out)
{
    out->count = (int64_t)books_all().count;
    out->closes = S("18:00");
    return OSP_OK;
}
OSP_LAYOUT(load, void, ShopView);
