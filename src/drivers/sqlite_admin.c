/* What the owner of a database asks of it: where it is, how it stands, whether it is whole.
 *
 * Nothing here makes a database or changes one but the seed.  A check goes on as far as it can:
 * what cannot be read is a finding too. */
#include "drivers/sqlite.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/secret.h"
#include "drivers/sqlite_impl.h"

#define TEXT_MAX 300 /* bytes of a finding */
/* Where SQLite's locks on a database stand (its file format, "locking"). */
#define LOCK_BEGIN 0x40000000
#define LOCK_BYTES 512

#define SQL_SCHEMA                                                                                 \
    "SELECT type, name, coalesce(sql, '') FROM sqlite_schema WHERE name NOT LIKE 'sqlite\\_%' "    \
    "ESCAPE '\\' AND name NOT LIKE 'osp\\_%' ESCAPE '\\' ORDER BY type, name"
#define SQL_SEED_TABLE                                                                             \
    "CREATE TABLE IF NOT EXISTS osp_seed(name TEXT PRIMARY KEY NOT NULL, sha256 TEXT NOT NULL, "   \
    "ran_at TEXT NOT NULL) WITHOUT ROWID"
#define SQL_SEED_FIND "SELECT sha256 FROM osp_seed WHERE name = ?1"
#define SQL_SEED_RECORD                                                                            \
    "INSERT OR REPLACE INTO osp_seed(name, sha256, ran_at) VALUES (?1, ?2, "                       \
    "strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))"

/* ---------------------------------------------------------------- where it is */

static int hex_digit(char c)
{
    const char *digits = "0123456789abcdef", *at = c != '\0' ? strchr(digits, c | 0x20) : NULL;
    return at != NULL ? (int)(at - digits) : -1;
}

/* "file:PATH?options" as SQLite reads it, https://sqlite.org/uri.html.  False: it does not fit. */
static bool path_in(const char *url, char *ret_path, size_t size)
{
    size_t len = 0;
    url += strlen("file:");
    url += strncmp(url, "//localhost/", 12) == 0 ? 11 : strncmp(url, "///", 3) == 0 ? 2 : 0;
    for (; *url != '\0' && *url != '?' && *url != '#'; url++) {
        const int high = *url == '%' ? hex_digit(url[1]) : -1;
        const int low = high >= 0 ? hex_digit(url[2]) : -1;
        if (len + 1 >= size) {
            return false;
        }
        ret_path[len++] = (char)(low >= 0 ? high * 16 + low : *url);
        url += low >= 0 ? 2 : 0;
    }
    ret_path[len] = '\0';
    return len > 0;
}

/* The same, whole, and with links followed as SQLite does. */
static bool whole_path(const char *url, char *ret_path, size_t size)
{
    char said[PATH_MAX], whole[PATH_MAX], here[PATH_MAX];
    int len = -1;
    if (!path_in(url, said, sizeof(said))) {
        return false;
    }
    if (realpath(said, whole) != NULL) {
        len = snprintf(ret_path, size, "%s", whole);
    } else if (said[0] == '/' || getcwd(here, sizeof(here)) != NULL) {
        len = snprintf(ret_path, size, "%s%s%s", said[0] == '/' ? "" : here,
                       said[0] == '/' ? "" : "/", said);
    }
    return len > 0 && (size_t)len < size;
}

static osp_status path(char *ret_path, size_t size, osp_error *err)
{
    osp_arena arena;
    osp_str said = { NULL, 0 };
    osp_arena_init(&arena, NULL, 0, OSP_SQLITE_URL_MAX);
    osp_status status = osp_secret_find(&arena, "DATABASE_URL", &said, err);
    if (status == OSP_OK || status == OSP_E_NOT_FOUND) {
        const char *url = said.len > 0 ? said.ptr : OSP_SQLITE_URL_DEFAULT;
        status = osp_sqlite_url_check(url, err);
        if (status == OSP_OK && !whole_path(url, ret_path, size)) {
            status = osp_error_set(err, OSP_E_INVALID, "DATABASE_URL names no file that could be");
        }
    }
    osp_arena_done(&arena);
    return status;
}

