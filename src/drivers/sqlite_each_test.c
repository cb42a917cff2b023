/* Rows that are taken one after the other. */
#include "drivers/sqlite.h"

#include "drivers/sqlite_impl.h"
#include "tests/unit/world.h"

typedef struct Note {
    int64_t id;
    osp_opt_str body;
} Note;
OSP_TYPE(Note, FIELD(id), FIELD(body));

#define MANY 5000
#define COUNT_TO(n)                                                                                \
    "WITH RECURSIVE c(id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM c WHERE id < " #n ") "

static void fill(osp_task *t)
{
    OSP_CHECK(osp_db_exec(t, COUNT_TO(5000) "INSERT INTO note SELECT id, 'note ' || id FROM c") ==
              MANY);
}

static int64_t notes(osp_task *t)
{
    const int64_t *count = osp_db_one(t, int64_t, "SELECT count(*) FROM note");
    OSP_CHECK(count != NULL);
    return *count;
}

static int64_t sum_from(osp_task *t, int64_t first)
{
    int64_t sum = 0, last = first - 1;
    OSP_DB_EACH(t, Note, note, "SELECT id, body FROM note WHERE id >= ? ORDER BY id", first)
    {
        char want[32];
        snprintf(want, sizeof want, "note %d", (int)note->id);
        OSP_CHECK_STR(note->body.value, osp_str_from(want));
        OSP_CHECK(note->id == ++last);
        sum += note->id;
    }
    return sum;
}

static osp_status leave(osp_task *t, int64_t at)
{
    OSP_DB_EACH(t, Note, note, "SELECT id FROM note ORDER BY id")
    {
        if (note->id == 1) {
            continue;
        }
        if (note->id == at) {
            return OSP_DONE;
        }
        if (note->id == at + 1) {
            break;
        }
    }
    return OSP_OK;
}

static void check_each(osp_task *t)
{
    fill(t);
    for (int i = 0; i < 3; i++) {
        OSP_CHECK(sum_from(t, 1) == (int64_t)MANY * (MANY + 1) / 2);
    }
    OSP_CHECK(sum_from(t, MANY) == MANY && sum_from(t, MANY + 1) == 0);
    for (int i = 0; i < 20; i++) { /* whoever leaves gives the connection back */
        OSP_CHECK(leave(t, 2) == OSP_DONE && leave(t, 1) == OSP_OK && leave(t, 100) == OSP_DONE);
    }
    OSP_CHECK(t->error.status == OSP_OK);
}

OSP_UNIT_TEST(sqlite_each, "rows come one by one, and who leaves has what he needs")
{
    world w;
    set_up(&w);
    check_each(&w.task);
    tear_down(&w);
}

static void each_body(runner *my)
{
    check_each(&my->task);
}

OSP_UNIT_TEST_THREADED(sqlite_each_fiber, "so they do while a thread fetches them")
{
    world w;
    static runner one;
    set_up(&w);
    run_all(&w, &one, 1, each_body);
    tear_down(&w);
}

OSP_UNIT_TEST(sqlite_each_memory, "a million bytes of rows need the memory of a batch")
{
    world w;
    set_up(&w);
    osp_arena_done(&w.arena);
    osp_arena_init(&w.arena, NULL, 0, 300000);
    int64_t bytes = 0;
    OSP_DB_EACH(&w.task, Note, note, COUNT_TO(1000) "SELECT id, hex(zeroblob(1000)) AS body FROM c")
    {
        bytes += (int64_t)note->body.value.len;
    }
    OSP_CHECK(bytes == 2000000 && w.task.error.status == OSP_OK);
    OSP_DB_EACH(&w.task, Note, note, "SELECT 1 AS id, hex(zeroblob(1000000)) AS body")
    {
        OSP_CHECK(note == NULL);
    }
    OSP_CHECK(osp_recover(&w.task) == OSP_E_NOMEM);
    OSP_CHECK(notes(&w.task) == 0);
    tear_down(&w);
}

