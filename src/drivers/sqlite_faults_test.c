/* An application at work on a database that fails it: what is answered, and what is kept. */
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "data/db.h"
#include "drivers/sqlite.h"
#include "tests/unit/unit.h"

#define FLIPS 200
#define NOBODY 65534

typedef struct Note {
    int64_t id;
    osp_str body;
} Note;
OSP_LIST_OF(Note);
OSP_TYPE(Note, FIELD(id), FIELD(body));

static const osp_migration migrations[] = {
    { "0001_start.sql",
      "CREATE TABLE note(id INTEGER PRIMARY KEY, body TEXT NOT NULL);"
      "CREATE INDEX note_body ON note(body);"
      "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300)"
      " INSERT INTO note(body) SELECT 'note number ' || i FROM n",
      "aaaa" },
};

static void hear_nothing(void *arg, const osp_migration *migration, int64_t ms)
{
    (void)arg, (void)migration, (void)ms;
}

typedef struct served {
    char folder[200], file[240];
    void *db;
    osp_arena arena;
    osp_task task;
    osp_service services[2];
    osp_error err;
} served;

static int remove_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
    (void)st, (void)flag, (void)ftw;
    return remove(path);
}

static void set_up(served *s)
{
    static const osp_migration_watch deaf = { .applied = hear_nothing };
    memset(s, 0, sizeof(*s));
    const char *tmp = getenv("TMPDIR");
    (void)snprintf(s->folder, sizeof(s->folder), "%s/osp-faults-XXXXXX", tmp ? tmp : "/tmp");
    OSP_CHECK(mkdtemp(s->folder) != NULL);
    (void)snprintf(s->file, sizeof(s->file), "%s/test.db", s->folder);
    char url[260];
    (void)snprintf(url, sizeof(url), "file:%s", s->file);
    OSP_CHECK(setenv("DATABASE_URL", url, 1) == 0);
    OSP_CHECK(osp_resource_sqlite.prepare(migrations, 1, &deaf, &s->err) == OSP_OK);
}

/* A worker opens it. */
static osp_status begin(served *s)
{
    const osp_status status = osp_resource_sqlite.open(&s->db, &s->err);
    if (status == OSP_OK) {
        osp_arena_init(&s->arena, NULL, 0, 64 << 20);
        osp_task_init(&s->task, &s->arena);
        s->services[0] = (osp_service){ osp_resource_sqlite.key, s->db };
        s->task.services = s->services;
    }
    return status;
}

static void end(served *s)
{
    osp_resource_sqlite.close(s->db);
    osp_arena_done(&s->arena);
}

static void tear_down(served *s)
{
    OSP_CHECK(nftw(s->folder, remove_one, 8, FTW_DEPTH | FTW_PHYS) == 0);
}

static int64_t count_notes(served *s)
{
    const int64_t *count = osp_db_one(&s->task, int64_t, "SELECT count(*) FROM note");
    return count != NULL ? *count : -1;
}

/* One request that writes.  OSP_OK: its client was told that the row is there. */
static osp_status add(served *s, size_t count)
{
    static char body[1 << 16];
    OSP_CHECK(count < sizeof(body));
    memset(body, 'x', count);
    OSP_TRANSACTION(&s->task)
    {
        (void)osp_db_exec(&s->task, "INSERT INTO note(body) VALUES (?)",
                          ((osp_str){ body, count }));
    }
    return osp_recover(&s->task);
}

OSP_UNIT_TEST(db_full, "where the disk is full a write fails alone, and what was told is kept")
{
    served s;
    struct rlimit limit;
    set_up(&s);
    OSP_CHECK(begin(&s) == OSP_OK);
    int64_t told = count_notes(&s);
    const int64_t first = told;
    OSP_CHECK(getrlimit(RLIMIT_FSIZE, &limit) == 0);
    (void)signal(SIGXFSZ, SIG_IGN); /* as a server does */
    const struct rlimit small = { 400000, limit.rlim_max };
    OSP_CHECK(setrlimit(RLIMIT_FSIZE, &small) == 0);
    size_t failed = 0;
    for (int i = 0; i < 60; i++) {
        const osp_status status = add(&s, 20000);
        OSP_CHECK(status == OSP_OK || status == OSP_E_DB);
        told += status == OSP_OK;
        failed += status != OSP_OK;
        OSP_CHECK(count_notes(&s) == told); /* the next request is served */
    }
    OSP_CHECK(failed > 0 && told > first);
    (void)osp_db_exec(&s.task, "INSERT INTO note(body) VALUES (?)",
                      ((osp_str){ osp_arena_zalloc(&s.arena, 400000), 400000 }));
    OSP_CHECK(strstr(s.task.error.message, "disk I/O error in \"INSERT") != NULL);
    OSP_CHECK(osp_recover(&s.task) == OSP_E_DB);
    OSP_CHECK(setrlimit(RLIMIT_FSIZE, &limit) == 0);
    OSP_CHECK(add(&s, 20000) == OSP_OK);
    end(&s);
    OSP_CHECK(begin(&s) == OSP_OK);
    OSP_CHECK(count_notes(&s) == told + 1);
    end(&s);
    tear_down(&s);
}

