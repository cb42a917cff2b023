/* One request while memory runs out, at each allocation in turn: it is answered rightly, with 500
 * or 503, or the connection closes; and the next request never notices. */
#include "tests/unit/fault.h"
#include "tests/unit/rig.h"

#define NTH_MAX 200 /* no request allocates so often */
#define TEXT_SIZE 60000

/* What is sent, in pieces that may come apart. */
typedef struct scenario {
    const char *head; /* of a request, or whole ones */
    size_t text_size; /* of the body {"text":"aaa..."} behind it; 0: none */
    bool chunked;
    bool by_tcp;
    int wait_s;     /* until it is answered */
    size_t answers; /* that come when nothing fails */
    size_t least;   /* bytes of them all */
} scenario;

static const scenario scenarios[] = {
    { .head = OSP_RIG_GET("/hi"), .answers = 1, .least = 100 },
    { .head = OSP_RIG_GET("/hi"), .by_tcp = true, .answers = 1, .least = 100 },
    { .head = OSP_RIG_GET("/hi") OSP_RIG_GET("/none") OSP_RIG_GET("/hi"),
      .answers = 3,
      .least = 300 },
    { .head = OSP_RIG_GET("/many?bytes=100000"), .answers = 1, .least = 100000 },
    { .head = OSP_RIG_GET("/memory?bytes=300000"), .answers = 1, .least = 100 },
    { .head = OSP_RIG_GET("/wait"), .wait_s = OSP_RIG_WAIT_S, .answers = 1, .least = 100 },
    { .head = "POST /x HTTP/1.1\r\nHost: test\r\nContent-Length: 111\r\n\r\n",
      .text_size = 100,
      .answers = 1,
      .least = 200 },
    { .head = "POST /x HTTP/1.1\r\nHost: test\r\nContent-Length: 60011\r\n\r\n",
      .text_size = TEXT_SIZE,
      .answers = 1,
      .least = TEXT_SIZE },
    { .head = "POST /x HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n",
      .text_size = TEXT_SIZE,
      .chunked = true,
      .answers = 1,
      .least = TEXT_SIZE },
    /* 119 bytes of head, and 10 are left in the first buffer: too few for "100 Continue". */
    { .head = OSP_RIG_GET("/many?bytes=16255") "POST /x HTTP/1.1\r\nHost: test\r\n"
                                               "Expect: 100-continue\r\n"
                                               "Content-Length: 111\r\n\r\n",
      .text_size = 100,
      .answers = 1, /* of which the first is kept */
      .least = 16500 },
    { .head = "no request\r\n\r\n", .answers = 1, .least = 100 },
};

static void send_all(osp_client *client, const scenario *s)
{
    osp_client_send(client, osp_str_from(s->head));
    if (s->text_size == 0) {
        return;
    }
    char line[32];
    const int len = snprintf(line, sizeof line, "%zx\r\n", s->text_size + 11);
    if (s->chunked) {
        osp_client_send(client, (osp_str){ line, (size_t)len });
    }
    osp_client_send(client, OSP_STR("{\"text\":\""));
    osp_client_repeat(client, 'a', s->text_size);
    osp_client_send(client, OSP_STR("\"}"));
    if (s->chunked) {
        osp_client_send(client, OSP_STR("\r\n0\r\n\r\n"));
    }
}

static bool is_right(const osp_client *client, const scenario *s)
{
    return client->total >= s->least && osp_client_count(client, "HTTP/1.1 ") == s->answers &&
           osp_client_count(client, "HTTP/1.1 50") == 0;
}

/* Whether each answer that came is one of the scenario's or tells of a failure of ours: what was
 * wrong is never the client's fault. */
static bool is_honest(const osp_client *client)
{
    static const char *const statuses[] = { "HTTP/1.1 200 ", "HTTP/1.1 404 ", "HTTP/1.1 400 ",
                                            "HTTP/1.1 500 ", "HTTP/1.1 503 " };
    size_t honest = 0;
    for (size_t i = 0; i < OSP_ARRAY_LEN(statuses); i++) {
        honest += osp_client_count(client, statuses[i]);
    }
    return honest == osp_client_count(client, "HTTP/1.1 ");
}

/* Requests of each kind, so that whatever a failure left behind for reuse is used. */
static void check_next(osp_rig *rig)
{
    static const scenario next[] = {
        { .head = OSP_RIG_GET("/hi") },
        { .head = "POST /x HTTP/1.1\r\nHost: test\r\nContent-Length: 60011\r\n\r\n",
          .text_size = TEXT_SIZE },
        { .head = "POST /x HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n",
          .text_size = TEXT_SIZE,
          .chunked = true },
        { .head = OSP_RIG_GET("/many?bytes=100000") },
    };
    osp_client client = osp_client_open(rig);
    for (size_t i = 0; i < OSP_ARRAY_LEN(next); i++) {
        osp_client_forget(&client);
        send_all(&client, &next[i]);
        OSP_CHECK(osp_client_status(&client) == 200 && !client.closed);
    }
    osp_client_close(&client);
}

/* Runs the scenario in a fresh worker; returns how many allocations failed. */
static size_t run_with(const scenario *s, size_t nth, size_t count)
{
    osp_rig rig;
    osp_rig_open(&rig);
    osp_fault_arm(nth, count);
    osp_client client = s->by_tcp ? osp_client_connect(&rig) : osp_client_open(&rig);
    send_all(&client, s);
    osp_rig_pass(&rig, s->wait_s);
    osp_client_read(&client, SIZE_MAX);
    const size_t failed = osp_fault_disarm();
    const bool right = is_right(&client, s);
    const bool short_of_memory = osp_client_count(&client, "HTTP/1.1 500 ") > 0 ||
                                 osp_client_count(&client, "HTTP/1.1 503 ") > 0;
    if (!right && !(failed > 0 && (short_of_memory || client.closed))) {
        fprintf(stderr, "%.40s: nth %zu, count %zu: %zu bytes:\n%.*s\n", s->head, nth, count,
                client.total, (int)client.kept, client.text);
    }
    OSP_CHECK(right || (failed > 0 && (short_of_memory || client.closed)));
    OSP_CHECK(is_honest(&client));
    osp_client_close(&client);

    check_next(&rig);
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
        OSP_CHECK(nth > 4); /* connection, watch, exchange, answers ... */
    }
}

OSP_UNIT_TEST(memory_each, "whichever one allocation of a request fails, the next is served")
{
    run_all(1);
}

OSP_UNIT_TEST(memory_from, "from whichever allocation on nothing is left, the next is served")
{
    run_all(SIZE_MAX);
}
