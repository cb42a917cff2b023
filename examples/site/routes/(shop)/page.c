#include "lib/books.h"

typedef struct HomeView {
    Book_list books;
} HomeView;
OSP_TYPE(HomeView, LIST(books, Book));

static osp_status load(osp_ctx *ctx, const void *in, HomeView *out)
{
    out->books = books_all();
    return OSP_OK;
}
OSP_PAGE(load, void, HomeView, .summary = "All books");
