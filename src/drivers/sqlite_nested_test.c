/* Transactions within transactions, and those that are tried again. */
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

static void leave_inner(osp_task *t)
{
    OSP_TRANSACTION(t)
    {
        osp_db_exec(t, "INSERT INTO note(body) VALUES ('left')");
        return;
    }
}

OSP_UNIT_TEST(sqlite_savepoint, "a transaction in another one undoes itself alone")
{
    world w;
    set_up(&w);
    osp_task *t = &w.task;
    OSP_TRANSACTION(t)
    {
        osp_db_exec(t, "INSERT INTO note(id) VALUES (1)");
        OSP_TRANSACTION(t)
        {
            osp_db_exec(t, "INSERT INTO note(id) VALUES (2)");
            OSP_TRANSACTION(t)
            {
                osp_db_exec(t, "INSERT INTO note(id) VALUES (3)");
                osp_db_exec(t, "INSERT INTO note(id) VALUES (1)");
            }
            OSP_CHECK(osp_recover(t) == OSP_E_DB_CONSTRAINT);
            OSP_CHECK(notes(t) == 2); /* not the third */
        }
        leave_inner(t);
        OSP_TRANSACTION(t)
        {
            osp_db_exec(t, "INSERT INTO note(id) VALUES (4)");
            break;
        }
        OSP_CHECK(notes(t) == 2);
    }
    OSP_CHECK(t->error.status == OSP_OK && notes(t) == 2);
    OSP_TRANSACTION(t)
    {
        OSP_TRANSACTION(t)
        {
            osp_db_exec(t, "INSERT INTO note(id) VALUES (5)");
        }
        OSP_CHECK(notes(t) == 3);
        break; /* what is inside lasts only with what is around it */
    }
    OSP_CHECK(t->error.status == OSP_OK && notes(t) == 2);
    OSP_TRANSACTION(t)
    {
        osp_db_exec(t, "INSERT INTO note(id) VALUES (6)");
        OSP_TRANSACTION(t)
        {
            osp_db_exec(t, "INSERT INTO note(id) VALUES (1)");
        }
    } /* nobody recovered */
    OSP_CHECK(osp_recover(t) == OSP_E_DB_CONSTRAINT && notes(t) == 2);
    tear_down(&w);
}

OSP_UNIT_TEST(sqlite_savepoint_lost,
              "when the database has ended the whole, neither part nor whole commits")
{
    world w;
    set_up(&w);
    osp_task *t = &w.task;
    osp_db_exec(t, "INSERT INTO note(id) VALUES (1)");
    for (int round = 0; round < 2; round++) {
        OSP_TRANSACTION(t)
        {
            osp_db_exec(t, "INSERT INTO note(id) VALUES (2)");
            OSP_TRANSACTION(t)
            {
                osp_db_exec(t, "INSERT OR ROLLBACK INTO note(id) VALUES (1)");
                OSP_CHECK(osp_recover(t) == OSP_E_DB_CONSTRAINT);
                if (round == 1) {
                    break;
                }
            }
            OSP_CHECK(osp_recover(t) == (round == 0 ? OSP_E_DB : OSP_OK));
            OSP_TRANSACTION(t)
            {
                OSP_CHECK(!"a savepoint would begin a transaction of its own");
            }
            OSP_CHECK(osp_recover(t) == OSP_E_DB);
            osp_db_exec(t, "INSERT INTO note(id) VALUES (3)");
            OSP_CHECK(osp_recover(t) == OSP_E_DB);
        }
        OSP_CHECK(strstr(t->error.message, "rolled the transaction back") != NULL);
        OSP_CHECK(osp_recover(t) == OSP_E_DB && notes(t) == 1);
    }
    OSP_CHECK(osp_db_exec(t, "INSERT INTO note(id) VALUES (4)") == 1); /* the writer is free */
    tear_down(&w);
}

typedef struct Tries {
    int count;     /* so far */
    int busy;      /* how many of them ask for another one */
    osp_status as; /* what the others return */
} Tries;

static osp_status try_it(osp_task *task, Tries *tries)
{
    osp_db_exec(task, "INSERT INTO note(body) VALUES ('tried')");
    return ++tries->count <= tries->busy ? OSP_E_BUSY : tries->as;
}
OSP_TASK(try_it, Tries);

static osp_status give_up(osp_task *task, void *none)
{
    (void)none;
    osp_db_exec(task, "INSERT INTO note(id) VALUES (1)"); /* which is there */
    return OSP_E_NOT_FOUND;
}
OSP_TASK(give_up, void);

static osp_status refuse(osp_task *task, void *none)
{
    (void)none;
    osp_db_exec(task, "INSERT INTO note(body) VALUES ('refused')");
    task->refused = true; /* as osp_fail does */
    return OSP_E_BUSY;
}
OSP_TASK(refuse, void);

