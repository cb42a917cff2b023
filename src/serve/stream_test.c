/* Bodies and answers that come and go while their handler runs: who waits for whom and for how
 * long, and what is left when one of them goes. */
#include "tests/unit/fault.h"
#include "tests/unit/rig.h"

#include <errno.h>
#include <sys/socket.h>

#define NTH_MAX 200 /* no request allocates so often */
#define WAIT_S 5    /* for which a handler sleeps */

#define GET(path) OSP_RIG_GET(path)
#define POST_OF(path, length)                                                                      \
    "POST " path " HTTP/1.1\r\nHost: test\r\nContent-Length: " length "\r\n\r\n"
#define POST_EXPECT(path)                                                                          \
    "POST " path " HTTP/1.1\r\nHost: test\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n"
#define POST_CHUNKED(path)                                                                         \
    "POST " path " HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n"
#define UPGRADE                                                                                    \
    "GET /raw HTTP/1.1\r\nHost: test\r\nConnection: Upgrade\r\nUpgrade: other, echo\r\n\r\n"

/* ---------------------------------------------------------------- the application */

/* What the handlers of a test's process have seen; each test starts with its own. */
static struct {
    int begun, cleaned; /* handlers */
    osp_status last;    /* what made the last one stop */
    uint64_t moved;     /* bytes read or written by it */
} seen;

typedef struct StreamGet {
    osp_str name;
    int64_t bytes, told;
} StreamGet;
OSP_TYPE(StreamGet, PATH(name), QUERY(bytes, .fallback = "0"), QUERY(told, .fallback = "0"));

typedef struct StreamPost {
    osp_str name;
    osp_body body;
} StreamPost;
OSP_TYPE(StreamPost, PATH(name), BODY(body, osp_body));

static void cleaned(void *arg)
{
    (void)arg;
    seen.cleaned++;
}

static osp_status many(osp_ctx *ctx, int64_t bytes)
{
    static const char zeros[65536];
    for (int64_t left = bytes; left > 0;) {
        const size_t size = left < (int64_t)sizeof zeros ? (size_t)left : sizeof zeros;
        OSP_TRY(osp_write(ctx, (osp_str){ zeros, size }));
        left -= (int64_t)size;
        seen.moved += size;
    }
    return OSP_OK;
}

/* Part by part back; `tells` each at once. */
static osp_status echo(osp_ctx *ctx, bool tells)
{
    osp_str part;
    osp_status status;
    while ((status = osp_read(ctx, &part)) == OSP_OK) {
        OSP_CHECK(part.len > 0);
        seen.moved += part.len;
        OSP_TRY(osp_write(ctx, part));
        OSP_TRY(tells ? osp_flush(ctx) : OSP_OK);
    }
    return status;
}

static osp_status get_named(osp_ctx *ctx, const StreamGet *in)
{
    if (osp_str_equal(in->name, OSP_STR("many"))) {
        return many(ctx, in->bytes);
    }
    if (osp_str_equal(in->name, OSP_STR("pause"))) { /* begins, waits, ends */
        OSP_TRY(osp_write(ctx, OSP_STR("a")));
        OSP_TRY(osp_sleep_ms(ctx, WAIT_S * 1000));
        return osp_write(ctx, OSP_STR("b"));
    }
    if (osp_str_equal(in->name, OSP_STR("events"))) { /* one now and then */
        for (int i = 0; i < 4; i++) {
            OSP_TRY(osp_write(ctx, OSP_STR("event\n")));
            OSP_TRY(osp_flush(ctx));
            OSP_TRY(osp_sleep_ms(ctx, (OSP_HANDLER_S + 5) * 1000));
        }
        return OSP_OK;
    }
    if (osp_str_equal(in->name, OSP_STR("late"))) { /* does not begin in time */
        OSP_TRY(osp_sleep_ms(ctx, 2 * OSP_HANDLER_S * 1000));
        return osp_write(ctx, OSP_STR("late"));
    }
    if (osp_str_equal(in->name, OSP_STR("raw"))) {
        OSP_TRY(osp_upgrade(ctx, OSP_STR("echo")));
        osp_status status = echo(ctx, false);
        if (status == OSP_E_DEADLINE) {
            OSP_TRY(osp_write(ctx, OSP_STR("still there?")));
            status = echo(ctx, false);
        }
        return status;
    }
    if (osp_str_equal(in->name, OSP_STR("fail"))) {
        OSP_TRY(many(ctx, in->bytes));
        return osp_fail(ctx, 409, "as asked");
    }
    return osp_text(ctx, OSP_STR("hi"));
}

static osp_status get_stream(osp_ctx *ctx, const void *raw_in, void *raw_out)
{
    const StreamGet *in = raw_in;
    ((osp_stream *)raw_out)->length = in->told;
    seen.begun++;
    seen.moved = 0;
    OSP_TRY(osp_defer(ctx, cleaned, NULL));
    return seen.last = get_named(ctx, in);
}

