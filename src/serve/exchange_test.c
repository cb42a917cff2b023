/* Requests at the named limits and one past, and where their bytes lie in the input. */
#include "tests/unit/rig.h"

#include <malloc.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#define BODY_FRAME 11 /* of {"text":""} */

static int ask(osp_client *client, osp_str bytes)
{
    osp_client_forget(client);
    osp_client_send(client, bytes);
    return osp_client_status(client);
}

/* Asks on a connection of its own; *ret_closed: whether the server closed it. */
static int ask_once(osp_rig *rig, osp_str bytes, bool *ret_closed)
{
    osp_client client = osp_client_open(rig);
    const int status = ask(&client, bytes);
    *ret_closed = client.closed;
    osp_client_close(&client);
    return status;
}

/* A request for /hi of `size` bytes in `out`. */
static osp_str head_of(size_t size, char *out)
{
    const size_t start = (size_t)snprintf(out, 64, "GET /hi HTTP/1.1\r\nHost: test\r\nX: ");
    OSP_CHECK(size >= start + 4);
    memset(out + start, 'x', size - start - 4);
    memcpy(out + size - 4, "\r\n\r\n", 4);
    return (osp_str){ out, size };
}

OSP_UNIT_TEST(exchange_head_max, "a head of the longest size is answered, one byte more is 431")
{
    static char bytes[OSP_H1_HEAD_MAX + 1];
    osp_rig rig;
    osp_rig_open(&rig);
    bool closed;
    OSP_CHECK(ask_once(&rig, head_of(OSP_H1_HEAD_MAX, bytes), &closed) == 200 && !closed);
    OSP_CHECK(ask_once(&rig, head_of(OSP_H1_HEAD_MAX + 1, bytes), &closed) == 431 && closed);
    osp_rig_close(&rig);
}

/* What one byte or header too many is told. */
static void check_told(osp_rig *rig, osp_str bytes, const char *detail)
{
    osp_client client = osp_client_open(rig);
    (void)ask(&client, bytes);
    OSP_CHECK(osp_client_count(&client, detail) == 1 && client.closed);
    osp_client_close(&client);
}

OSP_UNIT_TEST(exchange_limits_told, "a refusal names the limit that was passed, and its value")
{
    static char bytes[601];
    osp_rig rig;
    osp_config config = *osp_config_default();
    config.limits.request_head = 600;
    config.limits.target = 20;
    config.limits.headers = 3;
    config.limits.body = 12;
    osp_rig_open_with(&rig, &config);
    check_told(&rig, OSP_STR("GET /hi?45678901234567890 HTTP/1.1\r\nHost: a\r\n\r\n"),
               "\"The URL is too long: limits.target is 20 bytes.\"");
    check_told(&rig, head_of(601, bytes),
               "\"The header X is too large: limits.request_head is 600 bytes.\"");
    memset(strchr(bytes, 'X'), 'X', 3); /* its name is what is long */
    bytes[590] = ':';
    check_told(&rig, (osp_str){ bytes, 601 },
               "\"The headers are too large: limits.request_head is 600 bytes.\"");
    check_told(&rig, OSP_STR("GET /hi HTTP/1.1\r\nHost: a\r\nA: 1\r\nB: 2\r\nC: 3\r\n\r\n"),
               "\"There are too many headers: limits.headers is 3.\"");
    check_told(&rig, OSP_STR("POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 13\r\n\r\n"),
               "\"The body is too large: limits.body is 12 bytes.\"");
    check_told(&rig,
               OSP_STR("POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nd\r\n"
                       "1234567890123\r\n"),
               "\"The body is too large: limits.body is 12 bytes.\"");
    osp_rig_close(&rig);
}

OSP_UNIT_TEST(exchange_refused_first, "what is refused before its head is whole has no languages")
{
    static const osp_message rows[] = { { "type.integer", "muss eine ganze Zahl sein" } };
    static const osp_messages german = { .language_ = "de", .rows_ = rows, .count_ = 1 };
    static const osp_messages *const messages[] = { &german };
    osp_app_def app = osp_rig_app;
    app.messages = messages;
    app.message_count = OSP_ARRAY_LEN(messages);
    (void)mallopt(M_PERTURB, 0x5a); /* new memory holds anything */
    osp_rig rig;
    osp_rig_open_app(&rig, &app);
    bool closed;
    OSP_CHECK(ask_once(&rig, OSP_STR("no request\r\n\r\n"), &closed) == 400 && closed);
    osp_rig_close(&rig);
}

