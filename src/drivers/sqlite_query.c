/* One query, stepped in whichever thread holds its connection.
 *
 *            +--- on the loop -----------------------+      +--- on a thread ---------+
 *     start -> prepare, bind, map -> step, step ...   --+--> step, step ... -> DONE
 *            |                        |               |  |
 *            |                        +- soft budget -+--+   the same statement goes on
 *            +-- busy, or one step beyond the hard budget --> reset, start over there
 *
 * A row is copied into the arena of the task before the next step, so nothing points into SQLite's
 * memory afterwards.  The statement is reset before the query returns, which ends its snapshot; but
 * for one that gives its rows by batches (sqlite_each.c), which goes on when it is run again.
 *
 * A budget is counted in operations of SQLite's machine, not in time: the same query makes the same
 * decision on every machine and under every load.  Starting over is sound because only reads run
 * on the loop. */
#include "drivers/sqlite_impl.h"

/* Ends the statement; what it says about its last step is known already. */
static void finish(osp_sqlite_query *query)
{
    /* What is bound stays, and is not looked at before all of it is bound anew. */
    if (query->statement != NULL) {
        (void)sqlite3_reset(query->statement->handle);
        query->statement->taken = false;
        query->statement = NULL;
    }
}

void osp_sqlite_query_end(osp_sqlite_query *query)
{
    finish(query);
}

/* A row that does not fit its type must not leave the write behind which gave it: resetting would
 * commit.  An interrupted step rolls back instead.  Within a transaction the task's failure rolls
 * back what is open. */
static void undo(osp_sqlite_query *query)
{
    sqlite3 *handle = query->conn->handle;
    if (query->statement == NULL || !query->conn->writer || query->transaction ||
        sqlite3_stmt_busy(query->statement->handle) == 0) {
        return;
    }
    sqlite3_interrupt(handle);
    (void)sqlite3_step(query->statement->handle);
}

static bool may_move(const osp_sqlite_query *query, int code)
{
    const int primary = code & 0xff;
    return query->conn->on_loop && (primary == SQLITE_INTERRUPT || primary == SQLITE_BUSY);
}

/* A step compiles a statement anew when the schema has changed, and then says of one that does not
 * fit it any more what it says of any failure.  Compiled here it says more. */
static osp_status fails_to_compile(osp_sqlite_query *query, osp_sqlite_statement *statement)
{
    int code = SQLITE_OK;
    osp_error cause = { 0 };
    osp_sqlite_statement_drop(query->conn, statement);
    const osp_status status =
        osp_sqlite_statement_find(query->conn, query->call->sql, &statement, &code, &cause);
    return status < 0 ? osp_error_set(query->err, status, "%s", cause.message) : OSP_OK;
}

/* Either a failure, or a query that shall start over off the loop. */
static osp_status stop(osp_sqlite_query *query, int code)
{
    osp_sqlite_statement *statement = query->statement;
    osp_status status = OSP_AGAIN;
    if (!may_move(query, code)) {
        status = osp_sqlite_error(query->conn, code, query->call->sql, query->err);
    }
    finish(query);
    query->rows.count = 0;
    if (statement != NULL && (code & 0xff) == SQLITE_ERROR) {
        const osp_status why = fails_to_compile(query, statement);
        status = why < 0 ? why : status;
    }
    return status;
}

static osp_status start(osp_sqlite_query *query, int *ret_code)
{
    osp_sqlite_conn *conn = query->conn;
    osp_sqlite_statement *statement = NULL;
    OSP_TRY(osp_sqlite_statement_find(conn, query->call->sql, &statement, ret_code, query->err));
    if (*ret_code != SQLITE_OK) {
        return OSP_OK;
    }
    if (query->by_batch && statement->writes) {
        return osp_sqlite_complain(OSP_E_DB_SCHEMA, query->call->sql, query->err,
                                   "it writes, and so is no statement for OSP_DB_EACH");
    }
    if (!conn->writer && statement->writes) {
        osp_sqlite_statement_drop(conn, statement);
        query->writes = true;
        return OSP_AGAIN;
    }
    query->statement = statement;
    statement->taken = query->by_batch;
    query->changes_before = conn->writer ? sqlite3_total_changes64(conn->handle) : 0;
    if (query->call->wants_id) {
        sqlite3_set_last_insert_rowid(conn->handle, 0); /* which keeps the row of another */
    }
    OSP_TRY(osp_sqlite_statement_bind(conn, statement, query->call, query->err));
    if (query->call->row != NULL) {
        OSP_TRY(osp_sqlite_statement_map(statement, query->call->row, query->err));
    }
    return OSP_OK;
}

/* The functions of sqlite3_value ask less than those of columns: what SQLite calls unprotected is
 * no danger to who alone uses the connection. */