static osp_status post_named(osp_ctx *ctx, const StreamPost *in)
{
    osp_str part;
    if (osp_str_equal(in->name, OSP_STR("echo"))) {
        return echo(ctx, false);
    }
    if (osp_str_equal(in->name, OSP_STR("tell"))) {
        return echo(ctx, true);
    }
    if (osp_str_equal(in->name, OSP_STR("first"))) { /* reads one part and has enough */
        OSP_TRY(osp_read(ctx, &part));
        return osp_text(ctx, osp_copy(ctx, part));
    }
    if (osp_str_equal(in->name, OSP_STR("speaks"))) { /* answers before it reads */
        OSP_TRY(osp_write(ctx, OSP_STR("<")));
        OSP_TRY(echo(ctx, false));
        return osp_write(ctx, OSP_STR(">"));
    }
    if (osp_str_equal(in->name, OSP_STR("sleeps"))) {
        OSP_TRY(osp_sleep_ms(ctx, WAIT_S * 1000));
        return echo(ctx, false);
    }
    if (osp_str_equal(in->name, OSP_STR("trailer"))) {
        OSP_CHECK(osp_trailer(ctx, OSP_STR("Sum")).len == 0);
        OSP_TRY(echo(ctx, false));
        return osp_write(ctx, osp_trailer(ctx, OSP_STR("SUM")));
    }
    return osp_text(ctx, OSP_STR("unread"));
}

static osp_status post_stream(osp_ctx *ctx, const void *raw_in, void *raw_out)
{
    (void)raw_out;
    seen.begun++;
    seen.moved = 0;
    OSP_TRY(osp_defer(ctx, cleaned, NULL));
    return seen.last = post_named(ctx, raw_in);
}

static const osp_route get_route = { .in_ = &osp_type_StreamGet,
                                     .out_ = &osp_type_osp_stream,
                                     .call_ = get_stream,
                                     .handler_ = "get_stream",
                                     .file_ = "stream.c" };
static const osp_route post_route = { .in_ = &osp_type_StreamPost,
                                      .out_ = &osp_type_osp_stream,
                                      .call_ = post_stream,
                                      .handler_ = "post_stream",
                                      .file_ = "stream.c" };
static const char *const param_names[] = { "name" };
static const osp_route_leaf leaf = {
    .pattern = "/[name]",
    .param_names = param_names,
    .param_count = 1,
    .by_method = { [OSP_METHOD_GET] = &get_route, [OSP_METHOD_POST] = &post_route },
};
static const osp_route_node end = { .leaf = &leaf }, root = { .param = &end };
static const osp_route_leaf *const leaves[] = { &leaf };
static const osp_app_def app = {
    .name = "streams", .root = &root, .leaves = leaves, .leaf_count = OSP_ARRAY_LEN(leaves)
};

/* ---------------------------------------------------------------- the tests */

static void begin(osp_rig *rig, osp_client *client)
{
    osp_rig_open_app(rig, &app);
    *client = osp_client_open(rig);
}

static void finish(osp_rig *rig, osp_client *client)
{
    osp_client_close(client);
    OSP_CHECK(rig->worker->conn_count == 0);
    OSP_CHECK(osp_fibers_alive(rig->worker->fibers) == 0);
    OSP_CHECK(rig->worker->bodies == 0);
    OSP_CHECK(seen.begun == seen.cleaned);
    osp_rig_close(rig);
}

/* What follows the head of the first answer that was kept. */
static osp_str body_of(const osp_client *client)
{
    const osp_str text = { client->text, client->kept };
    const char *end_of_head = memmem(text.ptr, text.len, "\r\n\r\n", 4);
    OSP_CHECK(end_of_head != NULL);
    const size_t size = (size_t)(end_of_head + 4 - text.ptr);
    return (osp_str){ text.ptr + size, text.len - size };
}

static void say(osp_client *client, const char *text)
{
    osp_client_send(client, osp_str_from(text));
}

OSP_UNIT_TEST(stream_echo, "what is flushed is sent while more comes, and the connection is kept")
{
    osp_rig rig;
    osp_client client;
    begin(&rig, &client);
    for (int round = 0; round < 2; round++) {
        osp_client_forget(&client);
        say(&client, POST_CHUNKED("/tell"));
        OSP_CHECK(osp_client_status(&client) == 0 && seen.begun == 2 * round + 1);
        say(&client, "3\r\nabc\r\n");
        OSP_CHECK(osp_client_status(&client) == 200);
        OSP_CHECK_STR(body_of(&client), OSP_STR("3\r\nabc\r\n"));
        say(&client, "2\r\nde\r\n0\r\n\r\n");
        OSP_CHECK(osp_client_status(&client) == 200 && !client.closed);
        OSP_CHECK(osp_client_count(&client, "Connection: close") == 0);
        OSP_CHECK_STR(body_of(&client), OSP_STR("3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"));
        osp_client_forget(&client);
        say(&client, POST_OF("/echo", "4") "ab");
        OSP_CHECK(osp_client_status(&client) == 0);
        say(&client, "cd");
        OSP_CHECK(osp_client_status(&client) == 200 && !client.closed);
        OSP_CHECK_STR(body_of(&client), OSP_STR("2\r\nab\r\n2\r\ncd\r\n0\r\n\r\n"));
    }
    OSP_CHECK(rig.worker->conns[OSP_CONN_IDLE].first != NULL);
    finish(&rig, &client);
}

OSP_UNIT_TEST(stream_refused_first, "the first request of a worker may have no route or no path")
{
    static const struct {
        const char *head;
        int status;
    } cases[] = {
        { POST_EXPECT("/no/where"), 404 },
        { POST_EXPECT("/%zz"), 400 },
        { POST_EXPECT("*"), 400 },
        { POST_OF("/%zz", "9"), 400 },
    };
    for (size_t i = 0; i < OSP_ARRAY_LEN(cases); i++) {
        osp_rig rig;
        osp_client client;
        begin(&rig, &client);
        say(&client, cases[i].head);
        if (osp_client_status(&client) == 0) { /* the answer waits for the body */
            say(&client, "123456789");
        }
        OSP_CHECK(osp_client_status(&client) == cases[i].status);
        OSP_CHECK(osp_client_count(&client, "X-Request-Id: ") == 1);
        finish(&rig, &client);
    }
}