osp_status osp_sqlite_is_one(const char *file, osp_error *err)
{
    static const char head[] = "SQLite format 3"; /* with its NUL */
    char found[sizeof(head)];
    struct stat st;
    const int fd = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0 || fstat(fd, &st) != 0) {
        const int cause = errno;
        if (fd >= 0) {
            (void)close(fd);
        }
        return cause == ENOENT ? OSP_OK
                               : osp_error_set(err, OSP_E_IO, "%.150s: %s", file, strerror(cause));
    }
    const bool good =
        S_ISREG(st.st_mode) &&
        (st.st_size == 0 || (pread(fd, found, sizeof(found), 0) == (ssize_t)sizeof(found) &&
                             memcmp(found, head, sizeof(head)) == 0));
    (void)close(fd);
    return good ? OSP_OK
                : osp_error_set(err, OSP_E_INVALID,
                                "%.150s is no database; see what DATABASE_URL says", file);
}

osp_status osp_sqlite_is_free(const char *file, osp_error *err)
{
    struct flock lock = {
        .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = LOCK_BEGIN, .l_len = LOCK_BYTES
    };
    const int fd = open(file, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return errno == ENOENT ? OSP_OK
                               : osp_error_set(err, OSP_E_IO, "%.150s: %s", file, strerror(errno));
    }
    /* In a WAL every connection holds SQLite's shared lock from its first look on. */
    const int failed = fcntl(fd, F_GETLK, &lock);
    const int cause = errno;
    (void)close(fd);
    if (failed != 0) {
        return osp_error_set(err, OSP_E_IO, "%.150s: %s", file, strerror(cause));
    }
    if (lock.l_type == F_UNLCK) {
        return OSP_OK;
    }
    char who[40] = "another process"; /* one of another container has no number here */
    if (lock.l_pid > 0) {
        (void)snprintf(who, sizeof(who), "process %d", (int)lock.l_pid);
    }
    return osp_error_set(err, OSP_E_BUSY, "%s has %.150s open; end it first", who, file);
}

/* ---------------------------------------------------------------- how it stands */

osp_status osp_sqlite_probe(const char *url, osp_error *err)
{
    osp_sqlite_conn conn = { 0 };
    OSP_TRY(osp_sqlite_conn_open(&conn, url, OSP_SQLITE_READ, err));
    const osp_status status = osp_sqlite_conn_do(&conn, "SELECT count(*) FROM sqlite_schema", err);
    osp_sqlite_conn_close(&conn);
    return status;
}

static void tell_pending(const osp_migration_list *list, const osp_state_watch *watch)
{
    for (size_t i = 0; i < list->count; i++) {
        const osp_migration_state state = { .standing = OSP_MIGRATION_PENDING,
                                            .name = osp_str_from(list->items[i].name),
                                            .sha256 = osp_str_from(list->items[i].sha256) };
        watch->state(watch->arg, &state);
    }
}

static osp_status status_of(const osp_migration_list *list, const osp_state_watch *watch,
                            osp_error *err)
{
    osp_sqlite_conn conn = { 0 };
    osp_status status = osp_sqlite_conn_open(&conn, NULL, OSP_SQLITE_LOOK, err);
    if (status == OSP_E_NOT_FOUND) {
        tell_pending(list, watch);
        return status;
    }
    OSP_TRY(status);
    status = osp_sqlite_survey(&conn, list, watch, err);
    osp_sqlite_conn_close(&conn);
    return status;
}

/* ---------------------------------------------------------------- whether it is whole */

typedef struct checker {
    osp_sqlite_conn conn;
    const osp_migration_list *list;
    const osp_finding_watch *watch;
    osp_migration *applied; /* those of the list that are; SQLite's memory */
    size_t applied_count;
    bool history_fits;
} checker;

