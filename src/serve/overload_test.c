/* Overload: who is refused, who is not, and how it ends. */
#include "tests/unit/rig.h"

#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#define CLIENTS 20

/* ---------------------------------------------------------------- time */

static void say(const osp_client *client, const char *text)
{
    OSP_CHECK(send(client->fd, text, strlen(text), MSG_NOSIGNAL) == (ssize_t)strlen(text));
}

/* All ask at once, for what takes 100 ms each.  Returns how many were refused. */
static size_t ask_all(osp_rig *rig, osp_client *clients, const char *text)
{
    size_t refused = 0;
    for (size_t i = 0; i < CLIENTS; i++) {
        osp_client_forget(&clients[i]);
        say(&clients[i], text);
    }
    osp_rig_turns(rig, 1);
    for (size_t i = 0; i < CLIENTS; i++) {
        const int status = osp_client_status(&clients[i]);
        OSP_CHECK((status == 200 || status == 503) && !clients[i].closed);
        OSP_CHECK(osp_client_count(&clients[i], "Retry-After: 1\r\n") == (status == 503));
        refused += status == 503;
    }
    return refused;
}

static void open_all(osp_rig *rig, osp_client *clients)
{
    for (size_t i = 0; i < CLIENTS; i++) {
        clients[i] = osp_client_open(rig);
    }
    osp_rig_turns(rig, 2);
}

static void close_all(osp_rig *rig, osp_client *clients)
{
    for (size_t i = 0; i < CLIENTS; i++) {
        osp_client_close(&clients[i]);
    }
    osp_rig_close(rig);
}

/* The clock is looked at after 8 and 16 events, of which the loop itself is the first. */
OSP_UNIT_TEST(overload_time, "while the loop stays behind, those whose turn comes late are refused")
{
    const char *work = OSP_RIG_GET("/work?bytes=45");
    osp_rig rig;
    osp_client clients[CLIENTS];
    osp_rig_open(&rig);
    open_all(&rig, clients);
    OSP_CHECK(ask_all(&rig, clients, work) == 0); /* a burst is served */
    OSP_CHECK(ask_all(&rig, clients, OSP_RIG_GET("/hi")) == 0);
    OSP_CHECK(ask_all(&rig, clients, work) == 0);
    OSP_CHECK(ask_all(&rig, clients, work) == 0); /* between two of which the loop was idle */
    close_all(&rig, clients);
}

/* Sends to all without a turn. */
static void ask_again(const osp_client *clients, const char *text)
{
    for (size_t i = 0; i < CLIENTS; i++) {
        say(&clients[i], text);
    }
}

OSP_UNIT_TEST(overload_time_stays,
              "the second long round in a row ends at its time, the next sooner")
{
    const char *work = OSP_RIG_GET("/work?bytes=45");
    osp_rig rig;
    osp_client clients[CLIENTS];
    osp_rig_open(&rig);
    open_all(&rig, clients);
    ask_again(clients, work);
    osp_rig_turns(&rig, 1);
    OSP_CHECK(rig.worker->refused == 0);
    ask_again(clients, work);
    osp_rig_turns(&rig, 1);
    OSP_CHECK(rig.worker->refused == CLIENTS - 15);
    ask_again(clients, work);
    osp_rig_turns(&rig, 1);
    OSP_CHECK(rig.worker->refused == CLIENTS - 15 + CLIENTS - 7);
    ask_again(clients, OSP_RIG_GET("/livez")); /* who asks for that is never refused */
    osp_rig_turns(&rig, 1);
    size_t refused = 0;
    for (size_t i = 0; i < CLIENTS; i++) {
        OSP_CHECK(osp_client_status(&clients[i]) == 200 && !clients[i].closed);
        refused += osp_client_count(&clients[i], "HTTP/1.1 503 Service Unavailable\r\n");
        OSP_CHECK(osp_client_count(&clients[i], "HTTP/1.1 ") == 4);
        OSP_CHECK(memcmp(clients[i].text + clients[i].kept - 3, "ok\n", 3) == 0);
    }
    OSP_CHECK(refused == rig.worker->refused);
    rig.now_us = osp_loop_clock_us(rig.worker->loop);
    osp_rig_pass(&rig, 2); /* nobody was refused for a second: it is over */
    OSP_CHECK(rig.worker->refused == 0);
    OSP_CHECK(ask_all(&rig, clients, work) == 0);
    close_all(&rig, clients);
}