OSP_UNIT_TEST(stream_body_late, "each part of a body begins its time anew; then it is 408")
{
    static const char *const heads[] = { POST_OF("/first", "9"), POST_CHUNKED("/first") "9\r\n",
                                         POST_CHUNKED("/first") };
    for (size_t i = 0; i < OSP_ARRAY_LEN(heads); i++) {
        osp_rig rig;
        osp_client client;
        begin(&rig, &client);
        say(&client, heads[i]);
        osp_rig_pass(&rig, OSP_BODY_S - 1);
        OSP_CHECK(osp_client_status(&client) == 0 && !client.closed);
        osp_rig_pass(&rig, 1);
        OSP_CHECK(osp_client_status(&client) == 408 && client.closed);
        OSP_CHECK(osp_client_count(&client, "Connection: close\r\n") == 1);
        OSP_CHECK(seen.last == OSP_E_FAILED);
        finish(&rig, &client);
    }
}

OSP_UNIT_TEST(stream_body_late_not_handler,
              "who waited for its client is not too slow itself, whichever deadline is shorter")
{
    osp_config config = *osp_config_default();
    config.deadlines.handler_s = OSP_BODY_S / 2;
    osp_rig rig;
    osp_rig_open_app_with(&rig, &app, &config);
    osp_client client = osp_client_open(&rig);
    say(&client, POST_OF("/first", "9"));
    osp_rig_pass(&rig, OSP_BODY_S - 1);
    OSP_CHECK(osp_client_status(&client) == 0 && !client.closed);
    osp_rig_pass(&rig, 1);
    OSP_CHECK(osp_client_status(&client) == 408 && client.closed);
    finish(&rig, &client);
}

OSP_UNIT_TEST(stream_body_drips, "a part in the last second is in time, and the next has its own")
{
    osp_rig rig;
    osp_client client;
    const osp_config config = osp_rig_patient();
    osp_rig_open_app_with(&rig, &app, &config);
    client = osp_client_open(&rig);
    say(&client, POST_OF("/tell", "5"));
    for (int i = 0; i < 5; i++) {
        osp_rig_pass(&rig, OSP_BODY_S - 1);
        say(&client, "x");
        OSP_CHECK(osp_client_status(&client) == 200 && !client.closed);
    }
    OSP_CHECK(seen.last == OSP_DONE && seen.moved == 5);
    finish(&rig, &client);
}

OSP_UNIT_TEST(stream_body_slow, "a body that drips is too slow, however long it may be")
{
    osp_rig rig;
    osp_client client;
    begin(&rig, &client);
    say(&client, POST_OF("/first", "9000000000") "");
    osp_rig_pass(&rig, 1);
    osp_client_close(&client);
    client = osp_client_open(&rig);
    say(&client, POST_OF("/tell", "9000000000"));
    for (int i = 0; i < 3 * OSP_BODY_S; i++) { /* just fast enough */
        OSP_CHECK(osp_client_status(&client) == (i == 0 ? 0 : 200) && !client.closed);
        osp_client_repeat(&client, 'x', OSP_BODY_RATE_MIN);
        osp_rig_pass(&rig, 1);
    }
    osp_rig_pass(&rig, OSP_BODY_S - 2);
    say(&client, "x"); /* its deadline begins anew, what it owes stays */
    osp_rig_pass(&rig, 2);
    OSP_CHECK(osp_client_status(&client) == 200 && !client.closed);
    osp_rig_pass(&rig, 1);
    OSP_CHECK(osp_client_status(&client) == 200 && client.closed);
    finish(&rig, &client);
}

OSP_UNIT_TEST(stream_handler_late, "a streaming handler has its time until the answer begins")
{
    osp_rig rig;
    osp_client client;
    begin(&rig, &client);
    say(&client, GET("/late"));
    osp_rig_pass(&rig, OSP_HANDLER_S - 1);
    OSP_CHECK(osp_client_status(&client) == 0 && !client.closed);
    osp_rig_pass(&rig, 1);
    OSP_CHECK(osp_client_status(&client) == 503 && !client.closed);
    OSP_CHECK(seen.last == OSP_E_CANCELLED);
    osp_client_forget(&client);
    say(&client, GET("/events"));
    osp_rig_pass(&rig, 4 * (OSP_HANDLER_S + 5));
    OSP_CHECK(osp_client_status(&client) == 200 && !client.closed && seen.last == OSP_OK);
    OSP_CHECK(osp_client_count(&client, "event\n") == 4);
    finish(&rig, &client);
}

OSP_UNIT_TEST(stream_body_in_time, "a part that comes in the turn in which the time is over counts")
{
    osp_rig rig;
    osp_client client;
    begin(&rig, &client);
    say(&client, POST_OF("/first", "1"));
    osp_rig_pass(&rig, OSP_BODY_S - 1);
    OSP_CHECK(send(client.fd, "x", 1, 0) == 1);
    osp_rig_pass(&rig, 1);
    OSP_CHECK(osp_client_status(&client) == 200 && !client.closed);
    finish(&rig, &client);
}

