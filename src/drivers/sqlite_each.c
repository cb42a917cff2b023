/* Rows that are taken one after the other, however many there are.
 *
 *     open: a connection of its own (of 8), or the writer's in a transaction
 *     next: row, row, row, ... end of the batch --a thread fetches another one--> row, row, ...
 *                              (the first batch is fetched on the loop, within its budget)
 *     close: the statement ends, and with it the snapshot; the connection is given back
 *
 * Who takes rows may wait between two of them, for a client that reads slowly.  So they do not come
 * from the connections of other queries, and a snapshot is not held for as long as it likes: behind
 * the time that any statement may take (OSP_DB_STATEMENT_S, since open) a timer ends the statement
 * and gives the connection away.  Who asks for another row then is told so.
 *
 * Memory is that of one batch: rows and texts lie in an arena that is emptied before the next. */
#include "drivers/sqlite_impl.h"

#define FIRST_BYTES 8192 /* of the batch's arena, which are the task's */

struct osp_db_cursor {
    osp_sqlite *db;
    osp_task *task;
    osp_sqlite_reader *reader; /* NULL: it is the writer's connection */
    osp_sqlite_query query;
    osp_db_call call;
    osp_arena arena; /* of a batch */
    size_t at;       /* the next row of it */
    int64_t end_us;  /* by the task's clock */
    osp_loop *loop;  /* NULL: only a call looks at the time */
    osp_timer timer;
    bool begun;
    bool away; /* a thread has the connection */
    bool late; /* `end_us` has come */
    bool open; /* it has the connection */
};

/* ---------------------------------------------------------------- the end */

static void end(osp_db_cursor *cursor)
{
    if (!cursor->open) {
        return;
    }
    cursor->open = false;
    osp_sqlite_query_end(&cursor->query);
    if (cursor->reader != NULL) {
        osp_sqlite_pool_give(&cursor->db->streams, cursor->reader);
    }
}

static void time_is_over(osp_timer *timer)
{
    osp_db_cursor *cursor = OSP_CONTAINER_OF(timer, osp_db_cursor, timer);
    cursor->late = true;
    /* A thread that is fetching breaks it off for the same reason, and the writer's may be doing
     * something else for the transaction, which holds a snapshot as it is. */
    if (cursor->reader != NULL && !cursor->away) {
        end(cursor);
    }
}

void osp_sqlite_each_close(osp_db_cursor *cursor)
{
    OSP_ASSERT(!cursor->away);
    end(cursor);
    if (cursor->loop != NULL) {
        osp_loop_timer_cancel(cursor->loop, &cursor->timer);
    }
    osp_arena_done(&cursor->arena);
}

/* ---------------------------------------------------------------- the beginning */

/* The values with the bytes they point at, since their owner goes on. */
static const osp_value *copy_values(osp_task *task, const osp_db_call *call)
{
    osp_value *copy = osp_task_alloc_array(task, sizeof(*copy), call->value_count + 1);
    for (size_t i = 0; copy != NULL && i < call->value_count; i++) {
        copy[i] = call->values[i];
        if (copy[i].kind == OSP_VALUE_TEXT || copy[i].kind == OSP_VALUE_BYTES) {
            copy[i].as.s = osp_task_copy(task, copy[i].as.s);
        }
    }
    return task->error.status == OSP_OK ? copy : NULL;
}

static osp_status start(osp_db_cursor *cursor, osp_error *err)
{
    osp_sqlite *db = cursor->db;
    osp_task *task = cursor->task;
    if (db->transaction != task) {
        OSP_TRY(osp_sqlite_pool_take(&db->streams, task, &cursor->reader, err));
    }
    cursor->open = true;
    cursor->query = (osp_sqlite_query){
        .conn = cursor->reader != NULL ? &cursor->reader->conn : &db->writer,
        .call = &cursor->call,
        .task = task,
        .by_batch = true,
    };
    cursor->end_us = osp_task_now_us(task) + db->limit_us;
    cursor->loop = osp_task_loop(task);
    if (cursor->loop == NULL) {
        return OSP_OK;
    }
    cursor->timer.fire = time_is_over;
    const osp_status status = osp_loop_timer(cursor->loop, &cursor->timer, cursor->end_us);
    return status == OSP_OK ? OSP_OK : osp_error_set(err, status, "no memory for a timer");
}

