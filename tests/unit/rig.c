/* A worker in the test's own process; see rig.h. */
#include "tests/unit/rig.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#define PIECE 1024

/* ---------------------------------------------------------------- the application */

typedef struct GetIn {
    osp_str name;
    int64_t bytes;
} GetIn;
OSP_TYPE(GetIn, PATH(name), QUERY(bytes, .fallback = "0"));

typedef struct Echo {
    osp_str text;
} Echo;
OSP_TYPE(Echo, FIELD(text));

/* As many as may be asked for.  Mapped, for an object file would hold each of them, and before
 * main, when no test counts what is mapped. */
static const char *zeros;

__attribute__((constructor)) static void map_zeros(void)
{
    zeros = mmap(NULL, OSP_OUTPUT_MAX, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    OSP_CHECK(zeros != MAP_FAILED);
}

static osp_status send_zeros(osp_ctx *ctx, size_t size)
{
    return osp_send(ctx, OSP_STR("application/octet-stream"), (osp_str){ zeros, size });
}

static osp_status hi(osp_ctx *ctx, const GetIn *in)
{
    (void)in;
    return osp_text(ctx, OSP_STR("hi"));
}

static osp_status many(osp_ctx *ctx, const GetIn *in)
{
    return send_zeros(ctx, (size_t)in->bytes);
}

static osp_status waits(osp_ctx *ctx, const GetIn *in)
{
    (void)in;
    OSP_TRY(osp_sleep_ms(ctx, OSP_RIG_WAIT_S * 1000));
    return osp_text(ctx, OSP_STR("waited"));
}

static osp_status late(osp_ctx *ctx, const GetIn *in)
{
    const osp_status status = osp_sleep_ms(ctx, 2000 * OSP_HANDLER_S);
    return status == OSP_OK || in->bytes == 1 ? osp_text(ctx, OSP_STR("late")) : status;
}

static osp_status work(osp_ctx *ctx, const GetIn *in)
{
    osp_loop *loop = OSP_CONTAINER_OF(ctx, osp_exchange, ctx)->conn->worker->loop;
    osp_loop_hold_clock(loop, osp_loop_clock_us(loop) + in->bytes * 1000);
    return osp_text(ctx, OSP_STR("worked"));
}

static osp_status memory(osp_ctx *ctx, const GetIn *in)
{
    for (int64_t taken = 0; taken < in->bytes; taken += PIECE) {
        if (osp_alloc(ctx, PIECE) == NULL) {
            return OSP_E_NOMEM;
        }
    }
    return osp_text(ctx, OSP_STR("ok"));
}

static osp_status get(osp_ctx *ctx, const void *raw_in, void *out)
{
    static const struct {
        const char *name;
        osp_status (*fn)(osp_ctx *ctx, const GetIn *in);
    } answers[] = { { "hi", hi },     { "many", many }, { "wait", waits },
                    { "late", late }, { "work", work }, { "memory", memory } };
    const GetIn *in = raw_in;
    (void)out;
    for (size_t i = 0; i < OSP_ARRAY_LEN(answers); i++) {
        if (osp_str_equal(in->name, osp_str_from(answers[i].name))) {
            return answers[i].fn(ctx, in);
        }
    }
    return osp_fail(ctx, 404, "nothing of that name");
}

static osp_status echo(osp_ctx *ctx, const void *in, void *out)
{
    (void)ctx;
    *(Echo *)out = *(const Echo *)in;
    return OSP_OK;
}

static const osp_route get_route = {
    .in_ = &osp_type_GetIn, .out_ = &osp_type_void, .call_ = get, .handler_ = "get"
};
static const osp_route echo_route = {
    .in_ = &osp_type_Echo, .out_ = &osp_type_Echo, .call_ = echo, .handler_ = "echo"
};
static const char *const param_names[] = { "name" };
static const osp_route_leaf leaf = {
    .pattern = "/[name]",
    .param_names = param_names,
    .param_count = 1,
    .by_method = { [OSP_METHOD_GET] = &get_route, [OSP_METHOD_POST] = &echo_route },
};
static const osp_route_node end = { .leaf = &leaf }, root = { .param = &end };
static const osp_route_leaf *const leaves[] = { &leaf };
const osp_app_def osp_rig_app = {
    .name = "rig", .root = &root, .leaves = leaves, .leaf_count = OSP_ARRAY_LEN(leaves)
};

/* ---------------------------------------------------------------- the worker */

static int listen_anywhere(void)
{
    const struct sockaddr_in address = { .sin_family = AF_INET,
                                         .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    OSP_CHECK(fd >= 0);
    OSP_CHECK(bind(fd, (const struct sockaddr *)&address, sizeof address) == 0);
    OSP_CHECK(listen(fd, 64) == 0);
    return fd;
}

void osp_rig_open_app_with(osp_rig *rig, const osp_app_def *app, const osp_config *config)
{
    osp_error error = { 0 };
    (void)signal(SIGPIPE, SIG_IGN); /* as in every worker: sendfile has no other way */
    rig->listen_fd = listen_anywhere();
    rig->worker = calloc(1, sizeof *rig->worker);
    OSP_CHECK(rig->worker != NULL);
    OSP_CHECK(osp_worker_open(rig->worker, app, config, rig->listen_fd, &error) == OSP_OK);
    /* On the second, so that seconds of the test are seconds of the worker. */
    rig->now_us = (osp_loop_now_us(rig->worker->loop) / 1000000 + 1) * 1000000;
    osp_loop_hold_clock(rig->worker->loop, rig->now_us);
    osp_rig_turns(rig, 1);
}

void osp_rig_open(osp_rig *rig)
{
    osp_rig_open_app_with(rig, &osp_rig_app, osp_config_default());
}

void osp_rig_open_app(osp_rig *rig, const osp_app_def *app)
{
    osp_rig_open_app_with(rig, app, osp_config_default());
}

void osp_rig_open_with(osp_rig *rig, const osp_config *config)
{
    osp_rig_open_app_with(rig, &osp_rig_app, config);
}

osp_config osp_rig_patient(void)
{
    osp_config config = *osp_config_default();
    config.limits.min_body_rate = config.limits.min_send_rate = 0;
    return config;
}

typedef struct turns {
    osp_loop *loop;
    int left;
} turns;

static void count_turn(void *arg)
{
    turns *my = arg;
    if (--my->left <= 0) {
        osp_loop_stop(my->loop);
    }
}

void osp_rig_turns(osp_rig *rig, int count)
{
    turns my = { rig->worker->loop, count };
    osp_loop_on_turn(my.loop, count_turn, &my);
    OSP_CHECK(osp_loop_run(my.loop) == OSP_OK);
    osp_loop_on_turn(my.loop, NULL, NULL);
}

void osp_rig_pass_ms(osp_rig *rig, int64_t ms)
{
    while (ms > 0) {
        const int64_t step_ms = ms < 1000 ? ms : 1000;
        rig->now_us += step_ms * 1000;
        osp_loop_hold_clock(rig->worker->loop, rig->now_us);
        osp_rig_turns(rig, 2);
        ms -= step_ms;
    }
}

void osp_rig_pass(osp_rig *rig, int seconds)
{
    osp_rig_pass_ms(rig, (int64_t)seconds * 1000);
}

void osp_rig_close(osp_rig *rig)
{
    osp_rig_turns(rig, 2);
    OSP_CHECK(rig->worker->conn_count == 0);
    osp_worker_close(rig->worker);
    free(rig->worker);
    close(rig->listen_fd);
}

/* ---------------------------------------------------------------- clients */

osp_client osp_client_open(osp_rig *rig)
{
    int fds[2];
    OSP_CHECK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds) == 0);
    osp_conn_accept(rig->worker, fds[0]);
    return (osp_client){ .rig = rig, .fd = fds[1] };
}