#define FAILS(want, text, ...)                                                                     \
    do {                                                                                           \
        OSP_DB_EACH(t, Note, note, __VA_ARGS__)                                                    \
        {                                                                                          \
            OSP_CHECK(note == NULL);                                                               \
        }                                                                                          \
        OSP_CHECK(strstr(t->error.message, (text)) != NULL);                                       \
        OSP_CHECK(t->place != NULL && strcmp(t->place->file, __FILE__) == 0);                      \
        OSP_CHECK(osp_recover(t) == (want));                                                       \
    } while (0)

OSP_UNIT_TEST(sqlite_each_fails, "what cannot give its rows is a sticky failure at its line")
{
    world w;
    set_up(&w);
    osp_task *t = &w.task;
    FAILS(OSP_E_DB_SCHEMA, "it writes", "INSERT INTO note(body) VALUES ('x') RETURNING id");
    FAILS(OSP_E_DB_SCHEMA, "no such table", "SELECT id FROM nowhere");
    FAILS(OSP_E_DB_SCHEMA, "no column fills member id", "SELECT body FROM note");
    FAILS(OSP_E_DB_SCHEMA, "1 parameter", "SELECT id FROM note WHERE id = ?");
    FAILS(OSP_E_DB_SCHEMA, "the column holds a text", "SELECT 'x' AS id");
    OSP_CHECK(notes(t) == 0);
    fill(t);
    int rows = 0;
    OSP_DB_EACH(t, Note, note, "SELECT CASE WHEN id < 200 THEN id ELSE 'x' END AS id FROM note")
    {
        rows++;
        OSP_CHECK(note->id == rows);
    }
    OSP_CHECK(rows >= 64 && rows < 200 && osp_recover(t) == OSP_E_DB_SCHEMA);
    rows = 0;
    OSP_DB_EACH(t, Note, note, "SELECT id FROM note ORDER BY id")
    {
        rows++;
        (void)osp_db_exec(t, "INSERT INTO note(id) VALUES (?)", note->id);
    }
    OSP_CHECK(rows == 1 && osp_recover(t) == OSP_E_DB_CONSTRAINT);
    rows = 0;
    OSP_DB_EACH(t, Note, note, "SELECT id FROM note")
    {
        OSP_CHECK(note->id != 0);
        osp_task_cancel(t);
        rows++;
    }
    OSP_CHECK(rows == 64 && osp_recover(t) == OSP_E_CANCELLED);
    t->cancelled = false;
    OSP_CHECK(notes(t) == MANY);
    tear_down(&w);
}

OSP_UNIT_TEST(sqlite_each_writes, "rows are of one moment, and in a transaction of its writes too")
{
    world w;
    set_up(&w);
    osp_task *t = &w.task;
    fill(t);
    int rows = 0;
    char word[] = "note 1%";
    const int64_t matching = 1111;
    OSP_DB_EACH(t, Note, note, "SELECT id FROM note WHERE body LIKE ?", word)
    {
        OSP_CHECK(note->id != 0);
        memset(word, 'x', sizeof word - 1); /* it has been copied */
        if (rows++ == 0) {
            OSP_CHECK(osp_db_exec(t, "DELETE FROM note WHERE id > 1000") == MANY - 1000);
            OSP_CHECK(notes(t) == 1000);
        }
    }
    OSP_CHECK(rows == matching && t->error.status == OSP_OK);
    rows = 0;
    OSP_TRANSACTION(t)
    {
        osp_db_exec(t, "DELETE FROM note WHERE id > 100");
        OSP_DB_EACH(t, Note, note, "SELECT id FROM note ORDER BY id")
        {
            OSP_CHECK(note->id == ++rows);
            OSP_DB_EACH(t, Note, again, "SELECT id FROM note WHERE id <= ? ORDER BY id DESC", rows)
            {
                OSP_CHECK(again->id == rows); /* within the first's rows, as is the next */
                break;
            }
            int inner = 0;
            OSP_DB_EACH(t, Note, same, "SELECT id FROM note ORDER BY id")
            {
                OSP_CHECK(same->id == ++inner);
            }
            OSP_CHECK(inner == 100);
        }
    }
    OSP_CHECK(rows == 100 && notes(t) == 100 && t->error.status == OSP_OK);
    tear_down(&w);
}

