/* A connection: reads, lets the exchange answer, writes.
 *
 *                 +-----------------------------------------------+
 *                 v                                               |
 *     IDLE --> (HEAD) --> (BODY) --> a fiber answers --> (WRITING)+--> closed, over LINGER after a
 * refusal
 *
 * States in brackets are entered only when something is missing: a request that arrives whole and
 * is answered at once leaves the connection IDLE all the time.  Two system calls a request: one
 * recv, one send.  The socket is watched edge-triggered for both directions from the start, a short
 * read says that the kernel has no more, and so neither epoll_ctl nor a second recv is ever needed.
 *
 * An idle connection owns one osp_conn: no buffer, no fiber, no timer.  Connections stand in one
 * list a state, in the order in which they entered it; what has waited too long is at the front. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "serve/worker.h"

#define READ_PART 8192 /* bytes that count as a further read */
#define LINGER_TURN 16 /* reads of what is thrown away, until others have their turn */
#define EVENTS ((uint32_t)(EPOLLIN | EPOLLOUT | EPOLLRDHUP) | (uint32_t)EPOLLET)

static void read_clock(osp_worker *worker)
{
    worker->now_s = (uint32_t)(osp_loop_now_us(worker->loop) / 1000000);
}

static void list_remove(osp_conn *conn)
{
    osp_conn_list *list = &conn->worker->conns[conn->state];
    OSP_ASSERT((conn->prev != NULL ? conn->prev->next : list->first) == conn);
    OSP_ASSERT((conn->next != NULL ? conn->next->prev : list->last) == conn);
    *(conn->prev ? &conn->prev->next : &list->first) = conn->next;
    *(conn->next ? &conn->next->prev : &list->last) = conn->prev;
}

static void list_append(osp_conn *conn, osp_conn_state state)
{
    osp_conn_list *list = &conn->worker->conns[state];
    /* Who is in front has waited longest: the sweep looks no further. */
    OSP_ASSERT(list->last == NULL || list->last->since_s <= conn->worker->now_s);
    conn->state = (uint8_t)state;
    conn->since_s = conn->worker->now_s;
    conn->prev = list->last;
    conn->next = NULL;
    *(list->last ? &list->last->next : &list->first) = conn;
    list->last = conn;
}

/* Cheap when nothing changes within a second: the order in the list is then right already. */
static void enter(osp_conn *conn, osp_conn_state state)
{
    if (conn->state != state || conn->since_s != conn->worker->now_s) {
        list_remove(conn);
        list_append(conn, state);
    }
}

bool osp_conn_out_open(osp_conn *conn)
{
    if (conn->out.ptr != NULL) {
        return true;
    }
    osp_worker *worker = conn->worker;
    char *memory = worker->spare_out;
    worker->spare_out = NULL;
    if (memory == NULL) {
        memory = malloc(OSP_OUTPUT_SIZE);
    }
    if (memory == NULL) {
        conn->broken = true;
        return false;
    }
    OSP_ASSERT(conn->out_at == 0);
    osp_buf_init(&conn->out, memory, OSP_OUTPUT_SIZE, worker->config->limits.answers);
    conn->out.borrowed = false;
    return true;
}

/* Whether its memory counts as answers that nobody reads; meanwhile it does not grow. */
static void unread_count(osp_conn *conn, bool counts)
{
    osp_worker *worker = conn->worker;
    if (conn->unread != counts) {
        OSP_ASSERT(counts || worker->unread >= conn->out.cap);
        worker->unread += counts ? conn->out.cap : -conn->out.cap;
        conn->unread = counts;
    }
}

/* What an answer leaves behind whose client let it wait. */
__attribute__((cold, noinline)) static void end_wait(osp_conn *conn)
{
    unread_count(conn, false);
    if (conn->filed) {
        osp_conn_end_file(conn);
    }
}

