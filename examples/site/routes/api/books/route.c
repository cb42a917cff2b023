/* The same books for programs. */
#include "lib/books.h"

typedef struct Books {
    Book_list books;
} Books;
OSP_TYPE(Books, LIST(books, Book));

static osp_status list(osp_ctx *ctx, const void *in, Books *out)
{
    out->books = books_all();
    return OSP_OK;
}
OSP_ROUTE(GET, list, void, Books, .summary = "All books");