static int depth_of(osp_task *t, int depth)
{
    OSP_DB_EACH(t, Note, note, "SELECT 1 AS id")
    {
        return note->id == 1 ? depth_of(t, depth + 1) : 0;
    }
    return depth;
}

static void crowd_body(runner *my)
{
    osp_task *t = &my->task;
    int rows = 0;
    OSP_DB_EACH(t, Note, note, "SELECT id FROM note ORDER BY id LIMIT 150")
    {
        OSP_CHECK(note->id == ++rows);
        if (rows % 50 == 0) {
            OSP_CHECK(osp_sleep_ms(t, 1) == OSP_OK);
        }
    }
    OSP_CHECK(rows == 150 && t->error.status == OSP_OK);
}

OSP_UNIT_TEST_THREADED(sqlite_each_crowd,
                       "more tasks than connections take turns, and none waits for itself")
{
    world w;
    static runner all[OSP_SQLITE_STREAMS_MAX * 3];
    set_up(&w);
    fill(&w.task);
    OSP_CHECK(depth_of(&w.task, 0) == OSP_SQLITE_STREAMS_MAX);
    OSP_CHECK(osp_recover(&w.task) == OSP_E_BUSY);
    run_all(&w, all, OSP_ARRAY_LEN(all), crowd_body);
    tear_down(&w);
}

/* Whether nobody holds a snapshot of what is in the WAL. */
static bool is_free(osp_sqlite_conn *conn)
{
    sqlite3_stmt *restart = NULL;
    OSP_CHECK(sqlite3_prepare_v2(conn->handle, "PRAGMA wal_checkpoint(RESTART)", -1, &restart,
                                 NULL) == SQLITE_OK);
    OSP_CHECK(sqlite3_step(restart) == SQLITE_ROW);
    const bool busy = sqlite3_column_int(restart, 0) != 0;
    sqlite3_finalize(restart);
    return !busy;
}

static void late_body(runner *my)
{
    osp_task *t = &my->task;
    osp_sqlite_conn other = { 0 };
    int rows = 0;
    OSP_CHECK(osp_sqlite_conn_open(&other, NULL, OSP_SQLITE_WRITE, NULL) == OSP_OK);
    sqlite3_busy_timeout(other.handle, 0);
    OSP_CHECK(osp_sqlite_conn_do(&other, "UPDATE note SET body = 'new'", NULL) == OSP_OK);
    OSP_DB_EACH(t, Note, note, "SELECT id FROM note")
    {
        OSP_CHECK(note->id == ++rows);
        if (rows == 1) {
            OSP_CHECK(!is_free(&other));
            while (!is_free(&other)) { /* a second, says the environment */
                OSP_CHECK(osp_sleep_ms(t, 10) == OSP_OK);
            }
        }
    }
    OSP_CHECK(rows == OSP_SQLITE_BATCH_MAX); /* which were there already */
    OSP_CHECK(strstr(t->error.message, "OSP_DB_STATEMENT_S") != NULL);
    OSP_CHECK(osp_recover(t) == OSP_E_DEADLINE && notes(t) == MANY);
    osp_sqlite_conn_close(&other);
}

OSP_UNIT_TEST(sqlite_each_late, "who takes his time does not hold a snapshot for ever")
{
    world w;
    static runner one;
    OSP_CHECK(setenv("OSP_DB_STATEMENT_S", "1", 1) == 0);
    set_up(&w);
    fill(&w.task);
    run_all(&w, &one, 1, late_body);
    tear_down(&w);
}