static void out_close(osp_conn *conn)
{
    osp_worker *worker = conn->worker;
    OSP_DEBUG_ASSERT(conn->out.ptr != NULL);
    if (conn->unread || conn->filed) {
        end_wait(conn);
    }
    if (conn->out.cap == OSP_OUTPUT_SIZE && worker->spare_out == NULL) {
        worker->spare_out = conn->out.ptr;
    } else {
        osp_buf_done(&conn->out);
    }
    osp_buf_init(&conn->out, NULL, 0, worker->config->limits.answers);
    conn->out_at = 0;
}

static void destroy(osp_conn *conn)
{
    osp_worker *worker = conn->worker;
    OSP_ASSERT(conn->exchange == NULL || conn->exchange->fiber == NULL);
    OSP_ASSERT(worker->conn_count > 0);
    osp_loop_remove(worker->loop, &conn->watch);
    close(conn->watch.fd);
    list_remove(conn);
    if (conn->out.ptr != NULL) {
        out_close(conn);
    }
    if (conn->exchange != NULL) {
        if (worker->access != NULL && conn->exchange->has_head && !conn->closing) {
            osp_exchange_abandon(conn);
        }
        osp_exchange_give(worker, conn->exchange);
    }
    free(conn->peer);
    if (conn->client != 0) {
        osp_clients_leave(&worker->clients, conn->client);
    }
    worker->conn_count--;
    conn->next = worker->spare_conns;
    worker->spare_conns = conn;
    osp_worker_stop_when_done(worker);
}

static bool is_busy(const osp_conn *conn)
{
    return conn->exchange != NULL && conn->exchange->fiber != NULL;
}

void osp_conn_close(osp_conn *conn)
{
    if (is_busy(conn)) {
        osp_task *task = &conn->exchange->ctx.task;
        conn->broken = true;
        if (conn->exchange->after != OSP_AFTER_NONE) {
            return; /* it works for nobody at the other end */
        }
        osp_task_cancel(task);
        task->waits->wake(task); /* nobody waits for what it sleeps for */
        return;
    }
    destroy(conn);
}

bool osp_conn_flush(osp_conn *conn)
{
    OSP_DEBUG_ASSERT(conn->out_at <= conn->out.len);
    if (conn->out.ptr == NULL) {
        return true;
    }
    OSP_DEBUG_ASSERT(conn->exchange != NULL);
    /* A head and the file behind it become one packet. */
    const int flags = conn->filed ? MSG_NOSIGNAL | MSG_MORE : MSG_NOSIGNAL;
    while (conn->out_at < conn->out.len) {
        const ssize_t sent =
            send(conn->watch.fd, conn->out.ptr + conn->out_at, conn->out.len - conn->out_at, flags);
        if (sent >= 0) {
            conn->out_at += (size_t)sent;
            conn->exchange->out_pace.moved += (size_t)sent;
            continue;
        }
        if (errno == EINTR) {
            continue;
        }
        if (errno != EAGAIN && errno != EWOULDBLOCK) {
            conn->broken = true;
        }
        return false;
    }
    if (conn->filed && !osp_conn_send_file(conn)) {
        return false;
    }
    out_close(conn);
    return true;
}

bool osp_conn_flush_busy(osp_conn *conn)
{
    osp_stream_state *stream = &conn->exchange->stream;
    if (stream->unsent && conn->state == OSP_CONN_READING) {
        return true;
    }
    stream->unsent = false;
    return osp_conn_flush(conn);
}

/* Only the end is left of an answer that was large: its memory need not be. */
static void shrink(osp_conn *conn)
{
    osp_buf *out = &conn->out;
    memmove(out->ptr, out->ptr + conn->out_at, out->len - conn->out_at);
    out->len -= conn->out_at;
    conn->out_at = 0;
    char *less = realloc(out->ptr, OSP_OUTPUT_SIZE);
    if (less != NULL) {
        out->ptr = less;
        out->cap = OSP_OUTPUT_SIZE;
    }
}

