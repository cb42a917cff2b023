/* Who is too slow: clients by their rate, handlers by their time; and who only seems to be. */
#include "tests/unit/rig.h"

#include <sys/socket.h>

#define HEAD_OF(length) "POST /x HTTP/1.1\r\nHost: test\r\nContent-Length: " length "\r\n\r\n{"
#define MANY OSP_RIG_GET("/many?bytes=9000000") /* more than the buffers of a socket take */

OSP_UNIT_TEST(pace_body,
              "who sends a body at the least rate is never late, one byte less is too slow")
{
    osp_config config = *osp_config_default();
    config.limits.min_body_rate = 100;
    config.deadlines.body_s = 2;
    config.deadlines.body_total_s = 1000;
    osp_rig rig;
    osp_rig_open_with(&rig, &config);
    osp_client good = osp_client_open(&rig), slow = osp_client_open(&rig);
    osp_client_send(&good, OSP_STR(HEAD_OF("100000")));
    osp_client_send(&slow, OSP_STR(HEAD_OF("100000")));
    for (int s = 0; s < 2 * 100; s++) { /* each second it falls behind by another byte */
        OSP_CHECK(osp_client_status(&slow) == 0 && !slow.closed);
        osp_client_repeat(&good, ' ', 100);
        osp_client_repeat(&slow, ' ', 99);
        osp_rig_pass(&rig, 1);
    }
    OSP_CHECK(osp_client_status(&slow) == 408 && slow.closed);
    OSP_CHECK(osp_client_status(&good) == 0 && !good.closed);
    osp_client_close(&good);
    osp_client_close(&slow);
    osp_rig_close(&rig);
}

OSP_UNIT_TEST(pace_body_drips, "a byte just before each deadline does not keep a body open")
{
    static const osp_str heads[] = {
        OSP_STR(HEAD_OF("12")),
        OSP_STR(HEAD_OF("90000")),
        OSP_STR("POST /x HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\nff\r\n{"),
    };
    osp_rig rig;
    osp_rig_open(&rig);
    for (size_t i = 0; i < OSP_ARRAY_LEN(heads); i++) {
        osp_client client = osp_client_open(&rig);
        osp_client_send(&client, heads[i]);
        osp_rig_pass(&rig, OSP_BODY_S - 1);
        osp_client_send(&client, OSP_STR(" "));
        OSP_CHECK(osp_client_status(&client) == 0 && !client.closed);
        osp_rig_pass(&rig, 2); /* one for the byte */
        OSP_CHECK(osp_client_status(&client) == 408 && client.closed);
        osp_client_close(&client);
    }
    osp_rig_close(&rig);
}

OSP_UNIT_TEST(pace_body_anew, "each body is judged for itself")
{
    osp_config config = *osp_config_default();
    config.limits.min_body_rate = 1000;
    config.deadlines.body_s = 5;
    osp_rig rig;
    osp_rig_open_with(&rig, &config);
    osp_client client = osp_client_open(&rig);
    for (int i = 0; i < 4; i++) {
        osp_client_send(&client, OSP_STR(HEAD_OF("12")));
        osp_rig_pass(&rig, 4);
        osp_client_send(&client, OSP_STR("\"text\":\"a\"}"));
        OSP_CHECK(osp_client_status(&client) == 200 && !client.closed);
        osp_client_forget(&client);
    }
    osp_client_close(&client);
    osp_rig_close(&rig);
}

/* Asks for MANY and reads so much a second for so long.  Whether the connection lasts. */
static bool reads_on(bool tcp, uint32_t rate, size_t each, int seconds)
{
    osp_config config = *osp_config_default();
    config.limits.min_send_rate = rate;
    config.deadlines.write_s = 5;
    osp_rig rig;
    osp_rig_open_with(&rig, &config);
    osp_client client = tcp ? osp_client_connect(&rig) : osp_client_open(&rig);
    osp_rig_turns(&rig, 2);
    /* Over TCP the client takes little unread, and the kernel holds megabytes for it; over a unix
     * socket it holds next to nothing, and the worker sends each time. */
    const int fd = tcp ? client.fd : rig.worker->conns[OSP_CONN_IDLE].first->watch.fd;
    const int bytes = tcp ? 65536 : 8192;
    OSP_CHECK(setsockopt(fd, SOL_SOCKET, tcp ? SO_RCVBUF : SO_SNDBUF, &bytes, sizeof bytes) == 0);
    osp_client_send(&client, OSP_STR(MANY));
    OSP_CHECK(rig.worker->conns[OSP_CONN_WRITING].first != NULL);
    for (int s = 0; s < seconds; s++) {
        osp_client_read(&client, each);
        osp_rig_pass(&rig, 1);
    }
    const bool lasts = rig.worker->conn_count == 1;
    osp_client_close(&client);
    osp_rig_close(&rig);
    return lasts;
}

OSP_UNIT_TEST(pace_answer, "who takes an answer slower than the least rate is closed")
{
    for (int tcp = 0; tcp < 2; tcp++) {
        OSP_CHECK(reads_on(tcp, 50000, 100000, 60));
        OSP_CHECK(reads_on(tcp, 50000, 20000, 4)); /* it has write_s to fall behind */
        OSP_CHECK(!reads_on(tcp, 50000, 20000, 20));
        OSP_CHECK(reads_on(tcp, 0, 20000, 60));
    }
}