OSP_UNIT_TEST(overload_time_gone, "while some are refused, who closed its side is not answered")
{
    osp_rig rig;
    osp_rig_open(&rig);
    for (int refusing = 0; refusing < 2; refusing++) {
        rig.worker->refused = (uint64_t)refusing;
        osp_client client = osp_client_open(&rig);
        say(&client, OSP_RIG_GET("/hi"));
        OSP_CHECK(shutdown(client.fd, SHUT_WR) == 0);
        OSP_CHECK(osp_client_status(&client) == (refusing ? 0 : 200) && client.closed);
        osp_client_close(&client);
    }
    osp_rig_close(&rig);
}

OSP_UNIT_TEST(overload_time_any, "without wait_ms nobody is refused")
{
    osp_config config = *osp_config_default();
    config.deadlines.wait_ms = 0;
    osp_rig rig;
    osp_client clients[CLIENTS];
    osp_rig_open_with(&rig, &config);
    open_all(&rig, clients);
    for (int round = 0; round < 3; round++) {
        for (size_t i = 0; i < CLIENTS; i++) {
            say(&clients[i], OSP_RIG_GET("/work?bytes=100"));
        }
        osp_rig_turns(&rig, 1);
    }
    for (size_t i = 0; i < CLIENTS; i++) {
        OSP_CHECK(osp_client_status(&clients[i]) == 200);
        OSP_CHECK(osp_client_count(&clients[i], "HTTP/1.1 200") == 3);
    }
    close_all(&rig, clients);
}

OSP_UNIT_TEST(overload_shed, "who is refused keeps the connection, unless a body is still to come")
{
    static const struct {
        const char *text;
        bool closed;
    } cases[] = {
        { OSP_RIG_GET("/hi"), false },
        { "HEAD /hi HTTP/1.1\r\nHost: test\r\n\r\n", false },
        { "POST /x HTTP/1.1\r\nHost: test\r\nContent-Length: 12\r\n\r\n{\"text\":\"a\"}", false },
        { "POST /x HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n"
          "c\r\n{\"text\":\"a\"}\r\n0\r\n\r\n",
          false },
        { "GET /hi HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n", true },
        { "POST /none/none HTTP/1.1\r\nHost: test\r\nExpect: 100-continue\r\n"
          "Content-Length: 12\r\n\r\n",
          true },
    };
    osp_rig rig;
    osp_rig_open(&rig);
    for (size_t i = 0; i < OSP_ARRAY_LEN(cases); i++) {
        osp_client client = osp_client_open(&rig);
        rig.worker->short_of_memory = true;
        osp_client_send(&client, osp_str_from(cases[i].text));
        OSP_CHECK(osp_client_status(&client) == 503 && client.closed == cases[i].closed);
        OSP_CHECK(osp_client_count(&client, "Retry-After: 1\r\n") == 1);
        OSP_CHECK(osp_client_count(&client, "\"status\":503") == (i != 1));
        rig.worker->short_of_memory = false;
        if (!client.closed) { /* nothing of what was refused is left */
            osp_client_forget(&client);
            osp_client_send(&client, osp_str_from(cases[i].text));
            OSP_CHECK(osp_client_status(&client) == 200);
        }
        osp_client_close(&client);
    }
    OSP_CHECK(rig.worker->bodies == 0);
    osp_rig_close(&rig);
}

/* ---------------------------------------------------------------- memory */

#define MAX ((uint64_t)1 << 30)

