/* What its owner does with a database, on real files: migrations, looks at it, backups, first rows.
 */
#include "drivers/sqlite.h"

#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "drivers/sqlite_impl.h"
#include "tests/unit/unit.h"

#define A "aaaaaaaaaaaaaaaa" /* checksums; twelve digits of them are shown */
#define B "bbbbbbbbbbbbbbbb"
#define C "cccccccccccccccc"
#define D "dddddddddddddddd"

static const osp_migration migrations[] = {
    { "0001_start.sql",
      "CREATE TABLE user(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);"
      "CREATE TABLE card(id INTEGER PRIMARY KEY, author_id INTEGER REFERENCES user(id));",
      A },
    { "0002_note.sql", "CREATE TABLE note(id INTEGER PRIMARY KEY, body TEXT)", B },
};

typedef struct place {
    char folder[200], file[240];
    char heard[400]; /* names of what was applied, and notes */
    osp_migration_watch watch;
    osp_error err;
} place;

static int remove_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
    (void)st, (void)flag, (void)ftw;
    return remove(path);
}

static void hear(place *p, const char *text)
{
    const size_t len = strlen(p->heard);
    (void)snprintf(p->heard + len, sizeof(p->heard) - len, "%s ", text);
}

static void on_applied(void *arg, const osp_migration *migration, int64_t ms)
{
    OSP_CHECK(ms >= 0);
    hear(arg, migration->name);
}

static void on_note(void *arg, const char *text)
{
    hear(arg, text);
}

static void set_up(place *p)
{
    memset(p, 0, sizeof(*p));
    /* In memory where that can be had: what a disk takes to write is most of what this costs. */
    const char *tmp = access("/dev/shm", W_OK | X_OK) == 0 ? "/dev/shm" : getenv("TMPDIR");
    (void)snprintf(p->folder, sizeof(p->folder), "%s/osp-admin-XXXXXX", tmp ? tmp : "/tmp");
    OSP_CHECK(mkdtemp(p->folder) != NULL);
    (void)snprintf(p->file, sizeof(p->file), "%s/test.db", p->folder);
    char url[260];
    (void)snprintf(url, sizeof(url), "file:%s", p->file);
    OSP_CHECK(setenv("DATABASE_URL", url, 1) == 0);
    p->watch = (osp_migration_watch){ on_applied, on_note, p };
}

static void tear_down(place *p)
{
    OSP_CHECK(nftw(p->folder, remove_one, 8, FTW_DEPTH | FTW_PHYS) == 0);
}

static osp_status migrate(place *p, const osp_migration *items, size_t count)
{
    p->heard[0] = '\0';
    p->err = (osp_error){ 0 };
    return osp_sqlite_migrate(&(osp_migration_list){ items, count },
                              &(osp_migrate_options){ .wait_s = 1 }, &p->watch, &p->err);
}

/* The first column of the first row; -1: there is none, or the statement fails. */
static int64_t ask(const place *p, const char *sql)
{
    sqlite3 *handle = NULL;
    sqlite3_stmt *statement = NULL;
    int64_t value = -1;
    OSP_CHECK(sqlite3_open(p->file, &handle) == SQLITE_OK);
    if (sqlite3_prepare_v2(handle, sql, -1, &statement, NULL) == SQLITE_OK &&
        sqlite3_step(statement) == SQLITE_ROW) {
        value = sqlite3_column_int64(statement, 0);
    }
    (void)sqlite3_finalize(statement);
    OSP_CHECK(sqlite3_close(handle) == SQLITE_OK);
    return value;
}

static void change(const place *p, const char *sql)
{
    sqlite3 *handle = NULL;
    OSP_CHECK(sqlite3_open(p->file, &handle) == SQLITE_OK);
    OSP_CHECK(sqlite3_exec(handle, sql, NULL, NULL, NULL) == SQLITE_OK);
    OSP_CHECK(sqlite3_close(handle) == SQLITE_OK);
}

#define COUNT_APPLIED "SELECT count(*) FROM osp_migration"
#define HAS(p, text) OSP_CHECK(strstr((p)->err.message, (text)) != NULL)

OSP_UNIT_TEST(migrate_heard, "each migration is applied and told of once, in order")
{
    place p;
    set_up(&p);
    OSP_CHECK(migrate(&p, migrations, 1) == OSP_OK);
    OSP_CHECK(strcmp(p.heard, "0001_start.sql ") == 0);
    OSP_CHECK(migrate(&p, migrations, 2) == OSP_OK);
    OSP_CHECK(strcmp(p.heard, "0002_note.sql ") == 0);
    OSP_CHECK(migrate(&p, migrations, 2) == OSP_OK);
    OSP_CHECK(strcmp(p.heard, "") == 0);
    OSP_CHECK(ask(&p, COUNT_APPLIED) == 2);
    tear_down(&p);
}

