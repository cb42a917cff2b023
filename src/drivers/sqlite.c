/* The SQLite driver: who uses which connection in which thread.
 *
 *     task --read--> a free reader (of 4) --on the loop, within a budget--> rows
 *              |          |                       (its transaction is held to the end of the turn)
 *              |          \--beyond it, or busy--> a reader thread, with the same connection
 *              \--all taken--> waits in line, unless that is too long
 *     task --write--> writer_lock --> the writer thread --> gives the lock
 *     task --transaction--> writer_lock --> BEGIN IMMEDIATE ... COMMIT --> gives the lock
 *                                           (its reads too: they see its writes; a
 *                                           transaction in it is a savepoint)
 *
 * Invariants: a connection belongs to one task at a time, so at most four jobs are in the reader
 * queue and one in the writer queue, and neither is ever full.  Only the loop's thread touches
 * osp_sqlite itself; threads see a query and its connection.
 *
 * Whether a statement writes, SQLite says after preparing it on a reader; that it does is
 * remembered by the SQL's address, so that later the writer is taken at once.
 *
 * Rejected: one connection with a mutex (a long read stops every writer), a connection per thread
 * of a pool (every read then costs two switches of thread, which is longer than most reads). */
#include "drivers/sqlite.h"

#include <string.h>

#include "data/console.h"
#include "drivers/sqlite_impl.h"

#define STREAM_THREADS 2 /* as many batches are fetched at once */

/* What the driver itself says to the writer, such as BEGIN. */
typedef struct command {
    osp_sqlite_conn *conn;
    osp_error *err;
    osp_status status;
} command;

/* ---------------------------------------------------------------- jobs: any thread */

/* A writer that could not roll back was closed. */
static osp_status writer_reopen(osp_sqlite_conn *conn, osp_error *err)
{
    return conn->handle != NULL ? OSP_OK : osp_sqlite_conn_open(conn, NULL, OSP_SQLITE_WRITE, err);
}

static void query_job(void *arg)
{
    osp_sqlite_query *query = arg;
    query->status = writer_reopen(query->conn, query->err);
    if (query->status != OSP_OK) {
        return;
    }
    osp_sqlite_conn_arm(query->conn, query->task, query->limit_us);
    query->status = osp_sqlite_query_run(query);
    osp_sqlite_conn_disarm(query->conn);
}

static void reader_job(void *arg)
{
    osp_sqlite_query *query = arg;
    sqlite3_busy_timeout(query->conn->handle, OSP_SQLITE_BUSY_MS);
    query_job(query);
    sqlite3_busy_timeout(query->conn->handle, 0);
}

static void begin_job(void *arg)
{
    command *c = arg;
    c->status = writer_reopen(c->conn, c->err);
    if (c->status == OSP_OK) {
        c->status = osp_sqlite_conn_do(c->conn, "BEGIN IMMEDIATE", c->err);
    }
}

/* What is done within a transaction; where there is none any more, SAVEPOINT would begin one. */
static osp_status do_within(const command *c, const char *sql)
{
    if (!osp_sqlite_conn_in_transaction(c->conn)) {
        return osp_error_set(c->err, OSP_E_DB, "the database has rolled the transaction back");
    }
    return osp_sqlite_conn_do(c->conn, sql, c->err);
}

static void commit_job(void *arg)
{
    command *c = arg;
    c->status = do_within(c, "COMMIT");
    if (c->status < 0) {
        osp_sqlite_conn_rollback(c->conn);
    }
}

static void rollback_job(void *arg)
{
    command *c = arg;
    osp_sqlite_conn_rollback(c->conn);
    c->status = OSP_OK;
}

/* Savepoints of one name are a stack, of which SQLite means the last. */
static void savepoint_job(void *arg)
{
    command *c = arg;
    c->status = do_within(c, "SAVEPOINT inner");
}

static void release_job(void *arg)
{
    command *c = arg;
    c->status = do_within(c, "RELEASE inner");
}

/* Where that fails nothing of the transaction may last. */
static void rollback_inner_job(void *arg)
{
    command *c = arg;
    c->status = OSP_OK;
    if (osp_sqlite_conn_in_transaction(c->conn) &&
        osp_sqlite_conn_do(c->conn, "ROLLBACK TO inner; RELEASE inner", NULL) < 0) {
        osp_sqlite_conn_rollback(c->conn);
    }
}

