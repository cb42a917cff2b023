/* Work after the response, on the fiber that answered.
 *
 *     fiber:  answer in `out` --> parks, ASKS --+                +--> work --> ends, or goes on
 *     loop:                                     +--> AWAY --> wake
 *                                               |    the connection has another exchange with
 *                                               |    what was unread; it sends, and goes on
 *                                               +--> HERE --> wake
 *                                                    no exchange to spare: its next request waits
 *
 * The exchange stays with the work, not with the connection: all that a handler may have kept
 * points into it, its arena and the bytes of its request.  What is unread is copied, which is
 * nothing unless the client pipelines.
 *
 * Rejected: a fiber of a pool for work, with copies of what it needs (every user has to say what
 * that is); work before the answer of the last request of a batch (its clients wait). */
#include "serve/worker.h"

/* ---------------------------------------------------------------- works of a worker */

void osp_work_begin(osp_worker *worker, osp_work *work, osp_task *task, uint32_t patience_s)
{
    *work = (osp_work){ .next = worker->works, .task = task, .until_us = INT64_MAX };
    if (patience_s != 0) {
        work->until_us = osp_loop_clock_us(worker->loop) + (int64_t)patience_s * 1000000;
    }
    if (work->next != NULL) {
        work->next->prev = work;
    }
    worker->works = work;
}

void osp_work_end(osp_worker *worker, osp_work *work)
{
    OSP_ASSERT(work->prev != NULL ? work->prev->next == work : worker->works == work);
    *(work->prev != NULL ? &work->prev->next : &worker->works) = work->next;
    if (work->next != NULL) {
        work->next->prev = work->prev;
    }
}

void osp_works_sweep(osp_worker *worker)
{
    const int64_t now_us = osp_loop_now_us(worker->loop);
    for (osp_work *work = worker->works; work != NULL; work = work->next) {
        if (work->until_us <= now_us && !work->task->cancelled) {
            osp_task_cancel(work->task);
            work->task->waits->wake(work->task);
        }
    }
}

void osp_works_give_up(osp_worker *worker)
{
    size_t count = 0;
    for (const osp_work *work = worker->works; work != NULL; work = work->next) {
        count++;
    }
    if (count > 0) {
        osp_journal_say(&worker->journal, OSP_LOG_WARNING,
                        "drain: cut off %zu piece%s of work after %u s", count,
                        count == 1 ? "" : "s", (unsigned)worker->config->deadlines.drain_s);
    }
}

void osp_works_log(const osp_log_sink *sink, osp_task *task, const osp_place *here,
                   osp_log_level level, const char *format, va_list args)
{
    osp_worker *worker = OSP_CONTAINER_OF((osp_log_sink *)(uintptr_t)sink, osp_worker, log_sink);
    const osp_job_def *job = osp_jobs_of(worker, task);
    const osp_about about = { .job = job != NULL ? job->name_ : NULL,
                              .place = here != NULL ? *here : (osp_place){ NULL, 0 } };
    if (osp_journal_says(&worker->journal, level)) {
        osp_journal_say_format(&worker->journal, level, &about, format, args);
    }
}

/* ---------------------------------------------------------------- the door is shut */

static osp_status shut_read(osp_ctx *ctx, osp_str *ret_part)
{
    (void)ctx, (void)ret_part;
    return OSP_E_CLOSED;
}

static osp_status shut(osp_ctx *ctx)
{
    (void)ctx;
    return OSP_E_CLOSED;
}

static bool shut_withdraw(osp_ctx *ctx)
{
    (void)ctx;
    return true; /* nothing that is done now can be missing from the answer */
}

static osp_status shut_write(osp_ctx *ctx, osp_str part)
{
    (void)ctx, (void)part;
    return OSP_E_CLOSED;
}

static osp_status shut_inform(osp_ctx *ctx, int status)
{
    (void)ctx, (void)status;
    return OSP_E_CLOSED;
}

static void shut_close(osp_ctx *ctx)
{
    (void)ctx;
}

/* As it was when the answer was given. */
static void origin_then(const osp_ctx *ctx, osp_origin *ret_origin)
{
    *ret_origin = OSP_CONTAINER_OF(ctx, osp_exchange, ctx)->origin;
}