OSP_UNIT_TEST(migrate_history,
              "a changed, missing or late file is named with both checksums, and nothing is done")
{
    place p;
    set_up(&p);
    osp_migration list[] = { migrations[0],
                             migrations[1],
                             { "0003_new.sql", "CREATE TABLE new(x)", D } };
    OSP_CHECK(migrate(&p, list, 2) == OSP_OK);
    list[0].sha256 = C;
    OSP_CHECK(migrate(&p, list, 3) == OSP_E_DB_SCHEMA);
    HAS(&p, "migration 0001_start.sql was changed after it was applied: its checksum was "
            "aaaaaaaaaaaa and is cccccccccccc; ");
    OSP_CHECK(migrate(&p, list + 1, 2) == OSP_E_DB_SCHEMA);
    HAS(&p, "the database has migration 0001_start.sql (aaaaaaaaaaaa), which this application");
    const osp_migration late[] = {
        migrations[0], { "0001_late.sql", "CREATE TABLE late(x)", C }, migrations[1], list[2]
    };
    OSP_CHECK(migrate(&p, late, 4) == OSP_E_DB_SCHEMA);
    HAS(&p, "migration 0001_late.sql (cccccccccccc) comes too late: 0002_note.sql (bbbbbbbbbbbb)");
    OSP_CHECK(p.heard[0] == '\0' && ask(&p, COUNT_APPLIED) == 2);
    OSP_CHECK(ask(&p, "SELECT count(*) FROM new") == -1);
    OSP_CHECK(osp_sqlite_migrate(&(osp_migration_list){ late, 4 },
                                 &(osp_migrate_options){ .out_of_order = true }, &p.watch,
                                 &p.err) == OSP_OK);
    OSP_CHECK(strcmp(p.heard, "0001_late.sql 0003_new.sql ") == 0);
    OSP_CHECK(migrate(&p, late, 4) == OSP_OK); /* from then on it is in its place */
    tear_down(&p);
}

OSP_UNIT_TEST(migrate_whole,
              "a migration that fails leaves nothing, and says file, line and column")
{
    place p;
    set_up(&p);
    osp_migration list[] = { migrations[0], migrations[1], { "0003_bad.sql", NULL, D } };
    list[2].sql = "CREATE TABLE third(x);\n\n-- c\nSELECT nothing\n";
    OSP_CHECK(migrate(&p, list, 3) == OSP_E_DB_SCHEMA);
    OSP_CHECK(strcmp(p.err.message,
                     "0003_bad.sql:4:8: near \"nothing\": syntax error in \"SELECT nothing\"") ==
              0);
    OSP_CHECK(strcmp(p.heard, "0001_start.sql 0002_note.sql ") == 0);
    list[2].sql = "CREATE TABLE third(x); COMMIT";
    OSP_CHECK(migrate(&p, list, 3) == OSP_E_DB_SCHEMA);
    HAS(&p, "0003_bad.sql:1:24: it runs in a transaction already");
    list[2].sql = "CREATE TABLE third(x);INSERT INTO card(author_id) VALUES (5)";
    OSP_CHECK(migrate(&p, list, 3) == OSP_E_DB_CONSTRAINT);
    HAS(&p, "0003_bad.sql: it leaves a row of card that refers to a missing row of user");
    list[2].sql = "CREATE TABLE third(x); SELECT 'สวัสดีชาวโลกทั้งหลายที่รักของเรา', nothing";
    OSP_CHECK(migrate(&p, list, 3) == OSP_E_DB_SCHEMA);
    HAS(&p, "สวัสดีชาวโลกทั้งห...\"");         /* cut between two characters */
    list[2].sql = "CREATE TABLE third(x)"; /* works only if nothing of it was left */
    OSP_CHECK(migrate(&p, list, 3) == OSP_OK);
    tear_down(&p);
}

