/* SQL as words, and places in it: for tools that read .sql files, never for a request. */
#ifndef OSP_DATA_SQL_H
#define OSP_DATA_SQL_H

#include "base/buf.h"

typedef enum osp_sql_kind {
    OSP_SQL_END = 0,
    OSP_SQL_COMMENT,   /* to the end of its line, without that, or of the C form */
    OSP_SQL_WORD,      /* a keyword or a plain name */
    OSP_SQL_NAME,      /* a quoted name: "a", [a], `a` */
    OSP_SQL_STRING,    /* 'a' */
    OSP_SQL_PARAMETER, /* :a, @a, $a, ?, ?1 */
    OSP_SQL_NUMBER,
    OSP_SQL_SIGN /* any other byte */
} osp_sql_kind;

typedef struct osp_sql_token {
    osp_sql_kind kind;
    osp_str text; /* a slice of what is read, with its quotes */
    bool open;    /* a string, name or comment that never ends */
} osp_sql_token;

/* Takes the next token off `rest`; space between tokens is skipped.  At the end `text` is empty. */
osp_sql_token osp_sql_next(osp_str *rest);
/* The same without comments. */
osp_sql_token osp_sql_word(osp_str *rest);
/* Whether a token is that keyword, in any case of its letters. */
bool osp_sql_is(const osp_sql_token *token, const char *keyword);
/* Whether a token stands for that name, plain or quoted, in any case of its letters.  The name is
 * as SQLite says it, without quotes. */
bool osp_sql_names(const osp_sql_token *token, osp_str name);

/* A byte of a text as people count: from 1, a column being a byte of its line. */
typedef struct osp_sql_place {
    int line, column;
} osp_sql_place;

/* The place of the byte at `at` in a text that begins at `begin`. */
osp_sql_place osp_sql_place_of(osp_str text, size_t at, osp_sql_place begin);
/* Appends the line that holds the byte at `at`, and a second one that marks `len` bytes, as gcc
 * does:
 *
 *     12 |   a.titel,
 *        |     ^~~~~
 *
 * Of a long line only what is around the mark. */
void osp_sql_excerpt(osp_str text, size_t at, size_t len, osp_sql_place begin, osp_buf *out);

#endif
