/* An application at work on a database that fails it: what is answered, and what is kept. */
#include "drivers/sqlite.h"

#include <fcntl.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "tests/unit/world.h"

#define FLIPS 200
#define NOBODY 65534

typedef struct Note {
    int64_t id;
    osp_str body;
} Note;
OSP_LIST_OF(Note);
OSP_TYPE(Note, FIELD(id), FIELD(body));

typedef struct path_text {
    char text[260];
} path_text;

/* Of the database, or of what SQLite puts beside it. */
static path_text path_of(const world *w, const char *end)
{
    path_text path;
    (void)snprintf(path.text, sizeof(path.text), "%s/test.db%s", w->folder, end);
    return path;
}

/* A worker opens the database, and ends. */
static osp_status begin(world *w)
{
    const osp_status status = osp_resource_sqlite.open(&w->db, &w->err);
    w->services[0].value = w->db;
    return status;
}

static void end(world *w)
{
    osp_resource_sqlite.close(w->db);
}

/* A world with rows, which nobody has open. */
static void set_up_closed(world *w)
{
    /* In memory where that can be had: what a disk takes to write is most of what this costs. */
    OSP_CHECK(access("/dev/shm", W_OK | X_OK) != 0 || setenv("TMPDIR", "/dev/shm", 1) == 0);
    set_up(w);
    OSP_CHECK(osp_db_exec(&w->task, "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n"
                                    " WHERE i < 300) INSERT INTO note(body)"
                                    " SELECT 'note number ' || i FROM n") == 300);
    end(w);
}

static void tear_down_closed(world *w)
{
    OSP_CHECK(begin(w) == OSP_OK);
    tear_down(w);
}

static int64_t count_notes(world *w)
{
    const int64_t *count = osp_db_one(&w->task, int64_t, "SELECT count(*) FROM note");
    return count != NULL ? *count : -1;
}

/* One request that writes.  OSP_OK: its client was told that the row is there. */
static osp_status add(world *w, size_t count)
{
    static char body[1 << 16];
    OSP_CHECK(count < sizeof(body));
    memset(body, 'x', count);
    OSP_TRANSACTION(&w->task)
    {
        (void)osp_db_exec(&w->task, "INSERT INTO note(body) VALUES (?)",
                          ((osp_str){ body, count }));
    }
    return osp_recover(&w->task);
}

OSP_UNIT_TEST(db_full, "where the disk is full a write fails alone, and what was told is kept")
{
    world w;
    struct rlimit limit;
    set_up_closed(&w);
    OSP_CHECK(begin(&w) == OSP_OK);
    int64_t told = count_notes(&w);
    const int64_t first = told;
    OSP_CHECK(getrlimit(RLIMIT_FSIZE, &limit) == 0);
    (void)signal(SIGXFSZ, SIG_IGN); /* as a server does */
    const struct rlimit small = { 400000, limit.rlim_max };
    OSP_CHECK(setrlimit(RLIMIT_FSIZE, &small) == 0);
    size_t failed = 0;
    for (int i = 0; i < 60; i++) {
        const osp_status status = add(&w, 20000);
        OSP_CHECK(status == OSP_OK || status == OSP_E_DB);
        told += status == OSP_OK;
        failed += status != OSP_OK;
        OSP_CHECK(count_notes(&w) == told); /* the next request is served */
    }
    OSP_CHECK(failed > 0 && told > first);
    (void)osp_db_exec(&w.task, "INSERT INTO note(body) VALUES (?)",
                      ((osp_str){ osp_arena_zalloc(&w.arena, 400000), 400000 }));
    OSP_CHECK(strstr(w.task.error.message, "disk I/O error in \"INSERT") != NULL);
    OSP_CHECK(osp_recover(&w.task) == OSP_E_DB);
    OSP_CHECK(setrlimit(RLIMIT_FSIZE, &limit) == 0);
    OSP_CHECK(add(&w, 20000) == OSP_OK);
    end(&w);
    OSP_CHECK(begin(&w) == OSP_OK);
    OSP_CHECK(count_notes(&w) == told + 1);
    end(&w);
    tear_down_closed(&w);
}

/* Adds rows until it is killed, and says a byte behind each that a client would have been told of.
 */
static void add_for_ever(world *w, int to)
{
    OSP_CHECK(begin(w) == OSP_OK);
    for (;;) {
        OSP_CHECK(add(w, 500) == OSP_OK && write(to, "x", 1) == 1);
    }
}

OSP_UNIT_TEST(db_killed, "a worker that is killed loses no row that its clients were told of")
{
    static char told[1 << 20];
    world w;
    set_up_closed(&w);
    int64_t count = 300;
    for (int i = 0; i < 20; i++) {
        int fds[2];
        OSP_CHECK(pipe(fds) == 0);
        const pid_t pid = fork();
        if (pid == 0) {
            add_for_ever(&w, fds[1]);
        }
        (void)close(fds[1]);
        OSP_CHECK(read(fds[0], told, 1) == 1); /* it is at work */
        usleep((useconds_t)(i * 700));
        OSP_CHECK(kill(pid, SIGKILL) == 0 && waitpid(pid, NULL, 0) == pid);
        const ssize_t more = read(fds[0], told, sizeof(told));
        OSP_CHECK(more >= 0);
        (void)close(fds[0]);
        OSP_CHECK(begin(&w) == OSP_OK);
        const int64_t now = count_notes(&w);
        OSP_CHECK(now - (count + 1 + more) == 0 || now - (count + 1 + more) == 1);
        count = now; /* the last may be there and not have been told */
        end(&w);
    }
    tear_down_closed(&w);
}

