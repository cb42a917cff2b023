/* Columns of a result against the members of the row that a query's function gives.
 *
 *     a column without a member          osp_column_find, as when a request would run it
 *     a member without its column        osp_columns_check, as well
 *     another kind                       by the declared type of the table's column
 *     NULL for a member that takes none  the table's column may be NULL, or an outer join makes it
 * so
 *
 * SQLite tells the last two of a column that is one of a table's, through views and subqueries;
 * what is computed is not judged, nor what the statement visibly excludes (`bio IS NOT NULL`). What
 * is said here must be true, what is not said may be false: such a row is still refused at run
 * time. */
#include "drivers/sqlite_check.h"

#include <string.h>

#include "base/words.h"
#include "type/json.h"

/* A SQLite may be built without them. */
#pragma weak sqlite3_column_table_name
#pragma weak sqlite3_column_origin_name

/* The classes of values that osp_column_store takes for a member. */
static const uint8_t taken[OSP_KIND_COUNT] = {
    [OSP_KIND_BOOL] = OSP_SQLITE_INTEGER,
    [OSP_KIND_INT32] = OSP_SQLITE_INTEGER,
    [OSP_KIND_INT64] = OSP_SQLITE_INTEGER,
    [OSP_KIND_UINT32] = OSP_SQLITE_INTEGER,
    [OSP_KIND_UINT64] = OSP_SQLITE_INTEGER,
    [OSP_KIND_FLOAT] = OSP_SQLITE_INTEGER | OSP_SQLITE_REAL,
    [OSP_KIND_DOUBLE] = OSP_SQLITE_INTEGER | OSP_SQLITE_REAL,
    [OSP_KIND_STR] = OSP_SQLITE_TEXT | OSP_SQLITE_BLOB,
    [OSP_KIND_DECIMAL] = OSP_SQLITE_TEXT | OSP_SQLITE_INTEGER,
    [OSP_KIND_BYTES] = OSP_SQLITE_TEXT | OSP_SQLITE_BLOB,
    [OSP_KIND_TIME] = OSP_SQLITE_TEXT | OSP_SQLITE_INTEGER,
    [OSP_KIND_DATE] = OSP_SQLITE_TEXT,
    [OSP_KIND_DURATION] = OSP_SQLITE_TEXT | OSP_SQLITE_INTEGER,
    [OSP_KIND_UUID] = OSP_SQLITE_TEXT | OSP_SQLITE_BLOB,
    [OSP_KIND_ENUM] = OSP_SQLITE_TEXT | OSP_SQLITE_INTEGER,
    [OSP_KIND_JSON] = OSP_SQLITE_TEXT | OSP_SQLITE_BLOB,
    [OSP_KIND_OBJECT] = OSP_SQLITE_TEXT | OSP_SQLITE_BLOB,
    [OSP_KIND_UNION] = OSP_SQLITE_TEXT | OSP_SQLITE_BLOB,
    [OSP_KIND_LIST] = OSP_SQLITE_TEXT | OSP_SQLITE_BLOB,
    [OSP_KIND_ARRAY] = OSP_SQLITE_TEXT | OSP_SQLITE_BLOB,
    [OSP_KIND_MAP] = OSP_SQLITE_TEXT | OSP_SQLITE_BLOB,
};

/* ---------------------------------------------------------------- where a column stands */

/* The word that names column `at` of the result: behind AS, or the column of a table itself. */
static osp_str place_of(const osp_sqlite_checker *c, const char *name)
{
    const osp_str wanted = osp_str_from(name);
    osp_str first = { NULL, 0 };
    for (size_t i = 0; i < c->token_count; i++) {
        if (!osp_sql_names(&c->tokens[i], wanted)) {
            continue;
        }
        if (i > 0 && osp_sql_is(&c->tokens[i - 1], "AS")) {
            return c->tokens[i].text;
        }
        first = first.ptr == NULL ? c->tokens[i].text : first;
    }
    return first.ptr != NULL ? first : osp_sqlite_check_whole(c);
}

/* ---------------------------------------------------------------- NULL */

static bool is_join(const osp_sqlite_checker *c, size_t at, const char *side)
{
    const size_t join = at + 1 + osp_sql_is(&c->tokens[at + 1], "OUTER");
    return osp_sql_is(&c->tokens[at], side) && osp_sql_is(&c->tokens[join], "JOIN");
}

/* Whether rows may lack the table at token `at`: it is the right side of a LEFT JOIN, or stands
 * before a RIGHT or FULL one, or is behind the last. */
static bool is_outer(const osp_sqlite_checker *c, size_t at)
{
    if (at >= 2 && osp_sql_is(&c->tokens[at - 1], "JOIN")) {
        const size_t side = at - 2 - (at >= 3 && osp_sql_is(&c->tokens[at - 2], "OUTER"));
        if (osp_sql_is(&c->tokens[side], "LEFT") || osp_sql_is(&c->tokens[side], "FULL")) {
            return true;
        }
    }
    for (size_t i = at + 1; i < c->token_count; i++) {
        if (is_join(c, i, "RIGHT") || is_join(c, i, "FULL")) {
            return true;
        }
    }
    return false;
}

/* A table that stands twice in a query may be meant on either side: then nothing is said. */
static bool may_be_missing(const osp_sqlite_checker *c, const char *table)
{
    bool any = false, all = true;
    for (size_t i = 0; i < c->token_count; i++) {
        if (osp_sqlite_check_is_table(c, i, osp_str_from(table))) {
            any = true;
            all = all && is_outer(c, i);
        }
    }
    return any && all;
}