OSP_UNIT_TEST(exchange_head_anywhere, "the longest head may begin anywhere in the input")
{
    static char bytes[OSP_H1_HEAD_MAX];
    osp_rig rig;
    osp_rig_open(&rig);
    osp_client client = osp_client_open(&rig);
    const osp_str head = head_of(sizeof bytes, bytes);
    for (size_t first = 1; first < sizeof bytes; first += 1013) {
        osp_client_forget(&client);
        osp_client_send(&client, OSP_STR(OSP_RIG_GET("/hi")));
        osp_client_send(&client, (osp_str){ head.ptr, first });
        osp_client_send(&client, (osp_str){ head.ptr + first, head.len - first });
        OSP_CHECK(osp_client_status(&client) == 200 && !client.closed);
        OSP_CHECK(osp_client_count(&client, "HTTP/1.1 200 OK\r\n") == 2);
    }
    osp_client_close(&client);
    osp_rig_close(&rig);
}

static void send_body(osp_client *client, size_t size, bool chunked)
{
    char head[128];
    const int len = chunked ? snprintf(head, sizeof head,
                                       "POST /x HTTP/1.1\r\nHost: test\r\n"
                                       "Transfer-Encoding: chunked\r\n\r\n%zx\r\n",
                                       size)
                            : snprintf(head, sizeof head,
                                       "POST /x HTTP/1.1\r\nHost: test\r\n"
                                       "Content-Length: %zu\r\n\r\n",
                                       size);
    osp_client_forget(client);
    osp_client_send(client, (osp_str){ head, (size_t)len });
    osp_client_send(client, OSP_STR("{\"text\":\""));
    osp_client_repeat(client, 'a', size - BODY_FRAME);
    osp_client_send(client, OSP_STR("\"}"));
    if (chunked) {
        osp_client_send(client, OSP_STR("\r\n0\r\n\r\n"));
    }
}

OSP_UNIT_TEST(exchange_body_max, "a body of the longest size comes back, one byte more is 413")
{
    osp_rig rig;
    osp_rig_open(&rig);
    for (int chunked = 0; chunked < 2; chunked++) {
        osp_client client = osp_client_open(&rig);
        send_body(&client, OSP_BODY_MAX, chunked != 0);
        OSP_CHECK(osp_client_status(&client) == 200 && !client.closed);
        OSP_CHECK(client.total > OSP_BODY_MAX);
        send_body(&client, OSP_BODY_MAX + 1, chunked != 0);
        OSP_CHECK(osp_client_status(&client) == 413 && client.closed);
        osp_client_close(&client);
    }
    osp_rig_close(&rig);
}

OSP_UNIT_TEST(exchange_body_configured, "a body has the limit of the configuration, in every place")
{
    static const uint32_t sizes[] = { 13, OSP_INPUT_SIZE / 2, 2 * OSP_INPUT_SIZE };
    for (size_t i = 0; i < 2 * OSP_ARRAY_LEN(sizes); i++) {
        osp_rig rig;
        osp_config config = *osp_config_default();
        config.limits.body = sizes[i / 2];
        osp_rig_open_with(&rig, &config);
        osp_client client = osp_client_open(&rig);
        send_body(&client, sizes[i / 2], i % 2 != 0);
        OSP_CHECK(osp_client_status(&client) == 200 && !client.closed);
        send_body(&client, sizes[i / 2] + 1, i % 2 != 0);
        OSP_CHECK(osp_client_status(&client) == 413 && client.closed);
        osp_client_close(&client);
        osp_rig_close(&rig);
    }
}

