/* What the files of the SQLite driver share. */
#ifndef OSP_DRIVERS_SQLITE_IMPL_H
#define OSP_DRIVERS_SQLITE_IMPL_H

#include <sqlite3.h>

#include "data/admin.h"
#include "data/db.h"
#include "rt/offload.h"

#define OSP_SQLITE_URL_DEFAULT "file:app.db"
#define OSP_SQLITE_LOCK_SUFFIX "-migrate" /* behind the name of a database: who migrates it */
#define OSP_SQLITE_URL_MAX (1 << 20)      /* of a URL that stands in a file */
#define OSP_SQLITE_STATEMENTS_MAX 256     /* prepared statements a connection keeps */
#define OSP_SQLITE_BUSY_MS 5000           /* how long a locked database is waited for */
#define OSP_SQLITE_WAITING_MAX 1024       /* tasks in line for a reader; as many for the writer */
#define OSP_SQLITE_READERS_MAX 4          /* connections that read */
#define OSP_SQLITE_STREAMS_MAX 8          /* those that give their rows one by one */
#define OSP_SQLITE_BATCH_MAX 64           /* rows of one of those that are fetched at once */
#define OSP_SQLITE_BATCH_BYTES_MAX 65536  /* of their texts, behind which a batch ends sooner */
#define OSP_SQLITE_TICK_OPS 1000          /* operations of SQLite's machine between two looks */
#define OSP_SQLITE_STATEMENT_S 30 /* how long a statement may run, unless the environment says */
#define OSP_SQLITE_STATEMENT_S_MAX 86400
#define OSP_SQLITE_TICKS_SOFT 10 /* on the loop: beyond this, move between two rows */
#define OSP_SQLITE_TICKS_HARD 20 /* on the loop: beyond this, break off and start over */
#define OSP_SQLITE_WAL_KEPT_MAX                                                                    \
    "16777216"                       /* bytes of its file that are kept when it is begun anew */
#define OSP_SQLITE_WAL_COPY_MIN 1000 /* of the WAL: beyond this, a commit writes back */
#define OSP_SQLITE_WAL_WAIT_MIN 2000 /* beyond this, it waits for readers to begin it anew */

/* A prepared statement with the mapping of its columns to the row type it last met. */
typedef struct osp_sqlite_statement {
    struct osp_sqlite_statement *next; /* in its bucket */
    const char *key;                   /* the pointer of the SQL */
    char *sql;                         /* its text: a reloaded module may reuse the address */
    sqlite3_stmt *handle;
    bool taken;    /* a query is in the midst of it, while others use the connection */
    bool writes;   /* as SQLite says */
    uint64_t used; /* the cache's clock at the last use */
    const osp_type *row;
    osp_column *columns;
    int column_count;
    const osp_query *query; /* whose arguments `order` has for the parameters; NULL: none yet */
    uint32_t *order;        /* of each parameter: which value fills it */
    int reprepared;         /* how often SQLite had compiled it anew when the columns were mapped */
} osp_sqlite_statement;

typedef struct osp_sqlite_cache {
    osp_sqlite_statement *buckets[OSP_SQLITE_STATEMENTS_MAX];
    size_t count;
    uint64_t clock;
} osp_sqlite_cache;

/* The read transaction that a connection holds between two statements, of sqlite_hold.c. */
typedef struct osp_sqlite_hold {
    const volatile uint64_t *index; /* of the WAL, shared memory; NULL: none, or not yet known */
    uint64_t seen[6];               /* its header, copied before the snapshot was taken */
    sqlite3_stmt *begin, *commit;
    uint32_t queries, before; /* since the last end, and between that and the one before */
    bool never;               /* the database has no WAL */
    bool held;
} osp_sqlite_hold;

