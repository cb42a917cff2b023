/* Prepared statements, kept per connection.
 *
 *     buckets[hash of the SQL's address] -> statement -> statement        at most 256
 *                                             columns[]: where each column goes in the row type
 *
 * The key is the address of the SQL, a literal; the text is compared as well, since a module that
 * is loaded again may put another literal there.  A full cache drops the least recently used
 * statement; it is found by looking at all 256, which costs less than the preparation that follows.
 *
 * The columns are mapped once for a row type, and anew when SQLite has compiled the statement
 * again because the schema changed: `SELECT *` may then have other columns. */
#include "drivers/sqlite_impl.h"

#include <math.h>
#include <string.h>

static size_t bucket_of(const char *key)
{
    const uint64_t hash = (uint64_t)(uintptr_t)key * 0x9E3779B97F4A7C15u;
    return (size_t)(hash >> 32) % OSP_SQLITE_STATEMENTS_MAX;
}

static void statement_free(osp_sqlite_statement *statement)
{
    sqlite3_finalize(statement->handle);
    sqlite3_free(statement->columns);
    sqlite3_free(statement->order);
    sqlite3_free(statement->sql);
    sqlite3_free(statement);
}

void osp_sqlite_statement_drop(osp_sqlite_conn *conn, osp_sqlite_statement *statement)
{
    osp_sqlite_statement **at = &conn->cache.buckets[bucket_of(statement->key)];
    while (*at != statement) {
        OSP_ASSERT(*at != NULL);
        at = &(*at)->next;
    }
    *at = statement->next;
    conn->cache.count--;
    statement_free(statement);
}

void osp_sqlite_cache_clear(osp_sqlite_cache *cache)
{
    for (size_t i = 0; i < OSP_SQLITE_STATEMENTS_MAX; i++) {
        while (cache->buckets[i] != NULL) {
            osp_sqlite_statement *statement = cache->buckets[i];
            cache->buckets[i] = statement->next;
            statement_free(statement);
        }
    }
    cache->count = 0;
}

static void drop_oldest(osp_sqlite_conn *conn)
{
    osp_sqlite_statement *oldest = NULL;
    for (size_t i = 0; i < OSP_SQLITE_STATEMENTS_MAX; i++) {
        for (osp_sqlite_statement *s = conn->cache.buckets[i]; s != NULL; s = s->next) {
            if (!s->taken && (oldest == NULL || s->used < oldest->used)) {
                oldest = s;
            }
        }
    }
    if (oldest != NULL) {
        osp_sqlite_statement_drop(conn, oldest);
    }
}

/* SQLite prepares the first statement of the text; a second one would silently never run. */
static osp_status only_one(osp_sqlite_conn *conn, const char *sql, const sqlite3_stmt *handle,
                           const char *tail, osp_error *err)
{
    if (handle == NULL) {
        return osp_sqlite_complain(OSP_E_DB_SCHEMA, sql, err, "there is no statement");
    }
    if (tail[strspn(tail, " \t\r\n;")] == '\0') {
        return OSP_OK;
    }
    sqlite3_stmt *more = NULL;
    const int code = sqlite3_prepare_v3(conn->handle, tail, -1, 0, &more, NULL);
    const bool comment = code == SQLITE_OK && more == NULL;
    sqlite3_finalize(more);
    return comment ? OSP_OK
                   : osp_sqlite_complain(OSP_E_DB_SCHEMA, sql, err, "more than one statement");
}

static osp_status prepare(osp_sqlite_conn *conn, const char *sql, sqlite3_stmt **ret_handle,
                          int *ret_code, osp_error *err)
{
    sqlite3_stmt *handle = NULL;
    const char *tail = NULL;
    *ret_code =
        sqlite3_prepare_v3(conn->handle, sql, -1, SQLITE_PREPARE_PERSISTENT, &handle, &tail);
    if (*ret_code != SQLITE_OK) {
        if ((*ret_code & 0xff) == SQLITE_ERROR) {
            return osp_sqlite_complain(OSP_E_DB_SCHEMA, sql, err, "%s",
                                       sqlite3_errmsg(conn->handle));
        }
        if ((*ret_code & 0xff) == SQLITE_AUTH) {
            return osp_sqlite_complain(OSP_E_DB_SCHEMA, sql, err,
                                       "not allowed here; transactions are OSP_TRANSACTION");
        }
        return OSP_OK;
    }
    const osp_status status = only_one(conn, sql, handle, tail, err);
    if (status < 0) {
        sqlite3_finalize(handle);
        return status;
    }
    *ret_handle = handle;
    return OSP_OK;
}