OSP_UNIT_TEST(stream_late_behind_head, "a body that stops coming cuts an answer that has begun")
{
    osp_rig rig;
    osp_client client;
    begin(&rig, &client);
    say(&client, POST_OF("/tell", "9") "abc");
    OSP_CHECK(osp_client_status(&client) == 200);
    osp_rig_pass(&rig, OSP_BODY_S);
    OSP_CHECK(osp_client_status(&client) == 200 && client.closed);
    OSP_CHECK_STR(body_of(&client), OSP_STR("3\r\nabc\r\n"));
    OSP_CHECK(seen.last == OSP_E_FAILED);
    finish(&rig, &client);
}

OSP_UNIT_TEST(stream_withdrawn, "an answer that waits for its body gives way to a refusal")
{
    static const struct {
        const char *text;
        int status;
    } cases[] = {
        { POST_OF("/echo", "9") "abc", 408 },
        { POST_CHUNKED("/echo") "3\r\nabc\r\n", 408 },
        { POST_CHUNKED("/speaks") "3\r\nabc\r\n", 408 },
        { POST_CHUNKED("/echo") "3\r\nabcX\r\n0\r\n\r\n", 400 },
        { POST_CHUNKED("/echo") "3\r\nabc\r\n0\r\nX : y\r\n\r\n", 400 },
    };
    for (size_t i = 0; i < OSP_ARRAY_LEN(cases); i++) {
        osp_rig rig;
        osp_client client;
        begin(&rig, &client);
        say(&client, GET("/hi"));
        OSP_CHECK(osp_client_status(&client) == 200);
        osp_client_forget(&client);
        say(&client, cases[i].text);
        osp_rig_pass(&rig, OSP_BODY_S);
        OSP_CHECK(osp_client_status(&client) == cases[i].status && client.closed);
        OSP_CHECK(osp_client_count(&client, "HTTP/1.1 ") == 1);
        OSP_CHECK(osp_client_count(&client, "Connection: close\r\n") == 1);
        finish(&rig, &client);
    }
}

OSP_UNIT_TEST(stream_withdrawn_behind, "earlier answers do not wait with one for its body")
{
    osp_rig rig;
    osp_client client;
    begin(&rig, &client);
    say(&client, GET("/hi") GET("/hi") POST_OF("/echo", "3") "a");
    osp_client_read(&client, SIZE_MAX);
    OSP_CHECK(osp_client_count(&client, "HTTP/1.1 200 OK\r\n") == 2);
    say(&client, "bc" GET("/hi"));
    osp_client_read(&client, SIZE_MAX);
    OSP_CHECK(osp_client_count(&client, "HTTP/1.1 200 OK\r\n") == 4 && !client.closed);
    finish(&rig, &client);
}

OSP_UNIT_TEST(stream_write_late,
              "a client that does not read ends its handler at the write deadline")
{
    osp_rig rig;
    osp_client client;
    begin(&rig, &client);
    say(&client, GET("/many?bytes=100000000"));
    OSP_CHECK(rig.worker->conns[OSP_CONN_FULL].first != NULL);
    OSP_CHECK(seen.moved < 10000000 && seen.cleaned == 0);
    osp_rig_pass(&rig, OSP_WRITE_S - 1);
    OSP_CHECK(seen.cleaned == 0);
    osp_rig_pass(&rig, 1);
    OSP_CHECK(seen.cleaned == 1 && seen.last == OSP_E_CANCELLED && rig.worker->conn_count == 0);
    finish(&rig, &client);
}

OSP_UNIT_TEST(stream_write_slow, "who reads now and then gets all of it")
{
    osp_rig rig;
    osp_client client;
    begin(&rig, &client);
    say(&client, GET("/many?bytes=4000000&told=4000000"));
    for (int i = 0; i < 5; i++) {
        osp_rig_pass(&rig, OSP_WRITE_S - 1);
        osp_client_read(&client, 500000);
        OSP_CHECK(!client.closed && seen.cleaned == 0);
    }
    OSP_CHECK(osp_client_status(&client) == 200 && !client.closed);
    OSP_CHECK(client.total > 4000000 && client.total < 4001000 && seen.last == OSP_OK);
    OSP_CHECK(osp_client_count(&client, "Content-Length: 4000000\r\n") == 1);
    finish(&rig, &client);
}

OSP_UNIT_TEST(stream_sender_stalls, "what a handler does not read stays with its client")
{
    osp_rig rig;
    osp_client client;
    begin(&rig, &client);
    say(&client, POST_OF("/sleeps", "10000000"));
    static const char zeros[65536];
    size_t sent = 0;
    ssize_t size;
    while ((size = send(client.fd, zeros, sizeof zeros, MSG_NOSIGNAL)) > 0) {
        sent += (size_t)size;
        osp_rig_turns(&rig, 2);
    }
    OSP_CHECK(sent < 2000000 && seen.moved == 0);
    osp_rig_pass(&rig, WAIT_S);
    OSP_CHECK(send(client.fd, zeros, sizeof zeros, MSG_NOSIGNAL) > 0);
    finish(&rig, &client);
    OSP_CHECK(seen.last == OSP_E_CANCELLED);
}

