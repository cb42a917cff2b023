/* A worker: accepting without descriptors, what it opens and closes, draining. */
#include "tests/unit/fault.h"
#include "tests/unit/rig.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define CLIENTS 8
#define PAUSE_MS 100  /* from a failed accept to the next */
#define ACCEPT_TURN 4 /* connections of a worker, before it goes to the end of the line */

static void limit_descriptors(rlim_t count)
{
    struct rlimit limit;
    OSP_CHECK(getrlimit(RLIMIT_NOFILE, &limit) == 0);
    limit.rlim_cur = count;
    OSP_CHECK(setrlimit(RLIMIT_NOFILE, &limit) == 0);
}

/* The number that the next descriptor would get. */
static rlim_t next_descriptor(void)
{
    const int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    OSP_CHECK(fd >= 0);
    close(fd);
    return (rlim_t)fd;
}

OSP_UNIT_TEST(worker_descriptors, "without descriptors accepting rests, and goes on when there are")
{
    osp_rig rig;
    osp_rig_open(&rig);
    osp_client kept = osp_client_open(&rig);
    osp_client clients[CLIENTS];
    for (size_t i = 0; i < CLIENTS; i++) {
        clients[i] = osp_client_connect(&rig);
        osp_client_send(&clients[i], OSP_STR(OSP_RIG_GET("/hi")));
    }
    OSP_CHECK(rig.worker->conn_count == 1 + CLIENTS);
    for (size_t i = 0; i < CLIENTS; i++) {
        OSP_CHECK(osp_client_status(&clients[i]) == 200);
        osp_client_close(&clients[i]);
    }

    clients[0] = osp_client_connect(&rig);
    clients[1] = osp_client_connect(&rig);
    const rlim_t next = next_descriptor();
    limit_descriptors(next + 1); /* one more */
    osp_rig_turns(&rig, 2);
    OSP_CHECK(rig.worker->conn_count == 2 && !rig.worker->listening);
    osp_client_send(&kept, OSP_STR(OSP_RIG_GET("/hi"))); /* those that are in go on */
    OSP_CHECK(osp_client_status(&kept) == 200);
    osp_rig_pass_ms(&rig, PAUSE_MS - 1);
    OSP_CHECK(!rig.worker->listening && rig.worker->accept_again.heap_at != 0);
    for (int i = 0; i < 5; i++) { /* it tries again and again */
        osp_rig_pass_ms(&rig, PAUSE_MS);
        OSP_CHECK(rig.worker->conn_count == 2 && rig.worker->accept_again.heap_at != 0);
    }

    osp_client_close(&clients[0]); /* its two descriptors are free */
    osp_rig_pass_ms(&rig, PAUSE_MS);
    OSP_CHECK(rig.worker->conn_count == 2 && rig.worker->listening);
    osp_client_send(&clients[1], OSP_STR(OSP_RIG_GET("/hi")));
    OSP_CHECK(osp_client_status(&clients[1]) == 200);
    osp_client_close(&clients[1]);
    osp_client_close(&kept);
    osp_rig_close(&rig);
}

/* The events that the worker's loop asks for at its socket, as the kernel tells them. */
static uint32_t events_at_listener(const osp_rig *rig)
{
    char path[64], line[256];
    for (int fd = 0; fd < (int)next_descriptor() + CLIENTS; fd++) {
        int of = -1;
        unsigned events = 0;
        (void)snprintf(path, sizeof path, "/proc/self/fdinfo/%d", fd);
        FILE *info = fopen(path, "re");
        while (info != NULL && fgets(line, sizeof line, info) != NULL) {
            if (sscanf(line, "tfd: %d events: %x", &of, &events) == 2 &&
                of == rig->worker->listeners[0].watch.fd) {
                fclose(info);
                return events;
            }
        }
        if (info != NULL) {
            fclose(info);
        }
    }
    OSP_CHECK(!"the socket is watched");
    return 0;
}

