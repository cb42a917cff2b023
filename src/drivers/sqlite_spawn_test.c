/* Tasks of one request at one SQLite database. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "data/db.h"
#include "drivers/sqlite.h"
#include "rt/fiber.h"
#include "rt/offload.h"
#include "tests/unit/unit.h"

#define ROUNDS 20

typedef struct Count {
    int64_t count;
} Count;
OSP_LIST_OF(Count);
OSP_TYPE(Count, FIELD(count));

static const osp_migration migrations[] = {
    { "0001_start.sql", "CREATE TABLE note(id INTEGER PRIMARY KEY, body TEXT)", "aaaa" },
};

static void hear_nothing(void *arg, const osp_migration *migration, const osp_migration *newest)
{
    (void)arg, (void)migration, (void)newest;
}

typedef struct parent {
    osp_task task;
    osp_fiber_waits waits;
    void (*body)(osp_task *task);
} parent;

static void on_resumed(osp_fiber_waits *waits, bool ended)
{
    if (ended) {
        osp_loop_stop(waits->loop);
    }
}

static void on_fiber(void *arg)
{
    parent *my = arg;
    my->body(&my->task);
}

static void open_database(const char *folder, void **ret_db)
{
    static const osp_migration_watch deaf = { hear_nothing, NULL };
    const osp_resource *r = &osp_resource_sqlite;
    char url[300];
    osp_error err = { 0 };
    (void)snprintf(url, sizeof url, "file:%s/test.db", folder);
    OSP_CHECK(setenv("DATABASE_URL", url, 1) == 0);
    OSP_CHECK(r->prepare(migrations, OSP_ARRAY_LEN(migrations), &deaf, &err) == OSP_OK);
    OSP_CHECK(r->open(ret_db, &err) == OSP_OK);
}

static void remove_database(const char *folder)
{
    static const char *const names[] = { "test.db", "test.db-wal", "test.db-shm" };
    char path[300];
    for (size_t i = 0; i < OSP_ARRAY_LEN(names); i++) {
        (void)snprintf(path, sizeof path, "%s/%s", folder, names[i]);
        (void)unlink(path);
    }
    OSP_CHECK(rmdir(folder) == 0);
}

/* Runs a body as a task on a fiber, with a database of its own. */
static void run(void (*body)(osp_task *task))
{
    char folder[200];
    const char *tmp = getenv("TMPDIR");
    osp_service services[2] = { { osp_resource_sqlite.key, NULL } };
    osp_arena arena;
    parent my = { .body = body };
    (void)snprintf(folder, sizeof folder, "%s/osp-spawn-XXXXXX", tmp != NULL ? tmp : "/tmp");
    OSP_CHECK(mkdtemp(folder) != NULL);
    open_database(folder, &services[0].value);
    osp_arena_init(&arena, NULL, 0, 16 << 20);
    osp_task_init(&my.task, &arena);
    my.task.services = services;
    osp_loop *loop = osp_loop_new(NULL);
    osp_fibers *fibers = osp_fibers_new((osp_fibers_options){ 0 });
    OSP_CHECK(loop != NULL && fibers != NULL);
    my.waits = (osp_fiber_waits){ .loop = loop, .resumed = on_resumed };
    my.waits.fiber = osp_fiber_new(fibers, on_fiber, &my);
    OSP_CHECK(my.waits.fiber != NULL);
    osp_task_schedule(&my.task, &my.waits);
    if (!osp_fiber_resume(my.waits.fiber)) {
        OSP_CHECK(osp_loop_run(loop) == OSP_OK);
    }
    osp_arena_done(&arena);
    osp_resource_sqlite.close(services[0].value);
    osp_fibers_free(fibers);
    osp_loop_free(loop);
    remove_database(folder);
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

static void reads_and_writes(osp_task *task)
{
    int64_t first = 0, second = 0;
    OSP_CHECK(osp_spawn(task, read_pairs, &first) != NULL);
    OSP_CHECK(osp_spawn(task, write_pairs, NULL) != NULL);
    OSP_CHECK(osp_spawn(task, read_pairs, &second) != NULL);
    OSP_CHECK(osp_spawn(task, write_single, NULL) != NULL);
    OSP_CHECK(osp_join_all(task) == OSP_OK);
    OSP_CHECK(count_notes(task) == 4 * ROUNDS && task->error.status == OSP_OK);
}

OSP_UNIT_TEST(sqlite_spawn,
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

static void cancelled(osp_task *task)
{
    OSP_CHECK(osp_spawn(task, hold_transaction, NULL) != NULL);
    OSP_CHECK(osp_spawn(task, fail_soon, NULL) != NULL);
    OSP_CHECK(osp_join_all(task) == OSP_E_INVALID);
    OSP_CHECK(count_notes(task) == 0); /* the writer is free again, too */
    OSP_CHECK(osp_db_exec(task, "INSERT INTO note(body) VALUES ('kept')") == 1);
}

OSP_UNIT_TEST(sqlite_spawn_cancelled, "the transaction of a child that is cancelled is rolled back")
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

static void below_transaction(osp_task *task)
{
    beside_transaction(task);
    OSP_CHECK(task->error.status == OSP_E_BUSY); /* so what is the parent's is not committed */
    OSP_CHECK(osp_recover(task) == OSP_E_BUSY && count_notes(task) == 0);
    OSP_CHECK(osp_join_all(task) == OSP_E_BUSY);
}

OSP_UNIT_TEST(sqlite_spawn_below,
              "a child of who has a transaction reads what was before, and may not write")
{
    run(below_transaction);
}