OSP_UNIT_TEST(migrate_outside, "what cannot be in a transaction has a file of its own that says so")
{
    place p;
    set_up(&p);
    osp_migration list[] = { migrations[0], { "0002_x.sql", NULL, D } };
    static const struct {
        const char *sql, *words;
    } bad[] = {
        { "CREATE TABLE t(x);\nVACUUM", "0002_x.sql:2:1: VACUUM does nothing in a transaction" },
        { "PRAGMA journal_mode = DELETE", "0002_x.sql:1:1: journal_mode does nothing" },
        { "/* */ pragma main . synchronous=OFF", "0002_x.sql:1:7: synchronous does nothing" },
        { "-- openspeed: no transaction\nCREATE TABLE t(x)", "0002_x.sql:2:1: without a trans" },
        { "-- openspeed: no transaction\nVACUUMS", "0002_x.sql:2:1: without a transaction" },
        { "-- openspeed: no transactions\n", "\"-- openspeed: no transactions\" is not known" },
        { "-- openspeed:\nVACUUM", "0002_x.sql:1:1: \"-- openspeed:...\" is not known" },
    };
    for (size_t i = 0; i < OSP_ARRAY_LEN(bad); i++) {
        list[1].sql = bad[i].sql;
        OSP_CHECK(migrate(&p, list, 2) == OSP_E_DB_SCHEMA);
        HAS(&p, bad[i].words);
        OSP_CHECK(ask(&p, COUNT_APPLIED) == 1 && ask(&p, "SELECT count(*) FROM t") == -1);
    }
    list[1].sql = "PRAGMA user_version = 7; PRAGMA table_info(user);";
    OSP_CHECK(migrate(&p, list, 2) == OSP_OK);
    OSP_CHECK(ask(&p, "PRAGMA user_version") == 7);
    const osp_migration more[] = {
        list[0],
        list[1],
        { "0003_y.sql", "-- openspeed:  no transaction \r\n\nPRAGMA auto_vacuum = FULL;\nVACUUM;\n",
          C },
    };
    OSP_CHECK(ask(&p, "PRAGMA auto_vacuum") == 0);
    OSP_CHECK(migrate(&p, more, 3) == OSP_OK);
    OSP_CHECK(ask(&p, "PRAGMA auto_vacuum") == 1 && ask(&p, COUNT_APPLIED) == 3);
    OSP_CHECK(migrate(&p, more, 3) == OSP_OK && p.heard[0] == '\0');
    tear_down(&p);
}

OSP_UNIT_TEST(migrate_long, "what takes long is told of every five seconds")
{
    place p;
    int64_t seconds = 0;
    set_up(&p);
    osp_sqlite_ticker ticker = { .note = on_note, .arg = &p, .what = "x.sql" };
    osp_sqlite_conn conn = { 0 };
    OSP_CHECK(osp_sqlite_conn_open(&conn, NULL, OSP_SQLITE_WRITE, &p.err) == OSP_OK);
    osp_sqlite_ticker_set(conn.handle, &ticker);
    OSP_CHECK(!osp_sqlite_ticker_is_due(&ticker, &seconds));
    ticker.begin_us -= 7000000;
    ticker.said_us -= 7000000; /* the statement gives rows for longer than it takes to look */
    OSP_CHECK(osp_sqlite_conn_do(&conn,
                                 "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n"
                                 " WHERE i < 100000) SELECT count(*) FROM n",
                                 &p.err) == OSP_OK);
    OSP_CHECK(strncmp(p.heard, "x.sql: still at work, ", 22) == 0);
    OSP_CHECK(strchr(p.heard + 22, ':') == NULL); /* once */
    osp_sqlite_ticker_set(conn.handle, NULL);
    osp_sqlite_conn_close(&conn);
    tear_down(&p);
}

/* ---------------------------------------------------------------- several at once */

OSP_UNIT_TEST(migrate_race, "processes that start at once apply every migration once")
{
    place p;
    set_up(&p);
    for (int i = 0; i < 4; i++) {
        if (fork() == 0) {
            const osp_status status = osp_resource_sqlite.prepare(migrations, 2, &p.watch, &p.err);
            if (status < 0) {
                fprintf(stderr, "%s\n", p.err.message);
            }
            _exit(status == OSP_OK ? 0 : 1);
        }
    }
    for (int i = 0; i < 4; i++) {
        int status = 1;
        OSP_CHECK(wait(&status) > 0 && status == 0);
    }
    OSP_CHECK(ask(&p, COUNT_APPLIED) == 2);
    tear_down(&p);
}

/* Holds the lock as another process does. */
static int hold(const place *p)
{
    char path[260];
    (void)snprintf(path, sizeof(path), "%s-migrate", p->file);
    const int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    OSP_CHECK(fd >= 0 && flock(fd, LOCK_EX) == 0);
    return fd;
}

OSP_UNIT_TEST(migrate_lock, "who finds another migrator says so, waits, and gives up after a while")
{
    place p;
    set_up(&p);
    const int fd = hold(&p);
    OSP_CHECK(migrate(&p, migrations, 2) == OSP_E_BUSY);
    OSP_CHECK(strstr(p.heard, "another process migrates this database and holds ") == p.heard);
    OSP_CHECK(strstr(p.heard, "waiting up to 1 s") != NULL);
    HAS(&p, "another process has migrated this database for 1 s");
    OSP_CHECK(ask(&p, COUNT_APPLIED) == -1);
    (void)close(fd);
    OSP_CHECK(migrate(&p, migrations, 2) == OSP_OK); /* the file alone holds nobody */
    char path[260];
    (void)snprintf(path, sizeof(path), "%s-migrate", p.file);
    OSP_CHECK(access(path, F_OK) != 0);
    tear_down(&p);
}