OSP_UNIT_TEST(worker_new_first,
              "a worker that goes first is woken for each connection until it has had some")
{
    osp_rig rig;
    osp_client clients[ACCEPT_TURN];
    osp_rig_open(&rig);
    OSP_CHECK((events_at_listener(&rig) & (uint32_t)EPOLLEXCLUSIVE) != 0);
    osp_worker_go_first(rig.worker);
    for (size_t i = 0; i < ACCEPT_TURN; i++) {
        OSP_CHECK((events_at_listener(&rig) & (uint32_t)EPOLLEXCLUSIVE) == 0);
        clients[i] = osp_client_connect(&rig);
        osp_rig_turns(&rig, 2);
    }
    OSP_CHECK(rig.worker->listening && rig.worker->conn_count == ACCEPT_TURN);
    OSP_CHECK((events_at_listener(&rig) & (uint32_t)EPOLLEXCLUSIVE) != 0);
    for (size_t i = 0; i < ACCEPT_TURN; i++) {
        osp_client_close(&clients[i]);
    }
    osp_rig_close(&rig);
}

static void count_turns(void *arg)
{
    ++*(int *)arg;
}

static void stop(osp_timer *timer)
{
    (void)timer;
    raise(SIGTERM);
}

OSP_UNIT_TEST(worker_no_spin, "while accepting rests the loop sleeps")
{
    osp_rig rig;
    osp_rig_open(&rig);
    osp_client client = osp_client_connect(&rig);
    limit_descriptors(next_descriptor());
    osp_loop_hold_clock(rig.worker->loop, 0);
    osp_timer end = { .fire = stop };
    int turns = 0;
    osp_loop_on_turn(rig.worker->loop, count_turns, &turns);
    OSP_CHECK(osp_loop_timer(rig.worker->loop, &end,
                             osp_loop_clock_us(rig.worker->loop) + 350000) == OSP_OK);
    OSP_CHECK(osp_loop_run(rig.worker->loop) == OSP_OK);
    osp_loop_on_turn(rig.worker->loop, NULL, NULL);
    OSP_CHECK(turns >= 4 && turns <= 20);
    osp_client_close(&client);
    osp_rig_close(&rig);
}

OSP_UNIT_TEST(worker_listens_without_timer, "where no timer can be set the tick listens again")
{
    osp_rig rig;
    osp_rig_open(&rig);
    osp_timer fill[64] = { 0 }; /* the heap, but for the place that ticks */
    size_t filled = 0;
    for (; filled < 63; filled++) {
        fill[filled].fire = stop;
        OSP_CHECK(osp_loop_timer(rig.worker->loop, &fill[filled], INT64_MAX) == OSP_OK);
    }
    osp_client client = osp_client_connect(&rig);
    const rlim_t next = next_descriptor();
    limit_descriptors(next);
    osp_fault_arm(1, SIZE_MAX);
    osp_rig_turns(&rig, 2);
    OSP_CHECK(osp_fault_disarm() > 0);
    OSP_CHECK(!rig.worker->listening && rig.worker->accept_again.heap_at == 0);
    limit_descriptors(next + 16); /* accept asks for one before it looks whether anybody waits */
    osp_rig_pass(&rig, 1);
    osp_rig_turns(&rig, 1);
    OSP_CHECK(rig.worker->listening && rig.worker->conn_count == 1);
    osp_client_close(&client);
    for (size_t i = 0; i < filled; i++) {
        osp_loop_timer_cancel(rig.worker->loop, &fill[i]);
    }
    osp_rig_close(&rig);
}

/* ---------------------------------------------------------------- what it opens */

typedef struct counts {
    size_t opened, closed;
} counts;
static counts resources;

static osp_status open_one(void **ret_value, osp_error *err)
{
    (void)err;
    resources.opened++;
    *ret_value = &resources;
    return OSP_OK;
}

static osp_status open_never(void **ret_value, osp_error *err)
{
    (void)ret_value;
    return osp_error_set(err, OSP_E_IO, "it does not open");
}