OSP_UNIT_TEST(sqlite_retries, "a function is tried as often as it may, and each try is undone")
{
    world w;
    set_up(&w);
    osp_task *t = &w.task;
    Tries tries = { .busy = 2 };
    OSP_CHECK(osp_transaction(t, try_it, &tries, .retries = 2) == OSP_OK);
    OSP_CHECK(tries.count == 3 && notes(t) == 1 && t->error.status == OSP_OK);
    tries = (Tries){ .busy = 2 };
    OSP_CHECK(osp_transaction(t, try_it, &tries, .retries = 1) == OSP_E_BUSY);
    OSP_CHECK(tries.count == 2 && notes(t) == 1);
    tries = (Tries){ .busy = 1 };
    OSP_CHECK(osp_transaction(t, try_it, &tries) == OSP_E_BUSY);
    OSP_CHECK(tries.count == 1 && notes(t) == 1);
    tries = (Tries){ .as = OSP_E_NOT_FOUND };
    OSP_CHECK(osp_transaction(t, try_it, &tries, .retries = 5) == OSP_E_NOT_FOUND);
    OSP_CHECK(tries.count == 1 && notes(t) == 1);
    tries = (Tries){ .as = OSP_DONE };
    OSP_CHECK(osp_transaction(t, try_it, &tries) == OSP_DONE && notes(t) == 2);
    OSP_CHECK(osp_transaction(t, give_up, NULL) == OSP_E_DB_CONSTRAINT); /* which came first */
    OSP_CHECK(osp_recover(t) == OSP_E_DB_CONSTRAINT);
    OSP_CHECK(osp_transaction(t, refuse, NULL, .retries = 5) == OSP_E_BUSY && notes(t) == 2);
    t->refused = false;
    (void)osp_db_exec(t, "nonsense");
    tries = (Tries){ 0 };
    OSP_CHECK(osp_transaction(t, try_it, &tries, .retries = 5) == OSP_E_DB_SCHEMA);
    OSP_CHECK(tries.count == 0 && osp_recover(t) == OSP_E_DB_SCHEMA);
    tries = (Tries){ .busy = 200 };
    t->deadline_us = osp_monotonic_us() + 50000; /* it does not pause beyond that */
    OSP_CHECK(osp_transaction(t, try_it, &tries, .retries = 255) == OSP_E_BUSY);
    OSP_CHECK(tries.count < 20);
    t->deadline_us = 0;
    OSP_TRANSACTION(t)
    {
        tries = (Tries){ 0 };
        OSP_CHECK(osp_transaction(t, try_it, &tries) == OSP_OK);
        break;
    }
    OSP_CHECK(notes(t) == 2);
    tear_down(&w);
}

/* Holds the write lock in another process until a byte comes from ret_end. */
static pid_t hold_until(int *ret_ready, int *ret_end)
{
    int ready[2], end[2];
    OSP_CHECK(pipe(ready) == 0 && pipe(end) == 0);
    const pid_t child = fork();
    if (child == 0) {
        char byte = 0;
        osp_sqlite_conn conn = { 0 };
        close(end[1]);
        osp_status status = osp_sqlite_conn_open(&conn, NULL, OSP_SQLITE_WRITE, NULL);
        status = status < 0 ? status : osp_sqlite_conn_do(&conn, "BEGIN IMMEDIATE", NULL);
        const bool good = write(ready[1], "x", 1) == 1 && read(end[0], &byte, 1) == 1;
        osp_sqlite_conn_rollback(&conn);
        osp_sqlite_conn_close(&conn);
        _exit(status == OSP_OK && good ? 0 : 1);
    }
    close(end[0]);
    *ret_ready = ready[0];
    *ret_end = end[1];
    return child;
}

OSP_UNIT_TEST(sqlite_retries_lock, "a transaction that another process locks out is tried again")
{
    world w;
    set_up(&w);
    osp_task *t = &w.task;
    int ready = -1, end = -1, status = 1;
    char byte;
    Tries tries = { 0 };
    OSP_TRANSACTION(t)
    {
        osp_db_exec(t, "PRAGMA busy_timeout = 20"); /* of the writer, so that the test is short */
    }
    const pid_t child = hold_until(&ready, &end);
    OSP_CHECK(read(ready, &byte, 1) == 1);
    OSP_CHECK(osp_transaction(t, try_it, &tries, .retries = 2) == OSP_E_BUSY);
    OSP_CHECK(tries.count == 0 && strstr(t->error.message, "locked") != NULL);
    OSP_CHECK(osp_transaction(t, try_it, &tries, .retries = 9) == OSP_E_BUSY); /* sticky: no try */
    OSP_CHECK(osp_recover(t) == OSP_E_BUSY);
    OSP_CHECK(write(end, "x", 1) == 1);
    OSP_CHECK(osp_transaction(t, try_it, &tries, .retries = 20) == OSP_OK);
    OSP_CHECK(tries.count == 1 && notes(t) == 1);
    OSP_CHECK(waitpid(child, &status, 0) == child && status == 0);
    tear_down(&w);
}

OSP_UNIT_TEST(sqlite_insert, "an INSERT gives the id of its row, or 0")
{
    world w;
    set_up(&w);
    osp_task *t = &w.task;
    OSP_CHECK(osp_db_insert(t, "INSERT INTO note(body) VALUES (?)", S("a")) == 1);
    OSP_CHECK(osp_db_insert(t, "INSERT INTO note(id, body) VALUES (?, ?)", 70, S("b")) == 70);
    OSP_CHECK(osp_db_insert(t, "INSERT INTO note(body) VALUES ('c'), ('d')") == 72);
    OSP_CHECK(osp_db_insert(t, "INSERT OR IGNORE INTO note(id) VALUES (70)") == 0);
    OSP_CHECK(osp_db_insert(t, "INSERT INTO note(id) VALUES (70)"
                               " ON CONFLICT (id) DO UPDATE SET body = 'e'") == 0);
    OSP_TRANSACTION(t)
    {
        OSP_CHECK(osp_db_insert(t, "INSERT INTO note(body) VALUES ('f')") == 73);
        OSP_CHECK(osp_db_exec(t, "UPDATE note SET body = id WHERE id = last_insert_rowid()") == 1);
    }
    OSP_CHECK(osp_db_insert(t, "INSERT INTO note(id) VALUES (1)") == 0);
    OSP_CHECK(osp_recover(t) == OSP_E_DB_CONSTRAINT);
    tear_down(&w);
}
