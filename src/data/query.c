/* Queries of handlers, on whatever driver the application has.
 *
 * Failure is sticky: the first one is kept in the task, and from then on queries and transactions
 * do nothing until osp_recover().  A transaction that ends with the mark set rolls back: some of
 * its statements did not run, so committing the others would be wrong.  So does one that ends after
 * the application refused the request: its client is told that nothing happened.
 *
 *     enter --begin ok--> open --end of block--> commit (or roll back when failed)
 *       \--failed--> not open      \--left by return, break, goto--> roll back
 *
 * A function in a transaction can be done again, a block cannot; so only the former has tries. */
#include "data/db.h"

#include "base/trace.h"

/* Between two tries of a transaction. */
#define PAUSE_US INT64_C(8000)
#define PAUSE_US_MAX INT64_C(1000000)

const char osp_db_key = 0;

static osp_db *db_of(osp_task *task, const osp_place *here)
{
    if (task->error.status != OSP_OK) {
        return NULL;
    }
    osp_db *db = osp_task_service(task, &osp_db_key);
    if (db == NULL) {
        osp_error cause = { 0 };
        (void)osp_error_set(&cause, OSP_E_DB, "the application has no database");
        osp_task_fail_here(task, OSP_E_DB, &cause, here);
    }
    return db;
}

static bool run(osp_task *task, osp_db_call *call, const osp_place *here)
{
    OSP_ASSERT(call->sql != NULL);
    osp_db *db = db_of(task, here);
    if (db == NULL) {
        return false;
    }
    osp_error cause;
    cause.status = OSP_OK; /* the rest is read only when there is one */
    const uint32_t span = osp_span_begin(task, OSP_SPAN_SQL, call->sql, here);
    const osp_status status = db->driver->run(db, task, call, &cause);
    osp_span_rows(task, span, call->row != NULL ? call->ret_rows.count : (size_t)call->ret_changes);
    osp_span_end(task, span, status);
    if (status < 0) {
        osp_task_fail_here(task, status, &cause, here);
        return false;
    }
    return true;
}

osp_list osp_db_rows(osp_task *task, const osp_type *row, const char *sql, const osp_value *values,
                     size_t count, const osp_place *here)
{
    osp_db_call call = { .row = row, .sql = sql, .values = values, .value_count = count };
    return run(task, &call, here) ? call.ret_rows : (osp_list){ 0 };
}

void *osp_db_row(osp_task *task, const osp_type *row, const char *sql, const osp_value *values,
                 size_t count, const osp_place *here)
{
    osp_db_call call = {
        .row = row, .sql = sql, .values = values, .value_count = count, .rows_max = 1
    };
    return run(task, &call, here) && call.ret_rows.count != 0 ? call.ret_rows.items : NULL;
}

int64_t osp_db_change(osp_task *task, const char *sql, const osp_value *values, size_t count,
                      const osp_place *here)
{
    osp_db_call call = { .sql = sql, .values = values, .value_count = count };
    return run(task, &call, here) ? call.ret_changes : 0;
}

int64_t osp_db_add(osp_task *task, const char *sql, const osp_value *values, size_t count,
                   const osp_place *here)
{
    osp_db_call call = { .sql = sql, .values = values, .value_count = count, .wants_id = true };
    return run(task, &call, here) ? call.ret_id : 0;
}

/* The place of a query in its .sql file tells more than that of its function. */
static bool run_query(osp_task *task, const osp_query *query, const osp_value *values,
                      osp_db_call *call)
{
    call->row = query->row;
    call->sql = query->text->sql;
    call->query = query;
    call->values = values;
    return run(task, call, &query->text->place);
}

osp_list osp_db_query_rows(osp_task *task, const osp_query *query, const osp_value *values)
{
    osp_db_call call = { .rows_max = 0 };
    return run_query(task, query, values, &call) ? call.ret_rows : (osp_list){ 0 };
}

void *osp_db_query_row(osp_task *task, const osp_query *query, const osp_value *values)
{
    osp_db_call call = { .rows_max = 1 };
    return run_query(task, query, values, &call) && call.ret_rows.count != 0 ? call.ret_rows.items
                                                                             : NULL;
}

int64_t osp_db_query_change(osp_task *task, const osp_query *query, const osp_value *values)
{
    osp_db_call call = { .rows_max = 0 };
    return run_query(task, query, values, &call) ? call.ret_changes : 0;
}

/* ---------------------------------------------------------------- rows one by one */