OSP_UNIT_TEST(exchange_body_whole, "a body over its limit is 413 also when it came with its head")
{
    osp_rig rig;
    osp_config config = *osp_config_default();
    config.limits.body = 12;
    osp_rig_open_with(&rig, &config);
    osp_client client = osp_client_open(&rig);
    OSP_CHECK(ask(&client, OSP_STR("POST /x HTTP/1.1\r\nHost: test\r\nContent-Length: 12\r\n\r\n"
                                   "{\"text\":\"a\"}")) == 200);
    OSP_CHECK(ask(&client, OSP_STR("POST /x HTTP/1.1\r\nHost: test\r\nContent-Length: 13\r\n\r\n"
                                   "{\"text\":\"ab\"}")) == 413);
    OSP_CHECK(client.closed);
    osp_client_close(&client);
    osp_rig_close(&rig);
}

OSP_UNIT_TEST(exchange_body_places, "a body that just fits behind its head, and one that does not")
{
    osp_rig rig;
    osp_rig_open(&rig);
    osp_client client = osp_client_open(&rig);
    for (size_t size = OSP_INPUT_SIZE - 80; size <= OSP_INPUT_SIZE; size++) {
        send_body(&client, size, false);
        OSP_CHECK(osp_client_status(&client) == 200 && !client.closed);
        OSP_CHECK(client.total > size);
    }
    OSP_CHECK(ask(&client, OSP_STR(OSP_RIG_GET("/hi"))) == 200);
    osp_client_close(&client);
    osp_rig_close(&rig);
}

#define HOLDERS (OSP_BODIES_MAX / OSP_BODY_MAX)

/* Begins a body of OSP_BODY_MAX and leaves it one byte short of its end. */
static void hold_body(osp_client *client, bool chunked)
{
    char head[128];
    const int len = snprintf(head, sizeof head,
                             chunked ? "POST /x HTTP/1.1\r\nHost: test\r\n"
                                       "Transfer-Encoding: chunked\r\n\r\n%x\r\n"
                                     : "POST /x HTTP/1.1\r\nHost: test\r\n"
                                       "Content-Length: %u\r\n\r\n",
                             OSP_BODY_MAX);
    osp_client_send(client, (osp_str){ head, (size_t)len });
    osp_client_repeat(client, ' ', OSP_BODY_MAX - 1);
}

OSP_UNIT_TEST(exchange_bodies_max,
              "bodies together have a limit; one past it is 503 until some end")
{
    osp_rig rig;
    osp_rig_open(&rig);
    static osp_client holders[HOLDERS];
    for (int chunked = 0; chunked < 2; chunked++) {
        for (size_t i = 0; i < HOLDERS; i++) {
            holders[i] = osp_client_open(&rig);
            hold_body(&holders[i], chunked != 0);
            OSP_CHECK(osp_client_status(&holders[i]) == 0 && !holders[i].closed);
            OSP_CHECK(rig.worker->bodies == (i + 1) * (size_t)OSP_BODY_MAX);
        }
        for (int late = 0; late < 2; late++) {
            osp_client client = osp_client_open(&rig);
            send_body(&client, OSP_INPUT_SIZE * 2, late != 0);
            OSP_CHECK(osp_client_status(&client) == 503 && client.closed);
            osp_client_close(&client);
        }
        osp_client small = osp_client_open(&rig); /* what needs no memory of its own goes on */
        OSP_CHECK(ask(&small, OSP_STR(OSP_RIG_GET("/hi"))) == 200);
        osp_client_close(&small);
        for (size_t i = 0; i < HOLDERS; i++) {
            osp_client_close(&holders[i]);
            OSP_CHECK(rig.worker->bodies == (HOLDERS - 1 - i) * (size_t)OSP_BODY_MAX);
            if (i == 0) {
                osp_client client = osp_client_open(&rig);
                send_body(&client, OSP_BODY_MAX, chunked != 0);
                OSP_CHECK(osp_client_status(&client) == 200);
                osp_client_close(&client);
            }
        }
    }
    osp_rig_close(&rig);
}