static void OSP_PRINTF(3, 4) found(checker *c, const char *kind, const char *format, ...)
{
    char text[TEXT_MAX];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    c->watch->found(c->watch->arg, kind, text);
}

/* What SQLite says when it cannot look any further. */
static void found_failure(checker *c, const char *kind, int code)
{
    osp_error err = { 0 };
    (void)osp_sqlite_error(&c->conn, code, NULL, &err);
    found(c, kind, "%s", err.message);
}

static void check_integrity(checker *c)
{
    sqlite3_stmt *handle = NULL;
    char sql[60];
    (void)snprintf(sql, sizeof(sql), "PRAGMA integrity_check(%d)", OSP_DB_FINDINGS_MAX);
    int code = sqlite3_prepare_v2(c->conn.handle, sql, -1, &handle, NULL);
    while (code == SQLITE_OK && (code = sqlite3_step(handle)) == SQLITE_ROW) {
        osp_str text = osp_sqlite_text(handle, 0);
        /* It says several in one row, a line each. */
        while (text.len > 0 && !osp_str_equal(text, OSP_STR("ok"))) {
            const char *end = memchr(text.ptr, '\n', text.len);
            const size_t len = end != NULL ? (size_t)(end - text.ptr) : text.len;
            if (len > 0) {
                found(c, "integrity", "%.*s", (int)len, text.ptr);
            }
            const size_t taken = end != NULL ? len + 1 : len;
            text = (osp_str){ text.ptr + taken, text.len - taken };
        }
        code = SQLITE_OK;
    }
    if (code != SQLITE_DONE) {
        found_failure(c, "integrity", code);
    }
    sqlite3_finalize(handle);
}

static void check_foreign_keys(checker *c)
{
    sqlite3_stmt *handle = NULL;
    size_t count = 0;
    int code = sqlite3_prepare_v2(c->conn.handle, "PRAGMA foreign_key_check", -1, &handle, NULL);
    while (code == SQLITE_OK && count < OSP_DB_FINDINGS_MAX &&
           (code = sqlite3_step(handle)) == SQLITE_ROW) {
        found(c, "foreign-key", "row %lld of %.80s refers to a missing row of %.80s",
              (long long)sqlite3_column_int64(handle, 1), osp_sqlite_text(handle, 0).ptr,
              osp_sqlite_text(handle, 2).ptr);
        count++;
        code = SQLITE_OK;
    }
    if (code != SQLITE_DONE && code != SQLITE_OK) {
        found_failure(c, "foreign-key", code);
    }
    sqlite3_finalize(handle);
}

static void take_state(void *arg, const osp_migration_state *state)
{
    checker *c = arg;
    osp_error err = { 0 };
    if (osp_migration_judge(state, &err) != OSP_OK) {
        c->history_fits = false;
        found(c, "migration", "%s", err.message);
    } else if (state->standing == OSP_MIGRATION_PENDING) {
        found(c, "note", "migration %.*s is pending", (int)state->name.len, state->name.ptr);
    } else if (c->applied != NULL) {
        const size_t at = osp_migration_find(c->list->items, c->list->count, state->name);
        c->applied[c->applied_count++] = c->list->items[at];
    }
}

static void check_history(checker *c)
{
    const osp_state_watch watch = { take_state, c };
    osp_error err = { 0 };
    c->history_fits = true;
    if (osp_sqlite_survey(&c->conn, c->list, &watch, &err) < 0) {
        c->history_fits = false;
        found(c, "migration", "%s", err.message);
    }
}

/* The applied migrations once more, in a database that has no rows. */
static osp_status build_again(const checker *c, osp_sqlite_conn *conn, osp_error *err)
{
    for (size_t i = 0; i < c->applied_count; i++) {
        const osp_migration *one = &c->applied[i];
        bool outside;
        OSP_TRY(osp_sqlite_script_mode(one->name, one->sql, &outside, err));
        const osp_sqlite_source script = { .name = one->name, .sql = one->sql, .outside = outside };
        OSP_TRY(osp_sqlite_script_run(conn, &script, err));
    }
    return OSP_OK;
}