void osp_conn_thin(osp_conn *conn)
{
    osp_buf *out = &conn->out;
    OSP_ASSERT(conn->state == OSP_CONN_WRITING && conn->unread && out->ptr != NULL);
    if (out->cap <= OSP_OUTPUT_SIZE || conn->filed) {
        return;
    }
    unread_count(conn, false); /* its memory changes */
    if (out->len - conn->out_at <= OSP_OUTPUT_SIZE) {
        shrink(conn);
    } else if (osp_spill_out(conn)) {
        osp_buf_init(out, conn->exchange, 0, 0); /* open, and no memory of its own */
        conn->out_at = 0;
    }
    unread_count(conn, true);
}

void osp_conn_unspill(osp_conn *conn, osp_buf out, size_t out_at)
{
    OSP_ASSERT(conn->filed && conn->out.cap == 0);
    conn->filed = false;
    unread_count(conn, false);
    conn->out = out;
    conn->out_at = out_at;
}

/* The answer is sent and the connection ends.  Bytes that the client sent beyond it would reset the
 * connection and destroy the answer on its way, so they are read and thrown away for a moment. */
static void finish(osp_conn *conn)
{
    OSP_ASSERT(conn->closing && conn->out.ptr == NULL);
    if (conn->ended) {
        destroy(conn);
        return;
    }
    if (conn->state != OSP_CONN_LINGER) {
        shutdown(conn->watch.fd, SHUT_WR);
        enter(conn, OSP_CONN_LINGER);
        if (conn->exchange != NULL) {
            osp_exchange_give(conn->worker, conn->exchange);
            conn->exchange = NULL;
        }
    }
    char waste[16384];
    for (int i = 0; i < LINGER_TURN; i++) {
        const ssize_t size = recv(conn->watch.fd, waste, sizeof waste, 0);
        if (size < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)) {
            return;
        }
        if (size <= 0) {
            destroy(conn);
            return;
        }
    }
    osp_conn_again(conn);
    if (conn->broken) {
        destroy(conn);
    }
}

bool osp_conn_receive(osp_conn *conn)
{
    char *at;
    size_t room;
    osp_exchange_room(conn->exchange, &at, &room);
    const ssize_t size = recv(conn->watch.fd, at, room, 0);
    if (size > 0) {
        osp_exchange_received(conn->exchange, (size_t)size);
        conn->readable = (size_t)size == room || conn->hung_up;
        return true;
    }
    if (size < 0 && errno == EINTR) {
        return true;
    }
    conn->readable = false;
    if (size < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
        return false;
    }
    conn->ended = true;
    conn->broken = size < 0;
    return false;
}

void osp_conn_begin(osp_conn *conn, osp_conn_state state)
{
    OSP_ASSERT(!conn->closing || is_busy(conn) || state == OSP_CONN_WRITING);
    list_remove(conn);
    list_append(conn, state);
}

/* Nothing can be done before the next event: gives back what an idle connection must not hold. */
static void rest(osp_conn *conn)
{
    osp_exchange *exchange = conn->exchange;
    OSP_DEBUG_ASSERT(exchange->fiber == NULL && conn->out.ptr == NULL && !conn->closing);
    if (exchange->has_head) {
        osp_conn_begin(conn, OSP_CONN_BODY);
        return;
    }
    if (exchange->in_len > exchange->in_at) {
        if (!exchange->head_begun) { /* a head has its time as a whole, whatever drips */
            exchange->head_begun = true;
            exchange->began_us = osp_loop_now_us(conn->worker->loop);
            osp_conn_begin(conn, OSP_CONN_HEAD);
        }
        exchange->head_read_s = conn->worker->now_s;
        return;
    }
    if (conn->worker->drain_until_us != 0 && !conn->worker->retiring) {
        destroy(conn);
        return;
    }
    osp_exchange_give(conn->worker, exchange);
    conn->exchange = NULL;
    enter(conn, OSP_CONN_IDLE);
}

