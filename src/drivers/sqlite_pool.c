/* Connections that tasks read with, and the line for them.
 *
 * Invariants: a connection belongs to one task at a time; nobody overtakes; only the loop's thread
 * touches a pool. */
#include "drivers/sqlite_impl.h"

/* A free reader, opened if there is none yet; NULL with *ret_status OSP_OK when all are taken. */
static osp_sqlite_reader *find_free(osp_sqlite_pool *pool, osp_status *ret_status, osp_error *err)
{
    osp_sqlite_reader *closed = NULL;
    *ret_status = OSP_OK;
    for (size_t i = 0; i < pool->count; i++) {
        osp_sqlite_reader *r = &pool->items[i];
        if (r->owner == NULL && r->conn.handle != NULL) {
            return r;
        }
        if (r->owner == NULL && closed == NULL) {
            closed = r;
        }
    }
    if (closed != NULL) {
        *ret_status = osp_sqlite_conn_open(&closed->conn, NULL, OSP_SQLITE_READ, err);
    }
    return *ret_status == OSP_OK ? closed : NULL;
}

/* One that the task has; of who waits, the one it was handed. */
static osp_sqlite_reader *find_own(osp_sqlite_pool *pool, const osp_task *task)
{
    for (size_t i = 0; i < pool->count; i++) {
        if (pool->items[i].owner == task) {
            return &pool->items[i];
        }
    }
    return NULL;
}

void osp_sqlite_pool_give(osp_sqlite_pool *pool, osp_sqlite_reader *reader)
{
    OSP_ASSERT(reader->owner != NULL);
    OSP_ASSERT(!reader->away);
    osp_task *next = pool->waiting_first;
    reader->owner = next;
    if (next == NULL) {
        return;
    }
    pool->waiting_first = next->next_waiter;
    if (pool->waiting_first == NULL) {
        pool->waiting_last = NULL;
    }
    next->next_waiter = NULL;
    next->waits->wake(next);
}

/* Its client going away wakes the task too; only having a reader ends the wait, so that leaving the
 * line costs no search for the place in it. */
static osp_sqlite_reader *wait_in_line(osp_sqlite_pool *pool, osp_task *task)
{
    task->next_waiter = NULL;
    if (pool->waiting_first == NULL) {
        pool->waiting_first = task;
    } else {
        pool->waiting_last->next_waiter = task;
    }
    pool->waiting_last = task;
    pool->waiting++;
    osp_sqlite_reader *own;
    while ((own = find_own(pool, task)) == NULL) {
        task->waits->park(task);
    }
    pool->waiting--;
    return own;
}

osp_status osp_sqlite_pool_take(osp_sqlite_pool *pool, osp_task *task,
                                osp_sqlite_reader **ret_reader, osp_error *err)
{
    if (pool->waiting_first == NULL) {
        osp_status status = OSP_OK;
        osp_sqlite_reader *r = find_free(pool, &status, err);
        if (status < 0) {
            return status;
        }
        if (r != NULL) {
            r->owner = task;
            *ret_reader = r;
            return OSP_OK;
        }
    }
    /* Who has one and waits for another might wait for who waits for it. */
    if (task->waits == NULL || find_own(pool, task) != NULL) {
        return osp_error_set(err, OSP_E_BUSY, "every connection to the database is in use");
    }
    if (pool->waiting == OSP_SQLITE_WAITING_MAX) {
        return osp_error_set(err, OSP_E_BUSY, "too many tasks wait for a connection");
    }
    osp_sqlite_reader *own = wait_in_line(pool, task);
    if (osp_task_is_cancelled(task)) {
        osp_sqlite_pool_give(pool, own);
        return osp_error_set(err, OSP_E_CANCELLED, "cancelled while waiting for a connection");
    }
    *ret_reader = own;
    return OSP_OK;
}

void osp_sqlite_pool_done(osp_sqlite_pool *pool)
{
    OSP_ASSERT(pool->waiting_first == NULL);
    for (size_t i = 0; i < pool->count; i++) {
        OSP_ASSERT(pool->items[i].owner == NULL);
        osp_sqlite_conn_close(&pool->items[i].conn);
    }
}
