/* Migrations: what runs before the first request.
 *
 *     take the lock; repeat: BEGIN IMMEDIATE -> does all that is recorded fit? -> apply the first
 *                     missing one, record it -> foreign keys whole? -> COMMIT  until none is
 * missing
 *
 * The lock is a file beside the database, held by flock(): it is gone with whoever held it, and one
 * migrator at a time is at work even where a script cannot be in a transaction.  Each turn takes
 * the write lock and looks afresh all the same, for a program of an older version knows no lock
 * file. Foreign keys are off meanwhile, since tables are rebuilt by copying; instead the whole
 * database is checked before each commit. */
#include "drivers/sqlite.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/time.h"
#include "drivers/sqlite_impl.h"

#define LOCK_LOOK_US 20000 /* between two tries to take it */

#define SQL_TABLE                                                                                  \
    "CREATE TABLE IF NOT EXISTS osp_migration(name TEXT PRIMARY KEY NOT NULL, sha256 TEXT NOT "    \
    "NULL, applied_at TEXT NOT NULL) WITHOUT ROWID"
#define SQL_HAS_TABLE "SELECT 1 FROM sqlite_schema WHERE name = 'osp_migration'"
#define SQL_RECORDED "SELECT name, sha256, applied_at FROM osp_migration ORDER BY name"
#define SQL_FIND "SELECT sha256, applied_at FROM osp_migration WHERE name = ?1"
#define SQL_RECORD                                                                                 \
    "INSERT INTO osp_migration(name, sha256, applied_at) VALUES (?1, ?2, "                         \
    "strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))"

/* One run over the list. */
typedef struct migrator {
    osp_sqlite_conn conn;
    const osp_migration_list *list;
    const osp_migrate_options *options;
    const osp_migration_watch *watch;
    const osp_migration *next; /* the first that is missing */
    osp_status judged;         /* of what is recorded */
    osp_error wrong;
    char *lock_path;
    int lock; /* -1: not taken */
} migrator;

/* ---------------------------------------------------------------- how each stands */

osp_status osp_sqlite_prepare_own(osp_sqlite_conn *conn, const char *sql, sqlite3_stmt **ret_handle,
                                  osp_error *err)
{
    const int code = sqlite3_prepare_v2(conn->handle, sql, -1, ret_handle, NULL);
    return code == SQLITE_OK ? OSP_OK : osp_sqlite_error(conn, code, NULL, err);
}

osp_str osp_sqlite_text(sqlite3_stmt *handle, int at)
{
    const char *text = (const char *)sqlite3_column_text(handle, at);
    return (osp_str){ text != NULL ? text : "",
                      text == NULL ? 0 : (size_t)sqlite3_column_bytes(handle, at) };
}

osp_status osp_sqlite_begin_own(osp_sqlite_conn *conn, osp_error *err)
{
    osp_error cause = { 0 };
    const osp_status status = osp_sqlite_conn_do(conn, "BEGIN IMMEDIATE", &cause);
    if (status != OSP_E_BUSY) {
        return status < 0 ? osp_error_set(err, status, "%s", cause.message) : status;
    }
    return osp_error_set(err, status,
                         "the database is locked: another process has been writing to it for %d "
                         "s; try again when it has ended",
                         OSP_SQLITE_BUSY_MS / 1000);
}

/* The first row of a statement without parameters.  OSP_OK: none | OSP_DONE: there is one. */
static osp_status has_row(osp_sqlite_conn *conn, const char *sql, osp_error *err)
{
    sqlite3_stmt *handle = NULL;
    OSP_TRY(osp_sqlite_prepare_own(conn, sql, &handle, err));
    const int code = sqlite3_step(handle);
    sqlite3_finalize(handle);
    return code == SQLITE_ROW    ? OSP_DONE
           : code == SQLITE_DONE ? OSP_OK
                                 : osp_sqlite_error(conn, code, NULL, err);
}

