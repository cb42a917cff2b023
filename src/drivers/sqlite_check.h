/* What the files that compare queries with the schema share. */
#ifndef OSP_DRIVERS_SQLITE_CHECK_H
#define OSP_DRIVERS_SQLITE_CHECK_H

#include "data/sql.h"
#include "drivers/sqlite_impl.h"

#define OSP_SQLITE_CHECK_TOKENS_MAX 8192 /* of a query; those beyond are not looked at */
#define OSP_SQLITE_CHECK_NAME_MAX 128    /* bytes of a name that is suggested */

typedef struct osp_sqlite_checker {
    osp_sqlite_conn conn; /* in memory, migrated */
    osp_buf *out;
    size_t found;
    /* The query that is looked at. */
    const osp_query *query;
    osp_str sql;
    sqlite3_stmt *handle;
    osp_sql_token *tokens; /* OSP_SQLITE_CHECK_TOKENS_MAX and one: of its text, without comments */
    size_t token_count;    /* behind them stands an END */
} osp_sqlite_checker;

/* The place that SQL's types give a value, as bits; 0: nobody knows. */
enum { OSP_SQLITE_INTEGER = 1, OSP_SQLITE_REAL = 2, OSP_SQLITE_TEXT = 4, OSP_SQLITE_BLOB = 8 };

/* Says what is wrong at a slice of the query's text, with the line that holds it. */
void osp_sqlite_check_say(osp_sqlite_checker *c, osp_str where, const char *format, ...)
    OSP_PRINTF(3, 4);
/* The first word of the text, for what is wrong with all of it. */
osp_str osp_sqlite_check_whole(const osp_sqlite_checker *c);
/* Whether the token at `at` names a table of the query: it is no column's, and no alias. */
bool osp_sqlite_check_is_table(const osp_sqlite_checker *c, size_t at, osp_str name);
/* What a declared type says of the values of a column: section 3.1 of
 * https://www.sqlite.org/datatype3.html; 0 for NUMERIC and none. */
unsigned osp_sqlite_check_class(const char *type);
/* "int64_t": what a kind is in C; static. */
const char *osp_sqlite_check_type(osp_kind kind);

/* Parameters against the arguments of the function and the columns they meet. */
void osp_sqlite_check_parameters(osp_sqlite_checker *c);
/* Columns of the result against the members of the row. */
void osp_sqlite_check_columns(osp_sqlite_checker *c);

#endif