osp_status osp_sqlite_statement_find(osp_sqlite_conn *conn, const char *sql,
                                     osp_sqlite_statement **ret_statement, int *ret_code,
                                     osp_error *err)
{
    osp_sqlite_cache *cache = &conn->cache;
    osp_sqlite_statement **bucket = &cache->buckets[bucket_of(sql)];
    *ret_code = SQLITE_OK;
    for (osp_sqlite_statement *s = *bucket; s != NULL; s = s->next) {
        if (s->key == sql && !s->taken && strcmp(s->sql, sql) == 0) {
            s->used = ++cache->clock;
            *ret_statement = s;
            return OSP_OK;
        }
    }
    sqlite3_stmt *handle = NULL;
    OSP_TRY(prepare(conn, sql, &handle, ret_code, err));
    if (*ret_code != SQLITE_OK) {
        return OSP_OK;
    }
    if (cache->count >= OSP_SQLITE_STATEMENTS_MAX) {
        drop_oldest(conn);
    }
    osp_sqlite_statement *statement = sqlite3_malloc64(sizeof(*statement));
    char *copy = sqlite3_mprintf("%s", sql);
    if (statement == NULL || copy == NULL) {
        sqlite3_free(statement);
        sqlite3_free(copy);
        sqlite3_finalize(handle);
        return osp_error_set(err, OSP_E_NOMEM, "no memory for a statement");
    }
    *statement = (osp_sqlite_statement){
        .next = *bucket,
        .key = sql,
        .sql = copy,
        .handle = handle,
        .writes = sqlite3_stmt_readonly(handle) == 0,
        .used = ++cache->clock,
    };
    *bucket = statement;
    cache->count++;
    *ret_statement = statement;
    return OSP_OK;
}

static int bind_one(sqlite3_stmt *handle, int index, const osp_value *value)
{
    char text[OSP_VALUE_TEXT_SIZE];
    switch (value->kind) {
    case OSP_VALUE_NULL:
        return sqlite3_bind_null(handle, index);
    case OSP_VALUE_INT:
        return sqlite3_bind_int64(handle, index, value->as.i);
    case OSP_VALUE_DOUBLE:
        return sqlite3_bind_double(handle, index, value->as.d);
    case OSP_VALUE_TEXT:
        /* A NULL pointer would bind NULL, but the empty slice is the empty text. */
        return sqlite3_bind_text64(handle, index, value->as.s.len ? value->as.s.ptr : "",
                                   value->as.s.len, SQLITE_STATIC, SQLITE_UTF8);
    case OSP_VALUE_BYTES:
        return sqlite3_bind_blob64(handle, index, value->as.s.len ? value->as.s.ptr : "",
                                   value->as.s.len, SQLITE_STATIC);
    case OSP_VALUE_DATE:
    case OSP_VALUE_UUID: {
        const size_t len = osp_value_text(value, text);
        return sqlite3_bind_text64(handle, index, text, len, SQLITE_TRANSIENT, SQLITE_UTF8);
    }
    case OSP_VALUE_TOO_LARGE:
        break;
    }
    return SQLITE_RANGE;
}

/* Refuses what SQLite has no value for; it would bind NULL in place of NaN. */
static osp_status check_value(const osp_db_call *call, const osp_value *value, int at,
                              osp_error *err)
{
    const char *what = NULL;
    if (value->kind == OSP_VALUE_TOO_LARGE) {
        return osp_sqlite_complain(OSP_E_INVALID, call->sql, err,
                                   "parameter %d is %llu, integers end at %lld", at + 1,
                                   (unsigned long long)value->as.u, (long long)INT64_MAX);
    }
    if (value->kind == OSP_VALUE_DOUBLE && isnan(value->as.d)) {
        what = "not a number";
    }
    if (value->kind == OSP_VALUE_DATE && !osp_value_is_day(value)) {
        what = "not a day of the calendar";
    }
    return what == NULL ? OSP_OK
                        : osp_sqlite_complain(OSP_E_INVALID, call->sql, err, "parameter %d is %s",
                                              at + 1, what);
}

