/* Read transactions that are held for a turn of the loop: that they are, and that nobody can tell.
 */
#include "drivers/sqlite.h"

#include <sys/wait.h>

#include "drivers/sqlite_impl.h"
#include "tests/unit/world.h"

static int64_t notes(osp_task *t)
{
    const int64_t *count = osp_db_one(t, int64_t, "SELECT count(*) FROM note");
    OSP_CHECK(count != NULL);
    return *count;
}

/* Another connection of this process, as another process would have it. */
typedef struct other {
    osp_sqlite_conn conn;
    sqlite3_stmt *restart;
} other;

static void other_open(other *o)
{
    *o = (other){ 0 };
    OSP_CHECK(osp_sqlite_conn_open(&o->conn, NULL, OSP_SQLITE_WRITE, NULL) == OSP_OK);
    sqlite3_busy_timeout(o->conn.handle, 0);
    OSP_CHECK(sqlite3_prepare_v2(o->conn.handle, "PRAGMA wal_checkpoint(RESTART)", -1, &o->restart,
                                 NULL) == SQLITE_OK);
}

static void other_write(other *o)
{
    OSP_CHECK(osp_sqlite_conn_do(&o->conn, "INSERT INTO note(body) VALUES ('other')", NULL) ==
              OSP_OK);
}

/* Whether nobody holds a snapshot of what is in the WAL. */
static bool other_is_free(other *o)
{
    OSP_CHECK(sqlite3_step(o->restart) == SQLITE_ROW);
    const bool busy = sqlite3_column_int(o->restart, 0) != 0;
    OSP_CHECK(sqlite3_reset(o->restart) == SQLITE_OK);
    return !busy;
}

static void other_close(other *o)
{
    sqlite3_finalize(o->restart);
    osp_sqlite_conn_close(&o->conn);
}

static void holding_body(runner *my)
{
    osp_task *t = &my->task;
    other o;
    other_open(&o);
    for (int64_t count = 1; count < 10; count += 2) {
        other_write(&o);
        OSP_CHECK(notes(t) == count);
        OSP_CHECK(other_is_free(&o) == (count == 1)); /* it might have been alone, the first time */
        other_write(&o);
        count++;
        OSP_CHECK(notes(t) == count && notes(t) == count);
        OSP_CHECK(!other_is_free(&o));
        OSP_CHECK(notes(t) == count);
        other_write(&o); /* whose client may ask us before the turn is over */
        OSP_CHECK(notes(t) == count + 1);
        OSP_CHECK(osp_db_query(t, int64_t, "SELECT id FROM note").count == (size_t)count + 1);
        OSP_CHECK(!other_is_free(&o));
        OSP_CHECK(osp_sleep_ms(t, 1) == OSP_OK);
        OSP_CHECK(other_is_free(&o));
    }
    for (int i = 0; i < 3; i++) { /* alone in its turn, again and again */
        OSP_CHECK(osp_sleep_ms(t, 1) == OSP_OK);
        other_write(&o);
        OSP_CHECK(notes(t) == 10 + i);
        OSP_CHECK(other_is_free(&o) == (i > 0));
    }
    OSP_CHECK(osp_db_exec(t, "INSERT INTO note(body) VALUES ('mine')") == 1);
    OSP_CHECK(notes(t) == 13);
    OSP_CHECK(osp_sqlite_conn_do(&o.conn, "ALTER TABLE note RENAME TO memo", NULL) == OSP_OK);
    OSP_CHECK(osp_db_one(t, int64_t, "SELECT count(*) FROM note") == NULL);
    OSP_CHECK(osp_recover(t) == OSP_E_DB_SCHEMA);
    OSP_CHECK(*osp_db_one(t, int64_t, "SELECT count(*) FROM memo") == 13);
    other_close(&o);
}

OSP_UNIT_TEST_THREADED(sqlite_hold,
                       "a transaction is held for a turn, and shows each commit all the same")
{
    world w;
    static runner one;
    set_up(&w);
    run_all(&w, &one, 1, holding_body);
    tear_down(&w);
}

#define LONG                                                                                       \
    "WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < 100000)"             \
    " SELECT count(*) FROM c JOIN note ON i = id"

static void away_body(runner *my)
{
    osp_task *t = &my->task;
    other o;
    other_open(&o);
    other_write(&o);
    OSP_CHECK(notes(t) == 1);
    OSP_CHECK(*osp_db_one(t, int64_t, LONG) == 1); /* goes on in a thread */
    OSP_CHECK(other_is_free(&o));
    t->deadline_us = 1;
    OSP_CHECK(osp_db_one(t, int64_t, LONG) == NULL && osp_recover(t) == OSP_E_DEADLINE);
    t->deadline_us = 0;
    OSP_CHECK(other_is_free(&o));
    other_write(&o);
    OSP_CHECK(notes(t) == 2);
    (void)osp_db_one(t, int64_t, "SELECT nothing");
    OSP_CHECK(osp_recover(t) == OSP_E_DB_SCHEMA);
    OSP_CHECK(notes(t) == 2 && !other_is_free(&o));
    other_close(&o);
}

OSP_UNIT_TEST_THREADED(sqlite_hold_away,
                       "a query that leaves the loop takes no transaction with it")
{
    world w;
    static runner one;
    set_up(&w);
    run_all(&w, &one, 1, away_body);
    tear_down(&w);
}

#define CHATS 24

/* Each writes a row of its own and reads it back at once, while others hold what they hold. */
static void chatting_body(runner *my)
{
    osp_task *t = &my->task;
    for (int i = 0; i < 20; i++) {
        const int64_t before = notes(t);
        const int64_t id = osp_db_insert(t, "INSERT INTO note(body) VALUES ('chat')");
        OSP_CHECK(osp_db_one(t, int64_t, "SELECT id FROM note WHERE id = ?", id) != NULL);
        OSP_CHECK(notes(t) > before);
    }
}

/* Another process: a row is there when its writer has been told so. */
static pid_t chat_elsewhere(void)
{
    const pid_t child = fork();
    if (child == 0) {
        bool good = true;
        for (int i = 0; i < 20; i++) {
            good &= run_script(NULL, "x", "INSERT INTO note(body) VALUES ('chat')", NULL) == OSP_OK;
        }
        _exit(good ? 0 : 1);
    }
    return child;
}

OSP_UNIT_TEST_THREADED(sqlite_hold_writes, "whoever has written reads it, whatever others hold")
{
    world w;
    static runner all[CHATS];
    set_up(&w);
    int status = 1;
    const pid_t child = chat_elsewhere();
    run_all(&w, all, CHATS, chatting_body);
    OSP_CHECK(waitpid(child, &status, 0) == child && status == 0);
    OSP_CHECK(notes(&w.task) == 20 * (CHATS + 1));
    tear_down(&w);
}