OSP_UNIT_TEST(migrate_lock_given, "who waits goes on when the other one has ended")
{
    place p;
    set_up(&p);
    const int fd = hold(&p);
    const pid_t pid = fork();
    if (pid == 0) {
        (void)close(fd);
        const osp_migrate_options options = { .wait_s = 60 };
        const osp_status status =
            osp_sqlite_migrate(&(osp_migration_list){ migrations, 2 }, &options, &p.watch, &p.err);
        _exit(status == OSP_OK && strstr(p.heard, "0002_note.sql") != NULL ? 0 : 1);
    }
    usleep(100000); /* it may only just have begun, which changes nothing */
    (void)close(fd);
    int status = 1;
    OSP_CHECK(waitpid(pid, &status, 0) == pid && status == 0);
    tear_down(&p);
}

OSP_UNIT_TEST(migrate_killed, "a migrator that is killed leaves the last whole migration")
{
    place p;
    set_up(&p);
    const osp_migration slow[] = {
        migrations[0],
        { "0002_slow.sql",
          "CREATE TABLE slow AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)"
          " SELECT i FROM n",
          D },
    };
    const pid_t pid = fork();
    if (pid == 0) {
        (void)migrate(&p, slow, 2);
        _exit(0);
    }
    while (ask(&p, COUNT_APPLIED) != 1) {
        usleep(10000);
    }
    OSP_CHECK(kill(pid, SIGKILL) == 0 && waitpid(pid, NULL, 0) == pid);
    OSP_CHECK(migrate(&p, migrations, 2) == OSP_OK);
    OSP_CHECK(strcmp(p.heard, "0002_note.sql ") == 0);
    OSP_CHECK(ask(&p, "SELECT count(*) FROM slow") == -1);
    tear_down(&p);
}

OSP_UNIT_TEST(migrate_recorded, "what cannot be recorded is not applied")
{
    place p;
    set_up(&p);
    change(&p, "CREATE TABLE osp_migration(name TEXT PRIMARY KEY NOT NULL"
               " CHECK (name <> '0002_note.sql'), sha256 TEXT NOT NULL, applied_at TEXT NOT NULL)"
               " WITHOUT ROWID");
    OSP_CHECK(migrate(&p, migrations, 2) == OSP_E_DB_CONSTRAINT);
    HAS(&p, "0002_note.sql: CHECK constraint failed");
    OSP_CHECK(ask(&p, "SELECT count(*) FROM user") == 0 && ask(&p, COUNT_APPLIED) == 1);
    OSP_CHECK(ask(&p, "SELECT count(*) FROM note") == -1);
    tear_down(&p);
}

/* ---------------------------------------------------------------- status and check */

static void on_state(void *arg, const osp_migration_state *state)
{
    char text[200];
    (void)snprintf(text, sizeof(text), "%.*s=%s", OSP_ARG(state->name),
                   osp_migration_standing_name(state->standing));
    OSP_CHECK((state->applied_at.len == strlen("2026-01-31T12:00:00.000Z")) ==
              (state->recorded.len > 0));
    hear(arg, text);
}

static void on_found(void *arg, const char *kind, const char *text)
{
    hear(arg, kind);
    hear(arg, text);
}

static osp_status ask_status(place *p, const osp_migration *items, size_t count)
{
    p->heard[0] = '\0';
    return osp_sqlite_admin.status(&(osp_migration_list){ items, count },
                                   &(osp_state_watch){ on_state, p }, &p->err);
}

static osp_status ask_check(place *p, const osp_migration *items, size_t count)
{
    p->heard[0] = '\0';
    return osp_sqlite_admin.check(&(osp_migration_list){ items, count },
                                  &(osp_finding_watch){ on_found, NULL, p }, &p->err);
}

OSP_UNIT_TEST(db_status, "the status tells how each migration stands, and makes no database")
{
    place p;
    set_up(&p);
    OSP_CHECK(ask_status(&p, migrations, 2) == OSP_E_NOT_FOUND);
    OSP_CHECK(strcmp(p.heard, "0001_start.sql=pending 0002_note.sql=pending ") == 0);
    OSP_CHECK(access(p.file, F_OK) != 0);
    OSP_CHECK(migrate(&p, migrations, 2) == OSP_OK);
    const osp_migration other[] = { { "0001_early.sql", "", C },
                                    { "0001_start.sql", "", D },
                                    migrations[1],
                                    { "0003_new.sql", "", C } };
    OSP_CHECK(ask_status(&p, other, 4) == OSP_OK);
    OSP_CHECK(strcmp(p.heard, "0001_early.sql=late 0001_start.sql=changed 0002_note.sql=applied "
                              "0003_new.sql=pending ") == 0);
    OSP_CHECK(ask_status(&p, migrations + 1, 1) == OSP_OK);
    OSP_CHECK(strcmp(p.heard, "0002_note.sql=applied 0001_start.sql=missing ") == 0);
    tear_down(&p);
}