OSP_UNIT_TEST(stream_gone, "a client that goes takes its handler along, wherever it waits")
{
    static const char *const texts[] = {
        POST_OF("/echo", "9") "abc",  POST_CHUNKED("/echo") "5\r\nab",
        GET("/many?bytes=100000000"), GET("/pause"),
        POST_OF("/sleeps", "9"),      UPGRADE
    };
    for (size_t i = 0; i < OSP_ARRAY_LEN(texts); i++) {
        osp_rig rig;
        osp_client client;
        begin(&rig, &client);
        say(&client, texts[i]);
        OSP_CHECK(seen.begun == seen.cleaned + 1);
        finish(&rig, &client);
        OSP_CHECK(seen.last == OSP_E_CANCELLED);
    }
}

OSP_UNIT_TEST(stream_half_closed, "who has sent all and closed its side is answered")
{
    static const char *const texts[] = { POST_OF("/sleeps", "3") "abc", GET("/pause"),
                                         POST_CHUNKED("/sleeps") "3\r\nabc\r\n0\r\n\r\n" };
    for (size_t i = 0; i < OSP_ARRAY_LEN(texts); i++) {
        osp_rig rig;
        osp_client client;
        begin(&rig, &client);
        say(&client, texts[i]);
        OSP_CHECK(shutdown(client.fd, SHUT_WR) == 0);
        osp_rig_turns(&rig, 2);
        osp_rig_pass(&rig, WAIT_S);
        OSP_CHECK(osp_client_status(&client) == 200 && client.closed);
        OSP_CHECK(osp_client_count(&client, "0\r\n\r\n") == 1 || i == 0);
        OSP_CHECK(seen.last >= 0);
        finish(&rig, &client);
    }
}

OSP_UNIT_TEST(stream_half_a_body, "who closes its side before the end of its body gets no answer")
{
    osp_rig rig;
    osp_client client;
    begin(&rig, &client);
    say(&client, POST_OF("/first", "9"));
    OSP_CHECK(shutdown(client.fd, SHUT_WR) == 0);
    osp_rig_turns(&rig, 2);
    OSP_CHECK(osp_client_status(&client) == 0 && client.closed);
    OSP_CHECK(seen.last == OSP_E_CANCELLED);
    finish(&rig, &client);
}

OSP_UNIT_TEST(stream_chunk_broken, "a broken chunk is 400, or cuts the answer that was sent")
{
    osp_rig rig;
    osp_client client;
    begin(&rig, &client);
    say(&client, POST_CHUNKED("/first") "5\r");
    say(&client, "x");
    OSP_CHECK(osp_client_status(&client) == 400 && client.closed);
    osp_client_close(&client);
    client = osp_client_open(&rig);
    say(&client, POST_CHUNKED("/tell") "3\r\nabc\r\nzz\r\n");
    OSP_CHECK(osp_client_status(&client) == 200 && client.closed);
    OSP_CHECK_STR(body_of(&client), OSP_STR("3\r\nabc\r\n"));
    finish(&rig, &client);
}

OSP_UNIT_TEST(stream_expect, "100 is said at the first read, and never inside of an answer")
{
    osp_rig rig;
    osp_client client;
    begin(&rig, &client);
    say(&client, POST_EXPECT("/sleeps"));
    OSP_CHECK(osp_client_status(&client) == 0 && seen.begun == 1);
    osp_rig_pass(&rig, WAIT_S);
    OSP_CHECK(osp_client_status(&client) == 100);
    osp_client_forget(&client);
    say(&client, "he");
    say(&client, "llo");
    OSP_CHECK(osp_client_status(&client) == 200 && !client.closed);
    OSP_CHECK(osp_client_count(&client, "100 Continue") == 0);
    osp_client_forget(&client);
    say(&client, POST_EXPECT("/speaks"));
    say(&client, "he");
    say(&client, "llo");
    OSP_CHECK(osp_client_status(&client) == 200 && !client.closed);
    OSP_CHECK(osp_client_count(&client, "100 Continue") == 0);
    OSP_CHECK_STR(body_of(&client),
                  OSP_STR("1\r\n<\r\n2\r\nhe\r\n3\r\nllo\r\n1\r\n>\r\n0\r\n\r\n"));
    finish(&rig, &client);
}

OSP_UNIT_TEST(stream_unread, "a body that is not read ends the connection, and no 100 is said")
{
    osp_rig rig;
    osp_client client;
    begin(&rig, &client);
    say(&client, POST_EXPECT("/unread"));
    OSP_CHECK(osp_client_status(&client) == 200 && client.closed);
    OSP_CHECK(osp_client_count(&client, "Connection: close\r\n") == 1);
    OSP_CHECK(osp_client_count(&client, "100 Continue") == 0);
    osp_client_close(&client);
    client = osp_client_open(&rig);
    say(&client, POST_OF("/unread", "10000000"));
    osp_client_repeat(&client, 'x', 4000000); /* what still comes is no reason to break off */
    OSP_CHECK(osp_client_status(&client) == 200 && client.closed);
    OSP_CHECK(rig.worker->conn_count == 1);
    osp_rig_pass(&rig, 2);
    OSP_CHECK(rig.worker->conn_count == 0);
    osp_client_close(&client);
    client = osp_client_open(&rig);
    say(&client, POST_OF("/unread", "100000000"));
    for (int i = 0; i < 20; i++) { /* as much at once as the socket takes */
        static const char zeros[65536];
        while (send(client.fd, zeros, sizeof zeros, MSG_NOSIGNAL) > 0) {
        }
        OSP_CHECK(errno == EAGAIN);
        osp_rig_turns(&rig, 2);
        OSP_CHECK(rig.worker->conn_count == 1);
    }
    OSP_CHECK(osp_client_status(&client) == 200);
    finish(&rig, &client);
}