static void fiber_resumed(osp_fiber_waits *waits, bool ended);

/* What the handler waits for of its client is there, or will not come.  From here on it is the
 * handler that takes time, also before it runs again. */
static void wake(osp_conn *conn)
{
    osp_task *task = &conn->exchange->ctx.task;
    conn->exchange->handler_since_s = conn->worker->now_s;
    osp_conn_begin(conn, OSP_CONN_BUSY);
    task->waits->wake(task);
}

/* The handler waits; answers to earlier requests, and what it has written, must not wait for it.
 * True: nor must the connection, which has another exchange now. */
static bool parked(osp_conn *conn)
{
    if (conn->exchange->after == OSP_AFTER_ASKS && osp_after_let_go(conn)) {
        return true;
    }
    if (conn->state != OSP_CONN_READING && conn->state != OSP_CONN_FULL) {
        enter(conn, OSP_CONN_BUSY);
    }
    if (osp_conn_flush_busy(conn) && conn->state == OSP_CONN_FULL) {
        wake(conn);
    }
    return false;
}

/* Runs `work` on a fiber, or `alone` without one; true when it has ended, false when it waits. */
static inline bool run(osp_conn *conn, void (*work)(void *conn), void (*alone)(osp_conn *conn))
{
    osp_exchange *exchange = conn->exchange;
    OSP_DEBUG_ASSERT(exchange->fiber == NULL);
    if (conn->hung_up && conn->worker->refused != 0) {
        conn->broken = true; /* most likely it has given up */
        return true;
    }
    if (!osp_conn_out_open(conn)) {
        return true;
    }
    osp_fiber *fiber =
        osp_overload_any(conn->worker) ? NULL : osp_fiber_new(conn->worker->fibers, work, conn);
    if (fiber == NULL) {
        alone(conn);
        return true;
    }
    exchange->fiber = fiber;
    exchange->waits =
        (osp_fiber_waits){ .loop = conn->worker->loop, .fiber = fiber, .resumed = fiber_resumed };
    if (osp_fiber_resume(fiber)) {
        exchange->fiber = NULL;
        return true;
    }
    return parked(conn);
}

__attribute__((cold, noinline)) static bool run_refused(osp_conn *conn)
{
    return run(conn, osp_exchange_run_refused, osp_exchange_refuse_alone);
}

/* The client must read.  When all of those together hold too much, who has read nothing for longest
 * is given up; that may be this one. */
static void wait_for_reader(osp_conn *conn)
{
    osp_worker *worker = conn->worker;
    osp_exchange *exchange = conn->exchange;
    if (conn->state != OSP_CONN_WRITING || exchange->out_waited != exchange->out_pace.moved) {
        osp_conn_begin(conn, OSP_CONN_WRITING);
    }
    exchange->out_waited = exchange->out_pace.moved;
    unread_count(conn, true);
    if (worker->unread > OSP_SPILL_SOON) {
        osp_conn_thin(conn);
    }
    while (worker->unread > OSP_UNREAD_MAX) {
        osp_conn *longest = worker->conns[OSP_CONN_WRITING].first;
        OSP_ASSERT(longest != NULL);
        destroy(longest);
        if (longest == conn) {
            return;
        }
        osp_conn_thin(conn); /* there may be room now */
    }
}

void osp_conn_again(osp_conn *conn)
{
    conn->broken |= osp_loop_again(conn->worker->loop, &conn->watch, EVENTS) != OSP_OK;
}

/* Who sends without end waits until the loop has gone round. */
static void let_others(osp_conn *conn)
{
    osp_conn_begin(conn, conn->exchange->has_head ? OSP_CONN_BODY : OSP_CONN_IDLE);
    osp_conn_again(conn);
    if (conn->broken) {
        destroy(conn);
    }
}