OSP_UNIT_TEST(db_read_only, "a database that may only be read is named when the server starts")
{
    served s;
    set_up(&s);
    OSP_CHECK(chmod(s.file, 0444) == 0 && chmod(s.folder, 0555) == 0);
    const pid_t pid = fork();
    if (pid == 0) {
        OSP_CHECK(geteuid() != 0 || seteuid(NOBODY) == 0);
        const osp_status status = begin(&s);
        _exit(status == OSP_E_DB && strstr(s.err.message, s.file) != NULL ? 0 : 1);
    }
    int status = 1;
    OSP_CHECK(waitpid(pid, &status, 0) == pid && status == 0);
    OSP_CHECK(chmod(s.folder, 0755) == 0);
    tear_down(&s);
}

/* ---------------------------------------------------------------- bytes that are others */

static char bytes[1 << 20];

static size_t read_database(const served *s)
{
    const int fd = open(s->file, O_RDONLY | O_CLOEXEC);
    const ssize_t got = read(fd, bytes, sizeof(bytes));
    OSP_CHECK(fd >= 0 && got > 0 && (size_t)got < sizeof(bytes));
    (void)close(fd);
    return (size_t)got;
}

/* Replaces the file as one that SQLite has not seen yet. */
static void write_database(const served *s, size_t len)
{
    char path[260];
    (void)snprintf(path, sizeof(path), "%s-wal", s->file);
    (void)unlink(path);
    (void)snprintf(path, sizeof(path), "%s-shm", s->file);
    (void)unlink(path);
    const int fd = open(s->file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    OSP_CHECK(fd >= 0 && write(fd, bytes, len) == (ssize_t)len);
    (void)close(fd);
}

/* Some requests: each is answered or fails with words. */
static void serve_some(served *s, size_t *failed)
{
    if (begin(s) != OSP_OK) {
        OSP_CHECK(s->err.message[0] != '\0');
        (*failed)++;
        return;
    }
    const char *words = s->task.error.message;
    for (int i = 0; i < 3; i++) {
        (void)osp_db_query(&s->task, Note, "SELECT id, body FROM note");
        OSP_CHECK(s->task.error.status == OSP_OK || words[0] != '\0');
        *failed += osp_recover(&s->task) != OSP_OK;
        (void)osp_db_query(&s->task, Note,
                           "SELECT id, body FROM note WHERE body > 'note number 2'");
        OSP_CHECK(s->task.error.status == OSP_OK || words[0] != '\0');
        *failed += osp_recover(&s->task) != OSP_OK;
        *failed += add(s, 100) != OSP_OK;
        const int64_t *one = osp_db_one(&s->task, int64_t, "SELECT 1"); /* the next is served */
        OSP_CHECK((one != NULL && *one == 1) || words[0] != '\0');
        (void)osp_recover(&s->task);
    }
    end(s);
}

OSP_UNIT_TEST(db_serves_flipped, "an application on flipped bytes fails requests, never itself")
{
    served s;
    size_t failed = 0;
    uint64_t state = 7;
    set_up(&s);
    const size_t len = read_database(&s);
    for (int i = 0; i < FLIPS; i++) {
        state = state * 6364136223846793005u + 1442695040888963407u;
        const size_t at = (size_t)(state >> 33) % (i < 100 ? 4096 : len);
        const char was = bytes[at];
        bytes[at] = (char)(was ^ (1 << (state >> 61)));
        write_database(&s, len);
        bytes[at] = was;
        serve_some(&s, &failed);
    }
    OSP_CHECK(failed > 20);
    write_database(&s, len);
    failed = 0;
    serve_some(&s, &failed);
    OSP_CHECK(failed == 0);
    tear_down(&s);
}

OSP_UNIT_TEST(db_serves_cut, "an application whose file is cut meanwhile goes on failing requests")
{
    served s;
    set_up(&s);
    OSP_CHECK(begin(&s) == OSP_OK && count_notes(&s) == 300);
    OSP_CHECK(truncate(s.file, 4096) == 0);
    (void)osp_db_query(&s.task, Note, "SELECT id, body FROM note");
    OSP_CHECK(osp_recover(&s.task) == OSP_E_DB);
    OSP_CHECK(add(&s, 10) == OSP_E_DB);
    end(&s);
    tear_down(&s);
}