OSP_UNIT_TEST(exchange_bodies_told, "lengths that are only told hold no memory that bodies need")
{
    osp_rig rig;
    osp_rig_open(&rig);
    static osp_client holders[2 * HOLDERS];
    for (size_t i = 0; i < OSP_ARRAY_LEN(holders); i++) {
        char head[128];
        const int len =
            snprintf(head, sizeof head,
                     "POST /x HTTP/1.1\r\nHost: test\r\nContent-Length: %u\r\n\r\n ", OSP_BODY_MAX);
        holders[i] = osp_client_open(&rig);
        osp_client_send(&holders[i], (osp_str){ head, (size_t)len });
        OSP_CHECK(osp_client_status(&holders[i]) == 0 && !holders[i].closed);
    }
    OSP_CHECK(rig.worker->bodies <= OSP_ARRAY_LEN(holders) * OSP_INPUT_SIZE);
    osp_client client = osp_client_open(&rig);
    static const uint32_t sizes[] = { OSP_INPUT_SIZE + 1, 65536, 600001, OSP_BODY_MAX };
    for (size_t i = 0; i < OSP_ARRAY_LEN(sizes); i++) {
        send_body(&client, sizes[i], false);
        OSP_CHECK(osp_client_status(&client) == 200 && client.total > sizes[i]);
    }
    osp_client_close(&client);
    for (size_t i = 0; i < OSP_ARRAY_LEN(holders); i++) {
        osp_client_close(&holders[i]);
    }
    osp_rig_turns(&rig, 2);
    OSP_CHECK(rig.worker->bodies == 0);
    osp_rig_close(&rig);
}

OSP_UNIT_TEST(exchange_output_max, "an answer of the longest size is sent, one byte more is 500")
{
    osp_rig rig;
    osp_rig_open(&rig);
    osp_client client = osp_client_open(&rig);
    OSP_CHECK(ask(&client, OSP_STR(OSP_RIG_GET("/many?bytes=10000000"))) == 200);
    const size_t head_size = client.total - 10000000;
    char text[128];
    snprintf(text, sizeof text, OSP_RIG_GET("/many?bytes=%zu"), OSP_OUTPUT_MAX - head_size);
    OSP_CHECK(ask(&client, osp_str_from(text)) == 200 && client.total == OSP_OUTPUT_MAX);
    snprintf(text, sizeof text, OSP_RIG_GET("/many?bytes=%zu"), OSP_OUTPUT_MAX - head_size + 1);
    OSP_CHECK(ask(&client, osp_str_from(text)) == 500 && !client.closed);
    OSP_CHECK(ask(&client, OSP_STR(OSP_RIG_GET("/hi"))) == 200);
    osp_client_close(&client);
    osp_rig_close(&rig);
}

OSP_UNIT_TEST(exchange_memory_max, "a request that wants more memory than it may have is 503")
{
    osp_rig rig;
    osp_rig_open(&rig);
    osp_client client = osp_client_open(&rig);
    OSP_CHECK(ask(&client, OSP_STR(OSP_RIG_GET("/memory?bytes=60000000"))) == 200);
    OSP_CHECK(ask(&client, OSP_STR(OSP_RIG_GET("/memory?bytes=67108864"))) == 503);
    OSP_CHECK(ask(&client, OSP_STR(OSP_RIG_GET("/memory?bytes=60000000"))) == 200);
    osp_client_close(&client);
    osp_rig_close(&rig);
}

OSP_UNIT_TEST(exchange_configured,
              "what answers, bodies and a request may take is what is configured")
{
    osp_config config = *osp_config_default();
    config.limits.answers = 70000;
    config.limits.request_memory = 1 << 20;
    config.limits.bodies = 50000;
    osp_rig rig;
    osp_rig_open_with(&rig, &config);
    static const struct {
        osp_str request;
        int status;
    } asked[] = {
        { OSP_STR(OSP_RIG_GET("/many?bytes=69000")), 200 },
        { OSP_STR(OSP_RIG_GET("/many?bytes=70000")), 500 },
        { OSP_STR(OSP_RIG_GET("/memory?bytes=900000")), 200 },
        { OSP_STR(OSP_RIG_GET("/memory?bytes=1048576")), 503 },
    };
    bool closed;
    for (size_t i = 0; i < OSP_ARRAY_LEN(asked); i++) {
        OSP_CHECK(ask_once(&rig, asked[i].request, &closed) == asked[i].status && !closed);
    }
    osp_client client = osp_client_open(&rig);
    send_body(&client, 50000, false);
    OSP_CHECK(osp_client_status(&client) == 200);
    send_body(&client, 50001, false);
    OSP_CHECK(osp_client_status(&client) == 503 && client.closed);
    osp_client_close(&client);
    osp_rig_close(&rig);
}

