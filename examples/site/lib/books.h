/* What the shop has. */
#ifndef LIB_BOOKS_H
#define LIB_BOOKS_H

#include <openspeed/openspeed.h>

typedef struct Book {
    int64_t id;
    osp_str title, author, text;
    int32_t stock;
} Book;
OSP_LIST_OF(Book);
OSP_TYPE(Book, FIELD(id), FIELD(title), FIELD(author), FIELD(text), FIELD(stock));

typedef struct Review {
    osp_str by, text;
    int32_t stars;
} Review;
OSP_LIST_OF(Review);
OSP_TYPE(Review, FIELD(by), FIELD(text), FIELD(stars));

Book_list books_all(void);
/* NULL: there is no such book. */
const Book *books_find(int64_t id);

#endif