OSP_UNIT_TEST(db_check, "a check finds rows without their parent and schemas that nobody made")
{
    place p;
    set_up(&p);
    OSP_CHECK(ask_check(&p, migrations, 2) == OSP_E_NOT_FOUND);
    OSP_CHECK(migrate(&p, migrations, 1) == OSP_OK);
    OSP_CHECK(ask_check(&p, migrations, 1) == OSP_OK && p.heard[0] == '\0');
    OSP_CHECK(ask_check(&p, migrations, 2) == OSP_OK);
    OSP_CHECK(strcmp(p.heard, "note migration 0002_note.sql is pending ") == 0);
    change(&p, "INSERT INTO card(id, author_id) VALUES (7, 1)");
    OSP_CHECK(ask_check(&p, migrations, 1) == OSP_OK);
    OSP_CHECK(strcmp(p.heard, "foreign-key row 7 of card refers to a missing row of user ") == 0);
    change(&p, "DELETE FROM card; ALTER TABLE card ADD COLUMN x; CREATE INDEX i ON user(name);");
    OSP_CHECK(ask_check(&p, migrations, 1) == OSP_OK);
    OSP_CHECK(strcmp(p.heard, "schema index i is in the database, and no migration makes it "
                              "schema table card is not as the migrations make it ") == 0);
    change(&p, "DROP TABLE card; DROP INDEX i");
    OSP_CHECK(ask_check(&p, migrations, 1) == OSP_OK);
    OSP_CHECK(strcmp(p.heard, "schema table card is made by the migrations, and not in the "
                              "database ") == 0);
    OSP_CHECK(ask_check(&p, migrations + 1, 1) == OSP_OK);
    OSP_CHECK(strstr(p.heard, "migration the database has migration 0001_start.sql") != NULL);
    tear_down(&p);
}

/* ---------------------------------------------------------------- files that are no databases */

#define FLIPS 200

static size_t read_file(const char *path, char *bytes, size_t max)
{
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    const ssize_t got = fd < 0 ? 0 : read(fd, bytes, max);
    OSP_CHECK(got >= 0 && (size_t)got < max);
    (void)close(fd);
    return (size_t)got;
}

static void write_file(const char *path, const char *bytes, size_t len)
{
    const int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    OSP_CHECK(fd >= 0 && write(fd, bytes, len) == (ssize_t)len);
    (void)close(fd);
}

static void remove_beside(const place *p)
{
    char path[260];
    (void)snprintf(path, sizeof(path), "%s-wal", p->file);
    (void)unlink(path);
    (void)snprintf(path, sizeof(path), "%s-shm", p->file);
    (void)unlink(path);
}

/* A database of some pages, closed, so that it is one file. */
static void fill(place *p)
{
    OSP_CHECK(migrate(p, migrations, 2) == OSP_OK);
    change(p, "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 400)"
              " INSERT INTO note(body) SELECT 'note number ' || i || hex(zeroblob(20)) FROM n");
    change(p, "INSERT INTO user(name) SELECT body FROM note");
}

/* Asks all there is of a database in whatever state it is: each answers or says what is wrong. */
static void try_all(place *p, bool *ret_found)
{
    char copy[260];
    osp_backup made;
    (void)snprintf(copy, sizeof(copy), "%s/copy.db", p->folder);
    p->err = (osp_error){ 0 };
    const osp_status checked = ask_check(p, migrations, 2);
    *ret_found = checked < 0 || p->heard[0] != '\0';
    OSP_CHECK(checked >= 0 || p->err.message[0] != '\0');
    const osp_status stood = ask_status(p, migrations, 2);
    OSP_CHECK(stood >= 0 || p->err.message[0] != '\0');
    const osp_status kept = osp_sqlite_backup(copy, false, &p->watch, &made, &p->err);
    OSP_CHECK(kept >= 0 || p->err.message[0] != '\0');
    OSP_CHECK((access(copy, F_OK) == 0) == (kept == OSP_OK));
    (void)unlink(copy);
    const osp_status moved = migrate(p, migrations, 2);
    OSP_CHECK(moved >= 0 || p->err.message[0] != '\0');
}

OSP_UNIT_TEST(db_flipped, "bytes that were flipped are found or harm nothing, and end nobody")
{
    place p;
    bool found = false;
    size_t count = 0;
    set_up(&p);
    fill(&p);
    static char bytes[1 << 20];
    const size_t len = read_file(p.file, bytes, sizeof(bytes));
    uint64_t state = 1;
    for (int i = 0; i < FLIPS; i++) {
        state = state * 6364136223846793005u + 1442695040888963407u;
        const size_t at = i < 100 ? (size_t)i : (size_t)(state >> 33) % len; /* the header first */
        const char was = bytes[at];
        bytes[at] = (char)(was ^ (1 << (state >> 61)));
        remove_beside(&p);
        write_file(p.file, bytes, len);
        bytes[at] = was;
        try_all(&p, &found);
        count += found;
    }
    OSP_CHECK(count > 20); /* rows hold text, whose change is no fault of the file */
    remove_beside(&p);
    write_file(p.file, bytes, len);
    try_all(&p, &found);
    OSP_CHECK(!found);
    tear_down(&p);
}