/* -1, 0, 1: which of two rows of SQL_SCHEMA comes first.  A statement that has ended comes last. */
static int order_of(sqlite3_stmt *a, int code_a, sqlite3_stmt *b, int code_b)
{
    if (code_a != SQLITE_ROW || code_b != SQLITE_ROW) {
        return code_a == SQLITE_ROW ? -1 : 1;
    }
    const int type = strcmp(osp_sqlite_text(a, 0).ptr, osp_sqlite_text(b, 0).ptr);
    return type != 0 ? type : strcmp(osp_sqlite_text(a, 1).ptr, osp_sqlite_text(b, 1).ptr);
}

static void compare_schemas(checker *c, sqlite3_stmt *is, sqlite3_stmt *made)
{
    int code_is = sqlite3_step(is), code_made = sqlite3_step(made);
    while (code_is == SQLITE_ROW || code_made == SQLITE_ROW) {
        const int order = order_of(is, code_is, made, code_made);
        sqlite3_stmt *named = order <= 0 ? is : made;
        const char *type = osp_sqlite_text(named, 0).ptr, *name = osp_sqlite_text(named, 1).ptr;
        if (order < 0) {
            found(c, "schema", "%s %.80s is in the database, and no migration makes it", type,
                  name);
        } else if (order > 0) {
            found(c, "schema", "%s %.80s is made by the migrations, and not in the database", type,
                  name);
        } else if (!osp_str_equal(osp_sqlite_text(is, 2), osp_sqlite_text(made, 2))) {
            found(c, "schema", "%s %.80s is not as the migrations make it", type, name);
        }
        code_is = order <= 0 ? sqlite3_step(is) : code_is;
        code_made = order >= 0 ? sqlite3_step(made) : code_made;
    }
    if (code_is != SQLITE_DONE) {
        found_failure(c, "schema", code_is);
    }
}

static void check_schema(checker *c)
{
    osp_sqlite_conn made = { 0 };
    sqlite3_stmt *is = NULL, *is_made = NULL;
    osp_error err = { 0 };
    osp_status status = osp_sqlite_conn_open_scratch(&made, &err);
    if (status == OSP_OK) {
        status = build_again(c, &made, &err);
    }
    if (status == OSP_OK) {
        status = osp_sqlite_prepare_own(&made, SQL_SCHEMA, &is_made, &err);
    }
    if (status == OSP_OK) {
        status = osp_sqlite_prepare_own(&c->conn, SQL_SCHEMA, &is, &err);
    }
    if (status == OSP_OK) {
        compare_schemas(c, is, is_made);
    } else {
        found(c, "note", "the schema was not compared, for the migrations need rows: %s",
              err.message);
    }
    sqlite3_finalize(is);
    sqlite3_finalize(is_made);
    osp_sqlite_conn_close(&made);
}

/* That it is no database, or a corrupt one, is found; that it may not be read is a failure. */
static bool can_look(osp_sqlite_conn *conn, osp_error *err)
{
    const int code =
        sqlite3_exec(conn->handle, "SELECT count(*) FROM sqlite_schema", NULL, NULL, NULL);
    const int primary = code & 0xff;
    if (code == SQLITE_OK || primary == SQLITE_CORRUPT || primary == SQLITE_NOTADB) {
        return true;
    }
    (void)osp_sqlite_error(conn, code, NULL, err);
    return false;
}

