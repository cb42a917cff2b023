/* A read transaction that is held from one statement to the next.
 *
 *     turn of the loop:  hold, query, hold, query, hold, query ...  let go
 *                         |            |
 *                         BEGIN        the WAL's index as it was? go on : COMMIT, BEGIN
 *
 * To begin and end a read transaction takes locks in shared memory, which are system calls: more
 * than all else of a query by key.  So a reader keeps one for as long as a turn of the loop lasts.
 * Who is alone in a turn has no use for it: the first query of a turn begins one only when that
 * would have served others in the turn before, else the second does.
 *
 * It never shows less than a transaction of the query's own would.  What the newest commit is
 * stands in the first 48 bytes of the WAL's index, in memory that all processes share: they are
 * copied before the transaction takes its snapshot, and compared before each further query. Whoever
 * was told of a commit, by this process or another one, comes after those bytes have changed.  The
 * copy may be older than the snapshot, which costs a COMMIT, and is never newer.
 *
 * A snapshot that is held keeps the WAL from being begun anew: so not over the end of a turn, which
 * may wait for hours.
 *
 * Rejected: trusting the turn alone (a connection that is accepted in the midst of it may carry a
 * request that another worker's answer has caused), and SQLITE_FCNTL_DATA_VERSION, which tells of
 * the snapshot and not of what came since.
 *
 * Sources: sqlite.org/walformat.html section 2.1 (header), sqlite.org/c3ref/io_methods.html
 * (xShmMap) */
#include "drivers/sqlite_impl.h"

#include <string.h>

#define INDEX_PAGE 32768 /* the first region of the index, as SQLite maps it */

/* Whether the database has a WAL, whose index is mapped then; nobody can take it away while this
 * connection is open. */
static bool has_wal(osp_sqlite_conn *conn)
{
    sqlite3_stmt *mode = NULL;
    bool wal = false;
    if (sqlite3_prepare_v2(conn->handle, "PRAGMA journal_mode", -1, &mode, NULL) == SQLITE_OK &&
        sqlite3_step(mode) == SQLITE_ROW) {
        const char *name = (const char *)sqlite3_column_text(mode, 0);
        wal = name != NULL && strcmp(name, "wal") == 0;
        conn->hold.never = name != NULL && !wal;
    }
    sqlite3_finalize(mode);
    return wal;
}

/* Where the index is, as long as the connection is open; NULL: nowhere, or it is not known yet. */
static const volatile uint64_t *find_index(osp_sqlite_conn *conn)
{
    sqlite3_file *file = NULL;
    void volatile *index = NULL;
    if (conn->hold.never || !has_wal(conn) ||
        sqlite3_file_control(conn->handle, "main", SQLITE_FCNTL_FILE_POINTER, &file) != SQLITE_OK ||
        file == NULL || file->pMethods == NULL || file->pMethods->iVersion < 2 ||
        file->pMethods->xShmMap(file, 0, INDEX_PAGE, 0, &index) != SQLITE_OK) {
        return NULL;
    }
    return index;
}

static int prepare(osp_sqlite_conn *conn, const char *sql, sqlite3_stmt **ret_handle)
{
    return sqlite3_prepare_v3(conn->handle, sql, -1, SQLITE_PREPARE_PERSISTENT, ret_handle, NULL);
}

/* Once for a connection; again while somebody else locks the database. */
static bool get_ready(osp_sqlite_conn *conn)
{
    osp_sqlite_hold *hold = &conn->hold;
    if (hold->index == NULL) {
        hold->index = find_index(conn);
    }
    if (hold->index == NULL) {
        return false;
    }
    if (hold->begin == NULL && prepare(conn, "BEGIN", &hold->begin) != SQLITE_OK) {
        return false;
    }
    return hold->commit != NULL || prepare(conn, "COMMIT", &hold->commit) == SQLITE_OK;
}

static bool do_one(sqlite3_stmt *handle)
{
    const int code = sqlite3_step(handle);
    (void)sqlite3_reset(handle);
    return code == SQLITE_DONE;
}

static bool is_newest(const osp_sqlite_hold *hold)
{
    uint64_t differs = 0;
    for (size_t i = 0; i < OSP_ARRAY_LEN(hold->seen); i++) {
        differs |= hold->seen[i] ^ __atomic_load_n(&hold->index[i], __ATOMIC_RELAXED);
    }
    return differs == 0;
}

void osp_sqlite_hold_begin(osp_sqlite_conn *conn)
{
    osp_sqlite_hold *hold = &conn->hold;
    if (hold->held && is_newest(hold)) {
        hold->queries++;
        return;
    }
    if (hold->held) {
        osp_sqlite_hold_end(conn);
    }
    const bool alone = hold->queries == 0 && hold->before < 2;
    hold->queries++;
    if (alone || conn->handle == NULL) {
        return;
    }
    conn->trusted = true;
    if (get_ready(conn)) {
        for (size_t i = 0; i < OSP_ARRAY_LEN(hold->seen); i++) {
            /* The snapshot is taken behind that. */
            hold->seen[i] = __atomic_load_n(&hold->index[i], __ATOMIC_ACQUIRE);
        }
        hold->held = do_one(hold->begin);
    }
    conn->trusted = false;
}

void osp_sqlite_hold_end(osp_sqlite_conn *conn)
{
    osp_sqlite_hold *hold = &conn->hold;
    hold->before = hold->queries;
    hold->queries = 0;
    if (!hold->held) {
        return;
    }
    hold->held = false;
    conn->trusted = true;
    const bool done = sqlite3_get_autocommit(conn->handle) != 0 || do_one(hold->commit);
    conn->trusted = false;
    if (!done) {
        osp_sqlite_conn_rollback(conn);
    }
}

void osp_sqlite_hold_done(osp_sqlite_conn *conn)
{
    sqlite3_finalize(conn->hold.begin);
    sqlite3_finalize(conn->hold.commit);
    conn->hold = (osp_sqlite_hold){ 0 };
}