osp_status osp_sqlite_each_open(osp_db *base, osp_task *task, const osp_db_call *call,
                                osp_db_cursor **ret_cursor, osp_error *err)
{
    osp_db_cursor *cursor = osp_task_alloc(task, sizeof(*cursor));
    char *first = osp_task_alloc(task, FIRST_BYTES);
    if (cursor == NULL || first == NULL) {
        return osp_error_set(err, OSP_E_NOMEM, "no memory for rows");
    }
    *cursor = (osp_db_cursor){ .db = OSP_CONTAINER_OF(base, osp_sqlite, db),
                               .task = task,
                               .call = *call };
    cursor->call.values = copy_values(task, call);
    if (cursor->call.values == NULL) {
        return osp_error_set(err, OSP_E_NOMEM, "no memory for the parameters of a query");
    }
    osp_arena_init(&cursor->arena, first, FIRST_BYTES, task->arena->bytes_max);
    const osp_status status = start(cursor, err);
    if (status < 0) {
        osp_sqlite_each_close(cursor);
        return status;
    }
    *ret_cursor = cursor;
    return OSP_OK;
}

/* ---------------------------------------------------------------- batches */

static osp_status fetch_on_loop(osp_db_cursor *cursor)
{
    osp_sqlite_conn *conn = cursor->query.conn;
    conn->ticks = 0;
    conn->on_loop = true;
    const osp_status status = osp_sqlite_query_run(&cursor->query);
    conn->on_loop = false;
    return status;
}

static osp_status fetch_away(osp_db_cursor *cursor)
{
    cursor->away = true;
    if (cursor->reader == NULL) {
        osp_sqlite_run_on_writer(cursor->db, cursor->task, &cursor->query);
    } else {
        osp_sqlite_run_away(cursor->task, cursor->db->stream_queue, cursor->reader, &cursor->query);
    }
    cursor->away = false;
    return cursor->query.status;
}

static osp_status fetch(osp_db_cursor *cursor, osp_error *err)
{
    osp_sqlite_query *query = &cursor->query;
    const bool first = !cursor->begun;
    query->err = err;
    query->limit_us = cursor->end_us - osp_task_now_us(cursor->task);
    if (osp_task_is_cancelled(cursor->task)) {
        return osp_error_set(err, OSP_E_CANCELLED, "cancelled before the next row");
    }
    if (cursor->late || query->limit_us <= 0) {
        end(cursor);
        return osp_sqlite_complain(OSP_E_DEADLINE, cursor->call.sql, err,
                                   "rows were taken for longer than OSP_DB_STATEMENT_S allows");
    }
    osp_arena_reset(&cursor->arena);
    query->rows = (osp_rows){ .type = cursor->call.row, .arena = &cursor->arena };
    cursor->at = 0;
    cursor->begun = true;
    osp_status status = OSP_AGAIN;
    if (first && cursor->reader != NULL) {
        status = fetch_on_loop(cursor);
    }
    return status == OSP_AGAIN ? fetch_away(cursor) : status;
}

osp_status osp_sqlite_each_next(osp_db_cursor *cursor, void **ret_row, osp_error *err)
{
    const osp_rows *rows = &cursor->query.rows;
    if (cursor->at == rows->count && (!cursor->begun || cursor->query.more)) {
        const osp_status status = fetch(cursor, err);
        if (status < 0) {
            cursor->query.rows.count = cursor->at = 0;
            cursor->query.more = false;
            return status;
        }
    }
    if (cursor->at == rows->count) {
        return OSP_DONE;
    }
    *ret_row = rows->items + cursor->at++ * rows->type->size;
    return OSP_OK;
}