osp_client osp_client_connect(osp_rig *rig)
{
    struct sockaddr_in address;
    socklen_t size = sizeof address;
    OSP_CHECK(getsockname(rig->listen_fd, (struct sockaddr *)&address, &size) == 0);
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    OSP_CHECK(fd >= 0);
    OSP_CHECK(connect(fd, (const struct sockaddr *)&address, size) == 0);
    OSP_CHECK(fcntl(fd, F_SETFL, O_NONBLOCK) == 0);
    return (osp_client){ .rig = rig, .fd = fd };
}

void osp_client_close(osp_client *client)
{
    close(client->fd);
    osp_rig_turns(client->rig, 2);
}

void osp_client_send(osp_client *client, osp_str bytes)
{
    size_t sent = 0;
    for (int idle = 0; sent < bytes.len && idle < 10; idle++) {
        const ssize_t size = send(client->fd, bytes.ptr + sent, bytes.len - sent, MSG_NOSIGNAL);
        if (size > 0) {
            sent += (size_t)size;
            idle = 0;
        } else if (size < 0 && errno != EAGAIN) {
            break;
        }
        osp_rig_turns(client->rig, 1);
    }
    osp_rig_turns(client->rig, 2);
}

void osp_client_repeat(osp_client *client, char byte, size_t count)
{
    char piece[4096];
    memset(piece, byte, sizeof piece);
    while (count > 0) {
        const size_t size = count < sizeof piece ? count : sizeof piece;
        osp_client_send(client, (osp_str){ piece, size });
        count -= size;
    }
}

void osp_client_read(osp_client *client, size_t most)
{
    char piece[65536];
    for (int idle = 0; idle < 3 && most > 0 && !client->closed;) {
        const size_t want = most < sizeof piece ? most : sizeof piece;
        const ssize_t size = recv(client->fd, piece, want, 0);
        if (size == 0 || (size < 0 && errno != EAGAIN)) {
            client->closed = true;
            return;
        }
        if (size < 0) {
            idle++;
            osp_rig_turns(client->rig, 1);
            continue;
        }
        const size_t room = sizeof client->text - client->kept;
        const size_t keep = (size_t)size < room ? (size_t)size : room;
        memcpy(client->text + client->kept, piece, keep);
        client->kept += keep;
        client->total += (size_t)size;
        most -= (size_t)size;
        idle = 0;
    }
}

int osp_client_status(osp_client *client)
{
    osp_client_read(client, SIZE_MAX);
    static const char start[] = "HTTP/1.1 ";
    if (client->kept < sizeof start + 3 || memcmp(client->text, start, sizeof start - 1) != 0) {
        OSP_CHECK(client->kept == 0);
        return 0;
    }
    const int status = (int)strtol(client->text + sizeof start - 1, NULL, 10);
    OSP_CHECK(status != 503 || osp_client_count(client, "\r\nRetry-After: ") > 0);
    return status;
}

void osp_client_forget(osp_client *client)
{
    client->total = client->kept = 0;
}

size_t osp_client_count(const osp_client *client, const char *part)
{
    size_t count = 0;
    const char *at = client->text;
    const char *const behind = client->text + client->kept;
    while ((at = memmem(at, (size_t)(behind - at), part, strlen(part))) != NULL) {
        count++;
        at += strlen(part);
    }
    return count;
}
