#include "lib/books.h"

typedef struct StockIn {
    int64_t id;
    bool closed;
} StockIn;
OSP_TYPE(StockIn, PATH(id), QUERY(closed, .fallback = "false"));

typedef struct StockView {
    int32_t left;
} StockView;
OSP_TYPE(StockView, FIELD(left));

static osp_status load(osp_ctx *ctx, const StockIn *in, StockView *out)
{
    const Book *book = books_find(in->id);
    if (in->closed) {
        return osp_fail(ctx, 503, "The storeroom is closed.");
    }
    out->left = book != NULL ? book->stock : 0;
    return OSP_OK;
}
OSP_PAGE(load, StockIn, StockView);