/* Looks for the record of one.  OSP_OK: none | OSP_DONE: the statement stands at it. */
static osp_status find_record(osp_sqlite_conn *conn, sqlite3_stmt *handle,
                              const osp_migration *migration, osp_error *err)
{
    if (handle == NULL) {
        return OSP_OK; /* nothing was ever recorded */
    }
    (void)sqlite3_reset(handle);
    (void)sqlite3_bind_text(handle, 1, migration->name, -1, SQLITE_STATIC);
    const int code = sqlite3_step(handle);
    return code == SQLITE_ROW    ? OSP_DONE
           : code == SQLITE_DONE ? OSP_OK
                                 : osp_sqlite_error(conn, code, NULL, err);
}

/* Those of the application.  find: NULL when nothing was ever recorded. */
static osp_status survey_list(osp_sqlite_conn *conn, sqlite3_stmt *find,
                              const osp_migration_list *list, const osp_state_watch *watch,
                              osp_error *err)
{
    size_t newest = list->count; /* the place of the last that is applied */
    for (size_t i = list->count; i > 0 && newest == list->count; i--) {
        const osp_status status = find_record(conn, find, &list->items[i - 1], err);
        if (status < 0) {
            return status;
        }
        newest = status == OSP_DONE ? i - 1 : newest;
    }
    for (size_t i = 0; i < list->count; i++) {
        const osp_migration *one = &list->items[i];
        const osp_status status = find_record(conn, find, one, err);
        if (status < 0) {
            return status;
        }
        osp_migration_state state = { .standing = OSP_MIGRATION_PENDING };
        if (status == OSP_DONE) {
            state = osp_migration_recorded(list->items, list->count, osp_str_from(one->name),
                                           osp_sqlite_text(find, 0));
            state.applied_at = osp_sqlite_text(find, 1);
        } else if (newest != list->count && i < newest) {
            state.standing = OSP_MIGRATION_LATE;
            state.newest = &list->items[newest];
        }
        state.name = osp_str_from(one->name);
        state.sha256 = osp_str_from(one->sha256);
        watch->state(watch->arg, &state);
    }
    return OSP_OK;
}

/* What only the database has. */
static osp_status survey_rest(osp_sqlite_conn *conn, const osp_migration_list *list,
                              const osp_state_watch *watch, osp_error *err)
{
    sqlite3_stmt *handle = NULL;
    int code;
    OSP_TRY(osp_sqlite_prepare_own(conn, SQL_RECORDED, &handle, err));
    while ((code = sqlite3_step(handle)) == SQLITE_ROW) {
        osp_migration_state state = osp_migration_recorded(
            list->items, list->count, osp_sqlite_text(handle, 0), osp_sqlite_text(handle, 1));
        state.applied_at = osp_sqlite_text(handle, 2);
        if (state.standing == OSP_MIGRATION_MISSING) {
            watch->state(watch->arg, &state);
        }
    }
    const osp_status status =
        code == SQLITE_DONE ? OSP_OK : osp_sqlite_error(conn, code, NULL, err);
    sqlite3_finalize(handle);
    return status;
}

osp_status osp_sqlite_survey(osp_sqlite_conn *conn, const osp_migration_list *list,
                             const osp_state_watch *watch, osp_error *err)
{
    sqlite3_stmt *find = NULL;
    osp_status status = has_row(conn, SQL_HAS_TABLE, err);
    const bool recorded = status == OSP_DONE;
    if (recorded) {
        status = osp_sqlite_prepare_own(conn, SQL_FIND, &find, err);
    }
    if (status >= 0) {
        status = survey_list(conn, find, list, watch, err);
    }
    sqlite3_finalize(find);
    return status >= 0 && recorded ? survey_rest(conn, list, watch, err) : status;
}

/* ---------------------------------------------------------------- the lock */

static void note(const osp_migration_watch *watch, const char *text)
{
    if (watch->note != NULL) {
        watch->note(watch->arg, text);
    }
}

/* Whether the file that is locked is the one that has the name: who held it before has removed it.
 */
