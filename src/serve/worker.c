/* A worker process: opens the application's resources, serves its socket, drains on SIGTERM.
 *
 * It retires on OSP_RETIRE, when another worker has taken its place: who is connected keeps his
 * connection for one more request, whose answer says that it closes.  So a client that believes its
 * kept connection to be open loses nothing.
 *
 * It was given the listening socket by the supervisor and never binds one.  When the supervisor
 * dies the kernel tells it by a signal that is not blocked: its handler begins the drain and sets
 * an alarm for the end of it, which is fatal, so that not even a worker whose loop hangs is left
 * behind. The loop beats in the page shared with the supervisor: once a second and with each
 * request. */
#include "serve/worker.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "app/chain.h"
#include "app/dev.h"
#include "app/graph.h"
#include "serve/harden.h"

#define ACCEPT_BATCH 64         /* connections taken before others are served again */
#define ACCEPT_BATCH_MAX 2048   /* the same where they come faster than that */
#define ACCEPT_TURN 4           /* connections taken before other workers are woken first */
#define DRAIN_ACCEPT_MAX 16384  /* as many as can queue */
#define ACCEPT_TOLD_US 10000000 /* between two words about that */
#define ACCEPT_PAUSE_US 100000  /* without descriptors accepting rests for so long */
#define TICK_US 1000000

/* Who goes first is woken for each connection, beside the first of the line: he has nothing to do
 * yet, and at the end of the line would have nothing for long (docs/decisions/0009). */
static uint32_t listen_events(const osp_worker *worker)
{
    return worker->in_line ? (uint32_t)EPOLLIN | (uint32_t)EPOLLEXCLUSIVE : (uint32_t)EPOLLIN;
}

static osp_status listen_begin(osp_worker *worker)
{
    OSP_ASSERT(!worker->listening);
    for (size_t i = 0; i < worker->listener_count; i++) {
        osp_watch *watch = &worker->listeners[i].watch;
        const osp_status status =
            watch->fd >= 0 ? osp_loop_add(worker->loop, watch, listen_events(worker)) : OSP_OK;
        if (status != OSP_OK) {
            while (i-- > 0) {
                osp_loop_remove(worker->loop, &worker->listeners[i].watch);
            }
            return status;
        }
    }
    worker->listening = true;
    return OSP_OK;
}

static void listen_end(osp_worker *worker)
{
    if (worker->listening) {
        OSP_ASSERT(worker->accept_again.heap_at == 0);
        for (size_t i = 0; i < worker->listener_count; i++) {
            if (worker->listeners[i].watch.fd >= 0) {
                osp_loop_remove(worker->loop, &worker->listeners[i].watch);
            }
        }
        worker->listening = false;
    }
}

/* The listener is level-triggered: watched without descriptors to spare it would be ready for ever.
 * Where even the timer finds no memory, the next tick listens again. */
static void accept_pause(osp_worker *worker)
{
    listen_end(worker);
    const int64_t at_us = osp_loop_now_us(worker->loop) + ACCEPT_PAUSE_US;
    (void)!osp_loop_timer(worker->loop, &worker->accept_again, at_us);
}

static void listen_again(osp_worker *worker)
{
    if (!worker->listening && worker->drain_until_us == 0 && listen_begin(worker) != OSP_OK) {
        accept_pause(worker);
    }
}

static void accept_again(osp_timer *timer)
{
    listen_again(OSP_CONTAINER_OF(timer, osp_worker, accept_again));
}

/* The listener was shut down, and would be ready for ever. */
static void forget_listener(osp_worker_listener *at)
{
    osp_worker *worker = at->worker;
    if (worker->listening) {
        osp_loop_remove(worker->loop, &at->watch);
    }
    at->watch.fd = -1;
    for (size_t i = 0; i < worker->listener_count; i++) {
        if (worker->listeners[i].watch.fd >= 0) {
            return;
        }
    }
    worker->listening = false;
}

