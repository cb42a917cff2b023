/* Migrations and scripts: what runs before the first request.
 *
 *     repeat: BEGIN IMMEDIATE -> check what is recorded -> apply the first missing one, record it
 *             -> foreign keys whole? -> COMMIT              until none is missing
 *
 * Each turn takes the write lock and looks afresh, so that several processes which start at once
 * apply every migration once, whoever comes first.  Foreign keys are off meanwhile, since tables
 * are rebuilt by copying; instead the whole database is checked before each commit. */
#include "drivers/sqlite.h"

#include "data/migrate.h"
#include "drivers/sqlite_impl.h"

#define SQL_TABLE                                                                                  \
    "CREATE TABLE IF NOT EXISTS osp_migration(name TEXT PRIMARY KEY NOT NULL, sha256 TEXT NOT "    \
    "NULL, applied_at TEXT NOT NULL) WITHOUT ROWID"
#define SQL_RECORDED "SELECT name, sha256 FROM osp_migration ORDER BY name"
#define SQL_FIND "SELECT 1 FROM osp_migration WHERE name = ?1"
#define SQL_RECORD                                                                                 \
    "INSERT INTO osp_migration(name, sha256, applied_at) VALUES (?1, ?2, "                         \
    "strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))"

static osp_status prepare_own(osp_sqlite_conn *conn, const char *sql, sqlite3_stmt **ret_handle,
                              osp_error *err)
{
    const int code = sqlite3_prepare_v2(conn->handle, sql, -1, ret_handle, NULL);
    return code == SQLITE_OK ? OSP_OK : osp_sqlite_error(conn, code, sql, err);
}

static osp_str text_of(sqlite3_stmt *handle, int at)
{
    const char *text = (const char *)sqlite3_column_text(handle, at);
    return (osp_str){ text, text == NULL ? 0 : (size_t)sqlite3_column_bytes(handle, at) };
}

static osp_status check_recorded(osp_sqlite_conn *conn, const osp_migration *migrations,
                                 size_t count, osp_error *err)
{
    sqlite3_stmt *handle = NULL;
    OSP_TRY(prepare_own(conn, SQL_RECORDED, &handle, err));
    osp_status status = OSP_OK;
    int code = SQLITE_ROW;
    while (status == OSP_OK && (code = sqlite3_step(handle)) == SQLITE_ROW) {
        status =
            osp_migration_check(migrations, count, text_of(handle, 0), text_of(handle, 1), err);
    }
    if (status == OSP_OK && code != SQLITE_DONE) {
        status = osp_sqlite_error(conn, code, SQL_RECORDED, err);
    }
    sqlite3_finalize(handle);
    return status;
}

/* Steps a statement over a migration's name and checksum.  OSP_OK: no row | OSP_DONE: a row. */
static osp_status step_named(osp_sqlite_conn *conn, const char *sql, const osp_migration *migration,
                             osp_error *err)
{
    sqlite3_stmt *handle = NULL;
    OSP_TRY(prepare_own(conn, sql, &handle, err));
    sqlite3_bind_text(handle, 1, migration->name, -1, SQLITE_STATIC);
    if (sqlite3_bind_parameter_count(handle) > 1) {
        sqlite3_bind_text(handle, 2, migration->sha256, -1, SQLITE_STATIC);
    }
    const int code = sqlite3_step(handle);
    osp_status status = code == SQLITE_ROW ? OSP_DONE : OSP_OK;
    if (code != SQLITE_ROW && code != SQLITE_DONE) {
        status = osp_sqlite_error(conn, code, sql, err);
    }
    sqlite3_finalize(handle);
    return status;
}

static osp_status check_foreign_keys(osp_sqlite_conn *conn, const char *what, osp_error *err)
{
    sqlite3_stmt *handle = NULL;
    OSP_TRY(prepare_own(conn, "PRAGMA foreign_key_check", &handle, err));
    const int code = sqlite3_step(handle);
    osp_status status = OSP_OK;
    if (code == SQLITE_ROW) {
        status = osp_error_set(err, OSP_E_DB_CONSTRAINT,
                               "%.100s leaves a row of %.60s that refers to a missing row of %.60s",
                               what, (const char *)sqlite3_column_text(handle, 0),
                               (const char *)sqlite3_column_text(handle, 2));
    } else if (code != SQLITE_DONE) {
        status = osp_sqlite_error(conn, code, NULL, err);
    }
    sqlite3_finalize(handle);
    return status;
}

