/* More is asked for than a worker can do: some requests are refused at once, so that the others are
 * answered in time.
 *
 * Time.  Requests wait where the loop cannot see them, in their sockets, while it runs handlers.
 * What it can see is how long a round takes in which each socket that was ready has its turn
 * (rt/loop.h).  When one round took longer than deadlines.wait_ms and the next does too, a queue
 * stands; a single long round, such as a burst or one slow handler makes, refuses nobody.
 *
 *     calm --two rounds over wait_ms, or one over twice that--> refusing
 *          <--a second in which nobody was refused--
 *
 * While refusing, a round answers for a quarter of wait_ms; whoever's turn comes later gets 503
 * without a handler, which takes microseconds, and the next round begins with those who came
 * meanwhile.  So those who are answered have waited for half of wait_ms at most, which is well
 * before they give up: answering in the order of coming would answer those who are just about to.
 * Who has closed its side already is not answered, though that is allowed and otherwise done.
 *
 * Memory.  Once a second the kernel is asked how much of it is the worker's own (the pages that no
 * file backs).  Over limits.memory the worker gives up in this order, and looks again in between:
 * what it keeps for reuse, idle connections (the oldest first, so many a second), new requests.
 * Under the limit by a sixteenth it answers again.
 *
 * Rejected: counting what the server allocates, which leaves out the application and its database;
 * a limit of the address space, which ends the worker with all it has in flight. */
#include <fcntl.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "serve/cpus.h"
#include "serve/worker.h"

#define SHED_MAX 1024 /* idle connections that are closed a second */

/* ---------------------------------------------------------------- an answer without a handler */

void osp_overload_answer(osp_ctx *ctx)
{
    ctx->failed = true;
    ctx->response.status = 503;
    ctx->response.media_type = OSP_STR("application/problem+json");
    ctx->response.bytes =
        OSP_STR("{\"type\":\"about:blank\",\"status\":503,\"title\":\"Service Unavailable\","
                "\"detail\":\"The server is overloaded; try again later.\"}");
    osp_retry_later(ctx);
}

/* ---------------------------------------------------------------- time */

int64_t osp_overload_wait_us(const osp_config *config, bool refusing)
{
    const int64_t wait_us = (int64_t)config->deadlines.wait_ms * 1000;
    return wait_us == 0 ? INT64_MAX : refusing ? wait_us / 4 : wait_us;
}

void osp_overload_refused(osp_worker *worker)
{
    if (worker->refused++ == 0) {
        osp_journal_say(&worker->journal, OSP_LOG_WARNING,
                        "overload: some requests are answered 503");
        worker->wait_us = osp_overload_wait_us(worker->config, true);
    }
}

void osp_overload_look(osp_worker *worker)
{
    if (worker->refused != 0 && worker->refused == worker->refused_seen) {
        osp_journal_say(&worker->journal, OSP_LOG_WARNING,
                        "overload: it is over, %llu requests were answered 503",
                        (unsigned long long)worker->refused);
        worker->wait_us = osp_overload_wait_us(worker->config, false);
        worker->refused = 0;
    }
    worker->refused_seen = worker->refused;
}

/* ---------------------------------------------------------------- memory */

uint64_t osp_memory_share(const osp_config *config)
{
    if (config->limits.memory != 0) {
        return config->limits.memory;
    }
    const size_t workers =
        config->workers != 0 ? config->workers : osp_cpus_usable(OSP_WORKERS_MAX);
    return osp_memory_usable() / 10 * 9 / workers;
}

void osp_memory_begin(osp_worker *worker, uint64_t max, int statm_fd)
{
    worker->memory_max = max;
    worker->statm_fd = statm_fd;
}

/* Bytes in pages that are the worker's own; 0: not known.  Source: proc_pid_statm(5). */
static uint64_t own_bytes(const osp_worker *worker)
{
    char text[128];
    unsigned long long resident, shared;
    const ssize_t len = pread(worker->statm_fd, text, sizeof text - 1, 0);
    if (len <= 0) {
        return 0;
    }
    text[len] = 0;
    if (sscanf(text, "%*s %llu %llu", &resident, &shared) != 2 || shared > resident) {
        return 0;
    }
    return (uint64_t)(resident - shared) * (uint64_t)sysconf(_SC_PAGESIZE);
}

/* The oldest first.  One that has begun to ask is not idle. */
static size_t close_idle(const osp_worker *worker)
{
    size_t closed = 0;
    osp_conn *next = worker->conns[OSP_CONN_IDLE].first;
    while (next != NULL && closed < SHED_MAX) {
        osp_conn *conn = next;
        next = conn->next;
        if (conn->exchange == NULL) {
            osp_conn_close(conn);
            closed++;
        }
    }
    return closed;
}

/* Bytes that are left when all has been given up that nobody waits for. */
static uint64_t give_up(osp_worker *worker, size_t *ret_closed)
{
    osp_worker_drop_spares(worker);
    malloc_trim(0);
    uint64_t used = own_bytes(worker);
    *ret_closed = 0;
    if (used > worker->memory_max) {
        *ret_closed = close_idle(worker);
        osp_worker_drop_spares(worker);
        malloc_trim(0);
        used = own_bytes(worker);
    }
    return used;
}

void osp_memory_look(osp_worker *worker)
{
    if (worker->memory_max == 0) {
        return;
    }
    const bool was_short = worker->short_of_memory;
    const uint64_t least = worker->memory_max - worker->memory_max / 16;
    uint64_t used = own_bytes(worker);
    size_t closed = 0;
    if (used > worker->memory_max) {
        used = give_up(worker, &closed);
    }
    worker->short_of_memory = used > (was_short ? least : worker->memory_max);
    if (worker->short_of_memory && !was_short) {
        osp_journal_say(&worker->journal, OSP_LOG_WARNING,
                        "memory: %llu bytes are more than limits.memory, %llu: %zu idle "
                        "connections were closed, new requests are answered 503",
                        (unsigned long long)used, (unsigned long long)worker->memory_max, closed);
    } else if (was_short && !worker->short_of_memory) {
        osp_journal_say(&worker->journal, OSP_LOG_WARNING,
                        "memory: %llu bytes are within limits.memory again",
                        (unsigned long long)used);
    }
}