OSP_UNIT_TEST(exchange_fibers_max, "a request beyond the last fiber is 503, and the others go on")
{
    osp_rig rig;
    osp_rig_open(&rig);
    osp_fibers_free(rig.worker->fibers);
    rig.worker->fibers = osp_fibers_new((osp_fibers_options){ .count_max = 3 });
    osp_client clients[3];
    for (size_t i = 0; i < OSP_ARRAY_LEN(clients); i++) {
        clients[i] = osp_client_open(&rig);
        OSP_CHECK(ask(&clients[i], OSP_STR(OSP_RIG_GET("/wait"))) == 0);
    }
    bool closed;
    OSP_CHECK(ask_once(&rig, OSP_STR(OSP_RIG_GET("/hi")), &closed) == 503 && !closed);
    osp_rig_pass(&rig, OSP_RIG_WAIT_S);
    for (size_t i = 0; i < OSP_ARRAY_LEN(clients); i++) {
        OSP_CHECK(osp_client_status(&clients[i]) == 200 && !clients[i].closed);
        OSP_CHECK(ask(&clients[i], OSP_STR(OSP_RIG_GET("/hi"))) == 200);
        osp_client_close(&clients[i]);
    }
    osp_rig_close(&rig);
}

OSP_UNIT_TEST(exchange_pipeline, "answers beyond one batch come in order, whoever waits between")
{
    osp_rig rig;
    osp_rig_open(&rig);
    osp_client client = osp_client_open(&rig);
    osp_client_send(&client, OSP_STR(OSP_RIG_GET("/many?bytes=30000") OSP_RIG_GET(
                                 "/many?bytes=30000") OSP_RIG_GET("/many?bytes=30000")
                                         OSP_RIG_GET("/wait") OSP_RIG_GET("/hi")));
    OSP_CHECK(osp_client_status(&client) == 200);
    OSP_CHECK(client.total > 90000 && client.total < 91000);
    osp_client_forget(&client);
    osp_rig_pass(&rig, OSP_RIG_WAIT_S);
    OSP_CHECK(osp_client_status(&client) == 200 && !client.closed);
    OSP_CHECK(osp_client_count(&client, "\r\n\r\nwaitedHTTP/1.1 200 OK\r\n") == 1);
    OSP_CHECK(memcmp(client.text + client.kept - 2, "hi", 2) == 0);
    osp_client_close(&client);
    osp_rig_close(&rig);
}

OSP_UNIT_TEST(exchange_pipeline_room, "an answer has as much room behind others as alone")
{
    osp_config config = *osp_config_default();
    config.limits.answers = 65536;
    osp_rig rig;
    osp_rig_open_with(&rig, &config);
    osp_client client = osp_client_open(&rig);
    osp_client_send(&client,
                    OSP_STR(OSP_RIG_GET("/many?bytes=12000") OSP_RIG_GET("/many?bytes=65000")
                                OSP_RIG_GET("/many?bytes=65536") OSP_RIG_GET("/hi")));
    OSP_CHECK(osp_client_status(&client) == 200 && !client.closed);
    OSP_CHECK(client.total > 12000 + 65000); /* the third was too large for itself */
    OSP_CHECK(client.total < 12000 + 65000 + 2000);
    osp_client_close(&client);
    osp_rig_close(&rig);
}

/* Sends requests in one piece, in one turn. */
static void flood(osp_rig *rig, const osp_client *client, const char *request, size_t count)
{
    char text[16384];
    size_t len = 0;
    for (size_t i = 0; i < count; i++) {
        const size_t size = strlen(request);
        OSP_CHECK(len + size <= sizeof text);
        memcpy(text + len, request, size);
        len += size;
    }
    OSP_CHECK(send(client->fd, text, len, MSG_NOSIGNAL) == (ssize_t)len);
    osp_rig_turns(rig, 1);
}