static void close_one(void *value)
{
    OSP_CHECK(value == &resources);
    resources.closed++;
}

static const osp_resource good = { .name = "good", .open = open_one, .close = close_one },
                          bad = { .name = "bad", .open = open_never, .close = close_one };

/* Opens a worker with `count` resources, the last of which is `last`, and closes it. */
static osp_status open_with(size_t count, const osp_resource *last)
{
    const osp_resource *list[OSP_SERVICES_MAX + 4];
    OSP_CHECK(count > 0 && count <= OSP_ARRAY_LEN(list));
    for (size_t i = 0; i < count; i++) {
        list[i] = i + 1 < count ? &good : last;
    }
    osp_app_def app = osp_rig_app;
    app.resources = list;
    app.resource_count = count;
    osp_rig rig;
    osp_rig_open(&rig); /* for its listener */
    osp_worker *worker = calloc(1, sizeof *worker);
    OSP_CHECK(worker != NULL);
    osp_error error = { 0 };
    resources = (counts){ 0 };
    const rlim_t next = next_descriptor();
    const osp_status status =
        osp_worker_open(worker, &app, osp_config_default(), rig.listen_fd, &error);
    if (status == OSP_OK) {
        osp_worker_close(worker);
    } else {
        OSP_CHECK(error.message[0] != '\0');
    }
    OSP_CHECK(next_descriptor() == next);
    OSP_CHECK(resources.opened == resources.closed);
    free(worker);
    osp_rig_close(&rig);
    return status;
}

OSP_UNIT_TEST(worker_resources, "as many resources as there are services, and what opened closes")
{
    const size_t most = OSP_SERVICES_MAX - OSP_SERVICES_OWN;
    OSP_CHECK(open_with(most, &good) == OSP_OK);
    OSP_CHECK(resources.opened == most);
    OSP_CHECK(open_with(most + 1, &good) == OSP_E_LIMIT);
    OSP_CHECK(open_with(OSP_SERVICES_MAX + 4, &good) == OSP_E_LIMIT);
    OSP_CHECK(open_with(5, &bad) == OSP_E_IO);
    OSP_CHECK(resources.opened == 4);
}

static osp_status answer_nothing(osp_ctx *ctx, const void *in, void *out)
{
    (void)ctx;
    (void)in;
    (void)out;
    return OSP_OK;
}

OSP_UNIT_TEST(worker_patterns, "the patterns of all inputs are compiled before the worker serves")
{
    typedef struct Patterned {
        osp_str_list codes;
    } Patterned;
    static osp_field each = { .pattern = "^[a-z]+$" };
    static const osp_field fields[] = { { .member_ = "codes",
                                          .member_len_ = 5,
                                          .kind_ = OSP_KIND_LIST,
                                          .source_ = OSP_SOURCE_QUERY,
                                          .type_ = &osp_type_osp_str,
                                          .each_ = &each } };
    static const osp_type type = { .name = "Patterned",
                                   .size = sizeof(Patterned),
                                   .fields = fields,
                                   .field_count = 1,
                                   .kind = OSP_KIND_OBJECT };
    static const osp_route route = { .in_ = &type,
                                     .out_ = &osp_type_void,
                                     .call_ = answer_nothing };
    static const osp_route_leaf leaf = { .pattern = "/", .by_method[OSP_METHOD_PUT] = &route };
    static const osp_route_leaf *const leaves[] = { &leaf };
    const osp_app_def app = { .name = "patterns", .leaves = leaves, .leaf_count = 1 };
    osp_rig rig;
    osp_rig_open(&rig);
    osp_worker *worker = calloc(1, sizeof *worker);
    OSP_CHECK(worker != NULL);
    osp_error error = { 0 };
    OSP_CHECK(osp_worker_open(worker, &app, osp_config_default(), rig.listen_fd, &error) == OSP_OK);
    osp_task task = { .services = worker->services };
    osp_patterns *set = osp_task_service(&task, &osp_patterns_key);
    OSP_CHECK(set != NULL && osp_patterns_find(set, each.pattern, OSP_STR("abc")) == OSP_OK);
    osp_worker_close(worker);
    each.pattern = "(";
    OSP_CHECK(osp_worker_open(worker, &app, osp_config_default(), rig.listen_fd, &error) ==
              OSP_E_INVALID);
    OSP_CHECK(strstr(error.message, "codes") != NULL);
    free(worker);
    osp_rig_close(&rig);
}