/* Goes on as far as the bytes at hand and the client allow. */
static void work(osp_conn *conn)
{
    const uint32_t asked = conn->asked;
    uint32_t reads = 0;
    OSP_ASSERT(!is_busy(conn));
    for (;;) {
        if (conn->out.ptr != NULL && !osp_conn_flush(conn) && !conn->broken) {
            wait_for_reader(conn);
            return;
        }
        if (conn->broken) {
            destroy(conn);
            return;
        }
        if (conn->closing) {
            finish(conn);
            return;
        }
        if (conn->exchange == NULL) {
            conn->exchange = osp_exchange_take(conn->worker);
            if (conn->exchange == NULL) {
                destroy(conn);
                return;
            }
            conn->exchange->conn = conn;
        }
        if (conn->asked - asked + reads >= OSP_CONN_TURN) {
            let_others(conn);
            return;
        }
        const osp_progress next = osp_exchange_next(conn);
        if (next == OSP_NEXT_REQUEST) {
            OSP_DEBUG_ASSERT(conn->exchange->has_head);
            if (!run(conn, osp_exchange_run, osp_exchange_shed)) {
                return;
            }
            continue;
        }
        if (next == OSP_NEXT_REFUSED) {
            if (!run_refused(conn)) {
                return;
            }
            continue;
        }
        if (next == OSP_NEXT_END) {
            continue;
        }
        if (conn->out.len > 0) {
            continue; /* 100 Continue */
        }
        const size_t had = conn->exchange->body.len + conn->exchange->in_len;
        if (!conn->readable || !osp_conn_receive(conn)) {
            if (conn->ended) {
                destroy(conn);
            } else {
                rest(conn);
            }
            return;
        }
        const size_t has = conn->exchange->body.len + conn->exchange->in_len;
        reads += 1 + (uint32_t)((has > had ? has - had : has) / READ_PART);
    }
}

static void fiber_resumed(osp_fiber_waits *waits, bool ended)
{
    osp_exchange *exchange = OSP_CONTAINER_OF(waits, osp_exchange, waits);
    osp_conn *conn = exchange->conn;
    OSP_ASSERT(conn->exchange == exchange && exchange->fiber == waits->fiber);
    read_clock(conn->worker);
    osp_page_beat(conn->worker->page);
    if (ended) {
        exchange->fiber = NULL;
    } else if (!parked(conn)) {
        return;
    }
    work(conn);
}

/* Something happened while a handler runs, which may wait for just that. */
static void ready_busy(osp_conn *conn, bool gone)
{
    const size_t sent_before = conn->out_at;
    const bool sent = osp_conn_flush_busy(conn);
    if (gone || conn->broken) {
        osp_conn_close(conn);
    } else if ((conn->state == OSP_CONN_READING && conn->readable) ||
               (conn->state == OSP_CONN_FULL && sent)) {
        wake(conn);
    } else if (conn->state == OSP_CONN_FULL && conn->out_at != sent_before) {
        osp_conn_begin(conn, OSP_CONN_FULL);
    }
}

void osp_conn_go_on(osp_conn *conn)
{
    read_clock(conn->worker);
    work(conn);
}

static void ready(osp_watch *watch, uint32_t events)
{
    osp_conn *conn = OSP_CONTAINER_OF(watch, osp_conn, watch);
    read_clock(conn->worker);
    if (events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR)) {
        conn->readable = true;
        conn->hung_up |= (events & (EPOLLRDHUP | EPOLLHUP)) != 0;
    }
    if (is_busy(conn)) {
        ready_busy(conn, (events & (EPOLLHUP | EPOLLERR)) != 0);
        return;
    }
    if (events & EPOLLERR) {
        /* Reset: what it sent before could still be read, but no further event would tell that
         * nobody waits for the answer. */
        conn->broken = true;
    }
    if (!(events & ~(uint32_t)EPOLLOUT) && conn->state == OSP_CONN_IDLE && conn->exchange == NULL) {
        return; /* the first edge of a fresh socket: it can be written */
    }
    work(conn);
}

