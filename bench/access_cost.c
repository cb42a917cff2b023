/* What one line of the access log costs in instructions, with its share of the writes.
 *
 *     access_cost SCENARIO COUNT      SCENARIO: json, combined, text
 *
 * A worker without clients logs the same answered request COUNT times to where nothing is kept. Run
 * under callgrind by tools/instructions. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "serve/worker.h"

#define REQUEST                                                                                    \
    "GET /articles/how-to-build-webapps?page=2 HTTP/1.1\r\nHost: localhost\r\n"                    \
    "User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "          \
    "Chrome/120.0.0.0 Safari/537.36\r\nAccept: "                                                   \
    "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8\r\n"                                          \
    "Referer: http://localhost/articles\r\nConnection: keep-alive\r\n\r\n"
#define ANSWER                                                                                     \
    "HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\n"                               \
    "Date: Tue, 15 Nov 1994 08:12:31 GMT\r\nContent-Length: 2\r\n\r\nok"

static const char *const formats[] = {
    [OSP_ACCESS_JSON] = "json", [OSP_ACCESS_COMBINED] = "combined", [OSP_ACCESS_TEXT] = "text"
};

static void need(bool good)
{
    if (!good) {
        abort();
    }
}

static void run(osp_access_format format, long count)
{
    static osp_worker worker;
    static const osp_route_leaf leaf = { .pattern = "/articles/[slug]" };
    static const osp_route_node root = { 0 };
    static const osp_app_def app = { .name = "cost", .root = &root };
    osp_config config = *osp_config_default();
    osp_error err = { 0 };
    char out[sizeof ANSWER];
    const int listener = socket(AF_INET, SOCK_STREAM, 0), nowhere = open("/dev/null", O_WRONLY);
    config.log.access_format = format;
    need(listener >= 0 && nowhere >= 0 && listen(listener, 1) == 0);
    need(osp_worker_open(&worker, &app, &config, listener, &err) == OSP_OK);
    need(osp_access_begin(&worker, nowhere) == OSP_OK);
    osp_exchange *exchange = osp_exchange_take(&worker);
    need(exchange != NULL);
    osp_proxy peer = { .client = osp_ip_v4((const uint8_t[]){ 192, 0, 2, 17 }) };
    osp_conn conn = { .worker = &worker, .exchange = exchange, .peer = &peer };
    osp_buf_init(&conn.out, out, sizeof out, sizeof out);
    osp_buf_str(&conn.out, OSP_STR(ANSWER));
    exchange->conn = &conn;
    exchange->has_head = true;
    memcpy(exchange->in, REQUEST, sizeof REQUEST);
    need(osp_h1_parse_head((osp_str){ exchange->in, sizeof REQUEST - 1 }, 0, &osp_h1_limits_default,
                           &exchange->head) == OSP_OK);
    for (long i = 0; i < count; i++) {
        osp_ctx *ctx = &exchange->ctx;
        osp_ctx_init(ctx, &app, &exchange->arena);
        ctx->door = &osp_conn_door;
        osp_request_take_head(&ctx->request, &exchange->head);
        ctx->match.leaf = &leaf;
        ctx->response.status = 200;
        exchange->began_us = osp_loop_now_us(worker.loop);
        osp_access_add(&conn, 0);
    }
}

int main(int argc, char **argv)
{
    for (size_t i = 0; argc == 3 && i < OSP_ARRAY_LEN(formats); i++) {
        if (strcmp(formats[i], argv[1]) == 0) {
            run((osp_access_format)i, strtol(argv[2], NULL, 10));
            return 0;
        }
    }
    fprintf(stderr, "usage: access_cost json|combined|text COUNT\n");
    return 2;
}