typedef struct opening {
    osp_worker *worker;
    int listen_fd;
    rlim_t next; /* descriptor when nothing was left open */
    osp_error error;
    osp_status status;
} opening;

static void open_starving(void *arg)
{
    opening *o = arg;
    o->error = (osp_error){ 0 };
    o->status =
        osp_worker_open(o->worker, &osp_rig_app, osp_config_default(), o->listen_fd, &o->error);
}

static void judge_opening(void *arg, bool starved)
{
    opening *o = arg;
    OSP_CHECK(o->status == OSP_OK || (starved && o->error.message[0] != '\0'));
    if (o->status == OSP_OK) {
        osp_worker_close(o->worker);
    }
    OSP_CHECK(next_descriptor() == o->next);
}

OSP_UNIT_TEST(worker_open_memory, "a worker opens or leaves nothing, whichever allocation fails")
{
    osp_rig rig;
    osp_rig_open(&rig);
    opening o = { .worker = calloc(1, sizeof *o.worker),
                  .listen_fd = rig.listen_fd,
                  .next = next_descriptor() };
    OSP_CHECK(o.worker != NULL);
    OSP_CHECK(osp_fault_each(&(osp_fault_trial){
                  .work = open_starving, .judge = judge_opening, .arg = &o }) > 5);
    free(o.worker);
    osp_rig_close(&rig);
}

/* ---------------------------------------------------------------- draining */

/* Whether the loop has ended its run by itself. */
static bool has_drained(const osp_rig *rig)
{
    return rig->worker->drain_until_us != 0 && rig->worker->conn_count == 0;
}

OSP_UNIT_TEST(worker_drains, "SIGTERM closes what is idle and answers what has begun")
{
    osp_rig rig;
    osp_rig_open(&rig);
    osp_client idle = osp_client_open(&rig), begun = osp_client_open(&rig);
    osp_client_send(&begun, OSP_STR("GET /hi HTTP/1.1\r\nHost: te"));
    raise(SIGTERM);
    osp_rig_turns(&rig, 1);
    OSP_CHECK(!rig.worker->listening && rig.worker->conn_count == 1);
    OSP_CHECK(osp_client_status(&idle) == 0 && idle.closed);
    OSP_CHECK(osp_client_status(&begun) == 0 && !begun.closed);
    osp_client_send(&begun, OSP_STR("st\r\n\r\n"));
    OSP_CHECK(osp_client_status(&begun) == 200 && begun.closed);
    OSP_CHECK(osp_client_count(&begun, "Connection: close\r\n") == 1);
    osp_client_close(&begun);
    OSP_CHECK(has_drained(&rig));
    osp_client_close(&idle);
    osp_rig_close(&rig);
}

OSP_UNIT_TEST(worker_gives_up, "a drain ends at its time, whatever still runs")
{
    osp_rig rig;
    osp_rig_open(&rig);
    osp_client client = osp_client_open(&rig);
    osp_client_send(&client, OSP_STR(OSP_RIG_GET("/wait")));
    raise(SIGTERM);
    osp_rig_turns(&rig, 1);
    osp_rig_pass(&rig, OSP_DRAIN_S - 1);
    int turns = 0;
    osp_loop_on_turn(rig.worker->loop, count_turns, &turns);
    osp_loop_hold_clock(rig.worker->loop, rig.now_us + 1000000);
    OSP_CHECK(osp_loop_run(rig.worker->loop) == OSP_OK); /* ends by itself */
    OSP_CHECK(turns == 1 && rig.worker->conn_count == 1);
    osp_loop_on_turn(rig.worker->loop, NULL, NULL);
    osp_client_close(&client); /* which ends the wait */
    osp_rig_close(&rig);
}

