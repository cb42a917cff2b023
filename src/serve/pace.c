/* Whether clients keep up, and handlers end: looked at once a second, so that no request pays.
 *
 * A deadline between two reads or writes does not end who moves one byte just before each.  So a
 * connection that waits for its client is also charged `rate` bytes for each second, and every byte
 * that moved pays one back:
 *
 *     behind   0 ---- 240 ---- 480 --- ... --- rate * patience: it is late
 *              <- a byte moved    a second of waiting ->
 *
 * Only the states in which the client is waited for are charged: a handler that computes, or waits
 * between two events that it sends, costs its client nothing.  A fast beginning is no credit.
 *
 * Sent is what the other end has taken: the kernel is asked what it still holds.  Its buffer may be
 * megabytes, of which the loop hears only when a third is free; without that look a slow but steady
 * reader would seem to stand still.
 *
 * The time of a handler runs from its start or from the last time its client was waited for. Over
 * it, the wait that it is in ends as if the client had gone away, and it is answered 503; an answer
 * that has begun may take all the time that its client keeps up. */
#include <linux/sockios.h>
#include <sys/ioctl.h>

#include "serve/worker.h"

/* Bytes that were sent and not taken.  Of a unix socket the kernel tells what they occupy, which is
 * more; it falls as they are taken all the same. */
static int64_t held_by_kernel(const osp_conn *conn)
{
    int held = 0;
    return ioctl(conn->watch.fd, SIOCOUTQ, &held) == 0 && held > 0 ? held : 0;
}

/* One look: charges a second.  Returns how many bytes moved since the last. */
static uint64_t charge(osp_pace *pace, int64_t held, uint64_t rate)
{
    const int64_t seen = (int64_t)pace->moved - held;
    const uint64_t came = seen > pace->seen ? (uint64_t)(seen - pace->seen) : 0;
    if (pace->looked) {
        pace->behind += rate;
        pace->behind -= came < pace->behind ? came : pace->behind;
    }
    pace->seen = seen;
    const bool first = !pace->looked;
    pace->looked = true;
    return first ? 0 : came;
}

static bool is_late(const osp_pace *pace, uint64_t rate, uint32_t patience_s)
{
    return rate != 0 && pace->behind >= rate * patience_s;
}

/* A head has its time as a whole, by which its list is in order, and one between two reads. */
static void look_at_head(osp_conn *conn)
{
    const osp_worker *worker = conn->worker;
    if (worker->now_s - conn->exchange->head_read_s >= worker->config->deadlines.head_pause_s) {
        osp_conn_time_out(conn);
    }
}

static void look_at_body(osp_conn *conn)
{
    const osp_config *config = conn->worker->config;
    osp_exchange *exchange = conn->exchange;
    if (exchange->stream.raw) {
        return; /* upgraded: who talks when is the application's */
    }
    (void)charge(&exchange->in_pace, 0, config->limits.min_body_rate);
    if (is_late(&exchange->in_pace, config->limits.min_body_rate, config->deadlines.body_s)) {
        osp_conn_time_out(conn);
    }
}

static void look_at_answer(osp_conn *conn)
{
    const osp_config *config = conn->worker->config;
    if (conn->filed && conn->exchange->file.fd < 0) { /* it is we who are slow */
        osp_conn_begin(conn, (osp_conn_state)conn->state);
        return;
    }
    osp_pace *pace = &conn->exchange->out_pace;
    const uint64_t taken = charge(pace, held_by_kernel(conn), config->limits.min_send_rate);
    if (is_late(pace, config->limits.min_send_rate, config->deadlines.write_s)) {
        osp_conn_time_out(conn);
        return;
    }
    if (taken > 0) {
        osp_conn_begin(conn, (osp_conn_state)conn->state); /* it reads: its time begins anew */
    }
    if (conn->state == OSP_CONN_WRITING) {
        osp_conn_thin(conn);
    }
}

/* The deadline of a handler that waits for something else than its client. */
static void look_at_handler(osp_conn *conn)
{
    const osp_worker *worker = conn->worker;
    osp_exchange *exchange = conn->exchange;
    const osp_flow *flow = exchange->ctx.flow;
    const uint32_t patience_s = worker->config->deadlines.handler_s;
    OSP_ASSERT(exchange->fiber != NULL);
    if (exchange->after != OSP_AFTER_NONE || patience_s == 0 || conn->overdue || conn->broken ||
        (flow != NULL && flow->begun) || worker->now_s - exchange->handler_since_s < patience_s) {
        return;
    }
    osp_task *task = &exchange->ctx.task;
    conn->overdue = true;
    osp_task_cancel(task);
    task->waits->wake(task);
}

/* Each connection of a state once; a look may move it behind the others, or end it. */
static void look_at_all(const osp_worker *worker, osp_conn_state state, void (*look)(osp_conn *))
{
    const osp_conn *const last = worker->conns[state].last;
    osp_conn *next = worker->conns[state].first;
    for (const osp_conn *at = NULL; at != last;) {
        osp_conn *conn = next;
        next = conn->next;
        at = conn;
        look(conn);
    }
}

void osp_pace_sweep(osp_worker *worker)
{
    look_at_all(worker, OSP_CONN_HEAD, look_at_head);
    look_at_all(worker, OSP_CONN_BODY, look_at_body);
    look_at_all(worker, OSP_CONN_READING, look_at_body);
    look_at_all(worker, OSP_CONN_FULL, look_at_answer);
    look_at_all(worker, OSP_CONN_WRITING, look_at_answer);
    look_at_all(worker, OSP_CONN_BUSY, look_at_handler);
}