OSP_UNIT_TEST(pace_stood_still, "after the loop stood still nobody is late before it went round")
{
    osp_rig rig;
    osp_rig_open(&rig);
    osp_client in_time = osp_client_open(&rig), late = osp_client_open(&rig);
    osp_client_send(&in_time, OSP_STR(HEAD_OF("12")));
    osp_client_send(&late, OSP_STR(HEAD_OF("12")));
    rig.now_us += 2 * OSP_BODY_S * INT64_C(1000000); /* in one leap */
    osp_loop_hold_clock(rig.worker->loop, rig.now_us);
    osp_rig_turns(&rig, 1);
    osp_client_send(&in_time, OSP_STR("\"text\":\"a\"}"));
    OSP_CHECK(osp_client_status(&in_time) == 200 && !in_time.closed);
    OSP_CHECK(osp_client_status(&late) == 0 && !late.closed);
    osp_rig_pass(&rig, 1);
    OSP_CHECK(osp_client_status(&late) == 408 && late.closed);
    osp_client_close(&in_time);
    osp_client_close(&late);
    osp_rig_close(&rig);
}

OSP_UNIT_TEST(pace_always_behind, "a loop that is always behind still ends who is late")
{
    osp_rig rig;
    osp_rig_open(&rig);
    osp_client late = osp_client_open(&rig);
    osp_client_send(&late, OSP_STR(HEAD_OF("12")));
    for (int s = 0; s < OSP_BODY_S + 10; s += 5) {
        rig.now_us += 5 * INT64_C(1000000);
        osp_loop_hold_clock(rig.worker->loop, rig.now_us);
        osp_rig_turns(&rig, 1);
    }
    OSP_CHECK(osp_client_status(&late) == 408 && late.closed);
    osp_client_close(&late);
    osp_rig_close(&rig);
}

OSP_UNIT_TEST(pace_handler, "a handler that waits too long is ended, its client answered 503")
{
    osp_rig rig;
    osp_rig_open(&rig);
    osp_client client = osp_client_open(&rig);
    osp_client_send(&client, OSP_STR(OSP_RIG_GET("/late") OSP_RIG_GET("/hi")));
    osp_rig_pass(&rig, OSP_HANDLER_S - 1);
    OSP_CHECK(osp_client_status(&client) == 0 && !client.closed);
    osp_rig_pass(&rig, 1);
    OSP_CHECK(osp_client_status(&client) == 503 && !client.closed);
    OSP_CHECK(osp_client_count(&client, "Retry-After: 1\r\n") == 1);
    OSP_CHECK(osp_client_count(&client, "could not answer in time") == 1);
    OSP_CHECK(osp_client_count(&client, "HTTP/1.1 200 OK\r\n") == 1); /* of the one behind it */
    OSP_CHECK(osp_fibers_alive(rig.worker->fibers) == 0);
    osp_client_forget(&client);
    osp_client_send(&client, OSP_STR(OSP_RIG_GET("/hi")));
    OSP_CHECK(osp_client_status(&client) == 200 && !client.closed);
    osp_client_close(&client);
    osp_rig_close(&rig);
}

OSP_UNIT_TEST(pace_handler_answers, "what a handler answers when its wait is ended stands")
{
    osp_rig rig;
    osp_rig_open(&rig);
    osp_client client = osp_client_open(&rig);
    osp_client_send(&client, OSP_STR(OSP_RIG_GET("/late?bytes=1")));
    osp_rig_pass(&rig, OSP_HANDLER_S);
    OSP_CHECK(osp_client_status(&client) == 200 && osp_client_count(&client, "late") == 1);
    osp_client_close(&client);
    osp_rig_close(&rig);
}

OSP_UNIT_TEST(pace_handler_gone, "a client that goes while its handler is being ended")
{
    osp_rig rig;
    osp_rig_open(&rig);
    osp_client client = osp_client_open(&rig);
    osp_client_send(&client, OSP_STR(OSP_RIG_GET("/late")));
    osp_rig_pass(&rig, OSP_HANDLER_S - 1);
    osp_loop_hold_clock(rig.worker->loop, rig.now_us + 1000000);
    osp_client_close(&client);
    OSP_CHECK(rig.worker->conn_count == 0 && osp_fibers_alive(rig.worker->fibers) == 0);
    osp_rig_close(&rig);
}

OSP_UNIT_TEST(pace_handler_any, "without a deadline a handler has all the time it wants")
{
    osp_config config = *osp_config_default();
    config.deadlines.handler_s = 0;
    osp_rig rig;
    osp_rig_open_with(&rig, &config);
    osp_client client = osp_client_open(&rig);
    osp_client_send(&client, OSP_STR(OSP_RIG_GET("/late")));
    osp_rig_pass(&rig, 2 * OSP_HANDLER_S - 1);
    OSP_CHECK(osp_client_status(&client) == 0 && !client.closed);
    osp_rig_pass(&rig, 1);
    OSP_CHECK(osp_client_status(&client) == 200 && !client.closed);
    osp_client_close(&client);
    osp_rig_close(&rig);
}