/* Clients wait at the socket meanwhile, and nobody else would tell. */
static void tell_short(osp_worker *worker, int why)
{
    const int64_t now_us = osp_loop_now_us(worker->loop);
    if (worker->short_told_us == 0 || now_us - worker->short_told_us >= ACCEPT_TOLD_US) {
        worker->short_told_us = now_us;
        osp_journal_say(&worker->journal, OSP_LOG_WARNING,
                        "cannot accept: %s; clients wait until others have gone", strerror(why));
    }
}

static void accept_some(osp_worker_listener *from, uint32_t most)
{
    osp_worker *worker = from->worker;
    for (uint32_t i = 0; i < most; i++) {
        if (worker->conn_count >= worker->config->limits.connections) {
            accept_pause(worker);
            return;
        }
        const int fd = accept4(from->watch.fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd >= 0) {
            worker->accepted++;
            osp_conn_accept(worker, fd);
            continue;
        }
        if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
            tell_short(worker, errno);
            accept_pause(worker);
        } else if (errno == EINVAL) {
            forget_listener(from);
        }
        return;
    }
}

static void listen_anew(osp_worker *worker, bool in_line)
{
    listen_end(worker);
    worker->in_line = in_line;
    if (listen_begin(worker) != OSP_OK) {
        accept_pause(worker);
    }
}

void osp_worker_go_first(osp_worker *worker)
{
    listen_anew(worker, false);
}

/* The kernel wakes the worker that has waited at the socket for longest, which stays the first:
 * without this one worker would have all clients that come one by one (docs/decisions/0005). */
static void go_behind(osp_worker_listener *at)
{
    osp_worker *worker = at->worker;
    if (worker->accepted < ACCEPT_TURN || !worker->listening || at->watch.fd < 0) {
        return;
    }
    worker->accepted = 0;
    if (!worker->in_line) {
        listen_anew(worker, true);
        return;
    }
    osp_loop_remove(worker->loop, &at->watch);
    if (osp_loop_add(worker->loop, &at->watch, listen_events(worker)) != OSP_OK) {
        const int fd = at->watch.fd;
        at->watch.fd = -1; /* not watched: the others are taken out, and all come back */
        accept_pause(worker);
        at->watch.fd = fd;
    }
}

/* Who is not accepted waits where nobody refuses him, so when more come more are taken at a time.
 */
static void adapt_batch(osp_worker *worker, size_t before)
{
    const size_t taken = worker->conn_count - before; /* without those that were closed at once */
    if (taken >= worker->accept_most && worker->accept_most < ACCEPT_BATCH_MAX) {
        worker->accept_most *= 2;
    } else if (taken < worker->accept_most / 4 && worker->accept_most > ACCEPT_BATCH) {
        worker->accept_most /= 2;
    }
}

static void accept_ready(osp_watch *watch, uint32_t events)
{
    (void)events;
    osp_worker_listener *from = OSP_CONTAINER_OF(watch, osp_worker_listener, watch);
    osp_worker *worker = from->worker;
    const size_t before = worker->conn_count;
    OSP_ASSERT(worker->listening && worker->drain_until_us == 0);
    accept_some(from, worker->accept_most);
    adapt_batch(worker, before);
    go_behind(from);
}

/* Stops listening and takes those who queue.  In this order: of whose coming this worker alone was
 * told is taken here, and of all later ones others are told. */
static void accept_last(osp_worker *worker)
{
    if (!worker->listening) {
        return;
    }
    listen_end(worker);
    for (size_t i = 0; i < worker->listener_count && worker->accept_again.heap_at == 0; i++) {
        if (worker->listeners[i].watch.fd >= 0) {
            accept_some(&worker->listeners[i], DRAIN_ACCEPT_MAX);
        }
    }
}

static void drain_begin(osp_worker *worker)
{
    const int64_t us = (int64_t)worker->config->deadlines.drain_s * 1000000;
    accept_last(worker);
    worker->drain_until_us = osp_loop_now_us(worker->loop) + us;
    osp_loop_timer_cancel(worker->loop, &worker->accept_again);
}

void osp_worker_stop_when_done(osp_worker *worker)
{
    if (worker->drain_until_us != 0 && worker->conn_count == 0 && worker->works == NULL) {
        osp_loop_stop(worker->loop);
    }
}

