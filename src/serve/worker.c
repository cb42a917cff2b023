/* A worker process: opens the application's resources, serves its socket, drains on SIGTERM.
 *
 * It was given the listening socket by the supervisor and never binds one.  When the supervisor
 * dies the kernel tells it by SIGTERM, so no worker is left behind. */
#include "serve/worker.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

#define ACCEPT_BATCH 64        /* connections taken before others are served again */
#define ACCEPT_PAUSE_US 100000 /* without descriptors accepting rests for so long */
#define TICK_US 1000000

static void listen_begin(osp_worker *worker)
{
    if (!worker->listening &&
        osp_loop_add(worker->loop, &worker->listener,
                     (uint32_t)EPOLLIN | (uint32_t)EPOLLEXCLUSIVE) == OSP_OK) {
        worker->listening = true;
    }
}

static void listen_end(osp_worker *worker)
{
    if (worker->listening) {
        osp_loop_remove(worker->loop, &worker->listener);
        worker->listening = false;
    }
}

static void accept_again(osp_timer *timer)
{
    osp_worker *worker = OSP_CONTAINER_OF(timer, osp_worker, accept_again);
    if (worker->drain_until_us == 0) {
        listen_begin(worker);
    }
}

static void accept_ready(osp_watch *watch, uint32_t events)
{
    (void)events;
    osp_worker *worker = OSP_CONTAINER_OF(watch, osp_worker, listener);
    for (int i = 0; i < ACCEPT_BATCH; i++) {
        const int fd = accept4(watch->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd >= 0) {
            osp_conn_accept(worker, fd);
            continue;
        }
        if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
            listen_end(worker);
            const int64_t at_us = osp_loop_now_us(worker->loop) + ACCEPT_PAUSE_US;
            if (osp_loop_timer(worker->loop, &worker->accept_again, at_us) != OSP_OK) {
                listen_begin(worker);
            }
        }
        return;
    }
}

static void drain(osp_worker *worker)
{
    if (worker->drain_until_us != 0) {
        return;
    }
    worker->drain_until_us = osp_loop_now_us(worker->loop) + (int64_t)OSP_DRAIN_S * 1000000;
    listen_end(worker);
    osp_conns_drain(worker);
    if (worker->conn_count == 0) {
        osp_loop_stop(worker->loop);
    }
}

static void signal_ready(osp_watch *watch, uint32_t events)
{
    (void)events;
    osp_worker *worker = OSP_CONTAINER_OF(watch, osp_worker, signals);
    struct signalfd_siginfo info;
    while (read(watch->fd, &info, sizeof info) == (ssize_t)sizeof info) {
        drain(worker);
    }
}

static void tick(osp_timer *timer)
{
    osp_worker *worker = OSP_CONTAINER_OF(timer, osp_worker, tick);
    const int64_t now_us = osp_loop_now_us(worker->loop);
    worker->now_s = (uint32_t)(now_us / 1000000);
    osp_conns_sweep(worker);
    if (worker->drain_until_us != 0 && now_us >= worker->drain_until_us) {
        fprintf(stderr, "drain: gave up on %zu connections after %d s\n", worker->conn_count,
                OSP_DRAIN_S);
        osp_loop_stop(worker->loop);
    }
    if (osp_loop_timer(worker->loop, timer, now_us + TICK_US) != OSP_OK) {
        osp_loop_stop(worker->loop);
    }
}

/* As many descriptors as the system allows: a connection is one. */
static void raise_descriptor_limit(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
        limit.rlim_cur = limit.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &limit);
    }
}

static osp_status open_resources(osp_worker *worker, osp_error *err)
{
    size_t count = 0;
    worker->services[count++] = (osp_service){ &osp_crypto_queue_key, worker->crypto };
    for (size_t i = 0; i < worker->app->resource_count; i++) {
        const osp_resource *resource = worker->app->resources[i];
        if (count == OSP_SERVICES_MAX) {
            return osp_error_set(err, OSP_E_LIMIT, "more than %d resources", OSP_SERVICES_MAX - 1);
        }
        void *value = NULL;
        OSP_TRY(resource->open(&value, err));
        worker->services[count++] = (osp_service){ resource->key, value };
    }
    return OSP_OK;
}

static void close_resources(osp_worker *worker)
{
    for (size_t i = worker->app->resource_count; i-- > 0;) {
        const osp_resource *resource = worker->app->resources[i];
        void *value = worker->services[i + 1].value;
        if (value != NULL) {
            resource->close(value);
        }
    }
}

static osp_status watch_signals(osp_worker *worker, osp_error *err)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    if (sigprocmask(SIG_BLOCK, &set, NULL) != 0) {
        return osp_error_set(err, OSP_E_IO, "cannot block signals");
    }
    worker->signals.fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    worker->signals.ready = signal_ready;
    if (worker->signals.fd < 0) {
        return osp_error_set(err, OSP_E_IO, "signalfd failed");
    }
    return osp_loop_add(worker->loop, &worker->signals, EPOLLIN);
}

static osp_status worker_open(osp_worker *worker, osp_error *err)
{
    worker->loop = osp_loop_new(err);
    worker->fibers = osp_fibers_new((osp_fibers_options){ .count_max = OSP_FIBERS_MAX });
    if (worker->loop == NULL || worker->fibers == NULL) {
        return osp_error_set(err, OSP_E_NOMEM, "no memory for the event loop");
    }
    worker->crypto = osp_offload_new(
        (osp_offload_options){ .name = "crypto", .threads = 2, .queue_max = 256 }, err);
    if (worker->crypto == NULL) {
        return err->status;
    }
    OSP_TRY(watch_signals(worker, err));
    OSP_TRY(open_resources(worker, err));
    worker->date_s = -1;
    worker->now_s = (uint32_t)(osp_loop_now_us(worker->loop) / 1000000);
    worker->tick.fire = tick;
    worker->accept_again.fire = accept_again;
    listen_begin(worker);
    return osp_loop_timer(worker->loop, &worker->tick, osp_loop_now_us(worker->loop) + TICK_US);
}

static void worker_close(osp_worker *worker)
{
    close_resources(worker);
    if (worker->crypto != NULL) {
        osp_offload_free(worker->crypto);
    }
    while (worker->spare_exchanges != NULL) {
        osp_exchange *exchange = worker->spare_exchanges;
        worker->spare_exchanges = exchange->next_spare;
        free(exchange);
    }
    while (worker->spare_conns != NULL) {
        osp_conn *conn = worker->spare_conns;
        worker->spare_conns = conn->next;
        free(conn);
    }
    free(worker->spare_out);
    osp_fibers_free(worker->fibers);
    osp_loop_free(worker->loop);
}

int osp_worker_main(const osp_app_def *app, int listen_fd, int ready_fd)
{
    raise_descriptor_limit();
    signal(SIGPIPE, SIG_IGN); /* who asked whether the worker is ready may be gone */
    osp_worker *worker = calloc(1, sizeof *worker);
    if (worker == NULL) {
        return 1;
    }
    osp_error error = { 0 };
    worker->app = app;
    worker->listener = (osp_watch){ accept_ready, listen_fd };
    if (worker_open(worker, &error) < 0) {
        fprintf(stderr, "error: %s\n", error.message);
        return 1;
    }
    if (ready_fd >= 0) {
        (void)!write(ready_fd, "R", 1);
        close(ready_fd);
    }
    const osp_status status = osp_loop_run(worker->loop);
    if (worker->conn_count > 0 || status < 0) {
        return status < 0; /* requests are still in flight: nothing of theirs may be freed */
    }
    worker_close(worker);
    free(worker);
    return 0;
}