/* No queue is ever full here, so only a thread that cannot be started fails.  The work is done all
 * the same, on the loop: a transaction that cannot end would be worse than a loop that waits. */
static void run_job(osp_task *task, osp_offload *queue, void (*job)(void *arg), void *arg)
{
    if (osp_task_offload(task, queue, job, arg) != OSP_OK) {
        job(arg);
    }
}

/* ---------------------------------------------------------------- what readers hold */

static void turn_ends(osp_post *post)
{
    osp_sqlite *db = OSP_CONTAINER_OF(post, osp_sqlite, turn_ends);
    db->turn_posted = false;
    for (size_t i = 0; i < OSP_SQLITE_READERS_MAX; i++) {
        if (!db->reader_items[i].away) {
            osp_sqlite_hold_end(&db->reader_items[i].conn);
        }
    }
}

/* Without a loop there is no turn that would end it. */
static osp_status hold(osp_sqlite *db, const osp_task *task, osp_sqlite_reader *r, osp_error *err)
{
    osp_loop *loop = osp_task_loop(task);
    if (loop == NULL) {
        return OSP_OK;
    }
    osp_sqlite_hold_begin(&r->conn);
    if (r->conn.handle == NULL) {
        return osp_sqlite_conn_open(&r->conn, NULL, OSP_SQLITE_READ, err);
    }
    if (!db->turn_posted) {
        db->turn_posted = true;
        osp_loop_defer(loop, &db->turn_ends);
    }
    return OSP_OK;
}

/* ---------------------------------------------------------------- into a thread */

void osp_sqlite_run_away(osp_task *task, osp_offload *queue, osp_sqlite_reader *reader,
                         osp_sqlite_query *query)
{
    reader->away = true;
    run_job(task, queue, reader_job, query);
    reader->away = false;
}

void osp_sqlite_run_on_writer(osp_sqlite *db, osp_task *task, osp_sqlite_query *query)
{
    OSP_ASSERT(db->writer_lock.owner == task);
    query->transaction = db->transaction == task;
    run_job(task, db->writer_queue, query_job, query);
}

/* ---------------------------------------------------------------- statements that write */

static osp_sqlite_known_write *write_slot(osp_sqlite *db, const char *sql)
{
    const uint64_t hash = (uint64_t)(uintptr_t)sql * 0x9E3779B97F4A7C15u;
    return &db->writes[(size_t)(hash >> 32) % OSP_SQLITE_WRITES_MAX];
}

static bool is_known_write(osp_sqlite *db, const char *sql)
{
    const osp_sqlite_known_write *slot = write_slot(db, sql);
    return slot->key == sql && strcmp(slot->sql, sql) == 0;
}

/* Only a memory of what was found out: forgetting costs a preparation. */
static void remember_write(osp_sqlite *db, const char *sql)
{
    osp_sqlite_known_write *slot = write_slot(db, sql);
    sqlite3_free(slot->sql);
    slot->sql = sqlite3_mprintf("%s", sql);
    slot->key = slot->sql != NULL ? sql : NULL;
}

/* ---------------------------------------------------------------- the driver */

static osp_sqlite_query query_of(osp_sqlite_conn *conn, osp_task *task, int64_t limit_us,
                                 osp_db_call *call, osp_error *err)
{
    return (osp_sqlite_query){
        .conn = conn,
        .call = call,
        .task = task,
        .limit_us = limit_us,
        .err = err,
        .rows = { .type = call->row, .arena = task->arena, .most = call->rows_max },
    };
}