OSP_UNIT_TEST(stream_pipelined, "requests before and behind a streamed one are answered in order")
{
    osp_rig rig;
    osp_client client;
    begin(&rig, &client);
    say(&client, GET("/hi") POST_CHUNKED("/echo") "3\r\nabc\r\n0\r\n\r\n" GET("/hi")
                     POST_OF("/echo", "4") "ab");
    say(&client, "cd" GET("/many?bytes=3") GET("/h"));
    say(&client, "i");
    OSP_CHECK(osp_client_status(&client) == 200 && !client.closed);
    OSP_CHECK(osp_client_count(&client, "HTTP/1.1 200 OK\r\n") == 6);
    OSP_CHECK(osp_client_count(&client, "\r\n\r\nhiHTTP/1.1 200 OK\r\n") == 2);
    OSP_CHECK(osp_client_count(&client, "\r\n\r\n3\r\nabc\r\n0\r\n\r\nHTTP/1.1 200 OK\r\n") == 1);
    OSP_CHECK(osp_client_count(&client, "cd\r\n0\r\n\r\nHTTP/1.1 200 OK\r\n") == 1);
    OSP_CHECK(memcmp(client.text + client.kept - 6, "\r\n\r\nhi", 6) == 0);
    finish(&rig, &client);
}

OSP_UNIT_TEST(stream_pipelined_far, "a streamed body may begin anywhere in the input")
{
    osp_rig rig;
    osp_client client;
    begin(&rig, &client);
    for (size_t before = 1; before < 520; before += 37) {
        static char text[32768];
        size_t len = 0;
        for (size_t i = 0; i < before; i++) {
            len += (size_t)snprintf(text + len, sizeof text - len, GET("/hi"));
        }
        len += (size_t)snprintf(text + len, sizeof text - len, "%s",
                                POST_CHUNKED("/echo") "3\r\nabc\r\n4\r\n");
        osp_client_forget(&client);
        osp_client_send(&client, (osp_str){ text, len });
        osp_client_read(&client, SIZE_MAX);
        osp_client_forget(&client);
        say(&client, "defg\r\n0\r\n\r\n" GET("/hi"));
        osp_client_read(&client, SIZE_MAX);
        OSP_CHECK(!client.closed);
        OSP_CHECK(osp_client_count(&client, "4\r\ndefg\r\n0\r\n\r\nHTTP/1.1 200 OK\r\n") == 1);
    }
    finish(&rig, &client);
}

OSP_UNIT_TEST(stream_upgrade, "behind an upgrade there are bare bytes, also those already here")
{
    osp_rig rig;
    osp_client client;
    begin(&rig, &client);
    say(&client, GET("/hi") GET("/many?bytes=5") UPGRADE "first");
    osp_client_read(&client, SIZE_MAX);
    OSP_CHECK(osp_client_count(&client, "HTTP/1.1 200 OK\r\n") == 2);
    OSP_CHECK(osp_client_count(&client,
                               "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\n"
                               "Upgrade: echo\r\n\r\nfirst") == 1);
    osp_client_forget(&client);
    osp_client_repeat(&client, 'x', 100000);
    osp_client_read(&client, SIZE_MAX);
    OSP_CHECK(client.total == 100000 && !client.closed);
    osp_rig_pass(&rig, OSP_BODY_S); /* a silent peer is told of, and may be asked */
    osp_client_forget(&client);
    osp_client_read(&client, SIZE_MAX);
    OSP_CHECK(client.total == 12 && !client.closed);
    OSP_CHECK(shutdown(client.fd, SHUT_WR) == 0);
    osp_client_read(&client, SIZE_MAX);
    OSP_CHECK(client.closed && seen.last == OSP_DONE);
    finish(&rig, &client);
}

OSP_UNIT_TEST(stream_upgrade_refused,
              "what stands behind an upgrade that a handler refused is no request")
{
    static const struct {
        const char *path, *fields;
        bool closed;
    } cases[] = {
        { "/raw", "Connection: Upgrade\r\nUpgrade: other\r\n", true },
        { "/raw", "Connection: Upgrade\r\nUpgrade: echo\r\nContent-Length: 0\r\n", true },
        { "/raw", "Upgrade: echo\r\n", false }, /* did not ask */
        { "/raw", "", false },
        { "/hi", "Connection: Upgrade\r\nUpgrade: h2c\r\n", false }, /* nobody heard it */
    };
    osp_rig rig;
    osp_client client;
    begin(&rig, &client);
    for (size_t i = 0; i < OSP_ARRAY_LEN(cases); i++) {
        char text[512];
        const int len = snprintf(text, sizeof text, "GET %s HTTP/1.1\r\nHost: test\r\n%s\r\n%s",
                                 cases[i].path, cases[i].fields, GET("/hi"));
        osp_client_close(&client);
        client = osp_client_open(&rig);
        osp_client_send(&client, (osp_str){ text, (size_t)len });
        osp_client_read(&client, SIZE_MAX);
        OSP_CHECK(client.closed == cases[i].closed);
        OSP_CHECK(osp_client_count(&client, "HTTP/1.1 ") == (cases[i].closed ? 1 : 2));
        OSP_CHECK(osp_client_count(&client, "Connection: close\r\n") == cases[i].closed);
    }
    finish(&rig, &client);
}