OSP_UNIT_TEST(exchange_turns, "a pipeline lets others have their turn")
{
    osp_rig rig;
    osp_rig_open(&rig);
    osp_client many = osp_client_open(&rig), one = osp_client_open(&rig);
    osp_rig_turns(&rig, 2);
    osp_worker *worker = rig.worker;
    const osp_conn *first = worker->conns[OSP_CONN_IDLE].first;
    flood(&rig, &many, OSP_RIG_GET("/hi"), 100);
    OSP_CHECK(first->asked == OSP_CONN_TURN && first->exchange != NULL);
    flood(&rig, &one, OSP_RIG_GET("/hi"), 1);
    OSP_CHECK(first->asked == 2 * OSP_CONN_TURN);
    OSP_CHECK(osp_client_status(&one) == 200);
    OSP_CHECK(osp_client_status(&many) == 200 && first->asked == 100 && first->exchange == NULL);
    osp_client_forget(&many);
    flood(&rig, &many, OSP_RIG_GET("/hi"), OSP_CONN_TURN); /* just one turn */
    OSP_CHECK(first->asked == 100 + OSP_CONN_TURN);
    osp_rig_turns(&rig, 1);
    OSP_CHECK(first->exchange == NULL);
    osp_client_close(&many);
    osp_client_close(&one);
    osp_rig_close(&rig);
}

OSP_UNIT_TEST(exchange_turns_drain, "who waits for his turn is answered before a worker ends")
{
    osp_rig rig;
    osp_rig_open(&rig);
    osp_client client = osp_client_open(&rig);
    osp_rig_turns(&rig, 2);
    flood(&rig, &client, OSP_RIG_GET("/hi"), 100);
    raise(SIGTERM);
    osp_rig_turns(&rig, 1);
    static char text[65536];
    const ssize_t size = recv(client.fd, text, sizeof text, 0);
    OSP_CHECK(size > 0 && memmem(text, (size_t)size, "Connection: close\r\n", 19) != NULL);
    OSP_CHECK(osp_client_status(&client) == 0 && client.closed);
    osp_client_close(&client);
    osp_rig_close(&rig);
}

OSP_UNIT_TEST(exchange_pipelined_max, "no answer is begun behind so many bytes that wait")
{
    osp_rig rig;
    osp_rig_open(&rig);
    osp_client client = osp_client_open(&rig);
    for (int i = 0; i < 10; i++) {
        flood(&rig, &client, OSP_RIG_GET("/many?bytes=4000"), 200);
        osp_rig_turns(&rig, 20);
        const osp_conn *conn = rig.worker->conns[OSP_CONN_WRITING].first;
        if (conn != NULL) { /* it does not read: what it sends stays with it */
            OSP_CHECK(conn->out.len < OSP_PIPELINED_MAX + 5000);
            OSP_CHECK(conn->out.cap + sizeof *conn->exchange < 65536 + 16384);
            break;
        }
        OSP_CHECK(i < 9);
    }
    osp_client_close(&client);
    osp_rig_close(&rig);
}

OSP_UNIT_TEST(exchange_spares, "exchanges are kept for reuse up to their number")
{
    osp_rig rig;
    osp_rig_open(&rig);
    osp_client clients[OSP_EXCHANGES_SPARE + 4];
    for (size_t i = 0; i < OSP_ARRAY_LEN(clients); i++) {
        clients[i] = osp_client_open(&rig);
        osp_client_send(&clients[i], OSP_STR("GET"));
    }
    OSP_CHECK(rig.worker->spare_exchange_count == 0);
    for (size_t i = 0; i < OSP_ARRAY_LEN(clients); i++) {
        close(clients[i].fd);
    }
    osp_rig_turns(&rig, 2);
    OSP_CHECK(rig.worker->spare_exchange_count == OSP_EXCHANGES_SPARE);
    osp_rig_close(&rig);
}