/* Whether the statement leaves out rows where the column is NULL, or may: `bio IS NOT NULL`,
 * `bio NOTNULL`, `bio = ...`. */
static bool is_excluded(const osp_sqlite_checker *c, const char *column)
{
    for (size_t i = 0; i < c->token_count; i++) {
        const osp_sql_token *next = &c->tokens[i + 1];
        if (osp_sql_names(&c->tokens[i], osp_str_from(column)) &&
            ((osp_sql_is(next, "IS") && osp_sql_is(next + 1, "NOT")) ||
             osp_sql_is(next, "NOTNULL") ||
             (next->kind == OSP_SQL_SIGN && strchr("=<>", next->text.ptr[0]) != NULL))) {
            return true;
        }
    }
    return false;
}

static void judge_null(osp_sqlite_checker *c, const osp_field *field, const char *table,
                       const char *column, osp_str where)
{
    const char *type = NULL;
    int not_null = 0, key = 0;
    if (osp_field_is_optional(field) ||
        sqlite3_table_column_metadata(c->conn.handle, NULL, table, column, &type, NULL, &not_null,
                                      &key, NULL) != SQLITE_OK) {
        return;
    }
    /* INTEGER PRIMARY KEY is the row's own number. */
    const bool row_number = key != 0 && type != NULL && strcasecmp(type, "INTEGER") == 0;
    const bool missing = may_be_missing(c, table);
    if ((not_null != 0 || row_number) && !missing) {
        return;
    }
    if (!is_excluded(c, column)) {
        osp_sqlite_check_say(c, where,
                             missing ? "the outer join makes %s.%s NULL where there is no row, and "
                                       "member %s of %s is not optional; make it an osp_opt_*, or "
                                       "select coalesce(...)"
                                     : "%s.%s may be NULL, and member %s of %s is not optional; "
                                       "make it an osp_opt_*, say IS NOT NULL, or select "
                                       "coalesce(...)",
                             table, column, field->member_, c->query->row->name);
    }
}

/* ---------------------------------------------------------------- columns */

static void judge_column(osp_sqlite_checker *c, int at, const osp_column *column, osp_str where)
{
    const osp_field *field = column->field;
    const char *type = sqlite3_column_decltype(c->handle, at);
    const unsigned class = osp_sqlite_check_class(type);
    const osp_kind kind = (osp_kind)field->kind_;
    if (class != 0 && taken[kind] != 0 && (taken[kind] & class) == 0) {
        osp_sqlite_check_say(c, where, "the column is %.40s, and member %s of %s is %s", type,
                             field->member_, c->query->row->name, osp_sqlite_check_type(kind));
        return;
    }
    if (sqlite3_column_table_name == NULL || sqlite3_column_origin_name == NULL) {
        return;
    }
    const char *table = sqlite3_column_table_name(c->handle, at);
    const char *origin = sqlite3_column_origin_name(c->handle, at);
    if (table != NULL && origin != NULL) {
        judge_null(c, field, table, origin, where);
    }
}

static void say_unknown(osp_sqlite_checker *c, const char *name, osp_str where)
{
    const osp_type *row = c->query->row;
    osp_nearest nearest = { .word = osp_str_from(name) };
    for (uint16_t i = 0; i < row->field_count; i++) {
        osp_nearest_try(&nearest, row->fields[i].member_);
    }
    if (nearest.name != NULL) {
        osp_sqlite_check_say(c, where, "no member of %s is called %s; did you mean %s?", row->name,
                             name, nearest.name);
    } else {
        osp_sqlite_check_say(c, where, "no member of %s is called %s%s", row->name, name,
                             where.ptr == osp_sqlite_check_whole(c).ptr ? ""
                                                                        : "; AS renames a column");
    }
}

static bool is_twice(const osp_column *columns, int at)
{
    for (int i = 0; i < at; i++) {
        if (columns[i].field == columns[at].field && columns[i].offset == columns[at].offset) {
            return true;
        }
    }
    return false;
}

void osp_sqlite_check_columns(osp_sqlite_checker *c)
{
    const int count = sqlite3_column_count(c->handle);
    osp_column *columns = sqlite3_malloc64((sqlite3_uint64)count * sizeof(*columns));
    const size_t before = c->found;
    int mapped = 0;
    for (int i = 0; columns != NULL && i < count; i++) {
        const char *name = sqlite3_column_name(c->handle, i);
        if (name == NULL) {
            continue;
        }
        const osp_str where = place_of(c, name);
        if (osp_column_find(c->query->row, osp_str_from(name), &columns[mapped], NULL) != OSP_OK) {
            say_unknown(c, name, where);
        } else if (is_twice(columns, mapped)) {
            osp_sqlite_check_say(c, where, "two columns fill member %s of %s",
                                 columns[mapped].field->member_, c->query->row->name);
        } else {
            judge_column(c, i, &columns[mapped++], where);
        }
    }
    osp_error cause = { 0 };
    if (columns != NULL && c->found == before &&
        osp_columns_check(c->query->row, columns, (size_t)mapped, &cause) != OSP_OK) {
        osp_sqlite_check_say(c, osp_sqlite_check_whole(c), "%s", cause.message);
    }
    sqlite3_free(columns);
}