static osp_status column_value(sqlite3_stmt *handle, int at, osp_value *ret_value)
{
    sqlite3_value *value = sqlite3_column_value(handle, at);
    const int type = sqlite3_value_type(value);
    switch (type) {
    case SQLITE_NULL:
        ret_value->kind = OSP_VALUE_NULL;
        return OSP_OK;
    case SQLITE_INTEGER:
        ret_value->kind = OSP_VALUE_INT;
        ret_value->as.i = sqlite3_value_int64(value);
        return OSP_OK;
    case SQLITE_FLOAT:
        ret_value->kind = OSP_VALUE_DOUBLE;
        ret_value->as.d = sqlite3_value_double(value);
        return OSP_OK;
    default:
        break;
    }
    const void *bytes = sqlite3_value_blob(value);
    const int len = sqlite3_value_bytes(value);
    if (bytes == NULL && len != 0) {
        return OSP_E_NOMEM;
    }
    ret_value->kind = type == SQLITE_BLOB ? OSP_VALUE_BYTES : OSP_VALUE_TEXT;
    ret_value->as.s = (osp_str){ bytes, (size_t)len };
    return OSP_OK;
}

static osp_status take_row(osp_sqlite_query *query)
{
    osp_sqlite_statement *statement = query->statement;
    if (query->rows.count == 0) {
        /* The first step may have compiled the statement anew. */
        OSP_TRY(osp_sqlite_statement_map(statement, query->call->row, query->err));
    }
    void *row = osp_rows_add(&query->rows);
    if (row == NULL) {
        return osp_sqlite_complain(OSP_E_NOMEM, query->call->sql, query->err,
                                   "no memory for row %zu", query->rows.count + 1);
    }
    osp_error cause;
    cause.status = OSP_OK; /* the rest is read only when there is one */
    for (int i = 0; i < statement->column_count; i++) {
        osp_value value;
        osp_status status = column_value(statement->handle, i, &value);
        if (status == OSP_OK) {
            status =
                osp_column_store(&statement->columns[i], row, value, query->rows.arena, &cause);
        }
        if (status < 0) {
            return osp_sqlite_complain(status, query->call->sql, query->err, "%s",
                                       cause.status != OSP_OK ? cause.message
                                                              : osp_status_text(status));
        }
    }
    return OSP_OK;
}

/* A statement of one changed row and more gives their number, any other one 0: SQLite's own
 * counter keeps its value over a statement that changes no rows. */
static void succeed(osp_sqlite_query *query)
{
    sqlite3 *handle = query->conn->handle;
    query->call->ret_rows = (osp_list){ query->rows.items, query->rows.count };
    if (!query->conn->writer) {
        return;
    }
    query->call->ret_changes = sqlite3_total_changes64(handle) != query->changes_before
                                   ? (int64_t)sqlite3_changes64(handle)
                                   : 0;
    query->call->ret_id = query->call->wants_id ? sqlite3_last_insert_rowid(handle) : 0;
}

static bool full(const osp_sqlite_query *query)
{
    return query->call->rows_max != 0 && query->rows.count >= query->call->rows_max;
}

static bool batch_is_full(const osp_sqlite_query *query)
{
    return query->by_batch && (query->rows.count == OSP_SQLITE_BATCH_MAX ||
                               query->rows.arena->bytes >= OSP_SQLITE_BATCH_BYTES_MAX);
}

static osp_status step_all(osp_sqlite_query *query)
{
    osp_sqlite_conn *conn = query->conn;
    for (;;) {
        const int code = sqlite3_step(query->statement->handle);
        if (code == SQLITE_DONE) {
            return OSP_OK;
        }
        if (code != SQLITE_ROW) {
            return stop(query, code);
        }
        if (query->call->row != NULL && !full(query)) {
            OSP_TRY(take_row(query));
        }
        if (batch_is_full(query)) {
            query->more = true;
            return OSP_OK;
        }
        /* A write goes on to its end: that is where it takes effect as a whole. */
        if (full(query) && !conn->writer) {
            return OSP_OK;
        }
        if (conn->on_loop && conn->ticks >= OSP_SQLITE_TICKS_SOFT) {
            return OSP_AGAIN;
        }
    }
}

osp_status osp_sqlite_query_run(osp_sqlite_query *query)
{
    osp_sqlite_conn *conn = query->conn;
    if (query->transaction && !osp_sqlite_conn_in_transaction(conn)) {
        return osp_sqlite_complain(OSP_E_DB, query->call->sql, query->err,
                                   "the database has rolled the transaction back");
    }
    osp_status status = OSP_OK;
    query->more = false;
    if (query->statement == NULL) {
        int code = SQLITE_OK;
        status = start(query, &code);
        if (status == OSP_OK && code != SQLITE_OK) {
            return stop(query, code);
        }
    }
    if (status == OSP_OK) {
        status = step_all(query);
    }
    if (status == OSP_AGAIN || query->more) {
        return status;
    }
    if (status == OSP_OK) {
        succeed(query);
    } else {
        undo(query);
    }
    finish(query);
    return status;
}