/* OSP_AGAIN: the statement writes. */
static osp_status run_read(osp_sqlite *db, osp_task *task, osp_db_call *call, osp_error *err)
{
    if (osp_task_is_cancelled(task)) {
        return osp_error_set(err, OSP_E_CANCELLED, "cancelled before the query");
    }
    osp_sqlite_reader *r = NULL;
    OSP_TRY(osp_sqlite_pool_take(&db->readers, task, &r, err));
    osp_status status = hold(db, task, r, err);
    if (status < 0) {
        osp_sqlite_pool_give(&db->readers, r);
        return status;
    }
    osp_sqlite_query query = query_of(&r->conn, task, db->limit_us, call, err);
    r->conn.ticks = 0;
    r->conn.on_loop = true;
    status = osp_sqlite_query_run(&query);
    r->conn.on_loop = false;
    if (status == OSP_AGAIN && !query.writes) {
        osp_sqlite_run_away(task, db->reader_queue, r, &query);
        osp_sqlite_hold_end(&r->conn); /* the turn that would have done so is over */
        status = query.status;
    }
    if (query.writes) {
        remember_write(db, call->sql);
        status = OSP_AGAIN;
    }
    osp_sqlite_pool_give(&db->readers, r);
    return status;
}

static osp_status run_on_writer(osp_sqlite *db, osp_task *task, osp_db_call *call, osp_error *err)
{
    osp_sqlite_query query = query_of(&db->writer, task, db->limit_us, call, err);
    osp_sqlite_run_on_writer(db, task, &query);
    return query.status;
}

static osp_status take_writer(osp_sqlite *db, osp_task *task, osp_error *err)
{
    if (db->writers_waiting == OSP_SQLITE_WAITING_MAX) {
        return osp_error_set(err, OSP_E_BUSY, "too many tasks wait for the writer");
    }
    db->writers_waiting++;
    const osp_status status = osp_task_lock_take(&db->writer_lock, task);
    db->writers_waiting--;
    if (status < 0) {
        return osp_error_set(err, status,
                             "another task holds the writer; if it is one that waits for this "
                             "one in a transaction, it must not");
    }
    if (task->cancelled) {
        osp_task_lock_give(&db->writer_lock, task);
        return osp_error_set(err, OSP_E_CANCELLED, "cancelled while waiting for the writer");
    }
    return OSP_OK;
}

static osp_status run(osp_db *base, osp_task *task, osp_db_call *call, osp_error *err)
{
    osp_sqlite *db = OSP_CONTAINER_OF(base, osp_sqlite, db);
    if (db->transaction == task) {
        return run_on_writer(db, task, call, err);
    }
    if (!is_known_write(db, call->sql)) {
        const osp_status status = run_read(db, task, call, err);
        if (status != OSP_AGAIN) {
            return status;
        }
    }
    OSP_TRY(take_writer(db, task, err));
    const osp_status status = run_on_writer(db, task, call, err);
    osp_task_lock_give(&db->writer_lock, task);
    return status;
}

static osp_status command_on_writer(osp_sqlite *db, osp_task *task, void (*job)(void *arg),
                                    osp_error *err)
{
    command c = { .conn = &db->writer, .err = err };
    run_job(task, db->writer_queue, job, &c);
    return c.status;
}

static osp_status begin(osp_db *base, osp_task *task, osp_error *err)
{
    osp_sqlite *db = OSP_CONTAINER_OF(base, osp_sqlite, db);
    if (db->transaction == task) {
        OSP_TRY(command_on_writer(db, task, savepoint_job, err));
        db->savepoints++;
        return OSP_OK;
    }
    OSP_TRY(take_writer(db, task, err));
    const osp_status status = command_on_writer(db, task, begin_job, err);
    if (status < 0) {
        osp_task_lock_give(&db->writer_lock, task);
        return status;
    }
    db->transaction = task;
    return OSP_OK;
}

static osp_status end(osp_db *base, osp_task *task, bool commit, osp_error *err)
{
    osp_sqlite *db = OSP_CONTAINER_OF(base, osp_sqlite, db);
    OSP_ASSERT(db->transaction == task);
    if (db->savepoints > 0) {
        db->savepoints--;
        return command_on_writer(db, task, commit ? release_job : rollback_inner_job, err);
    }
    const osp_status status = command_on_writer(db, task, commit ? commit_job : rollback_job, err);
    db->transaction = NULL;
    osp_task_lock_give(&db->writer_lock, task);
    return status;
}

static const osp_db_driver driver = {
    .name = "sqlite",
    .run = run,
    .begin = begin,
    .end = end,
    .each_open = osp_sqlite_each_open,
    .each_next = osp_sqlite_each_next,
    .each_close = osp_sqlite_each_close,
};