OSP_UNIT_TEST(worker_drains_queue,
              "who queued before the drain is answered, nobody is taken after it")
{
    osp_rig rig;
    osp_rig_open(&rig);
    osp_client kept = osp_client_open(&rig), queued = osp_client_connect(&rig);
    static const char request[] = OSP_RIG_GET("/hi");
    OSP_CHECK(send(queued.fd, request, sizeof request - 1, MSG_NOSIGNAL) > 0);
    OSP_CHECK(send(kept.fd, request, sizeof request - 1, MSG_NOSIGNAL) > 0);
    raise(SIGTERM);
    osp_rig_turns(&rig, 1);
    OSP_CHECK(!rig.worker->listening);
    OSP_CHECK(osp_client_status(&queued) == 200 && queued.closed);
    OSP_CHECK(osp_client_count(&queued, "Connection: close\r\n") == 1);
    OSP_CHECK(osp_client_status(&kept) == 200 && kept.closed);
    osp_client_close(&queued);
    osp_client_close(&kept);
    OSP_CHECK(has_drained(&rig));
    osp_rig_close(&rig);
}

OSP_UNIT_TEST(worker_retires, "a worker that retires keeps each connection for one more request")
{
    osp_rig rig;
    osp_rig_open(&rig);
    osp_client kept = osp_client_open(&rig), idle = osp_client_open(&rig);
    osp_client_send(&kept, OSP_STR(OSP_RIG_GET("/hi")));
    OSP_CHECK(osp_client_status(&kept) == 200);
    osp_client_forget(&kept);
    osp_client queued = osp_client_connect(&rig);
    raise(OSP_RETIRE);
    osp_rig_turns(&rig, 1);
    OSP_CHECK(!rig.worker->listening && rig.worker->conn_count == 3);
    osp_client late = osp_client_connect(&rig); /* is another worker's */
    osp_watch *watch = &rig.worker->conns[OSP_CONN_IDLE].first->watch;
    watch->ready(watch, EPOLLIN); /* of bytes that have been read already */
    osp_rig_pass(&rig, OSP_DRAIN_S - 1);
    OSP_CHECK(rig.worker->conn_count == 3 && !kept.closed && !idle.closed);
    osp_client_send(&kept, OSP_STR(OSP_RIG_GET("/hi")));
    OSP_CHECK(osp_client_status(&kept) == 200 && kept.closed);
    OSP_CHECK(osp_client_count(&kept, "Connection: close\r\n") == 1);
    osp_client_close(&kept);
    osp_client_send(&queued, OSP_STR(OSP_RIG_GET("/hi") OSP_RIG_GET("/hi")));
    OSP_CHECK(osp_client_status(&queued) == 200 && queued.closed);
    OSP_CHECK(osp_client_count(&queued, "HTTP/1.1 200") == 1);
    osp_client_close(&queued);
    osp_loop_hold_clock(rig.worker->loop, rig.now_us + 1000000);
    OSP_CHECK(osp_loop_run(rig.worker->loop) == OSP_OK); /* the time is over: ends by itself */
    OSP_CHECK(has_drained(&rig));
    OSP_CHECK(osp_client_status(&idle) == 0 && idle.closed);
    osp_client_close(&idle);
    osp_client_close(&late);
    osp_rig_close(&rig);
}

