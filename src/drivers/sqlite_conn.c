/* Connections: how they are opened, what they may do, and what their errors mean.
 *
 * Every connection is opened without SQLite's mutexes; the driver sees to it that one thread at a
 * time uses it.  The journal is a WAL: readers never wait for the writer, nor it for them.
 *
 * An authorizer refuses BEGIN, COMMIT, ROLLBACK, ATTACH and DETACH to everybody but the driver,
 * which sets `trusted` while it speaks itself.  So the state of a connection's transaction is what
 * the driver believes it to be, and a migration cannot commit half of itself. */
#include "drivers/sqlite_impl.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/secret.h"
#include "base/time.h"

#define EXCERPT_MAX 80
#define CAUSE_MAX 80
#define OPEN_FLAGS (SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE)
#define WAL_RETRY_MS 20
#define WAL_TRIES 250

static const char *const pragmas[] = {
    [OSP_SQLITE_READ] = "PRAGMA temp_store=MEMORY; PRAGMA mmap_size=67108864; PRAGMA query_only=ON",
    [OSP_SQLITE_WRITE] = ("PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;"
                          "PRAGMA foreign_keys=ON; PRAGMA temp_store=MEMORY;"
                          "PRAGMA mmap_size=67108864;"
                          "PRAGMA journal_size_limit=" OSP_SQLITE_WAL_KEPT_MAX),
    [OSP_SQLITE_MIGRATE] = ("PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;"
                            "PRAGMA foreign_keys=OFF; PRAGMA temp_store=MEMORY"),
    [OSP_SQLITE_LOOK] = "PRAGMA temp_store=MEMORY; PRAGMA query_only=ON",
};

/* SQLite's primary codes; what is not listed is OSP_E_DB. */
static const struct {
    int code;
    osp_status status;
} meanings[] = {
    { SQLITE_CONSTRAINT, OSP_E_DB_CONSTRAINT },
    { SQLITE_NOMEM, OSP_E_NOMEM },
    { SQLITE_BUSY, OSP_E_BUSY },
    { SQLITE_LOCKED, OSP_E_BUSY },
    { SQLITE_INTERRUPT, OSP_E_DEADLINE },
    { SQLITE_MISMATCH, OSP_E_DB_SCHEMA },
    { SQLITE_TOOBIG, OSP_E_LIMIT },
    { SQLITE_AUTH, OSP_E_DB_SCHEMA },
};

osp_status osp_sqlite_complain(osp_status status, const char *sql, osp_error *err,
                               const char *format, ...)
{
    char text[200];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    if (sql == NULL) {
        return osp_error_set(err, status, "%s", text);
    }
    const bool cut = strnlen(sql, EXCERPT_MAX + 1) > EXCERPT_MAX;
    return osp_error_set(err, status, "%.150s in \"%.*s%s\"", text, EXCERPT_MAX, sql,
                         cut ? "..." : "");
}

/* What stands behind SQLite's own words, where these are few. */
static const char *cause_of(const osp_sqlite_conn *conn, int code, char *text)
{
    const int primary = code & 0xff;
    const bool asked = primary == SQLITE_IOERR || primary == SQLITE_CANTOPEN;
    const int cause = asked && conn->handle != NULL ? sqlite3_system_errno(conn->handle) : 0;
    (void)snprintf(text, CAUSE_MAX, "%s%s", cause != 0 ? ": " : "",
                   cause != 0 ? strerror(cause) : "");
    return primary == SQLITE_READONLY ? "; this user must be able to write the file and its folder"
                                      : text;
}

osp_status osp_sqlite_error(osp_sqlite_conn *conn, int code, const char *sql, osp_error *err)
{
    osp_status status = OSP_E_DB;
    for (size_t i = 0; i < OSP_ARRAY_LEN(meanings); i++) {
        if (meanings[i].code == (code & 0xff)) {
            status = meanings[i].status;
        }
    }
    if (status == OSP_E_DEADLINE && conn->broken != NULL) {
        return osp_sqlite_complain(conn->broken_as, sql, err, "%s", conn->broken);
    }
    char cause[CAUSE_MAX];
    const char *text = conn->handle != NULL ? sqlite3_errmsg(conn->handle) : sqlite3_errstr(code);
    return osp_sqlite_complain(status, sql, err, "%s%s", text, cause_of(conn, code, cause));
}