/* Looks up once which value fills each parameter, by its name. */
static osp_status order_values(osp_sqlite_statement *statement, const osp_query *query, int count,
                               osp_error *err)
{
    statement->query = NULL;
    uint32_t *order =
        sqlite3_realloc64(statement->order, ((sqlite3_uint64)count + 1) * sizeof(*order));
    if (order == NULL) {
        return osp_error_set(err, OSP_E_NOMEM, "no memory for the parameters of a statement");
    }
    statement->order = order;
    for (int i = 0; i < count; i++) {
        const char *name = sqlite3_bind_parameter_name(statement->handle, i + 1);
        const osp_field *member;
        size_t index = 0;
        if (name == NULL || !osp_query_find(query, osp_str_from(name + 1), &index, &member)) {
            return osp_error_set(err, OSP_E_DB_SCHEMA, "%s: no argument fills the parameter %.60s",
                                 query->name, name != NULL ? name : "?");
        }
        order[i] = (uint32_t)index;
    }
    statement->query = query;
    return OSP_OK;
}

/* *ret_order stays NULL where the values are in the order of the parameters. */
static osp_status find_order(osp_sqlite_statement *statement, const osp_db_call *call, int count,
                             const uint32_t **ret_order, osp_error *err)
{
    if (call->query != NULL) {
        if (statement->query != call->query) {
            OSP_TRY(order_values(statement, call->query, count, err));
        }
        *ret_order = statement->order;
        return OSP_OK;
    }
    if ((size_t)count != call->value_count) {
        return osp_sqlite_complain(OSP_E_DB_SCHEMA, call->sql, err,
                                   "%d parameter%s wanted and %zu given", count,
                                   count == 1 ? " is" : "s are", call->value_count);
    }
    return OSP_OK;
}

osp_status osp_sqlite_statement_bind(osp_sqlite_conn *conn, osp_sqlite_statement *statement,
                                     const osp_db_call *call, osp_error *err)
{
    const int count = sqlite3_bind_parameter_count(statement->handle);
    const uint32_t *order = NULL;
    OSP_TRY(find_order(statement, call, count, &order, err));
    for (int i = 0; i < count; i++) {
        const osp_value *value = &call->values[order != NULL ? order[i] : (uint32_t)i];
        OSP_TRY(check_value(call, value, i, err));
        const int code = bind_one(statement->handle, i + 1, value);
        if (code != SQLITE_OK) {
            return osp_sqlite_error(conn, code, call->sql, err);
        }
    }
    return OSP_OK;
}

static osp_status map_column(osp_sqlite_statement *statement, const osp_type *row,
                             osp_column *columns, int at, osp_error *err)
{
    const char *name = sqlite3_column_name(statement->handle, at);
    if (name == NULL) {
        return osp_error_set(err, OSP_E_NOMEM, "no memory for the name of a column");
    }
    osp_error cause = { 0 };
    const osp_status status = osp_column_find(row, osp_str_from(name), &columns[at], &cause);
    if (status < 0) {
        return osp_sqlite_complain(status, statement->sql, err, "%s", cause.message);
    }
    for (int i = 0; i < at; i++) {
        if (columns[i].field == columns[at].field && columns[i].offset == columns[at].offset) {
            return osp_sqlite_complain(OSP_E_DB_SCHEMA, statement->sql, err,
                                       "two columns fill member %s of %s",
                                       columns[at].field->member_, row->name);
        }
    }
    return OSP_OK;
}

osp_status osp_sqlite_statement_map(osp_sqlite_statement *statement, const osp_type *row,
                                    osp_error *err)
{
    const int reprepared = sqlite3_stmt_status(statement->handle, SQLITE_STMTSTATUS_REPREPARE, 0);
    if (statement->row == row && statement->reprepared == reprepared) {
        return OSP_OK;
    }
    statement->row = NULL;
    const int count = sqlite3_column_count(statement->handle);
    if (count == 0) {
        return osp_sqlite_complain(OSP_E_DB_SCHEMA, statement->sql, err,
                                   "rows are wanted, but the statement gives none");
    }
    osp_column *columns =
        sqlite3_realloc64(statement->columns, (sqlite3_uint64)count * sizeof(*columns));
    if (columns == NULL) {
        return osp_error_set(err, OSP_E_NOMEM, "no memory for the columns of a statement");
    }
    statement->columns = columns;
    for (int i = 0; i < count; i++) {
        OSP_TRY(map_column(statement, row, columns, i, err));
    }
    osp_error cause = { 0 };
    const osp_status whole = osp_columns_check(row, columns, (size_t)count, &cause);
    if (whole < 0) {
        return osp_sqlite_complain(whole, statement->sql, err, "%s", cause.message);
    }
    statement->column_count = count;
    statement->reprepared = reprepared;
    statement->row = row;
    return OSP_OK;
}