static const osp_door shut_door = {
    .read = shut_read,
    .begin = shut,
    .withdraw = shut_withdraw,
    .write = shut_write,
    .flush = shut,
    .inform = shut_inform,
    .upgrade = shut_write,
    .close = shut_close,
    .origin = origin_then,
    .name = osp_conn_name,
    .log = osp_conn_log,
};

/* ---------------------------------------------------------------- the fiber */

/* Nobody but the sweep cancels here. */
static void log_failure(osp_worker *worker, osp_ctx *ctx)
{
    osp_task *task = &ctx->task;
    if (task->cancelled) {
        const osp_place *place = task->place;
        osp_task_renew(task);
        osp_task_fail(task, OSP_E_DEADLINE,
                      "work after the response took longer than deadlines.after_s, %u s",
                      (unsigned)worker->config->deadlines.after_s);
        task->place = place;
    }
    osp_exchange_log_failure(worker, ctx);
}

static void do_all(osp_exchange *exchange)
{
    osp_worker *worker = exchange->worker;
    osp_ctx *ctx = &exchange->ctx;
    const uint32_t patience_s = worker->config->deadlines.after_s;
    bool more = true;
    while (more) {
        osp_work_begin(worker, &exchange->work, &ctx->task, patience_s);
        osp_page_beat(worker->page);
        more = osp_ctx_after_next(ctx, patience_s != 0 ? exchange->work.until_us : 0);
        osp_work_end(worker, &exchange->work);
        if (more && ctx->task.error.status != OSP_OK) {
            log_failure(worker, ctx);
        }
    }
}

bool osp_after_run(osp_exchange *exchange)
{
    osp_conn *conn = exchange->conn;
    osp_ctx *ctx = &exchange->ctx;
    osp_conn_origin(ctx, &exchange->origin);
    ctx->door = &shut_door;
    exchange->after = OSP_AFTER_ASKS;
    while (exchange->after == OSP_AFTER_ASKS) { /* another wake may have come before */
        ctx->task.waits->park(&ctx->task);
    }
    do_all(exchange);
    if (exchange->after == OSP_AFTER_AWAY) {
        osp_arena_reset(&exchange->arena); /* here, for what was deferred may wait */
        return false;
    }
    exchange->after = OSP_AFTER_NONE;
    conn->overdue = false;
    return true;
}

/* ---------------------------------------------------------------- the loop */

static void resumed(osp_fiber_waits *waits, bool ended)
{
    osp_exchange *exchange = OSP_CONTAINER_OF(waits, osp_exchange, waits);
    osp_worker *worker = exchange->worker;
    if (!ended) {
        return;
    }
    OSP_ASSERT(exchange->after == OSP_AFTER_AWAY && worker->afters > 0);
    exchange->fiber = NULL;
    exchange->after = OSP_AFTER_NONE;
    worker->afters--;
    osp_exchange_give(worker, exchange);
    osp_worker_stop_when_done(worker);
}

/* The exchange that takes the connection over, with what was read behind the request. */
static osp_exchange *successor(osp_conn *conn)
{
    osp_worker *worker = conn->worker;
    const osp_exchange *exchange = conn->exchange;
    if (worker->afters >= OSP_AFTERS_MAX || worker->afters >= worker->config->limits.requests / 4) {
        return NULL;
    }
    osp_exchange *next = osp_exchange_take(worker);
    if (next != NULL) {
        const uint32_t unread = exchange->in_len - exchange->rest_at;
        memcpy(next->in, exchange->in + exchange->rest_at, unread);
        next->in_len = unread;
        next->conn = conn;
        next->in_pace = exchange->in_pace;
        next->out_pace = exchange->out_pace;
        next->out_waited = exchange->out_waited;
        next->file = exchange->file;
    }
    return next;
}

bool osp_after_let_go(osp_conn *conn)
{
    osp_exchange *exchange = conn->exchange;
    osp_task *task = &exchange->ctx.task;
    osp_exchange *next = successor(conn);
    OSP_ASSERT(exchange->after == OSP_AFTER_ASKS && exchange->fiber != NULL);
    if (next != NULL) {
        conn->exchange = next;
        exchange->conn = NULL;
        exchange->waits.resumed = resumed;
        conn->worker->afters++;
    }
    exchange->after = next != NULL ? OSP_AFTER_AWAY : OSP_AFTER_HERE;
    task->waits->wake(task);
    return next != NULL;
}