static int authorize(void *arg, int action, const char *a, const char *b, const char *c,
                     const char *d)
{
    (void)a, (void)b, (void)c, (void)d;
    const osp_sqlite_conn *conn = arg;
    const bool refused = action == SQLITE_TRANSACTION || action == SQLITE_SAVEPOINT ||
                         action == SQLITE_ATTACH || action == SQLITE_DETACH;
    return refused && !conn->trusted ? SQLITE_DENY : SQLITE_OK;
}

static int break_off(osp_sqlite_conn *conn, osp_status as, const char *why)
{
    conn->broken = why;
    conn->broken_as = as;
    return 1;
}

/* Called every OSP_SQLITE_TICK_OPS operations, in the thread that runs the statement; true breaks
 * it off.  The loop's thread may cancel the task meanwhile, hence the atomic look at it. */
static int tick(void *arg)
{
    osp_sqlite_conn *conn = arg;
    conn->ticks++;
    if (conn->on_loop) {
        return conn->ticks >= OSP_SQLITE_TICKS_HARD;
    }
    if (conn->task != NULL && osp_task_is_cancelled(conn->task)) {
        return break_off(conn, OSP_E_CANCELLED, "the client went away");
    }
    if (conn->deadline_us == 0 || osp_monotonic_us() < conn->deadline_us) {
        return 0;
    }
    const bool limit = conn->deadline_is_limit;
    return break_off(conn, OSP_E_DEADLINE,
                     limit ? "the statement ran longer than OSP_DB_STATEMENT_S allows"
                           : "the deadline has passed");
}

void osp_sqlite_conn_arm(osp_sqlite_conn *conn, const osp_task *task, int64_t limit_us)
{
    conn->broken = NULL;
    /* A write takes effect as a whole or not at all whoever still listens; its time is limited. */
    conn->task = conn->writer ? NULL : task;
    conn->deadline_us = limit_us != 0 ? osp_monotonic_us() + limit_us : 0;
    conn->deadline_is_limit = true;
    if (!conn->writer && task->deadline_us != 0 &&
        (conn->deadline_us == 0 || task->deadline_us < conn->deadline_us)) {
        conn->deadline_us = task->deadline_us;
        conn->deadline_is_limit = false;
    }
}

void osp_sqlite_conn_disarm(osp_sqlite_conn *conn)
{
    conn->task = NULL;
    conn->deadline_us = 0;
}

