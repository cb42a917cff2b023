/* One request while memory runs out, at each allocation in turn: it is answered rightly, with 500
 * or 503, or the connection closes; and the next request never notices. */
#include "tests/unit/fault.h"
#include "tests/unit/rig.h"

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
    { .head = OSP_RIG_GET("/memory?bytes=100000"), .answers = 1, .least = 100 },
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
    static const char *const statuses[] = { "HTTP/1.1 100 ", "HTTP/1.1 200 ", "HTTP/1.1 404 ",
                                            "HTTP/1.1 400 ", "HTTP/1.1 500 ", "HTTP/1.1 503 " };
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

/* A scenario in a fresh worker. */
typedef struct trial {
    const scenario *s;
    osp_rig rig;
    osp_client client;
} trial;

static void open_worker(void *arg)
{
    osp_rig_open(&((trial *)arg)->rig);
}

static void ask(void *arg)
{
    trial *t = arg;
    t->client = t->s->by_tcp ? osp_client_connect(&t->rig) : osp_client_open(&t->rig);
    send_all(&t->client, t->s);
    osp_rig_pass(&t->rig, t->s->wait_s);
    osp_client_read(&t->client, SIZE_MAX);
}

static void judge(void *arg, bool starved)
{
    trial *t = arg;
    const bool right = is_right(&t->client, t->s);
    const bool short_of_memory = osp_client_count(&t->client, "HTTP/1.1 500 ") > 0 ||
                                 osp_client_count(&t->client, "HTTP/1.1 503 ") > 0;
    const bool good = right || (starved && (short_of_memory || t->client.closed));
    if (!good) {
        fprintf(stderr, "%.40s: %zu bytes:\n%.*s\n", t->s->head, t->client.total,
                (int)t->client.kept, t->client.text);
    }
    OSP_CHECK(good);
    OSP_CHECK(is_honest(&t->client));
    osp_client_close(&t->client);
    check_next(&t->rig);
    osp_rig_close(&t->rig);
}

OSP_UNIT_TEST(memory_request, "whichever allocation of a request fails, the next is served")
{
    static trial t;
    for (size_t i = 0; i < OSP_ARRAY_LEN(scenarios); i++) {
        t.s = &scenarios[i];
        OSP_CHECK(osp_fault_each(&(osp_fault_trial){
                      .begin = open_worker, .work = ask, .judge = judge, .arg = &t }) > 4);
    }
}