OSP_UNIT_TEST(db_cut, "a file that is cut, empty, no database or beside a foreign WAL is told of")
{
    place p;
    bool found = false;
    set_up(&p);
    fill(&p);
    static char bytes[1 << 20], wal[1 << 20];
    char path[260];
    const size_t len = read_file(p.file, bytes, sizeof(bytes));
    for (size_t cut = 1; cut < len; cut += cut < 200 ? 33 : 4000) {
        remove_beside(&p);
        write_file(p.file, bytes, cut);
        try_all(&p, &found);
        OSP_CHECK(found);
    }
    remove_beside(&p);
    write_file(p.file, "This is a text.\n", 16);
    try_all(&p, &found);
    OSP_CHECK(found && strstr(p.err.message, "not a database") != NULL);
    write_file(p.file, "", 0); /* of no bytes, it is an empty database */
    OSP_CHECK(ask_status(&p, migrations, 2) == OSP_OK);
    OSP_CHECK(strcmp(p.heard, "0001_start.sql=pending 0002_note.sql=pending ") == 0);
    /* The WAL of another database: with its rows. */
    sqlite3 *handle = NULL;
    OSP_CHECK(sqlite3_open(p.file, &handle) == SQLITE_OK);
    OSP_CHECK(sqlite3_exec(handle, "PRAGMA journal_mode=WAL; CREATE TABLE foreigner(x);", NULL,
                           NULL, NULL) == SQLITE_OK);
    (void)snprintf(path, sizeof(path), "%s-wal", p.file);
    const size_t wal_len = read_file(path, wal, sizeof(wal));
    OSP_CHECK(wal_len > 0 && sqlite3_close(handle) == SQLITE_OK);
    remove_beside(&p);
    write_file(p.file, bytes, len);
    write_file(path, wal, wal_len);
    try_all(&p, &found);
    OSP_CHECK(found);
    write_file(p.file, bytes, len);
    memset(wal, 'x', 64);
    write_file(path, wal, wal_len);
    try_all(&p, &found); /* which is none: it is not read */
    OSP_CHECK(!found);
    tear_down(&p);
}

/* ---------------------------------------------------------------- backups */

static size_t count_copies(const place *p)
{
    size_t count = 0;
    DIR *folder = opendir(p->folder);
    OSP_CHECK(folder != NULL);
    for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
        count += strstr(entry->d_name, "copy") != NULL;
    }
    (void)closedir(folder);
    return count;
}

OSP_UNIT_TEST(db_backup, "a backup is one moment of a database that others write to")
{
    place p;
    osp_backup made = { 0 };
    char copy[260];
    set_up(&p);
    (void)snprintf(copy, sizeof(copy), "%s/copy.db", p.folder);
    OSP_CHECK(osp_sqlite_backup(copy, false, &p.watch, &made, &p.err) == OSP_E_NOT_FOUND);
    OSP_CHECK(access(p.file, F_OK) != 0 && access(copy, F_OK) != 0);
    fill(&p);
    OSP_CHECK(chmod(p.file, 0600) == 0);
    const pid_t pid = fork();
    if (pid == 0) { /* two rows at a time, and as fast as it can */
        for (;;) {
            change(&p, "PRAGMA busy_timeout=60000; INSERT INTO note(body) VALUES ('a'), ('b')");
        }
    }
    for (int i = 0; i < 10; i++) {
        OSP_CHECK(osp_sqlite_backup(copy, i > 0, &p.watch, &made, &p.err) == OSP_OK);
        struct stat info;
        OSP_CHECK(stat(copy, &info) == 0 && info.st_size == made.bytes);
        OSP_CHECK((info.st_mode & 0777) == 0600);
        place other = p;
        memcpy(other.file, copy, sizeof(other.file));
        const int64_t count = ask(&other, "SELECT count(*) FROM note");
        OSP_CHECK(count >= 400 && count % 2 == 0);
    }
    OSP_CHECK(kill(pid, SIGKILL) == 0 && waitpid(pid, NULL, 0) == pid);
    OSP_CHECK(osp_sqlite_backup(copy, false, &p.watch, &made, &p.err) == OSP_E_INVALID);
    HAS(&p, "copy.db is there already; say another name, or --force");
    OSP_CHECK(osp_sqlite_backup(p.file, true, &p.watch, &made, &p.err) == OSP_E_INVALID);
    HAS(&p, "is the database itself");
    OSP_CHECK(osp_sqlite_backup(p.folder, true, &p.watch, &made, &p.err) == OSP_E_INVALID);
    HAS(&p, "is a folder");
    OSP_CHECK(osp_sqlite_backup("/nowhere/at/all.db", true, &p.watch, &made, &p.err) == OSP_E_IO);
    HAS(&p, "/nowhere/at/all.db: No such file or directory");
    tear_down(&p);
}