void osp_sqlite_configure(void)
{
    /* Nobody reads the statistics, and every allocation of every thread would take their mutex. */
    (void)sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

osp_status osp_sqlite_statement_limit(int64_t *ret_us, osp_error *err)
{
    const char *text = getenv("OSP_DB_STATEMENT_S");
    int64_t seconds = OSP_SQLITE_STATEMENT_S;
    if (text != NULL && text[0] != '\0' &&
        (osp_str_to_int(osp_str_from(text), &seconds) != OSP_OK || seconds < 1 ||
         seconds > OSP_SQLITE_STATEMENT_S_MAX)) {
        return osp_error_set(
            err, OSP_E_INVALID,
            "OSP_DB_STATEMENT_S is \"%.40s\"; it is a number of seconds from 1 to %d", text,
            OSP_SQLITE_STATEMENT_S_MAX);
    }
    *ret_us = seconds * 1000000;
    return OSP_OK;
}

static int do_trusted(osp_sqlite_conn *conn, const char *sql)
{
    conn->trusted = true;
    const int code = sqlite3_exec(conn->handle, sql, NULL, NULL, NULL);
    conn->trusted = false;
    return code;
}

/* Secures the open handle; a setting that this SQLite lacks is no failure. */
static int set_up(osp_sqlite_conn *conn, osp_sqlite_use use)
{
    sqlite3 *handle = conn->handle;
    sqlite3_extended_result_codes(handle, 1);
    /* A reader is opened on the loop and must not wait there; the others have a thread. */
    sqlite3_busy_timeout(handle, use == OSP_SQLITE_READ ? 0 : OSP_SQLITE_BUSY_MS);
    sqlite3_db_config(handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    sqlite3_db_config(handle, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    /* "name" is a column and never a string, so that a misspelt one is an error. */
    sqlite3_db_config(handle, SQLITE_DBCONFIG_DQS_DML, 0, NULL);
    sqlite3_db_config(handle, SQLITE_DBCONFIG_DQS_DDL, 0, NULL);
    conn->writer = use == OSP_SQLITE_WRITE || use == OSP_SQLITE_MIGRATE;
    int code = do_trusted(conn, pragmas[use]);
    /* The change to a WAL does not wait by itself when several processes start at once. */
    for (int i = 0; (code & 0xff) == SQLITE_BUSY && conn->writer && i < WAL_TRIES; i++) {
        sqlite3_sleep(WAL_RETRY_MS);
        code = do_trusted(conn, pragmas[use]);
    }
    if (code != SQLITE_OK) {
        return code;
    }
    if (use == OSP_SQLITE_WRITE) {
        osp_sqlite_wal_watch(conn);
    }
    sqlite3_progress_handler(handle, OSP_SQLITE_TICK_OPS, tick, conn);
    return sqlite3_set_authorizer(handle, authorize, conn);
}

/* What may be shown of a URL that is none of ours: that of another database would hold its
 * password, before an @, in the query, or behind a word that says so. */
static void hide_secrets(const char *url, char *shown, size_t size)
{
    static const char *const words[] = { "?", "password", "pwd", "token", "secret" };
    const char *scheme = strstr(url, "://");
    const char *at = strrchr(url, '@');
    const char *rest = at != NULL ? at : url;
    const char *end = rest + strlen(rest);
    for (size_t i = 0; i < OSP_ARRAY_LEN(words); i++) {
        const char *found = strcasestr(rest, words[i]);
        end = found != NULL && found < end ? found : end;
    }
    const int head = at != NULL && scheme != NULL && scheme < at ? (int)(scheme + 3 - url) : 0;
    snprintf(shown, size, "%.*s%s%.*s%s", head > 60 ? 60 : head, url, at != NULL ? "***" : "",
             end - rest > 60 ? 60 : (int)(end - rest), rest, *end != 0 ? "***" : "");
}

static osp_status refuse_url(const char *url, const char *why, osp_error *err)
{
    char shown[140];
    hide_secrets(url, shown, sizeof(shown));
    return osp_error_set(err, OSP_E_INVALID,
                         "DATABASE_URL is \"%s\", %s; a right one is file:app.db", shown, why);
}

osp_status osp_sqlite_url_check(const char *url, osp_error *err)
{
    return strncmp(url, "file:", 5) == 0 && url[5] != '\0'
               ? OSP_OK
               : refuse_url(url, "which is not of the form file:PATH", err);
}

/* OSP_E_NOT_FOUND: it should have been looked at only. */
static osp_status refuse_open(const osp_sqlite_conn *conn, int code, const char *url,
                              osp_sqlite_use use, osp_error *err)
{
    char cause[CAUSE_MAX];
    const bool absent = (code & 0xff) == SQLITE_CANTOPEN && conn->handle != NULL &&
                        sqlite3_system_errno(conn->handle) == ENOENT;
    osp_status status = (code & 0xff) == SQLITE_BUSY ? OSP_E_BUSY : OSP_E_DB;
    status = use == OSP_SQLITE_LOOK && absent ? OSP_E_NOT_FOUND : status;
    return osp_error_set(err, status,
                         "cannot open the database that DATABASE_URL names, %.100s: %.60s%s", url,
                         conn->handle ? sqlite3_errmsg(conn->handle) : sqlite3_errstr(code),
                         cause_of(conn, code, cause));
}

static osp_status open_url(osp_sqlite_conn *conn, const char *url, osp_sqlite_use use,
                           osp_error *err)
{
    OSP_TRY(osp_sqlite_url_check(url, err));
    if (sqlite3_threadsafe() == 0) {
        return osp_error_set(err, OSP_E_UNSUPPORTED, "this SQLite was built without threads");
    }
    osp_sqlite_configure();
    const int flags =
        OPEN_FLAGS | SQLITE_OPEN_URI | (use == OSP_SQLITE_LOOK ? 0 : SQLITE_OPEN_CREATE);
    int code = sqlite3_open_v2(url, &conn->handle, flags, NULL);
    if (code == SQLITE_OK) {
        const char *file = sqlite3_db_filename(conn->handle, "main");
        if (file == NULL || file[0] == '\0') {
            osp_sqlite_conn_close(conn);
            return refuse_url(url, "which names memory and not a file", err);
        }
        code = set_up(conn, use);
    }
    if (code == SQLITE_OK) {
        return OSP_OK;
    }
    const osp_status status = refuse_open(conn, code, url, use, err);
    osp_sqlite_conn_close(conn);
    return status;
}

osp_status osp_sqlite_conn_open(osp_sqlite_conn *conn, const char *url, osp_sqlite_use use,
                                osp_error *err)
{
    OSP_ASSERT(conn->handle == NULL);
    osp_arena arena;
    osp_str named = { NULL, 0 };
    osp_arena_init(&arena, NULL, 0, OSP_SQLITE_URL_MAX);
    osp_status status = OSP_OK;
    if (url == NULL) {
        status = osp_secret_find(&arena, "DATABASE_URL", &named, err);
        url = named.ptr;
    }
    if (status == OSP_OK || status == OSP_E_NOT_FOUND) {
        status =
            open_url(conn, url != NULL && url[0] != '\0' ? url : OSP_SQLITE_URL_DEFAULT, use, err);
    }
    osp_arena_done(&arena);
    return status;
}

osp_status osp_sqlite_conn_open_scratch(osp_sqlite_conn *conn, osp_error *err)
{
    OSP_ASSERT(conn->handle == NULL);
    osp_sqlite_configure();
    int code = sqlite3_open_v2(":memory:", &conn->handle, OPEN_FLAGS | SQLITE_OPEN_CREATE, NULL);
    code = code == SQLITE_OK ? set_up(conn, OSP_SQLITE_MIGRATE) : code;
    if (code == SQLITE_OK) {
        return OSP_OK;
    }
    const osp_status status = osp_sqlite_error(conn, code, NULL, err);
    osp_sqlite_conn_close(conn);
    return status;
}

void osp_sqlite_conn_close(osp_sqlite_conn *conn)
{
    osp_sqlite_cache_clear(&conn->cache);
    osp_sqlite_hold_done(conn);
    const int code = sqlite3_close(conn->handle);
    OSP_ASSERT(code == SQLITE_OK);
    conn->handle = NULL;
}

osp_status osp_sqlite_conn_do(osp_sqlite_conn *conn, const char *sql, osp_error *err)
{
    const int code = do_trusted(conn, sql);
    return code == SQLITE_OK ? OSP_OK : osp_sqlite_error(conn, code, sql, err);
}

void osp_sqlite_conn_rollback(osp_sqlite_conn *conn)
{
    if (!osp_sqlite_conn_in_transaction(conn)) {
        return;
    }
    (void)do_trusted(conn, "ROLLBACK");
    if (osp_sqlite_conn_in_transaction(conn)) {
        /* It cannot even be said, for want of memory.  Closing rolls back and needs none; what is
         * written later must not become part of a transaction that nobody ends. */
        osp_sqlite_conn_close(conn);
    }
}