/* What /proc/self/statm would say. */
static void hold(int fd, uint64_t bytes)
{
    const uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
    char text[64];
    const int len = snprintf(text, sizeof text, "999999 %llu 1000 3 0 55 0\n",
                             (unsigned long long)((bytes + page - 1) / page + 1000));
    OSP_CHECK(ftruncate(fd, 0) == 0 && pwrite(fd, text, (size_t)len, 0) == len);
}

OSP_UNIT_TEST(overload_memory,
              "over its memory a worker closes who is idle, then refuses, and recovers")
{
    osp_rig rig;
    osp_rig_open(&rig);
    const int fd = memfd_create("statm", MFD_CLOEXEC);
    osp_memory_begin(rig.worker, MAX, fd);
    osp_client idle = osp_client_open(&rig), begun = osp_client_open(&rig),
               busy = osp_client_open(&rig);
    osp_client_send(&begun, OSP_STR("GET /hi HTTP/1.1\r\n"));
    osp_client_send(&busy, OSP_STR(OSP_RIG_GET("/wait")));
    hold(fd, MAX);
    osp_rig_pass(&rig, 1);
    OSP_CHECK(osp_client_status(&idle) == 0 && !idle.closed && !rig.worker->short_of_memory);
    hold(fd, MAX + 1);
    osp_rig_pass(&rig, 1);
    OSP_CHECK(osp_client_status(&idle) == 0 && idle.closed && rig.worker->short_of_memory);
    osp_client_send(&begun, OSP_STR("Host: test\r\n\r\n"));
    OSP_CHECK(osp_client_status(&begun) == 503 && !begun.closed);
    osp_client_forget(&begun);
    osp_client_send(&begun, OSP_STR(OSP_RIG_GET("/readyz")));
    OSP_CHECK(osp_client_status(&begun) == 503);
    OSP_CHECK(osp_client_count(&begun, "Retry-After: 1\r\n") == 1);
    osp_client_close(&begun);
    hold(fd, MAX - MAX / 16 + 1); /* not enough less */
    osp_rig_pass(&rig, 1);
    OSP_CHECK(rig.worker->short_of_memory);
    hold(fd, MAX - MAX / 16);
    osp_rig_pass(&rig, 1);
    OSP_CHECK(!rig.worker->short_of_memory);
    osp_rig_pass(&rig, OSP_RIG_WAIT_S);
    OSP_CHECK(osp_client_status(&busy) == 200 && !busy.closed); /* what ran was left alone */
    osp_client_close(&idle);
    osp_client_close(&busy);
    osp_rig_close(&rig);
    close(fd);
}

OSP_UNIT_TEST(overload_memory_unknown,
              "what tells nothing refuses nobody, and no limit is not looked at")
{
    static const char *const texts[] = { "", "x", "1", "1 2", "1 2 3" };
    osp_rig rig;
    osp_rig_open(&rig);
    osp_client client = osp_client_open(&rig);
    const int fd = memfd_create("statm", MFD_CLOEXEC);
    osp_memory_begin(rig.worker, 1, fd);
    for (size_t i = 0; i < OSP_ARRAY_LEN(texts); i++) {
        OSP_CHECK(ftruncate(fd, 0) == 0 && pwrite(fd, texts[i], strlen(texts[i]), 0) >= 0);
        osp_rig_pass(&rig, 1);
        OSP_CHECK(!rig.worker->short_of_memory && rig.worker->conn_count == 1);
    }
    hold(fd, MAX);
    osp_memory_begin(rig.worker, 0, fd);
    osp_rig_pass(&rig, 1);
    OSP_CHECK(!rig.worker->short_of_memory && rig.worker->conn_count == 1);
    osp_client_close(&client);
    osp_rig_close(&rig);
    close(fd);
}

OSP_UNIT_TEST(overload_memory_share,
              "what a worker may have is said, or is its part of the group's")
{
    osp_config config = *osp_config_default();
    config.limits.memory = 12345;
    OSP_CHECK(osp_memory_share(&config) == 12345);
    config.limits.memory = 0;
    config.workers = 1;
    const uint64_t alone = osp_memory_share(&config);
    config.workers = 4;
    OSP_CHECK(osp_memory_share(&config) == alone / 4);
}