OSP_UNIT_TEST(worker_retires_and_drains, "SIGTERM ends the patience of a worker that retires")
{
    osp_rig rig;
    osp_rig_open(&rig);
    osp_client idle = osp_client_open(&rig);
    raise(OSP_RETIRE);
    osp_rig_turns(&rig, 1);
    OSP_CHECK(osp_client_status(&idle) == 0 && !idle.closed);
    raise(SIGTERM);
    raise(OSP_RETIRE); /* too late */
    osp_rig_turns(&rig, 1);
    OSP_CHECK(osp_client_status(&idle) == 0 && idle.closed && has_drained(&rig));
    osp_client_close(&idle);
    osp_rig_close(&rig);
}

OSP_UNIT_TEST(worker_connections, "a worker holds as many connections as it may, others wait")
{
    osp_rig rig;
    osp_config config = *osp_config_default();
    config.limits.connections = 2;
    osp_rig_open_with(&rig, &config);
    osp_client one = osp_client_connect(&rig), two = osp_client_connect(&rig);
    osp_client three = osp_client_connect(&rig);
    osp_client_send(&three, OSP_STR(OSP_RIG_GET("/hi")));
    osp_rig_pass_ms(&rig, 3 * (int64_t)PAUSE_MS);
    OSP_CHECK(rig.worker->conn_count == 2 && osp_client_status(&three) == 0);
    osp_client_close(&one);
    osp_rig_pass_ms(&rig, 2 * (int64_t)PAUSE_MS);
    OSP_CHECK(rig.worker->conn_count == 2 && osp_client_status(&three) == 200);
    osp_client_close(&two);
    osp_client_close(&three);
    osp_rig_close(&rig);
}

OSP_UNIT_TEST(worker_requests, "a connection may ask as often as the configuration says")
{
    osp_rig rig;
    osp_config config = *osp_config_default();
    config.limits.requests_per_connection = 3;
    osp_rig_open_with(&rig, &config);
    osp_client client = osp_client_open(&rig);
    osp_client_send(&client, OSP_STR(OSP_RIG_GET("/hi")));
    osp_client_send(&client, OSP_STR(OSP_RIG_GET("/hi")));
    OSP_CHECK(osp_client_status(&client) == 200 && !client.closed);
    OSP_CHECK(osp_client_count(&client, "Connection: close\r\n") == 0);
    osp_client_forget(&client);
    osp_client_send(&client, OSP_STR(OSP_RIG_GET("/hi") OSP_RIG_GET("/hi")));
    OSP_CHECK(osp_client_status(&client) == 200 && client.closed);
    OSP_CHECK(osp_client_count(&client, "Connection: close\r\n") == 1);
    OSP_CHECK(osp_client_count(&client, "HTTP/1.1 200") == 1);
    osp_client_close(&client);
    osp_client again = osp_client_open(&rig);
    osp_client_send(&again, OSP_STR(OSP_RIG_GET("/hi")));
    OSP_CHECK(osp_client_status(&again) == 200 && !again.closed);
    osp_client_close(&again);
    osp_rig_close(&rig);
}

OSP_UNIT_TEST(worker_listener_shut, "a listener that was shut down does not keep the loop busy")
{
    osp_rig rig;
    osp_rig_open(&rig);
    OSP_CHECK(shutdown(rig.listen_fd, SHUT_RDWR) == 0);
    osp_rig_turns(&rig, 2);
    OSP_CHECK(!rig.worker->listening && rig.worker->drain_until_us == 0);
    osp_rig_close(&rig);
}

/* ---------------------------------------------------------------- the page of the supervisor */

OSP_UNIT_TEST(worker_beats, "a worker beats once a second, and with each request of a batch")
{
    osp_rig rig;
    osp_rig_open(&rig);
    uint32_t before = atomic_load(&rig.worker->page->beats);
    osp_rig_pass(&rig, 5);
    OSP_CHECK(atomic_load(&rig.worker->page->beats) >= before + 5);
    osp_client client = osp_client_open(&rig);
    before = atomic_load(&rig.worker->page->beats);
    osp_client_send(&client, OSP_STR(OSP_RIG_GET("/hi") OSP_RIG_GET("/hi") OSP_RIG_GET("/hi")));
    OSP_CHECK(atomic_load(&rig.worker->page->beats) == before + 3);
    osp_client_close(&client);
    osp_rig_close(&rig);
}