static osp_status apply(osp_sqlite_conn *conn, const osp_migration *migration, osp_error *err)
{
    OSP_TRY(osp_sqlite_conn_script(conn, migration->name, migration->sql, err));
    OSP_TRY(step_named(conn, SQL_RECORD, migration, err));
    return check_foreign_keys(conn, migration->name, err);
}

/* Applies the first missing migration within the open transaction.  *ret_newest is the last one
 * that was there: a missing one before it came late, from another branch, say.
 * OSP_OK (*ret_applied) | OSP_DONE: none is missing | a failure. */
static osp_status apply_next(osp_sqlite_conn *conn, const osp_migration *migrations, size_t count,
                             const osp_migration **ret_applied, const osp_migration **ret_newest,
                             osp_error *err)
{
    const osp_migration *missing = NULL, *newest = NULL;
    OSP_TRY(osp_sqlite_conn_do(conn, SQL_TABLE, err));
    OSP_TRY(check_recorded(conn, migrations, count, err));
    for (size_t i = 0; i < count; i++) {
        const osp_status status = step_named(conn, SQL_FIND, &migrations[i], err);
        if (status < 0) {
            return status;
        }
        missing = status == OSP_OK && missing == NULL ? &migrations[i] : missing;
        newest = status == OSP_DONE ? &migrations[i] : newest;
    }
    if (missing == NULL) {
        return OSP_DONE;
    }
    *ret_applied = missing;
    *ret_newest = newest;
    return apply(conn, missing, err);
}

static osp_status turn(osp_sqlite_conn *conn, const osp_migration *migrations, size_t count,
                       const osp_migration_watch *watch, osp_error *err)
{
    const osp_migration *applied = NULL, *newest = NULL;
    OSP_TRY(osp_sqlite_conn_do(conn, "BEGIN IMMEDIATE", err));
    osp_status status = apply_next(conn, migrations, count, &applied, &newest, err);
    if (status >= 0) {
        const osp_status committed = osp_sqlite_conn_do(conn, "COMMIT", err);
        status = committed < 0 ? committed : status;
    }
    if (status < 0) {
        osp_sqlite_conn_rollback(conn);
        return status;
    }
    if (applied != NULL) {
        watch->applied(watch->arg, applied, newest > applied ? newest : NULL);
    }
    return status;
}

osp_status osp_sqlite_prepare(const osp_migration *migrations, size_t count,
                              const osp_migration_watch *watch, osp_error *err)
{
    osp_sqlite_conn conn = { 0 };
    OSP_TRY(osp_sqlite_conn_open(&conn, NULL, OSP_SQLITE_MIGRATE, err));
    osp_status status = OSP_OK;
    while (status == OSP_OK) {
        status = turn(&conn, migrations, count, watch, err);
    }
    osp_sqlite_conn_close(&conn);
    return status == OSP_DONE ? OSP_OK : status;
}

osp_status osp_sqlite_probe(const char *url, osp_error *err)
{
    osp_sqlite_conn conn = { 0 };
    OSP_TRY(osp_sqlite_conn_open(&conn, url, OSP_SQLITE_READ, err));
    const osp_status status = osp_sqlite_conn_do(&conn, "SELECT count(*) FROM sqlite_schema", err);
    osp_sqlite_conn_close(&conn);
    return status;
}

osp_status osp_sqlite_script(const char *url, const char *name, const char *sql, osp_error *err)
{
    osp_sqlite_conn conn = { 0 };
    OSP_TRY(osp_sqlite_conn_open(&conn, url, OSP_SQLITE_WRITE, err));
    osp_status status = osp_sqlite_conn_do(&conn, "BEGIN IMMEDIATE", err);
    if (status == OSP_OK) {
        status = osp_sqlite_conn_script(&conn, name, sql, err);
    }
    if (status == OSP_OK) {
        status = osp_sqlite_conn_do(&conn, "COMMIT", err);
    }
    if (status < 0) {
        osp_sqlite_conn_rollback(&conn);
    }
    osp_sqlite_conn_close(&conn);
    return status;
}