static void drain(osp_worker *worker)
{
    if (worker->drain_until_us != 0 && !worker->retiring) {
        return;
    }
    if (!worker->retiring) {
        drain_begin(worker);
    }
    worker->retiring = false;
    osp_conns_drain(worker);
    osp_worker_stop_when_done(worker);
}

static void retire(osp_worker *worker)
{
    if (worker->drain_until_us != 0) {
        return;
    }
    drain_begin(worker);
    worker->retiring = true;
    atomic_store(&worker->page->retired, 1);
    if (worker->dev != NULL) {
        worker->dev->retire(worker);
    }
    osp_worker_stop_when_done(worker);
}

/* Only the supervisor knows that another worker has taken the place. */
static bool may_retire(const struct signalfd_siginfo *info)
{
    return info->ssi_pid == (uint32_t)getppid() || info->ssi_pid == (uint32_t)getpid();
}

static void signal_ready(osp_watch *watch, uint32_t events)
{
    (void)events;
    osp_worker *worker = OSP_CONTAINER_OF(watch, osp_worker, signals);
    struct signalfd_siginfo info;
    while (read(watch->fd, &info, sizeof info) == (ssize_t)sizeof info) {
        if (info.ssi_signo == (uint32_t)OSP_RETIRE) {
            if (may_retire(&info)) {
                retire(worker);
            }
        } else {
            drain(worker);
        }
    }
}

/* The time for draining is over. */
static void drain_end(osp_worker *worker)
{
    if (worker->retiring) {
        worker->retiring = false;
        osp_conns_drain(worker);
    }
    if (worker->conn_count > 0) {
        osp_journal_say(&worker->journal, OSP_LOG_WARNING,
                        "drain: gave up on %zu connections after %u s", worker->conn_count,
                        (unsigned)worker->config->deadlines.drain_s);
    }
    osp_works_give_up(worker);
    osp_loop_stop(worker->loop);
}

/* Whether the loop stood still: the process was stopped, or a handler computed.  What has come
 * meanwhile is read before anybody is too late, which may be after the timers of this turn.  Never
 * twice in a row, or who is always behind would wait for ever. */
static bool stood_still(osp_worker *worker, int64_t now_us)
{
    worker->spared = !worker->spared && now_us - worker->ticked_us > 2 * TICK_US;
    worker->ticked_us = now_us;
    return worker->spared;
}