void osp_conn_accept(osp_worker *worker, int fd)
{
    OSP_ASSERT(fd >= 0);
    osp_conn *conn = worker->spare_conns;
    if (conn != NULL) {
        worker->spare_conns = conn->next;
    } else {
        conn = malloc(sizeof *conn);
    }
    if (conn == NULL) {
        close(fd);
        return;
    }
    *conn = (osp_conn){ .watch = { ready, fd }, .worker = worker };
    osp_buf_init(&conn->out, NULL, 0, worker->config->limits.answers);
    if (osp_loop_add(worker->loop, &conn->watch, EVENTS) != OSP_OK) {
        close(fd);
        conn->next = worker->spare_conns;
        worker->spare_conns = conn;
        return;
    }
    if (worker->access != NULL) {
        osp_conn_remember(conn);
    }
    worker->conn_count++;
    read_clock(worker);
    list_append(conn, OSP_CONN_IDLE);
    if (osp_conn_greets(worker) && !osp_conn_greet(conn)) {
        destroy(conn);
    }
}

void osp_conn_reset(osp_conn *conn)
{
    const struct linger at_once = { .l_onoff = 1, .l_linger = 0 };
    (void)setsockopt(conn->watch.fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
}

/* What a handler waits for of its client does not come. */
static void time_out_busy(osp_conn *conn)
{
    const bool reads = conn->state == OSP_CONN_READING;
    OSP_ASSERT(reads || conn->state == OSP_CONN_FULL);
    if (reads) {
        conn->late = true;
        wake(conn);
    } else {
        osp_conn_reset(conn);
        osp_conn_begin(conn, OSP_CONN_BUSY);
        osp_conn_close(conn);
    }
}

void osp_conn_time_out(osp_conn *conn)
{
    if (is_busy(conn)) {
        time_out_busy(conn);
        return;
    }
    const bool asks = conn->state == OSP_CONN_HEAD || conn->state == OSP_CONN_BODY;
    if (asks && !conn->greets) { /* who has not greeted is no client */
        osp_exchange_refuse(conn, 408);
        work(conn);
        return;
    }
    if (conn->state == OSP_CONN_WRITING) {
        osp_conn_reset(conn);
    }
    destroy(conn);
}

void osp_conns_sweep(osp_worker *worker)
{
    const osp_config_deadlines *deadlines = &worker->config->deadlines;
    const uint32_t patience_s[OSP_CONN_STATES] = {
        [OSP_CONN_IDLE] = deadlines->idle_s,     [OSP_CONN_HEAD] = deadlines->head_s,
        [OSP_CONN_BODY] = deadlines->body_s,     [OSP_CONN_BUSY] = UINT32_MAX,
        [OSP_CONN_READING] = deadlines->body_s,  [OSP_CONN_FULL] = deadlines->write_s,
        [OSP_CONN_WRITING] = deadlines->write_s, [OSP_CONN_LINGER] = OSP_LINGER_S,
    };
    osp_pace_sweep(worker);
    for (size_t state = 0; state < OSP_CONN_STATES; state++) {
        osp_conn *conn;
        while ((conn = worker->conns[state].first) != NULL &&
               worker->now_s - conn->since_s >= patience_s[state]) {
            osp_conn_time_out(conn);
            OSP_ASSERT(worker->conns[state].first != conn); /* or this never ends */
        }
    }
}

void osp_conns_drain(osp_worker *worker)
{
    osp_conn *next;
    OSP_ASSERT(!worker->listening && worker->drain_until_us != 0);
    for (osp_conn *conn = worker->conns[OSP_CONN_IDLE].first; conn != NULL; conn = next) {
        next = conn->next;
        conn->readable = true; /* a request may have come that no event has told of yet */
        work(conn);
    }
}
