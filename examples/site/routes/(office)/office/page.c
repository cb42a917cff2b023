#include "lib/books.h"

typedef struct StockListView {
    Book_list books;
} StockListView;
OSP_TYPE(StockListView, LIST(books, Book));

static osp_status load(osp_ctx *ctx, const void *in, StockListView *out)
{
    out->books = books_all();
    return OSP_OK;
}
OSP_PAGE(load, void, StockListView);
