#include "lib/books.h"

typedef struct BookIn {
    int64_t id;
} BookIn;
OSP_TYPE(BookIn, PATH(id));

typedef struct BookView {
    Book book;
} BookView;
OSP_TYPE(BookView, OBJECT(book, Book));

static osp_status load(osp_ctx *ctx, const BookIn *in, BookView *out)
{
    const Book *book = books_find(in->id);
    if (book == NULL) {
        return osp_fail(ctx, 404, "We have no book of that number.");
    }
    out->book = *book;
    return OSP_OK;
}
OSP_PAGE(load, BookIn, BookView, .errors = { 404 });
