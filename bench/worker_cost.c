/* What one request costs a worker in instructions of user space, from socket to socket: loop,
 * connection, fiber, exchange and all that request_cost.c counts.
 *
 *     worker_cost SCENARIO COUNT      SCENARIO: plaintext, json, param, pipeline (16 plaintext)
 *
 * The client is in the same process and the same thread: at the end of each turn of the loop it
 * reads the answer and sends the next request, which costs a hundred instructions. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "serve/worker.h"

#define HEAD                                                                                       \
    " HTTP/1.1\r\nHost: localhost\r\nAccept: text/plain,text/html;q=0.9,application/xhtml+xml;"    \
    "q=0.9,application/xml;q=0.8,*/*;q=0.7\r\nConnection: keep-alive\r\n\r\n"
#define TWICE(text) text text
#define PLAINTEXT "GET /plaintext" HEAD

typedef struct Message {
    osp_str message;
} Message;
OSP_TYPE(Message, FIELD(message));

typedef struct ById {
    osp_str id;
} ById;
OSP_TYPE(ById, PATH(id));

typedef struct User {
    osp_str id;
} User;
OSP_TYPE(User, FIELD(id));

static osp_status plaintext(osp_ctx *ctx, const void *in, void *out)
{
    (void)in;
    (void)out;
    return osp_text(ctx, OSP_STR("Hello, World!"));
}

static osp_status json(osp_ctx *ctx, const void *in, void *out)
{
    (void)ctx;
    (void)in;
    ((Message *)out)->message = OSP_STR("Hello, World!");
    return OSP_OK;
}

static osp_status param(osp_ctx *ctx, const void *in, void *out)
{
    (void)ctx;
    ((User *)out)->id = ((const ById *)in)->id;
    return OSP_OK;
}

static const osp_route routes[] = {
    { .in_ = &osp_type_void, .out_ = &osp_type_void, .call_ = plaintext, .handler_ = "plaintext" },
    { .in_ = &osp_type_void, .out_ = &osp_type_Message, .call_ = json, .handler_ = "json" },
    { .in_ = &osp_type_ById, .out_ = &osp_type_User, .call_ = param, .handler_ = "param" }
};
static const char *const param_names[] = { "id" };
static const osp_route_leaf leaf_plaintext = { .pattern = "/plaintext",
                                               .by_method[OSP_METHOD_GET] = &routes[0] };
static const osp_route_leaf leaf_json = { .pattern = "/json",
                                          .by_method[OSP_METHOD_GET] = &routes[1] };
static const osp_route_leaf leaf_param = { .pattern = "/[id]",
                                           .param_names = param_names,
                                           .param_count = 1,
                                           .by_method[OSP_METHOD_GET] = &routes[2] };

typedef struct scenario {
    const char *name, *request;
    const osp_route_leaf *leaf;
    const char *segment; /* NULL: a parameter */
} scenario;

static const scenario scenarios[] = {
    { "plaintext", PLAINTEXT, &leaf_plaintext, "plaintext" },
    { "json", "GET /json" HEAD, &leaf_json, "json" },
    { "param", "GET /123" HEAD, &leaf_param, NULL },
    { "pipeline", TWICE(TWICE(TWICE(TWICE(PLAINTEXT)))), &leaf_plaintext, "plaintext" },
};

typedef struct client {
    osp_loop *loop;
    osp_str request;
    size_t answer_len; /* 0: not known yet */
    long left;
    int fd;
} client;

static void need(bool good)
{
    if (!good) {
        abort();
    }
}

static void ask(void *arg)
{
    static char answer[8192];
    client *c = arg;
    const ssize_t len = recv(c->fd, answer, sizeof answer, MSG_DONTWAIT);
    if (len > 0) {
        need(memcmp(answer, "HTTP/1.1 200 ", 13) == 0);
        need(c->answer_len == 0 || c->answer_len == (size_t)len);
        c->answer_len = (size_t)len;
        c->left--;
    }
    if (c->left == 0) {
        osp_loop_stop(c->loop);
    } else if (len > 0 || c->answer_len == 0) {
        need(send(c->fd, c->request.ptr, c->request.len, 0) == (ssize_t)c->request.len);
    }
}

static void run(const scenario *what, long count)
{
    static osp_worker worker;
    const osp_route_node end = { .leaf = what->leaf, .kind = OSP_NODE_STATIC_ONLY };
    const osp_route_edge edge = { what->segment,
                                  what->segment != NULL ? (uint32_t)strlen(what->segment) : 0,
                                  &end };
    const osp_route_node root = { .edges = what->segment != NULL ? &edge : NULL,
                                  .param = what->segment != NULL ? NULL : &end,
                                  .kind = what->segment != NULL ? OSP_NODE_STATIC_ONLY
                                                                : OSP_NODE_STATIC_PARAM };
    const osp_app_def app = { .name = "cost", .root = &root };
    const osp_config config = *osp_config_default();
    osp_error err = { 0 };
    int pair[2];
    const int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    need(listener >= 0 && listen(listener, 1) == 0);
    need(osp_worker_open(&worker, &app, &config, listener, &err) == OSP_OK);
    need(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair) == 0);
    osp_conn_accept(&worker, pair[0]);
    client c = { worker.loop, osp_str_from(what->request), 0, count, pair[1] };
    osp_loop_on_turn(worker.loop, ask, &c);
    need(osp_loop_run(worker.loop) == OSP_OK);
}

int main(int argc, char **argv)
{
    for (size_t i = 0; argc == 3 && i < OSP_ARRAY_LEN(scenarios); i++) {
        if (strcmp(scenarios[i].name, argv[1]) == 0) {
            run(&scenarios[i], strtol(argv[2], NULL, 10));
            return 0;
        }
    }
    fprintf(stderr, "usage: worker_cost plaintext|json|param|pipeline COUNT\n");
    return 2;
}