static bool is_named(int fd, const char *path)
{
    struct stat held, named;
    return fstat(fd, &held) == 0 && stat(path, &named) == 0 && held.st_ino == named.st_ino &&
           held.st_dev == named.st_dev;
}

/* OSP_AGAIN: another process has it. */
static osp_status lock_try(migrator *m, osp_error *err)
{
    const int fd = open(m->lock_path, O_RDONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
    if (fd < 0) {
        return osp_error_set(err, OSP_E_IO, "cannot make %.150s: %s", m->lock_path,
                             strerror(errno));
    }
    if (flock(fd, LOCK_EX | LOCK_NB) == 0 && is_named(fd, m->lock_path)) {
        m->lock = fd;
        return OSP_OK;
    }
    (void)close(fd);
    return OSP_AGAIN;
}

static osp_status lock_take(migrator *m, osp_error *err)
{
    const int wait_s = m->options->wait_s > 0 ? m->options->wait_s : OSP_MIGRATE_WAIT_S;
    const int64_t end_us = osp_monotonic_us() + (int64_t)wait_s * 1000000;
    m->lock_path = sqlite3_mprintf("%s%s", sqlite3_db_filename(m->conn.handle, "main"),
                                   OSP_SQLITE_LOCK_SUFFIX);
    if (m->lock_path == NULL) {
        return osp_error_set(err, OSP_E_NOMEM, "no memory for the name of a lock");
    }
    osp_status status = lock_try(m, err);
    if (status == OSP_AGAIN) {
        char text[300];
        (void)snprintf(text, sizeof(text),
                       "another process migrates this database and holds %.200s; waiting up to "
                       "%d s for it",
                       m->lock_path, wait_s);
        note(m->watch, text);
    }
    while (status == OSP_AGAIN && osp_monotonic_us() < end_us) {
        osp_monotonic_wait(osp_monotonic_us() + LOCK_LOOK_US);
        status = lock_try(m, err);
    }
    return status != OSP_AGAIN
               ? status
               : osp_error_set(err, OSP_E_BUSY,
                               "another process has migrated this database for %d s and still "
                               "holds %.120s; try again when it has ended",
                               wait_s, m->lock_path);
}

static void lock_give(migrator *m)
{
    if (m->lock >= 0) {
        (void)unlink(m->lock_path); /* while it is held: who waits opens another one */
        (void)close(m->lock);
    }
    sqlite3_free(m->lock_path);
}

/* ---------------------------------------------------------------- one migration */

static osp_status record(osp_sqlite_conn *conn, const osp_migration *migration, osp_error *err)
{
    sqlite3_stmt *handle = NULL;
    OSP_TRY(osp_sqlite_conn_do(conn, SQL_TABLE, err));
    OSP_TRY(osp_sqlite_prepare_own(conn, SQL_RECORD, &handle, err));
    (void)sqlite3_bind_text(handle, 1, migration->name, -1, SQLITE_STATIC);
    (void)sqlite3_bind_text(handle, 2, migration->sha256, -1, SQLITE_STATIC);
    const int code = sqlite3_step(handle);
    const osp_status status =
        code == SQLITE_DONE ? OSP_OK : osp_sqlite_error(conn, code, NULL, err);
    sqlite3_finalize(handle);
    return status;
}

static osp_status check_foreign_keys(osp_sqlite_conn *conn, osp_error *err)
{
    sqlite3_stmt *handle = NULL;
    OSP_TRY(osp_sqlite_prepare_own(conn, "PRAGMA foreign_key_check", &handle, err));
    const int code = sqlite3_step(handle);
    osp_status status = OSP_OK;
    if (code == SQLITE_ROW) {
        status = osp_error_set(err, OSP_E_DB_CONSTRAINT,
                               "it leaves a row of %.60s that refers to a missing row of %.60s",
                               osp_sqlite_text(handle, 0).ptr, osp_sqlite_text(handle, 2).ptr);
    } else if (code != SQLITE_DONE) {
        status = osp_sqlite_error(conn, code, NULL, err);
    }
    sqlite3_finalize(handle);
    return status;
}

/* Records what has run, in the open transaction, and ends that. */
static osp_status finish(migrator *m, bool outside, osp_error *err)
{
    OSP_TRY(record(&m->conn, m->next, err));
    if (!outside) {
        OSP_TRY(check_foreign_keys(&m->conn, err));
    }
    return osp_sqlite_conn_do(&m->conn, "COMMIT", err);
}

/* Runs and records one.  A script outside of a transaction has ended before it is recorded: should
 * the process end between the two, it runs once more, which is what its statements must bear. */
static osp_status apply(migrator *m, bool outside, osp_error *err)
{
    const osp_sqlite_source script = {
        .name = m->next->name, .sql = m->next->sql, .outside = outside, .watch = m->watch
    };
    osp_error cause = { 0 };
    OSP_TRY(osp_sqlite_script_run(&m->conn, &script, err));
    osp_status status = outside ? osp_sqlite_begin_own(&m->conn, &cause) : OSP_OK;
    if (status == OSP_OK) {
        status = finish(m, outside, &cause);
    }
    return status == OSP_OK ? status
                            : osp_error_set(err, status, "%.*s: %.150s", OSP_MIGRATION_NAME_MAX,
                                            m->next->name, cause.message);
}

static void judge(void *arg, const osp_migration_state *state)
{
    migrator *m = arg;
    const bool late = state->standing == OSP_MIGRATION_LATE;
    if (m->judged == OSP_OK && !(late && m->options->out_of_order)) {
        m->judged = osp_migration_judge(state, &m->wrong);
    }
    if (m->next == NULL && (late || state->standing == OSP_MIGRATION_PENDING)) {
        m->next = &m->list->items[osp_migration_find(m->list->items, m->list->count, state->name)];
    }
}

/* OSP_DONE: none is missing.  Leaves a transaction open when it fails. */
static osp_status turn(migrator *m, osp_error *err)
{
    const int64_t begin_us = osp_monotonic_us();
    const osp_state_watch watch = { judge, m };
    bool outside = false;
    m->next = NULL;
    m->judged = OSP_OK;
    OSP_TRY(osp_sqlite_begin_own(&m->conn, err));
    OSP_TRY(osp_sqlite_survey(&m->conn, m->list, &watch, err));
    if (m->judged != OSP_OK) {
        return osp_error_set(err, m->judged, "%s", m->wrong.message);
    }
    if (m->next == NULL) {
        osp_sqlite_conn_rollback(&m->conn);
        return OSP_DONE;
    }
    OSP_TRY(osp_sqlite_script_mode(m->next->name, m->next->sql, &outside, err));
    if (outside) {
        OSP_TRY(osp_sqlite_conn_do(&m->conn, "ROLLBACK", err));
    }
    OSP_TRY(apply(m, outside, err));
    m->watch->applied(m->watch->arg, m->next, (osp_monotonic_us() - begin_us) / 1000);
    return OSP_OK;
}

osp_status osp_sqlite_migrate(const osp_migration_list *list, const osp_migrate_options *options,
                              const osp_migration_watch *watch, osp_error *err)
{
    migrator m = { .list = list, .options = options, .watch = watch, .lock = -1 };
    OSP_TRY(osp_sqlite_conn_open(&m.conn, NULL, OSP_SQLITE_MIGRATE, err));
    osp_status status = lock_take(&m, err);
    while (status == OSP_OK) {
        status = turn(&m, err);
    }
    if (m.conn.handle != NULL) {
        osp_sqlite_conn_rollback(&m.conn);
    }
    osp_sqlite_conn_close(&m.conn);
    lock_give(&m);
    return status == OSP_DONE ? OSP_OK : status;
}

osp_status osp_sqlite_prepare(const osp_migration *migrations, size_t count,
                              const osp_migration_watch *watch, osp_error *err)
{
    return osp_sqlite_migrate(&(osp_migration_list){ migrations, count },
                              &(osp_migrate_options){ 0 }, watch, err);
}