osp_db_each osp_db_each_open(osp_task *task, const osp_type *row, const char *sql,
                             const osp_value *values, size_t count, const osp_place *here)
{
    const osp_db_call call = { .row = row, .sql = sql, .values = values, .value_count = count };
    osp_db_each each = { task, here, NULL };
    osp_db *db = db_of(task, here);
    osp_error cause = { 0 };
    if (db != NULL) {
        const uint32_t span = osp_span_begin(task, OSP_SPAN_ROWS, sql, here);
        const osp_status status = db->driver->each_open(db, task, &call, &each.cursor, &cause);
        osp_span_rows(task, span, 0);
        if (status < 0) {
            osp_span_end(task, span, status);
            osp_task_fail_here(task, status, &cause, here);
        }
    }
    return each;
}

void *osp_db_each_next(osp_db_each *each)
{
    osp_db *db = db_of(each->task, each->here);
    void *row = NULL;
    if (db == NULL) {
        return NULL;
    }
    osp_error cause;
    cause.status = OSP_OK;
    const osp_status status = db->driver->each_next(each->cursor, &row, &cause);
    if (status < 0) {
        osp_task_fail_here(each->task, status, &cause, each->here);
    }
    if (OSP_TRACED && row != NULL) {
        osp_trace_rows(each->task, osp_trace_open(each->task, OSP_SPAN_ROWS), 1);
    }
    return row;
}

void osp_db_each_close(osp_db_each *each)
{
    if (each->cursor != NULL) {
        osp_db *db = osp_task_service(each->task, &osp_db_key);
        db->driver->each_close(each->cursor);
        each->cursor = NULL;
        osp_span_end_open(each->task, OSP_SPAN_ROWS, each->task->error.status);
    }
}

/* ---------------------------------------------------------------- transactions */

osp_transaction osp_transaction_enter(osp_task *task, const osp_place *here)
{
    osp_db *db = db_of(task, here);
    if (db == NULL) {
        return (osp_transaction){ task, here, false };
    }
    osp_error cause = { 0 };
    const uint32_t span = osp_span_begin(task, OSP_SPAN_TRANSACTION, "transaction", here);
    const osp_status status = db->driver->begin(db, task, &cause);
    if (status < 0) {
        osp_span_end(task, span, status);
        osp_task_fail_here(task, status, &cause, here);
        return (osp_transaction){ task, here, false };
    }
    return (osp_transaction){ task, here, true };
}

/* Not db_of: a transaction ends whatever has failed meanwhile. */
static void end(osp_transaction *tx, bool commit)
{
    tx->open = false;
    osp_db *db = osp_task_service(tx->task, &osp_db_key);
    OSP_ASSERT(db != NULL);
    osp_error cause = { 0 };
    const osp_status status = db->driver->end(db, tx->task, commit, &cause);
    osp_span_end_open(tx->task, OSP_SPAN_TRANSACTION, commit ? status : OSP_E_FAILED);
    if (status < 0 && commit) {
        osp_task_fail_here(tx->task, status, &cause, tx->here);
    }
}

void osp_transaction_commit(osp_transaction *tx)
{
    OSP_ASSERT(tx->open);
    end(tx, tx->task->error.status == OSP_OK && !tx->task->refused);
}

void osp_transaction_leave(osp_transaction *tx)
{
    if (tx->open) {
        end(tx, false);
    }
}

/* Waits before the next try, longer each time and never as long as somebody else.  A task that has
 * no more time has its failure. */
static bool pause(osp_task *task, unsigned tried)
{
    uint16_t random = 0;
    osp_random_bytes(&random, sizeof(random));
    const int64_t most_us = tried < 7 ? PAUSE_US << tried : PAUSE_US_MAX;
    return osp_task_sleep_us(task, most_us / 2 + most_us / 2 * random / UINT16_MAX) == OSP_OK;
}

static osp_status attempt(osp_task *task, const osp_task_def *def, void *arg, const osp_place *here)
{
    osp_transaction tx = osp_transaction_enter(task, here);
    osp_status status = OSP_OK;
    if (tx.open) {
        status = def->call(task, arg);
        end(&tx, status >= 0 && task->error.status == OSP_OK && !task->refused);
    }
    return task->error.status != OSP_OK ? task->error.status : status;
}

osp_status osp_transaction_run(osp_task *task, const osp_task_def *def, void *arg,
                               const osp_transaction_options *options, const osp_place *here)
{
    if (task->error.status != OSP_OK) {
        return task->error.status; /* of something before: no try mends it */
    }
    for (unsigned tried = 0;; tried++) {
        const osp_status status = attempt(task, def, arg, here);
        if (status != OSP_E_BUSY || task->refused || tried == options->retries ||
            !pause(task, tried)) {
            return status;
        }
        (void)osp_task_recover(task);
    }
}