#define KILLS 60

/* Kills a child after some microseconds, which are others each time. */
static void kill_soon(pid_t pid, uint64_t *state)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    usleep((useconds_t)(*state >> 33) % 8000);
    OSP_CHECK(kill(pid, SIGKILL) == 0 && waitpid(pid, NULL, 0) == pid);
}

OSP_UNIT_TEST(db_backup_parts, "a backup does not take the place of what belongs to the database")
{
    place p;
    osp_backup made = { 0 };
    static const char *const ends[] = { "-wal", "-shm", "-journal", "-migrate" };
    set_up(&p);
    fill(&p);
    for (size_t i = 0; i < OSP_ARRAY_LEN(ends); i++) {
        char copy[270];
        (void)snprintf(copy, sizeof(copy), "%s/.//%s%s", p.folder, strrchr(p.file, '/') + 1,
                       ends[i]);
        OSP_CHECK(osp_sqlite_backup(copy, i % 2 == 0, &p.watch, &made, &p.err) == OSP_E_INVALID);
        HAS(&p, "has the name of a file that belongs to the database");
        OSP_CHECK(access(copy, F_OK) != 0);
        (void)snprintf(copy, sizeof(copy), "%s%s-too", p.file, ends[i]);
        OSP_CHECK(osp_sqlite_backup(copy, false, &p.watch, &made, &p.err) == OSP_OK);
    }
    OSP_CHECK(osp_sqlite_backup("", true, &p.watch, &made, &p.err) == OSP_E_INVALID);
    HAS(&p, "say the name of a file");
    tear_down(&p);
}

OSP_UNIT_TEST(db_backup_killed, "whenever a backup is killed, what has the name is whole")
{
    place p;
    osp_backup made = { 0 };
    uint64_t state = 5;
    set_up(&p);
    fill(&p);
    place copy = p;
    (void)snprintf(copy.file, sizeof(copy.file), "%s/copy.db", p.folder);
    OSP_CHECK(osp_sqlite_backup(copy.file, false, &p.watch, &made, &p.err) == OSP_OK);
    for (int i = 0; i < KILLS; i++) {
        const pid_t pid = fork();
        if (pid == 0) {
            _exit(osp_sqlite_backup(copy.file, true, &p.watch, &made, &p.err) != OSP_OK);
        }
        kill_soon(pid, &state);
        OSP_CHECK(ask(&copy, "SELECT count(*) FROM note") == 400);
        OSP_CHECK(ask(&copy, "SELECT integrity_check = 'ok' FROM pragma_integrity_check") == 1);
    }
    tear_down(&p);
}

OSP_UNIT_TEST(db_backup_full, "a backup that does not fit on the disk leaves what was there")
{
    place p;
    osp_backup made = { 0 };
    char copy[260];
    struct rlimit limit;
    set_up(&p);
    fill(&p);
    (void)snprintf(copy, sizeof(copy), "%s/copy.db", p.folder);
    write_file(copy, "before", 6);
    OSP_CHECK(getrlimit(RLIMIT_FSIZE, &limit) == 0);
    (void)signal(SIGXFSZ, SIG_IGN);
    const struct rlimit small = { 8192, limit.rlim_max };
    OSP_CHECK(setrlimit(RLIMIT_FSIZE, &small) == 0);
    OSP_CHECK(osp_sqlite_backup(copy, true, &p.watch, &made, &p.err) == OSP_E_DB);
    HAS(&p, "File too large");
    OSP_CHECK(setrlimit(RLIMIT_FSIZE, &limit) == 0);
    char bytes[20];
    OSP_CHECK(read_file(copy, bytes, sizeof(bytes)) == 6 && memcmp(bytes, "before", 6) == 0);
    OSP_CHECK(count_copies(&p) == 1);
    OSP_CHECK(osp_sqlite_backup(copy, true, &p.watch, &made, &p.err) == OSP_OK);
    tear_down(&p);
}

/* ---------------------------------------------------------------- first rows, places */

