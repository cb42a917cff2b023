/* Migrations on real files: history, order, the lock, and what cannot be in a transaction. */
#include "drivers/sqlite.h"

#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <sys/file.h>
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
    const char *tmp = getenv("TMPDIR");
    (void)snprintf(p->folder, sizeof(p->folder), "%s/osp-migrate-XXXXXX", tmp ? tmp : "/tmp");
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
    HAS(&p, "0003_bad.sql leaves a row of card that refers to a missing row of user");
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
