/* Tasks of one request at one SQLite database. */
#include "drivers/sqlite.h"

#include "tests/unit/world.h"

#define ROUNDS 20

typedef struct Count {
    int64_t count;
} Count;
OSP_LIST_OF(Count);
OSP_TYPE(Count, FIELD(count));

/* Runs a body as a task on a fiber, with a database of its own. */
static void run(void (*body)(runner *my))
{
    static runner one;
    world w;
    set_up(&w);
    run_all(&w, &one, 1, body);
    tear_down(&w);
}

static int64_t count_notes(osp_task *task)
{
    const Count *found = osp_db_one(task, Count, "SELECT count(*) AS count FROM note");
    return found != NULL ? found->count : -1;
}

/* ---------------------------------------------------------------- two at once */

static osp_status read_pairs(osp_task *task, int64_t *last)
{
    for (int i = 0; i < ROUNDS; i++) {
        const int64_t count = count_notes(task);
        OSP_CHECK(count >= *last && count % 2 == 0); /* half a transaction is never seen */
        *last = count;
        const Count *deep = osp_db_one(task, Count,
                                       "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1"
                                       " FROM n WHERE i < 3000) SELECT count(*) AS count FROM n");
        OSP_CHECK(deep != NULL && deep->count == 3000); /* off the loop, where others go on */
    }
    return OSP_OK;
}
OSP_TASK(read_pairs, int64_t);

static osp_status write_pairs(osp_task *task, void *none)
{
    (void)none;
    for (int i = 0; i < ROUNDS; i++) {
        OSP_TRANSACTION(task)
        {
            osp_db_exec(task, "INSERT INTO note(body) VALUES (?)", S("a"));
            OSP_TRY(osp_sleep_ms(task, 1));
            osp_db_exec(task, "INSERT INTO note(body) VALUES (?)", S("b"));
        }
        OSP_TRY(task->error.status);
    }
    return OSP_OK;
}
OSP_TASK(write_pairs, void);

static osp_status write_single(osp_task *task, void *none)
{
    (void)none;
    for (int i = 0; i < ROUNDS; i++) {
        OSP_CHECK(osp_db_exec(task, "INSERT INTO note(body) VALUES ('c'), ('d')") == 2);
    }
    return task->error.status;
}
OSP_TASK(write_single, void);

static void reads_and_writes(runner *my)
{
    osp_task *task = &my->task;
    int64_t first = 0, second = 0;
    OSP_CHECK(osp_spawn(task, read_pairs, &first) != NULL);
    OSP_CHECK(osp_spawn(task, write_pairs, NULL) != NULL);
    OSP_CHECK(osp_spawn(task, read_pairs, &second) != NULL);
    OSP_CHECK(osp_spawn(task, write_single, NULL) != NULL);
    OSP_CHECK(osp_join_all(task) == OSP_OK);
    OSP_CHECK(count_notes(task) == 4 * ROUNDS && task->error.status == OSP_OK);
}

OSP_UNIT_TEST_THREADED(sqlite_spawn,
                       "children read, write and have transactions at once, and none sees half")
{
    run(reads_and_writes);
}

/* ---------------------------------------------------------------- one that fails */

static osp_status fail_soon(osp_task *task, void *none)
{
    (void)none;
    OSP_TRY(osp_sleep_ms(task, 5));
    return OSP_E_INVALID;
}
OSP_TASK(fail_soon, void);

static osp_status hold_transaction(osp_task *task, void *none)
{
    (void)none;
    OSP_TRANSACTION(task)
    {
        osp_db_exec(task, "INSERT INTO note(body) VALUES ('lost')");
        OSP_TRY(osp_sleep_ms(task, 60000));
    }
    return OSP_OK;
}
OSP_TASK(hold_transaction, void);

static void cancelled(runner *my)
{
    osp_task *task = &my->task;
    OSP_CHECK(osp_spawn(task, hold_transaction, NULL) != NULL);
    OSP_CHECK(osp_spawn(task, fail_soon, NULL) != NULL);
    OSP_CHECK(osp_join_all(task) == OSP_E_INVALID);
    OSP_CHECK(count_notes(task) == 0); /* the writer is free again, too */
    OSP_CHECK(osp_db_exec(task, "INSERT INTO note(body) VALUES ('kept')") == 1);
}

OSP_UNIT_TEST_THREADED(sqlite_spawn_cancelled,
                       "the transaction of a child that is cancelled is rolled back")
{
    run(cancelled);
}

/* ---------------------------------------------------------------- below a transaction */

static osp_status write_one(osp_task *task, void *none)
{
    (void)none;
    osp_db_exec(task, "INSERT INTO note(body) VALUES ('c'), ('d')");
    return task->error.status;
}
OSP_TASK(write_one, void);

static void beside_transaction(osp_task *task)
{
    int64_t last = 0;
    OSP_TRANSACTION(task)
    {
        osp_db_exec(task, "INSERT INTO note(body) VALUES ('mine'), ('mine')");
        OSP_CHECK(osp_join(task, osp_spawn(task, read_pairs, &last)) == OSP_OK && last == 0);
        OSP_CHECK(osp_join(task, osp_spawn(task, write_one, NULL)) ==
                  OSP_E_BUSY); /* it would wait for who waits for it */
    }
}

static void below_transaction(runner *my)
{
    osp_task *task = &my->task;
    beside_transaction(task);
    OSP_CHECK(task->error.status == OSP_E_BUSY); /* so what is the parent's is not committed */
    OSP_CHECK(osp_recover(task) == OSP_E_BUSY && count_notes(task) == 0);
    OSP_CHECK(osp_join_all(task) == OSP_E_BUSY);
}

OSP_UNIT_TEST_THREADED(sqlite_spawn_below,
                       "a child of who has a transaction reads what was before, and may not write")
{
    run(below_transaction);
}