OSP_UNIT_TEST(worker_shut_route,
              "a route that the supervisor shuts is 503 until its time, others go on")
{
    osp_rig rig;
    osp_rig_open(&rig);
    osp_page *page = rig.worker->page;
    const osp_route *get = osp_rig_app.leaves[0]->by_method[OSP_METHOD_GET];
    const uint32_t number = osp_route_number(&osp_rig_app, osp_rig_app.leaves[0], get);
    OSP_CHECK(number == OSP_METHOD_GET + 1);
    OSP_CHECK(osp_route_number(&osp_rig_app, NULL, NULL) == 0);
    osp_client client = osp_client_open(&rig);
    const uint32_t until_s = (uint32_t)(rig.now_us / 1000000) + 60;
    atomic_store(&page->shut[3].route, number);
    atomic_store(&page->shut[3].until_s, until_s);
    atomic_store(&page->shut[4].route, UINT32_MAX); /* nobody's */
    atomic_store(&page->shut[4].until_s, until_s);
    atomic_store(&page->shut_count, OSP_CRASHES_ROUTES);
    osp_client_send(&client, OSP_STR(OSP_RIG_GET("/hi")));
    OSP_CHECK(osp_client_status(&client) == 503 && !client.closed);
    OSP_CHECK(osp_client_count(&client, "Retry-After: 60\r\n") == 1);
    osp_client_forget(&client);
    osp_client_send(&client, OSP_STR("POST /x HTTP/1.1\r\nHost: test\r\nContent-Length: 12\r\n\r\n"
                                     "{\"text\":\"a\"}"));
    OSP_CHECK(osp_client_status(&client) == 200);
    osp_client_forget(&client);
    osp_rig_pass(&rig, 59);
    osp_client_send(&client, OSP_STR(OSP_RIG_GET("/hi")));
    OSP_CHECK(osp_client_status(&client) == 503);
    osp_client_forget(&client);
    osp_rig_pass(&rig, 1);
    osp_client_send(&client, OSP_STR(OSP_RIG_GET("/hi")));
    OSP_CHECK(osp_client_status(&client) == 200);
    osp_client_close(&client);
    osp_rig_close(&rig);
}

OSP_UNIT_TEST(worker_route_numbers, "numbers that no route has are refused")
{
    const osp_route_leaf *leaf;
    osp_method method;
    for (uint32_t number = 0; number < 20; number++) {
        const osp_route *route = osp_route_of_number(&osp_rig_app, number, &leaf, &method);
        OSP_CHECK(route == NULL || osp_route_number(&osp_rig_app, leaf, route) == number);
        OSP_CHECK((route != NULL) ==
                  (number == OSP_METHOD_GET + 1 || number == OSP_METHOD_POST + 1));
    }
    OSP_CHECK(osp_route_of_number(&osp_rig_app, UINT32_MAX, &leaf, &method) == NULL);
}

OSP_UNIT_TEST(worker_route_of_many, "a route that answers several URLs has a number for each")
{
    static const osp_route shared = { .handler_ = "shared" };
    static const osp_route_leaf one = { .by_method = { [OSP_METHOD_POST] = &shared } },
                                two = { .by_method = { [OSP_METHOD_POST] = &shared } };
    static const osp_route_leaf *const leaves[] = { &one, &two };
    static const osp_app_def app = { .name = "test", .leaves = leaves, .leaf_count = 2 };
    for (size_t i = 0; i < 2; i++) {
        const osp_route_leaf *leaf;
        osp_method method;
        const uint32_t number = osp_route_number(&app, leaves[i], &shared);
        OSP_CHECK(osp_route_of_number(&app, number, &leaf, &method) == &shared);
        OSP_CHECK(leaf == leaves[i] && method == OSP_METHOD_POST);
    }
}