static void hear_state(void *arg, const osp_migration_state *state)
{
    (void)arg, (void)state;
}

/* Each says what is missing.  Gives the exit status of a child. */
static int try_read_only(world *w, const char *file)
{
    static const char words[] = "this user must be able to write the file and its folder";
    const osp_migration_list list = { migrations, OSP_ARRAY_LEN(migrations) };
    const osp_state_watch watch = { hear_state, NULL };
    const osp_resource *r = &osp_resource_sqlite;
    bool good = begin(w) == OSP_E_DB && strstr(w->err.message, file) != NULL;
    good &= r->prepare(list.items, list.count, &deaf, &w->err) == OSP_E_DB;
    good &= strstr(w->err.message, words) != NULL;
    good &= osp_sqlite_admin.status(&list, &watch, &w->err) == OSP_E_DB;
    good &= strstr(w->err.message, words) != NULL;
    return good ? 0 : 1;
}

OSP_UNIT_TEST(db_read_only, "a database that may only be read is named, and what it needs")
{
    world w;
    set_up_closed(&w);
    const path_text file = path_of(&w, "");
    OSP_CHECK(chmod(file.text, 0444) == 0 && chmod(w.folder, 0555) == 0);
    const pid_t pid = fork();
    if (pid == 0) {
        OSP_CHECK(geteuid() != 0 || seteuid(NOBODY) == 0);
        _exit(try_read_only(&w, file.text));
    }
    int status = 1;
    OSP_CHECK(waitpid(pid, &status, 0) == pid && status == 0);
    OSP_CHECK(chmod(w.folder, 0755) == 0 && chmod(file.text, 0644) == 0);
    tear_down_closed(&w);
}

/* ---------------------------------------------------------------- bytes that are others */

static char bytes[1 << 20];

static size_t read_database(const world *w)
{
    const int fd = open(path_of(w, "").text, O_RDONLY | O_CLOEXEC);
    const ssize_t got = read(fd, bytes, sizeof(bytes));
    OSP_CHECK(fd >= 0 && got > 0 && (size_t)got < sizeof(bytes));
    (void)close(fd);
    return (size_t)got;
}

/* Replaces the file as one that SQLite has not seen yet. */
static void write_database(const world *w, size_t len)
{
    (void)unlink(path_of(w, "-wal").text);
    (void)unlink(path_of(w, "-shm").text);
    const int fd = open(path_of(w, "").text, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    OSP_CHECK(fd >= 0 && write(fd, bytes, len) == (ssize_t)len);
    (void)close(fd);
}

/* Some requests: each is answered or fails with words. */
static void serve_some(world *w, size_t *failed)
{
    if (begin(w) != OSP_OK) {
        OSP_CHECK(w->err.message[0] != '\0');
        (*failed)++;
        return;
    }
    const char *words = w->task.error.message;
    for (int i = 0; i < 3; i++) {
        (void)osp_db_query(&w->task, Note, "SELECT id, body FROM note");
        OSP_CHECK(w->task.error.status == OSP_OK || words[0] != '\0');
        *failed += osp_recover(&w->task) != OSP_OK;
        (void)osp_db_query(&w->task, Note,
                           "SELECT id, body FROM note WHERE body > 'note number 2'");
        OSP_CHECK(w->task.error.status == OSP_OK || words[0] != '\0');
        *failed += osp_recover(&w->task) != OSP_OK;
        *failed += add(w, 100) != OSP_OK;
        const int64_t *one = osp_db_one(&w->task, int64_t, "SELECT 1"); /* the next is served */
        OSP_CHECK((one != NULL && *one == 1) || words[0] != '\0');
        (void)osp_recover(&w->task);
    }
    end(w);
}

OSP_UNIT_TEST(db_serves_flipped, "an application on flipped bytes fails requests, never itself")
{
    world w;
    size_t failed = 0;
    uint64_t state = 7;
    set_up_closed(&w);
    const size_t len = read_database(&w);
    for (int i = 0; i < FLIPS; i++) {
        state = state * 6364136223846793005u + 1442695040888963407u;
        const size_t at = (size_t)(state >> 33) % (i < 100 ? 4096 : len);
        const char was = bytes[at];
        bytes[at] = (char)(was ^ (1 << (state >> 61)));
        write_database(&w, len);
        bytes[at] = was;
        serve_some(&w, &failed);
    }
    OSP_CHECK(failed > 20);
    write_database(&w, len);
    failed = 0;
    serve_some(&w, &failed);
    OSP_CHECK(failed == 0);
    tear_down_closed(&w);
}

OSP_UNIT_TEST(db_serves_cut, "an application whose file is cut meanwhile goes on failing requests")
{
    world w;
    set_up_closed(&w);
    const size_t len = read_database(&w);
    OSP_CHECK(begin(&w) == OSP_OK && count_notes(&w) == 300);
    OSP_CHECK(truncate(path_of(&w, "").text, 4096) == 0);
    (void)osp_db_query(&w.task, Note, "SELECT id, body FROM note");
    OSP_CHECK(osp_recover(&w.task) == OSP_E_DB);
    OSP_CHECK(add(&w, 10) == OSP_E_DB);
    end(&w);
    write_database(&w, len);
    tear_down_closed(&w);
}