OSP_UNIT_TEST(stream_trailer, "the fields behind a body are there once it has been read")
{
    osp_rig rig;
    osp_client client;
    begin(&rig, &client);
    say(&client, POST_CHUNKED("/trailer") "3\r\nabc\r\n0\r\nSum: 4");
    say(&client, "2\r\nOther: x\r\n\r\n" POST_CHUNKED("/trailer"));
    say(&client, "0\r\n\r\n");
    OSP_CHECK(osp_client_status(&client) == 200 && !client.closed);
    OSP_CHECK(osp_client_count(&client, "2\r\n42\r\n0\r\n\r\nHTTP/1.1 200") == 1);
    OSP_CHECK(memcmp(client.text + client.kept - 9, "\r\n\r\n0\r\n\r\n", 9) == 0);
    finish(&rig, &client);
}

OSP_UNIT_TEST(stream_lengths, "more and fewer bytes than were told fail, or cut off what was sent")
{
    static const struct {
        const char *target;
        int status;
        const char *length;
        size_t body; /* 0: as it is */
        bool closed;
    } cases[] = {
        { "/many?bytes=10&told=10", 200, "Content-Length: 10\r\n", 10, false },
        { "/many?bytes=9&told=10", 500, "Content-Length: ", 0, false },
        { "/many?bytes=11&told=10", 500, "Content-Length: ", 0, false },
        { "/many?bytes=1000000&told=1000001", 200, "Content-Length: 1000001\r\n", 0, true },
        { "/many?bytes=0&told=10", 500, "Content-Length: ", 0, false },
        { "/many?bytes=0&told=0", 200, "Content-Length: 0\r\n", 0, false },
        { "/many?bytes=5&told=-1", 500, "Content-Length: ", 0, false },
        { "/fail?bytes=5", 409, "Content-Length: ", 0, false },
        { "/fail?bytes=5&told=5", 409, "Content-Length: ", 0, false },
        { "/fail?bytes=100000&told=100000", 200, "Content-Length: 100000\r\n", 0, true },
        { "/fail?bytes=0", 409, "Content-Length: ", 0, false },
    };
    for (size_t i = 0; i < OSP_ARRAY_LEN(cases); i++) {
        osp_rig rig;
        osp_client client;
        char text[128];
        begin(&rig, &client);
        snprintf(text, sizeof text, "GET %s HTTP/1.1\r\nHost: test\r\n\r\n", cases[i].target);
        say(&client, text);
        const int status = osp_client_status(&client);
        if (status != cases[i].status || client.closed != cases[i].closed) {
            fprintf(stderr, "%s: %d, %s\n", cases[i].target, status, client.closed ? "closed" : "");
        }
        OSP_CHECK(status == cases[i].status && client.closed == cases[i].closed);
        OSP_CHECK(osp_client_count(&client, cases[i].length) == 1);
        OSP_CHECK(cases[i].body == 0 || body_of(&client).len == cases[i].body);
        finish(&rig, &client);
    }
}

OSP_UNIT_TEST(stream_head, "HEAD has the head of GET, whatever is written")
{
    osp_rig rig;
    osp_client client;
    begin(&rig, &client);
    say(&client, "HEAD /many?bytes=100000&told=100000 HTTP/1.1\r\nHost: test\r\n\r\n"
                 "HEAD /many?bytes=5 HTTP/1.1\r\nHost: test\r\n\r\n"
                 "HEAD /many?told=7 HTTP/1.1\r\nHost: test\r\n\r\n" GET("/hi"));
    OSP_CHECK(osp_client_status(&client) == 200 && !client.closed);
    OSP_CHECK(osp_client_count(&client, "HTTP/1.1 200 OK\r\n") == 4);
    OSP_CHECK(osp_client_count(&client, "Content-Length: 100000\r\n") == 1);
    OSP_CHECK(osp_client_count(&client, "Content-Length: 7\r\n") == 1);
    OSP_CHECK(osp_client_count(&client, "\r\n\r\nHTTP/1.1 200 OK\r\n") == 3);
    finish(&rig, &client);
}

OSP_UNIT_TEST(stream_head_endless, "who writes to HEAD without end lets others be served, and ends")
{
    osp_rig rig;
    osp_client client;
    begin(&rig, &client);
    say(&client, "HEAD /many?bytes=1000000000000000 HTTP/1.1\r\nHost: test\r\n\r\n" GET("/hi"));
    OSP_CHECK(osp_client_status(&client) == 200 && seen.begun == 1 && seen.cleaned == 0);
    osp_client other = osp_client_open(&rig);
    say(&other, GET("/hi"));
    OSP_CHECK(osp_client_status(&other) == 200 && seen.cleaned == 1);
    osp_client_close(&other);
    OSP_CHECK(shutdown(client.fd, SHUT_WR) == 0);
    osp_rig_turns(&rig, 5);
    osp_client_read(&client, SIZE_MAX);
    OSP_CHECK(client.closed && osp_client_count(&client, "\r\n\r\nhi") == 1);
    finish(&rig, &client);
}

OSP_UNIT_TEST(stream_length_max, "a length that no osp_body can hold is refused")
{
    osp_rig rig;
    osp_client client;
    begin(&rig, &client);
    say(&client, POST_OF("/unread", "9223372036854775807"));
    OSP_CHECK(osp_client_status(&client) == 200 && seen.begun == 1);
    osp_client_close(&client);
    client = osp_client_open(&rig);
    say(&client, POST_OF("/unread", "9223372036854775808"));
    OSP_CHECK(osp_client_status(&client) == 413 && client.closed && seen.begun == 1);
    finish(&rig, &client);
}