/* A connection; one thread at a time uses it. */
typedef struct osp_sqlite_conn {
    sqlite3 *handle; /* NULL: not open */
    osp_sqlite_cache cache;
    osp_sqlite_hold hold;
    unsigned ticks;       /* of the running query on the loop */
    bool on_loop;         /* a budget counts instead of the deadline */
    bool trusted;         /* the driver itself speaks: transactions are allowed */
    bool writer;          /* neither the task's deadline nor its end breaks off its statements */
    int64_t deadline_us;  /* of the running statement, monotonic; 0: none */
    const osp_task *task; /* whose cancellation ends the running statement; NULL: nobody's */
    const char *broken;   /* why tick() broke the statement off; static; NULL: it did not */
    osp_status broken_as;
    bool deadline_is_limit; /* the deadline is not the task's but the time a statement may take */
    int wal_pages, wal_wait_at; /* of sqlite_wal.c: at the last commit, and when to wait */
} osp_sqlite_conn;

typedef enum osp_sqlite_use {
    OSP_SQLITE_READ, /* query_only */
    OSP_SQLITE_WRITE,
    OSP_SQLITE_MIGRATE, /* as WRITE, without foreign keys: tables are rebuilt */
    OSP_SQLITE_LOOK     /* as READ, waits; a file that is not there is not made: OSP_E_NOT_FOUND */
} osp_sqlite_use;

/* One call on its way; lives on the task's stack. */
typedef struct osp_sqlite_query {
    osp_sqlite_conn *conn;
    osp_db_call *call;
    const osp_task *task;
    int64_t limit_us; /* how long it may run on a thread */
    osp_error *err;
    osp_rows rows;
    osp_sqlite_statement *statement; /* NULL: to be started (again) */
    sqlite3_int64 changes_before;
    bool writes;      /* out: the statement writes, but the connection reads only */
    bool transaction; /* in: an open transaction is expected */
    bool by_batch;    /* in: it ends after a batch of rows and goes on when run again */
    bool more;        /* out: there may be another batch */
    osp_status status;
} osp_sqlite_query;

/* A connection that tasks read with, one after the other. */
typedef struct osp_sqlite_reader {
    osp_sqlite_conn conn;
    osp_task *owner; /* NULL: free */
    bool away;       /* a thread has the connection */
} osp_sqlite_reader;

/* Some of them, and who waits for one. */
typedef struct osp_sqlite_pool {
    osp_sqlite_reader *items;
    size_t count;
    osp_task *waiting_first, *waiting_last;
    uint32_t waiting;
} osp_sqlite_pool;

#define OSP_SQLITE_WRITES_MAX 512 /* statements remembered as writing */

typedef struct osp_sqlite_known_write {
    const char *key;
    char *sql;
} osp_sqlite_known_write;

/* The database of a worker. */
typedef struct osp_sqlite {
    osp_db db;
    osp_sqlite_reader reader_items[OSP_SQLITE_READERS_MAX], stream_items[OSP_SQLITE_STREAMS_MAX];
    osp_sqlite_pool readers, streams;
    osp_post turn_ends; /* of the loop, on which readers hold transactions until then */
    bool turn_posted;
    uint32_t writers_waiting;
    osp_sqlite_conn writer;
    osp_task_lock writer_lock;
    osp_task *transaction; /* the owner of the open transaction, also of writer_lock */
    uint32_t savepoints;   /* in it */
    osp_offload *reader_queue, *stream_queue, *writer_queue;
    int64_t limit_us;                                     /* how long a statement may run */
    osp_sqlite_known_write writes[OSP_SQLITE_WRITES_MAX]; /* by the hash of the SQL's address */
} osp_sqlite;

/* Takes a connection, or waits in line for one.
 * OSP_OK | OSP_E_BUSY (the line is full, or there is none for who waits inline) | OSP_E_CANCELLED |
 * what opening it gave.   Yields: only when all are taken. */
OSP_MUST_CHECK osp_status osp_sqlite_pool_take(osp_sqlite_pool *pool, osp_task *task,
                                               osp_sqlite_reader **ret_reader, osp_error *err);
/* Hands it to whoever waits longest. */
void osp_sqlite_pool_give(osp_sqlite_pool *pool, osp_sqlite_reader *reader);
/* Closes all; nobody has or wants one. */
void osp_sqlite_pool_done(osp_sqlite_pool *pool);

/* Runs a query in a thread: of a reader, or of the writer. */
void osp_sqlite_run_away(osp_task *task, osp_offload *queue, osp_sqlite_reader *reader,
                         osp_sqlite_query *query);
void osp_sqlite_run_on_writer(osp_sqlite *db, osp_task *task, osp_sqlite_query *query);

