#include "lib/books.h"

static const Book books[] = {
    { 1, S("Middlemarch"), S("George Eliot"), S("A town, its people, and what they hoped to be."), 3 },
    { 2, S("Moby-Dick"), S("Herman Melville"), S("A captain, a whale & a long voyage."), 1 },
    { 3, S("Persuasion"), S("Jane Austen"), S("A letter that takes eight years to write."), 0 },
};

Book_list books_all(void)
{
    return (Book_list){ (Book *)(uintptr_t)books, sizeof books / sizeof books[0] };
}

const Book *books_find(int64_t id)
{
    for (size_t i = 0; i < sizeof books / sizeof books[0]; i++) {
        if (books[i].id == id) {
            return &books[i];
        }
    }
    return NULL;
}