OSP_UNIT_TEST(stream_fibers_max, "beyond the last fiber a request with a body to come is 503")
{
    osp_rig rig;
    osp_client first;
    begin(&rig, &first);
    osp_fibers_free(rig.worker->fibers);
    rig.worker->fibers = osp_fibers_new((osp_fibers_options){ .count_max = 1 });
    say(&first, POST_OF("/echo", "3") "a");
    static const char *const texts[] = { POST_OF("/echo", "3") "a",
                                         POST_CHUNKED("/echo") "3\r\nab" };
    for (size_t i = 0; i < OSP_ARRAY_LEN(texts); i++) {
        osp_client client = osp_client_open(&rig);
        say(&client, texts[i]);
        OSP_CHECK(osp_client_status(&client) == 503 && client.closed && seen.begun == 1);
        osp_client_close(&client);
    }
    say(&first, "bc");
    OSP_CHECK(osp_client_status(&first) == 200 && !first.closed);
    finish(&rig, &first);
}

OSP_UNIT_TEST(stream_drain, "a worker that drains ends its streams first")
{
    osp_rig rig;
    osp_client client;
    begin(&rig, &client);
    say(&client, GET("/pause"));
    osp_client idle = osp_client_open(&rig);
    rig.worker->drain_until_us = rig.now_us + (int64_t)OSP_DRAIN_S * 1000000;
    osp_loop_remove(rig.worker->loop, &rig.worker->listeners[0].watch);
    rig.worker->listening = false;
    osp_conns_drain(rig.worker);
    OSP_CHECK(rig.worker->conn_count == 1);
    osp_rig_pass(&rig, WAIT_S);
    OSP_CHECK(osp_client_status(&client) == 200 && client.closed);
    OSP_CHECK_STR(body_of(&client), OSP_STR("1\r\na\r\n1\r\nb\r\n0\r\n\r\n"));
    osp_client_close(&idle);
    finish(&rig, &client);
}

/* ---------------------------------------------------------------- memory */

typedef struct scenario {
    const char *pieces[4];
    const char *whole; /* what ends the answers when all is well */
} scenario;

static const scenario scenarios[] = {
    { { POST_CHUNKED("/echo") "3\r\nabc\r\n", "2\r\nde\r\n", "0\r\n\r\n" },
      "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n" },
    { { POST_OF("/echo", "4") "ab", "cd" }, "2\r\nab\r\n2\r\ncd\r\n0\r\n\r\n" },
    { { POST_EXPECT("/first"), "hello" }, "\r\n\r\nhello" },
    { { POST_CHUNKED("/trailer") "0\r\nSum: 4", "2\r\n\r\n" }, "2\r\n42\r\n0\r\n\r\n" },
    { { GET("/many?bytes=3") GET("/hi") }, "\r\n\r\nhi" },
    { { UPGRADE, "hello" }, "hello" },
};

static bool ends_with(const osp_client *client, const char *end_text)
{
    const size_t len = strlen(end_text);
    return client->kept >= len && memcmp(client->text + client->kept - len, end_text, len) == 0;
}

/* In a fresh worker; how many allocations failed. */
static size_t run_with(const scenario *s, size_t nth, size_t count)
{
    osp_rig rig;
    osp_rig_open_app(&rig, &app);
    osp_fault_arm(nth, count);
    osp_client client = osp_client_open(&rig);
    for (size_t i = 0; i < OSP_ARRAY_LEN(s->pieces) && s->pieces[i] != NULL; i++) {
        say(&client, s->pieces[i]);
    }
    osp_client_read(&client, SIZE_MAX);
    const size_t failed = osp_fault_disarm();
    const bool whole = ends_with(&client, s->whole);
    const bool refused = osp_client_count(&client, "HTTP/1.1 50") > 0;
    if (!whole && !(failed > 0 && (refused || client.closed))) {
        fprintf(stderr, "%.40s: nth %zu, count %zu:\n%.*s\n", s->pieces[0], nth, count,
                (int)client.kept, client.text);
        exit(1);
    }
    osp_client_close(&client);
    for (size_t i = 0; i < OSP_ARRAY_LEN(scenarios); i++) { /* nothing is left behind */
        client = osp_client_open(&rig);
        for (size_t k = 0; k < OSP_ARRAY_LEN(s->pieces) && scenarios[i].pieces[k] != NULL; k++) {
            say(&client, scenarios[i].pieces[k]);
        }
        osp_client_read(&client, SIZE_MAX);
        OSP_CHECK(ends_with(&client, scenarios[i].whole));
        osp_client_close(&client);
    }
    OSP_CHECK(seen.begun >= seen.cleaned && rig.worker->bodies == 0);
    osp_rig_close(&rig);
    return failed;
}

static void run_all(size_t count)
{
    for (size_t i = 0; i < OSP_ARRAY_LEN(scenarios); i++) {
        size_t nth = 1;
        while (run_with(&scenarios[i], nth, count) > 0) {
            nth++;
            OSP_CHECK(nth < NTH_MAX);
        }
        OSP_CHECK(nth > 4);
    }
}

OSP_UNIT_TEST(stream_memory_each, "whichever one allocation of a stream fails, the next is served")
{
    run_all(1);
}

OSP_UNIT_TEST(stream_memory_from, "from whichever allocation of a stream on nothing is left")
{
    run_all(SIZE_MAX);
}