/* osp_db_driver.each_open and its kin. */
osp_status osp_sqlite_each_open(osp_db *base, osp_task *task, const osp_db_call *call,
                                osp_db_cursor **ret_cursor, osp_error *err);
osp_status osp_sqlite_each_next(osp_db_cursor *cursor, void **ret_row, osp_error *err);
void osp_sqlite_each_close(osp_db_cursor *cursor);

/* Settings of SQLite as a whole; before its first use, later calls do nothing. */
void osp_sqlite_configure(void);
/* How long a statement may run, from OSP_DB_STATEMENT_S.  OSP_OK | OSP_E_INVALID */
OSP_MUST_CHECK osp_status osp_sqlite_statement_limit(int64_t *ret_us, osp_error *err);
/* Starts the clock of the statement that `conn` runs next, for `task`; limit_us 0: none. */
void osp_sqlite_conn_arm(osp_sqlite_conn *conn, const osp_task *task, int64_t limit_us);
/* Stops it, so that the driver's own statements are never broken off. */
void osp_sqlite_conn_disarm(osp_sqlite_conn *conn);
/* Whether it is one of SQLite's; err shows it without what may be secret.  OSP_OK | OSP_E_INVALID
 */
OSP_MUST_CHECK osp_status osp_sqlite_url_check(const char *url, osp_error *err);
/* Opens `url` (NULL: the environment's).  conn: zeroed by the caller; closed again on failure. */
OSP_MUST_CHECK osp_status osp_sqlite_conn_open(osp_sqlite_conn *conn, const char *url,
                                               osp_sqlite_use use, osp_error *err);
/* A database in memory, for migrations to be run in. */
OSP_MUST_CHECK osp_status osp_sqlite_conn_open_scratch(osp_sqlite_conn *conn, osp_error *err);
void osp_sqlite_conn_close(osp_sqlite_conn *conn);
/* Runs statements of the driver itself.  sql: static. */
OSP_MUST_CHECK osp_status osp_sqlite_conn_do(osp_sqlite_conn *conn, const char *sql,
                                             osp_error *err);
/* Whether a transaction is open; SQLite may have ended the one that was begun. */
static inline bool osp_sqlite_conn_in_transaction(const osp_sqlite_conn *conn)
{
    return conn->handle != NULL && sqlite3_get_autocommit(conn->handle) == 0;
}
/* Ends the transaction if SQLite has not done so already.  Where that fails the connection is
 * closed. */
void osp_sqlite_conn_rollback(osp_sqlite_conn *conn);
/* Says what SQLite said last.  sql: for the excerpt, may be NULL. */
osp_status osp_sqlite_error(osp_sqlite_conn *conn, int code, const char *sql, osp_error *err);
/* Says `message` and the beginning of the SQL. */
osp_status osp_sqlite_complain(osp_status status, const char *sql, osp_error *err,
                               const char *format, ...) OSP_PRINTF(4, 5);

/* Sees to it that what the connection reads next is within a read transaction that shows all that
 * has been committed.  It is in none when it seems to be alone, without a WAL, and when that fails.
 */
void osp_sqlite_hold_begin(osp_sqlite_conn *conn);
/* At the end of a turn: ends it, if there is one; where that fails the connection is closed. */
void osp_sqlite_hold_end(osp_sqlite_conn *conn);
/* Before the connection is closed. */
void osp_sqlite_hold_done(osp_sqlite_conn *conn);

/* From now on the WAL is begun anew before it grows long.  conn: the writer's, just opened. */
void osp_sqlite_wal_watch(osp_sqlite_conn *conn);

/* Finds or prepares a statement.  *ret_code is SQLite's code: SQLITE_OK, or a failure that is not
 * yet in `err` (a busy or interrupted one may be tried again). */
OSP_MUST_CHECK osp_status osp_sqlite_statement_find(osp_sqlite_conn *conn, const char *sql,
                                                    osp_sqlite_statement **ret_statement,
                                                    int *ret_code, osp_error *err);