static osp_status check(const osp_migration_list *list, const osp_finding_watch *watch,
                        osp_error *err)
{
    checker c = { .list = list, .watch = watch };
    OSP_TRY(osp_sqlite_conn_open(&c.conn, NULL, OSP_SQLITE_LOOK, err));
    osp_sqlite_ticker ticker = { .note = watch->note, .arg = watch->arg, .what = "the database" };
    osp_sqlite_ticker_set(c.conn.handle, &ticker);
    if (!can_look(&c.conn, err)) {
        osp_sqlite_conn_close(&c.conn);
        return OSP_E_DB;
    }
    c.applied = sqlite3_malloc64((list->count + 1) * sizeof(*c.applied));
    check_integrity(&c);
    check_foreign_keys(&c);
    check_history(&c);
    if (c.history_fits && c.applied != NULL) {
        check_schema(&c);
    }
    sqlite3_free(c.applied);
    osp_sqlite_conn_close(&c.conn);
    return OSP_OK;
}

/* ---------------------------------------------------------------- first rows */

/* OSP_OK: it is to run | OSP_DONE | OSP_E_INVALID. */
static osp_status seed_check(osp_sqlite_conn *conn, const osp_sqlite_seed *seed, osp_error *err)
{
    sqlite3_stmt *handle = NULL;
    OSP_TRY(osp_sqlite_prepare_own(conn, SQL_SEED_FIND, &handle, err));
    (void)sqlite3_bind_text(handle, 1, seed->name, -1, SQLITE_STATIC);
    const int code = sqlite3_step(handle);
    osp_status status = OSP_OK;
    if (code == SQLITE_ROW) {
        const osp_str before = osp_sqlite_text(handle, 0);
        status = osp_str_equal(before, osp_str_from(seed->sha256))
                     ? OSP_DONE
                     : osp_error_set(err, OSP_E_INVALID,
                                     "%.60s was changed after it ran (its checksum was %.12s and "
                                     "is %.12s); --again runs it over the rows that are there, "
                                     "db reset begins anew",
                                     seed->name, before.ptr, seed->sha256);
    } else if (code != SQLITE_DONE) {
        status = osp_sqlite_error(conn, code, NULL, err);
    }
    sqlite3_finalize(handle);
    return status;
}

static osp_status seed_record(osp_sqlite_conn *conn, const osp_sqlite_seed *seed, osp_error *err)
{
    sqlite3_stmt *handle = NULL;
    OSP_TRY(osp_sqlite_prepare_own(conn, SQL_SEED_RECORD, &handle, err));
    (void)sqlite3_bind_text(handle, 1, seed->name, -1, SQLITE_STATIC);
    (void)sqlite3_bind_text(handle, 2, seed->sha256, -1, SQLITE_STATIC);
    const int code = sqlite3_step(handle);
    const osp_status status =
        code == SQLITE_DONE ? OSP_OK : osp_sqlite_error(conn, code, NULL, err);
    sqlite3_finalize(handle);
    return status;
}

static osp_status seed_in(osp_sqlite_conn *conn, const osp_sqlite_seed *seed, osp_error *err)
{
    const osp_sqlite_source script = { .name = seed->name, .sql = seed->sql, .watch = seed->watch };
    OSP_TRY(osp_sqlite_begin_own(conn, err));
    OSP_TRY(osp_sqlite_conn_do(conn, SQL_SEED_TABLE, err));
    const osp_status status = seed->again ? OSP_OK : seed_check(conn, seed, err);
    if (status != OSP_OK) {
        return status;
    }
    OSP_TRY(osp_sqlite_script_run(conn, &script, err));
    return seed_record(conn, seed, err);
}

osp_status osp_sqlite_seed_run(const osp_sqlite_seed *seed, osp_error *err)
{
    osp_sqlite_conn conn = { 0 };
    OSP_TRY(osp_sqlite_conn_open(&conn, NULL, OSP_SQLITE_WRITE, err));
    osp_status status = seed_in(&conn, seed, err);
    if (status == OSP_OK) {
        status = osp_sqlite_conn_do(&conn, "COMMIT", err);
    }
    osp_sqlite_conn_rollback(&conn);
    osp_sqlite_conn_close(&conn);
    return status;
}

const osp_db_admin osp_sqlite_admin = {
    .path = path,
    .migrate = osp_sqlite_migrate,
    .status = status_of,
    .check = check,
    .backup = osp_sqlite_backup,
};
