/* When the WAL is begun anew.
 *
 *     pages of the WAL, after a commit:
 *     0 ...... 1000 .................... 2000 ..... 3000 ..... 4000
 *              each commit writes back   and each thousand waits for the readers too
 *              what no reader needs
 *
 * A WAL is begun anew by the next writer when all of it is written back and nobody reads it any
 * more.  SQLite alone looks whether that is so and never waits for it: with two workers that read
 * and write without a pause it never is, and the file grows for as long as they do.  So behind some
 * pages a commit holds the other writers off and waits until each reader has begun anew, which is
 * one turn of a loop; who begins meanwhile reads the database alone and disturbs nobody.
 *
 * A stream of rows holds its snapshot for longer than is waited for.  Then the WAL grows for as
 * long as that does (OSP_DB_STATEMENT_S at most), and little time is lost on it.
 *
 * Rejected: PRAGMA journal_size_limit alone, which cuts the file off when it is begun anew, and not
 * before; SQLITE_CHECKPOINT_TRUNCATE, which gives away blocks that the next commits ask for again.
 *
 * Source: sqlite.org/wal.html section 6, sqlite.org/c3ref/wal_checkpoint_v2.html */
#include "drivers/sqlite_impl.h"

#define WAIT_MS 20 /* for readers */

/* Runs in the thread of the writer, behind each commit, which stands whatever is said here. */
static int committed(void *arg, sqlite3 *handle, const char *name, int pages)
{
    osp_sqlite_conn *conn = arg;
    if (pages < conn->wal_pages) {
        conn->wal_wait_at = OSP_SQLITE_WAL_WAIT_MIN; /* it was begun anew */
    }
    conn->wal_pages = pages;
    if (pages < OSP_SQLITE_WAL_COPY_MIN) {
        return SQLITE_OK;
    }
    const bool waits = pages >= conn->wal_wait_at;
    if (waits) {
        conn->wal_wait_at = pages + OSP_SQLITE_WAL_COPY_MIN;
        sqlite3_busy_timeout(handle, WAIT_MS);
    }
    (void)sqlite3_wal_checkpoint_v2(
        handle, name, waits ? SQLITE_CHECKPOINT_RESTART : SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
    if (waits) {
        sqlite3_busy_timeout(handle, OSP_SQLITE_BUSY_MS);
    }
    return SQLITE_OK;
}

void osp_sqlite_wal_watch(osp_sqlite_conn *conn)
{
    conn->wal_pages = 0;
    conn->wal_wait_at = OSP_SQLITE_WAL_WAIT_MIN;
    (void)sqlite3_wal_hook(conn->handle, committed, conn);
}