void osp_sqlite_statement_drop(osp_sqlite_conn *conn, osp_sqlite_statement *statement);
/* Binds all parameters; text is borrowed until the statement is reset. */
OSP_MUST_CHECK osp_status osp_sqlite_statement_bind(osp_sqlite_conn *conn,
                                                    osp_sqlite_statement *statement,
                                                    const osp_db_call *call, osp_error *err);
/* Maps the columns to `row` unless that is done. */
OSP_MUST_CHECK osp_status osp_sqlite_statement_map(osp_sqlite_statement *statement,
                                                   const osp_type *row, osp_error *err);
void osp_sqlite_cache_clear(osp_sqlite_cache *cache);

/* Starts or continues a query in the calling thread.
 * Returns OSP_OK | OSP_AGAIN (only on the loop: go on elsewhere; or `writes`) | a failure in err.
 */
OSP_MUST_CHECK osp_status osp_sqlite_query_run(osp_sqlite_query *query);

/* Ends one that has `more`. */
void osp_sqlite_query_end(osp_sqlite_query *query);

/* Says every few seconds that something takes long. */
typedef struct osp_sqlite_ticker {
    void (*note)(void *arg, const char *text); /* NULL: nobody hears it */
    void *arg;
    const char *what;
    int64_t begin_us, said_us; /* on the clock that never jumps */
} osp_sqlite_ticker;
/* Has a connection look at the clock while it works, or NULL: no longer.  ticker: borrowed till
 * then */
void osp_sqlite_ticker_set(sqlite3 *handle, osp_sqlite_ticker *ticker);
/* Whether it is time to say something again. */
bool osp_sqlite_ticker_is_due(osp_sqlite_ticker *ticker, int64_t *ret_seconds);

/* A script of others. */
typedef struct osp_sqlite_source {
    const char *name, *sql;
    bool outside;                     /* of a transaction; else its own are refused */
    const osp_migration_watch *watch; /* hears when it takes long; NULL: nobody does */
} osp_sqlite_source;
/* Runs it; messages are NAME:LINE:COLUMN: words in "statement". */
OSP_MUST_CHECK osp_status osp_sqlite_script_run(osp_sqlite_conn *conn,
                                                const osp_sqlite_source *script, osp_error *err);
/* Whether the first line says that it runs outside of a transaction.
 * OSP_OK | OSP_E_DB_SCHEMA (it says something that is not known) */
OSP_MUST_CHECK osp_status osp_sqlite_script_mode(const char *name, const char *sql,
                                                 bool *ret_outside, osp_error *err);
/* The beginning of a statement, for messages: one line of whole characters. */
typedef struct osp_sqlite_excerpt_text {
    char text[84];
} osp_sqlite_excerpt_text;
osp_sqlite_excerpt_text osp_sqlite_excerpt(const char *sql, size_t max);

/* Prepares a statement of the driver. */
OSP_MUST_CHECK osp_status osp_sqlite_prepare_own(osp_sqlite_conn *conn, const char *sql,
                                                 sqlite3_stmt **ret_handle, osp_error *err);
/* BEGIN IMMEDIATE of the driver, with words for who finds it locked. */
OSP_MUST_CHECK osp_status osp_sqlite_begin_own(osp_sqlite_conn *conn, osp_error *err);
/* A column as text; empty where it is NULL.  Borrowed until the next step. */
osp_str osp_sqlite_text(sqlite3_stmt *handle, int at);
/* Says how each migration stands: the application's in order, then what only the database has.
 * The states are borrowed for the call. */
OSP_MUST_CHECK osp_status osp_sqlite_survey(osp_sqlite_conn *conn, const osp_migration_list *list,
                                            const osp_state_watch *watch, osp_error *err);

/* osp_db_admin.backup. */
OSP_MUST_CHECK osp_status osp_sqlite_backup(const char *file, bool force,
                                            const osp_migration_watch *watch,
                                            osp_backup *ret_backup, osp_error *err);
/* osp_db_admin.migrate. */
OSP_MUST_CHECK osp_status osp_sqlite_migrate(const osp_migration_list *list,
                                             const osp_migrate_options *options,
                                             const osp_migration_watch *watch, osp_error *err);
/* osp_resource.prepare. */
osp_status osp_sqlite_prepare(const osp_migration *migrations, size_t count,
                              const osp_migration_watch *watch, osp_error *err);

#endif