static void tick(osp_timer *timer)
{
    osp_worker *worker = OSP_CONTAINER_OF(timer, osp_worker, tick);
    const int64_t now_us = osp_loop_now_us(worker->loop);
    worker->now_s = (uint32_t)(now_us / 1000000);
    osp_page_beat(worker->page);
    /* First of all: the place in the heap that this timer just left is still free. */
    const osp_status status = osp_loop_timer(worker->loop, timer, now_us + TICK_US);
    OSP_ASSERT(status == OSP_OK);
    if (worker->accept_again.heap_at == 0) {
        listen_again(worker);
    }
    if (!stood_still(worker, now_us)) {
        osp_conns_sweep(worker);
        osp_works_sweep(worker);
    }
    osp_journal_tick(&worker->journal);
    if (worker->access != NULL) {
        osp_access_tick(worker->access);
    }
    if (worker->jobs != NULL) {
        osp_job_runner_of(worker->app)->look(worker, osp_loop_unix_s(worker->loop));
    }
    osp_memory_look(worker);
    osp_overload_look(worker);
    osp_slack_look(worker);
    if (worker->drain_until_us != 0 && now_us >= worker->drain_until_us) {
        drain_end(worker);
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

/* Values that outlive requests, which may be made of resources. */
static osp_status open_life(osp_worker *worker, osp_error *err)
{
    const osp_status status =
        osp_life_open(&worker->life, worker->app, worker->services, NULL, err);
    if (status == OSP_OK) {
        worker->services[OSP_SERVICES_OWN + worker->resources_open] =
            (osp_service){ &osp_life_key, &worker->life };
        worker->has_life = true;
    }
    return status < 0 ? status : OSP_OK;
}

static osp_status open_resources(osp_worker *worker, osp_error *err)
{
    /* Every request asks for the patterns, so they are found first. */
    worker->services[0] = (osp_service){ &osp_patterns_key, worker->patterns };
    worker->services[1] = (osp_service){ &osp_crypto_queue_key, worker->crypto };
    worker->services[2] = (osp_service){ &osp_files_key, worker->files };
    worker->services[3] = (osp_service){ &osp_log_key, &worker->log_sink };
    worker->services[4] = (osp_service){ &osp_forms_key, &worker->uploads.forms };
    worker->services[5] = (osp_service){ &osp_pages_key, worker->pages };
    osp_uploads_init(worker);
    if (worker->app->resource_count > OSP_SERVICES_MAX - OSP_SERVICES_OWN) {
        return osp_error_set(err, OSP_E_LIMIT, "more than %d resources",
                             OSP_SERVICES_MAX - OSP_SERVICES_OWN);
    }
    for (size_t i = 0; i < worker->app->resource_count; i++) {
        const osp_resource *resource = worker->app->resources[i];
        void *value = NULL;
        OSP_TRY(resource->open(&value, err));
        OSP_ASSERT(value != NULL);
        worker->services[OSP_SERVICES_OWN + worker->resources_open++] =
            (osp_service){ resource->key, value };
    }
    return open_life(worker, err);
}

static void close_resources(osp_worker *worker)
{
    if (worker->has_life) {
        osp_life_close(&worker->life);
    }
    for (; worker->resources_open > 0; worker->resources_open--) {
        const osp_resource *resource = worker->app->resources[worker->resources_open - 1];
        resource->close(worker->services[OSP_SERVICES_OWN + worker->resources_open - 1].value);
    }
}

static osp_status watch_signals(osp_worker *worker, osp_error *err)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigaddset(&set, OSP_RETIRE);
    if (sigprocmask(SIG_BLOCK, &set, NULL) != 0) {
        return osp_error_set(err, OSP_E_IO, "cannot block signals");
    }
    worker->signals.fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    if (worker->signals.fd < 0) {
        return osp_error_set(err, OSP_E_IO, "signalfd failed");
    }
    if (osp_loop_add(worker->loop, &worker->signals, EPOLLIN) != OSP_OK) {
        return osp_error_set(err, OSP_E_IO, "cannot watch signals");
    }
    return OSP_OK;
}

static bool may_stream(const osp_route_leaf *leaf, const osp_route *route)
{
    (void)leaf;
    return osp_route_may_stream(route);
}

/* Whether a route of the application is so. */
static bool any_route(const osp_app_def *app,
                      bool (*is_so)(const osp_route_leaf *leaf, const osp_route *route))
{
    for (size_t i = 0; i < app->leaf_count; i++) {
        for (size_t method = 0; method < OSP_METHOD_OTHER; method++) {
            const osp_route *route = app->leaves[i]->by_method[method];
            if (route != NULL && is_so(app->leaves[i], route)) {
                return true;
            }
        }
    }
    return false;
}

static osp_status open_all(osp_worker *worker, osp_error *err)
{
    worker->reads_streams = any_route(worker->app, may_stream);
    worker->has_needs = any_route(worker->app, osp_leaf_has_needs);
    worker->wraps = osp_chain_wraps(worker->app);
    worker->limits_bodies = osp_chain_limits_bodies(worker->app);
    worker->probes = worker->config->health ? osp_health_probes(worker->app) : 0;
    atomic_store(&worker->own_page.open, 1);
    atomic_store(&worker->own_page.jobs, 1);
    worker->loop = osp_loop_new(err);
    if (worker->loop == NULL) {
        return err->status;
    }
    worker->fibers =
        osp_fibers_new((osp_fibers_options){ .count_max = worker->config->limits.requests });
    if (worker->fibers == NULL) {
        return osp_error_set(err, OSP_E_NOMEM, "no memory for fibers");
    }
    worker->crypto = osp_offload_new((osp_offload_options){ .name = "crypto",
                                                            .threads = 2,
                                                            .queue_max = OSP_CRYPTO_WAITING_MAX },
                                     err);
    if (worker->crypto == NULL) {
        return err->status;
    }
    OSP_TRY(osp_crash_begin(worker, err));
    OSP_TRY(watch_signals(worker, err));
    OSP_TRY(osp_graph_patterns(worker->app, &worker->patterns, err));
    if (worker->app->asset_keeper != NULL) {
        OSP_TRY(worker->app->asset_keeper->open(worker, err));
    }
    if (worker->app->page_keeper != NULL) {
        OSP_TRY(worker->app->page_keeper->open(worker->app, &worker->pages, err));
    }
    OSP_TRY(open_resources(worker, err));
    if (osp_job_runner_of(worker->app) != NULL) {
        OSP_TRY(osp_job_runner_of(worker->app)->open(worker, err));
    }
    osp_random_bytes(&worker->clients.seed, sizeof(worker->clients.seed));
    worker->date_s = -1;
    worker->now_s = (uint32_t)(osp_loop_now_us(worker->loop) / 1000000);
    worker->ticked_us = osp_loop_now_us(worker->loop);
    worker->tick.fire = tick;
    worker->accept_again.fire = accept_again;
    if (listen_begin(worker) != OSP_OK ||
        osp_loop_timer(worker->loop, &worker->tick, osp_loop_now_us(worker->loop) + TICK_US) !=
            OSP_OK) {
        return osp_error_set(err, OSP_E_NOMEM, "no memory to listen");
    }
    return OSP_OK;
}

/* Seconds for which the supervisor has shut a route; 0: it is open. */
static uint32_t shut_s(const osp_route_gate *gate, const osp_route_leaf *leaf,
                       const osp_route *route)
{
    const osp_worker *worker = OSP_CONTAINER_OF(gate, osp_worker, gate);
    for (size_t i = 0; i < OSP_CRASHES_ROUTES; i++) {
        const uint32_t until_s =
            atomic_load_explicit(&worker->page->shut[i].until_s, memory_order_relaxed);
        const uint32_t number =
            atomic_load_explicit(&worker->page->shut[i].route, memory_order_relaxed);
        const osp_route_leaf *of = NULL;
        osp_method method;
        if (until_s > worker->now_s &&
            osp_route_of_number(worker->app, number, &of, &method) == route && of == leaf) {
            return until_s - worker->now_s;
        }
    }
    return 0;
}

osp_status osp_worker_open(osp_worker *worker, const osp_app_def *app, const osp_config *config,
                           int listen_fd, osp_error *err)
{
    const osp_config_limits *limits = &config->limits;
    *worker = (osp_worker){ .app = app,
                            .config = config,
                            .wire_limits = { .head = limits->request_head,
                                             .target = limits->target,
                                             .headers = limits->headers,
                                             .chunk_line = limits->chunk_line,
                                             .trailer = limits->trailers },
                            .listeners = { { { accept_ready, listen_fd }, worker } },
                            .listener_count = 1,
                            .signals = { signal_ready, -1 },
                            .page = &worker->own_page,
                            .statm_fd = -1,
                            .channel_fd = -1,
                            .public_folder = -1,
                            .accept_most = ACCEPT_BATCH,
                            .in_line = true,
                            .wait_us = osp_overload_wait_us(config, false),
                            .log_sink = { osp_works_log },
                            .gate = { shut_s } };
    osp_config_trust(config, &worker->trust);
    osp_journal_begin(&worker->journal, STDERR_FILENO, &config->log);
    osp_names_begin(&worker->names);
    const osp_status status = open_all(worker, err);
    if (status != OSP_OK) {
        osp_worker_close(worker);
    }
    return status;
}

osp_status osp_worker_listen(osp_worker *worker, int listen_fd)
{
    OSP_ASSERT(worker->listening);
    if (worker->listener_count == OSP_LISTENERS_MAX) {
        return OSP_E_LIMIT;
    }
    osp_worker_listener *at = &worker->listeners[worker->listener_count];
    *at = (osp_worker_listener){ { accept_ready, listen_fd }, worker };
    OSP_TRY(osp_loop_add(worker->loop, &at->watch, listen_events(worker)));
    worker->listener_count++;
    return OSP_OK;
}

void osp_worker_drop_spares(osp_worker *worker)
{
    while (worker->spare_exchanges != NULL) {
        osp_exchange *exchange = worker->spare_exchanges;
        worker->spare_exchanges = exchange->next_spare;
        free(exchange);
    }
    worker->spare_exchange_count = 0;
    while (worker->spare_conns != NULL) {
        osp_conn *conn = worker->spare_conns;
        worker->spare_conns = conn->next;
        free(conn);
    }
    free(worker->spare_out);
    worker->spare_out = NULL;
}

void osp_worker_close(osp_worker *worker)
{
    osp_crash_end(worker);
    osp_access_end(worker);
    OSP_ASSERT(worker->conn_count == 0);
    for (size_t state = 0; state < OSP_CONN_STATES; state++) {
        OSP_ASSERT(worker->conns[state].first == NULL && worker->conns[state].last == NULL);
    }
    OSP_ASSERT(worker->fibers == NULL || osp_fibers_alive(worker->fibers) == 0);
    if (worker->dev != NULL) {
        worker->dev->close(worker);
    }
    if (worker->jobs != NULL) {
        osp_job_runner_of(worker->app)->close(worker);
    }
    close_resources(worker);
    if (worker->app->asset_keeper != NULL) {
        worker->app->asset_keeper->close(worker);
    }
    if (worker->app->page_keeper != NULL) {
        worker->app->page_keeper->close(worker->pages);
    }
    if (worker->signals.fd >= 0) {
        close(worker->signals.fd);
    }
    if (worker->crypto != NULL) {
        osp_offload_free(worker->crypto);
    }
    osp_spill_close(worker);
    osp_uploads_close(worker);
    osp_patterns_free(worker->patterns);
    osp_clients_done(&worker->clients);
    osp_worker_drop_spares(worker);
    osp_fibers_free(worker->fibers);
    osp_loop_free(worker->loop);
}

/* The drain begins as by SIGTERM, which only a loop that goes round reads.  The second signal of
 * the same number finds no handler and ends the process, whatever it does. */
static void parent_died(int number)
{
    (void)number;
    const int saved = errno;
    /* A signal brings no argument, but this descriptor has it. */
    (void)alarm(osp_config_sealed_drain_s(OSP_CONFIG_FD) + 2);
    (void)kill(getpid(), SIGTERM);
    errno = saved;
}

static void signals_begin(void)
{
    struct sigaction action = { .sa_handler = parent_died,
                                .sa_flags = (int)(SA_RESETHAND | SA_RESTART) };
    sigemptyset(&action.sa_mask);
    (void)sigaction(OSP_PARENT_DIED, &action, NULL);
    (void)signal(SIGPIPE, SIG_IGN); /* who asked whether the worker is ready may be gone */
    (void)signal(SIGXFSZ, SIG_IGN); /* a log that may not grow is no reason to end */
    (void)signal(SIGHUP, SIG_IGN);  /* a terminal tells all; the supervisor says what it means */
}

/* For answers that are not read, and for uploads.  -1: there is none; answers stay in memory, and
 * large uploads are refused. */
static int open_spill_folder(osp_worker *worker, const osp_config *config)
{
    osp_error why = { 0 };
    const bool wanted = config->limits.spill > 0 || config->limits.uploads > 0;
    const int folder = wanted ? osp_spill_folder(config->temp_folder, &why) : -1;
    if (why.status != OSP_OK) {
        osp_journal_say(
            &worker->journal, OSP_LOG_INFO,
            "answers that are not read stay in memory, and large uploads are refused: %s",
            why.message);
    }
    return folder;
}

/* What a development build has beside the application hears of requests from now on. */
static osp_status open_agent(osp_worker *worker, bool has_channel, osp_error *err)
{
    const struct osp_dev_hooks *dev = worker->app->dev;
    if (dev == NULL) {
        return OSP_OK;
    }
    worker->channel_fd = has_channel ? OSP_CHANNEL_FD : -1;
    OSP_TRY(dev->open(worker, err));
    worker->dev = dev;
    worker->watched = true;
    return OSP_OK;
}

/* Folders are open as long as the process. */
static osp_status open_worker(osp_worker *worker, const osp_app_def *app, const osp_config *config,
                              const osp_worker_options *options, osp_error *err)
{
    const int spill_folder = open_spill_folder(worker, config);
    osp_worker_folders folders = { .spill = spill_folder, .public = -1 };
    if (app->asset_keeper != NULL) {
        OSP_TRY(app->asset_keeper->folder(config->public_folder, &folders.public, err));
    }
    const uint64_t spill_max =
        spill_folder >= 0 ? osp_spill_room(spill_folder, config->limits.spill) : 0;
    const uint64_t uploads_max =
        spill_folder >= 0 ? osp_spill_room(spill_folder, config->limits.uploads) : 0;
    OSP_TRY(osp_harden_worker(&config->harden, app, &folders, &worker->journal, err));
    OSP_TRY(osp_worker_open(worker, app, config, OSP_LISTEN_FD, err));
    if ((spill_max > 0 && osp_spill_begin(worker, spill_folder, spill_max, err) != OSP_OK) ||
        (uploads_max > 0 && osp_uploads_begin(worker, spill_folder, uploads_max, err) != OSP_OK)) {
        osp_worker_close(worker);
        return OSP_E_NOMEM;
    }
    if (!osp_str_equal(config->log.access, OSP_STR("off")) &&
        osp_access_begin(worker, OSP_ACCESS_FD) != OSP_OK) {
        osp_worker_close(worker);
        return osp_error_set(err, OSP_E_NOMEM, "no memory for the access log");
    }
    for (size_t i = 1; i < options->listener_count; i++) {
        if (osp_worker_listen(worker, OSP_LISTEN_FD + (int)i) != OSP_OK) {
            osp_worker_close(worker);
            return osp_error_set(err, OSP_E_NOMEM, "no memory to listen");
        }
    }
    if (open_agent(worker, options->development, err) != OSP_OK) {
        osp_worker_close(worker);
        return err->status;
    }
    return OSP_OK;
}

int osp_worker_main(const osp_app_def *app, const osp_worker_options *options)
{
    raise_descriptor_limit();
    signals_begin();
    osp_worker *worker = malloc(sizeof *worker);
    osp_page *page = mmap(NULL, sizeof *page, PROT_READ | PROT_WRITE, MAP_SHARED, OSP_PAGE_FD, 0);
    osp_arena config_arena;
    osp_arena_init(&config_arena, NULL, 0, OSP_SETTINGS_ARENA_MAX);
    const osp_config *config = osp_config_unseal(OSP_CONFIG_FD, &config_arena);
    if (worker == NULL || page == MAP_FAILED || config == NULL) {
        fprintf(stderr, "error: a worker has no memory to start with\n"); /* by which rules? */
        return 1;
    }
    close(OSP_PAGE_FD);
    const int statm_fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC); /* hidden from then on */
    const uint64_t memory_max = osp_memory_share(config);
    osp_error error = { 0 };
    osp_journal_begin(&worker->journal, STDERR_FILENO, &config->log);
    if (open_worker(worker, app, config, options, &error) != OSP_OK) {
        osp_journal_say(&worker->journal, OSP_LOG_ERROR, "%s", error.message);
        osp_journal_end(&worker->journal);
        free(worker);
        return 1;
    }
    osp_memory_begin(worker, statm_fd >= 0 ? memory_max : 0, statm_fd);
    worker->page = page;
    if (atomic_load(&page->replaces) != 0) {
        osp_worker_go_first(worker);
    }
    atomic_store(&page->serving, 1);
    (void)!write(OSP_READY_FD, "R", 1);
    close(OSP_READY_FD);
    const osp_status status = osp_loop_run(worker->loop);
    osp_access_end(worker);
    osp_journal_end(&worker->journal);
    if (worker->conn_count > 0 || worker->works != NULL || status < 0) {
        return status < 0; /* requests are still in flight: nothing of theirs may be freed */
    }
    osp_worker_close(worker);
    free(worker);
    osp_arena_done(&config_arena);
    return 0;
}