/* ---------------------------------------------------------------- the resource */

static void close_db(void *value)
{
    osp_sqlite *db = OSP_CONTAINER_OF(value, osp_sqlite, db);
    OSP_ASSERT(db->transaction == NULL);
    if (db->reader_queue != NULL) {
        osp_offload_free(db->reader_queue);
    }
    if (db->stream_queue != NULL) {
        osp_offload_free(db->stream_queue);
    }
    if (db->writer_queue != NULL) {
        osp_offload_free(db->writer_queue);
    }
    osp_sqlite_pool_done(&db->readers);
    osp_sqlite_pool_done(&db->streams);
    osp_sqlite_conn_close(&db->writer);
    for (size_t i = 0; i < OSP_SQLITE_WRITES_MAX; i++) {
        sqlite3_free(db->writes[i].sql);
    }
    sqlite3_free(db);
}

static osp_status open_parts(osp_sqlite *db, osp_error *err)
{
    OSP_TRY(osp_sqlite_conn_open(&db->writer, NULL, OSP_SQLITE_WRITE, err));
    OSP_TRY(osp_sqlite_conn_open(&db->reader_items[0].conn, NULL, OSP_SQLITE_READ, err));
    db->reader_queue = osp_offload_new(
        (osp_offload_options){ .name = "sqlite-read", .threads = OSP_SQLITE_READERS_MAX }, err);
    if (db->reader_queue == NULL) {
        return OSP_E_NOMEM;
    }
    db->stream_queue = osp_offload_new(
        (osp_offload_options){ .name = "sqlite-rows", .threads = STREAM_THREADS }, err);
    if (db->stream_queue == NULL) {
        return OSP_E_NOMEM;
    }
    db->writer_queue =
        osp_offload_new((osp_offload_options){ .name = "sqlite-write", .threads = 1 }, err);
    return db->writer_queue != NULL ? OSP_OK : OSP_E_NOMEM;
}

static osp_status open_db(void **ret_value, osp_error *err)
{
    int64_t limit_us = 0;
    OSP_TRY(osp_sqlite_statement_limit(&limit_us, err));
    osp_sqlite_configure();
    osp_sqlite *db = sqlite3_malloc64(sizeof(*db));
    if (db == NULL) {
        return osp_error_set(err, OSP_E_NOMEM, "no memory for the database");
    }
    *db = (osp_sqlite){ .db = { &driver }, .limit_us = limit_us, .turn_ends.run = turn_ends };
    db->readers = (osp_sqlite_pool){ .items = db->reader_items, .count = OSP_SQLITE_READERS_MAX };
    db->streams = (osp_sqlite_pool){ .items = db->stream_items, .count = OSP_SQLITE_STREAMS_MAX };
    const osp_status status = open_parts(db, err);
    if (status < 0) {
        close_db(&db->db);
        return status;
    }
    *ret_value = &db->db;
    return OSP_OK;
}

/* The folder, for a journal stands beside the file. */
static osp_status name_files(const osp_file_names *names, osp_error *err)
{
    osp_sqlite_conn conn = { 0 };
    OSP_TRY(osp_sqlite_conn_open(&conn, NULL, OSP_SQLITE_READ, err));
    const char *file = sqlite3_db_filename(conn.handle, "main"); /* absolute, links followed */
    const char *slash = strrchr(file, '/');
    const int len = slash != NULL && slash > file ? (int)(slash - file) : 1;
    char *folder = sqlite3_mprintf("%.*s", len, file);
    if (folder != NULL) {
        names->name(names->arg, folder, true);
    }
    const osp_status status =
        folder != NULL ? OSP_OK : osp_error_set(err, OSP_E_NOMEM, "no memory for the database");
    sqlite3_free(folder);
    osp_sqlite_conn_close(&conn);
    return status;
}

static int obey(const osp_resource_order *order)
{
    return osp_console_run(&osp_sqlite_admin, order);
}

const osp_resource osp_resource_sqlite = {
    .name = "sqlite",
    .key = &osp_db_key,
    .prepare = osp_sqlite_prepare,
    .open = open_db,
    .close = close_db,
    .files = name_files,
    .command = obey,
};