OSP_UNIT_TEST(db_seed, "first rows are written once, unless it is said to write them again")
{
    place p;
    set_up(&p);
    OSP_CHECK(migrate(&p, migrations, 2) == OSP_OK);
    osp_sqlite_seed seed = { "seed.sql", "INSERT INTO note(body) VALUES ('a')", A, false,
                             &p.watch };
    OSP_CHECK(osp_sqlite_seed_run(&seed, &p.err) == OSP_OK);
    OSP_CHECK(osp_sqlite_seed_run(&seed, &p.err) == OSP_DONE);
    OSP_CHECK(ask(&p, "SELECT count(*) FROM note") == 1);
    seed.again = true;
    OSP_CHECK(osp_sqlite_seed_run(&seed, &p.err) == OSP_OK);
    OSP_CHECK(ask(&p, "SELECT count(*) FROM note") == 2);
    seed = (osp_sqlite_seed){ "seed.sql", "DELETE FROM note; INSERT INTO nowhere VALUES (1)", B,
                              false, &p.watch };
    OSP_CHECK(osp_sqlite_seed_run(&seed, &p.err) == OSP_E_INVALID);
    HAS(&p,
        "seed.sql was changed after it ran (its checksum was aaaaaaaaaaaa and is bbbbbbbbbbbb)");
    seed.again = true;
    OSP_CHECK(osp_sqlite_seed_run(&seed, &p.err) == OSP_E_DB_SCHEMA);
    HAS(&p, "seed.sql:1:19: no such table: nowhere in \"INSERT INTO nowhere VALUES (1)\"");
    OSP_CHECK(ask(&p, "SELECT count(*) FROM note") == 2);
    tear_down(&p);
}

OSP_UNIT_TEST(db_is_free, "a database that another process has open is not free")
{
    place p;
    int fds[2];
    char byte = 0;
    set_up(&p);
    OSP_CHECK(osp_sqlite_is_free(p.file, &p.err) == OSP_OK);
    fill(&p);
    OSP_CHECK(osp_sqlite_is_free(p.file, &p.err) == OSP_OK && pipe(fds) == 0);
    const pid_t pid = fork();
    if (pid == 0) {
        void *db = NULL;
        OSP_CHECK(osp_resource_sqlite.open(&db, &p.err) == OSP_OK);
        OSP_CHECK(write(fds[1], "x", 1) == 1);
        pause();
    }
    OSP_CHECK(read(fds[0], &byte, 1) == 1);
    OSP_CHECK(osp_sqlite_is_free(p.file, &p.err) == OSP_E_BUSY);
    char words[40];
    (void)snprintf(words, sizeof(words), "process %d has ", (int)pid);
    HAS(&p, words);
    OSP_CHECK(kill(pid, SIGKILL) == 0 && waitpid(pid, NULL, 0) == pid);
    OSP_CHECK(osp_sqlite_is_free(p.file, &p.err) == OSP_OK);
    tear_down(&p);
}

OSP_UNIT_TEST(db_is_one, "what is there is a database of SQLite, or nothing yet, or something else")
{
    place p;
    set_up(&p);
    OSP_CHECK(osp_sqlite_is_one(p.file, &p.err) == OSP_OK);
    OSP_CHECK(close(open(p.file, O_WRONLY | O_CREAT, 0600)) == 0);
    OSP_CHECK(osp_sqlite_is_one(p.file, &p.err) == OSP_OK);
    OSP_CHECK(osp_sqlite_is_one(p.folder, &p.err) == OSP_E_INVALID);
    HAS(&p, " is no database; see what DATABASE_URL says");
    const int fd = open(p.file, O_WRONLY);
    OSP_CHECK(write(fd, "SQLite format 4 ", 16) == 16 && close(fd) == 0);
    OSP_CHECK(osp_sqlite_is_one(p.file, &p.err) == OSP_E_INVALID);
    OSP_CHECK(unlink(p.file) == 0);
    fill(&p);
    OSP_CHECK(osp_sqlite_is_one(p.file, &p.err) == OSP_OK);
    tear_down(&p);
}

OSP_UNIT_TEST(db_path, "the path of a database is what SQLite makes of its URL")
{
    place p;
    static const char *const urls[] = { "file:@/a%20b.db", "file://@/a b.db?cache=private",
                                        "file://localhost@/a%20b.db#x", "file:@/./a b.db" };
    set_up(&p);
    for (size_t i = 0; i < OSP_ARRAY_LEN(urls); i++) {
        char url[400], path[400], *folder = realpath(p.folder, NULL);
        osp_sqlite_conn conn = { 0 };
        const size_t at = strcspn(urls[i], "@");
        (void)snprintf(url, sizeof(url), "%.*s%s%s", (int)at, urls[i], folder, urls[i] + at + 1);
        OSP_CHECK(setenv("DATABASE_URL", url, 1) == 0);
        OSP_CHECK(osp_sqlite_conn_open(&conn, NULL, OSP_SQLITE_WRITE, &p.err) == OSP_OK);
        OSP_CHECK(osp_sqlite_admin.path(path, sizeof(path), &p.err) == OSP_OK);
        OSP_CHECK(strcmp(path, sqlite3_db_filename(conn.handle, "main")) == 0);
        osp_sqlite_conn_close(&conn);
        free(folder);
    }
    tear_down(&p);
}
