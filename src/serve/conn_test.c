/* Connections over time: who waits too long for whom, and who does not. */
#include "tests/unit/rig.h"

#include <sys/socket.h>
#include <unistd.h>

/* A request that lacks its last byte. */
#define PART "GET /hi HTTP/1.1\r\nHost: test\r\n\r"
#define MANY OSP_RIG_GET("/many?bytes=4000000") /* more than the buffers of a socket take */

OSP_UNIT_TEST(conn_answers, "a request is answered and the connection kept, without an exchange")
{
    osp_rig rig;
    osp_rig_open(&rig);
    osp_client client = osp_client_open(&rig);
    for (int i = 0; i < 3; i++) {
        osp_client_send(&client, OSP_STR(OSP_RIG_GET("/hi")));
        OSP_CHECK(osp_client_status(&client) == 200 && !client.closed);
        osp_client_forget(&client);
    }
    const osp_conn *conn = rig.worker->conns[OSP_CONN_IDLE].first;
    OSP_CHECK(conn != NULL && conn->exchange == NULL && conn->out.ptr == NULL);
    osp_client_close(&client);
    osp_rig_close(&rig);
}

OSP_UNIT_TEST(conn_idle, "an idle connection closes at its time without a word")
{
    osp_rig rig;
    osp_rig_open(&rig);
    osp_client fresh = osp_client_open(&rig), kept = osp_client_open(&rig);
    osp_client_send(&kept, OSP_STR(OSP_RIG_GET("/hi")));
    OSP_CHECK(osp_client_status(&kept) == 200);
    osp_client_forget(&kept);
    osp_rig_pass(&rig, OSP_IDLE_S - 1);
    OSP_CHECK(osp_client_status(&fresh) == 0 && !fresh.closed);
    OSP_CHECK(osp_client_status(&kept) == 0 && !kept.closed);
    osp_rig_pass(&rig, 1);
    OSP_CHECK(osp_client_status(&fresh) == 0 && fresh.closed);
    OSP_CHECK(osp_client_status(&kept) == 0 && kept.closed);
    osp_client_close(&fresh);
    osp_client_close(&kept);
    osp_rig_close(&rig);
}

OSP_UNIT_TEST(conn_idle_renewed, "each request begins the idle time anew")
{
    osp_rig rig;
    osp_rig_open(&rig);
    osp_client client = osp_client_open(&rig);
    for (int i = 0; i < 3; i++) {
        osp_rig_pass(&rig, OSP_IDLE_S - 1);
        osp_client_send(&client, OSP_STR(OSP_RIG_GET("/hi")));
        OSP_CHECK(osp_client_status(&client) == 200 && !client.closed);
        osp_client_forget(&client);
    }
    osp_rig_pass(&rig, OSP_IDLE_S);
    OSP_CHECK(osp_client_status(&client) == 0 && client.closed);
    osp_client_close(&client);
    osp_rig_close(&rig);
}

OSP_UNIT_TEST(conn_head_late,
              "half a head of which no more comes is 408 at its time, and the connection closes")
{
    osp_rig rig;
    osp_rig_open(&rig);
    osp_client client = osp_client_open(&rig);
    osp_rig_pass(&rig, 20); /* the time for a head begins with its first byte */
    osp_client_send(&client, OSP_STR(PART));
    osp_rig_pass(&rig, OSP_HEAD_PAUSE_S - 1);
    OSP_CHECK(osp_client_status(&client) == 0 && !client.closed);
    osp_rig_pass(&rig, 1);
    OSP_CHECK(osp_client_status(&client) == 408 && client.closed);
    OSP_CHECK(osp_client_count(&client, "Connection: close\r\n") == 1);
    osp_client_close(&client);
    osp_rig_close(&rig);
}

OSP_UNIT_TEST(conn_head_drips, "a head that drips in has its time as a whole")
{
    osp_rig rig;
    osp_rig_open(&rig);
    osp_client client = osp_client_open(&rig);
    const osp_str part = OSP_STR(PART);
    for (size_t i = 0; i < OSP_HEAD_S; i++) {
        OSP_CHECK(osp_client_status(&client) == 0 && !client.closed);
        osp_client_send(&client, (osp_str){ part.ptr + i, 1 });
        osp_rig_pass(&rig, 1);
    }
    OSP_CHECK(osp_client_status(&client) == 408 && client.closed);
    osp_client_close(&client);
    osp_rig_close(&rig);
}

OSP_UNIT_TEST(conn_head_just_in_time, "a head that ends in its last second is answered")
{
    osp_rig rig;
    osp_rig_open(&rig);
    osp_client client = osp_client_open(&rig);
    const osp_str part = OSP_STR(PART);
    osp_client_send(&client, (osp_str){ part.ptr, 1 });
    osp_rig_pass(&rig, OSP_HEAD_PAUSE_S - 1);
    osp_client_send(&client, (osp_str){ part.ptr + 1, part.len - 1 }); /* its pause begins anew */
    osp_rig_pass(&rig, OSP_HEAD_S - OSP_HEAD_PAUSE_S);
    osp_client_send(&client, OSP_STR("\n"));
    OSP_CHECK(osp_client_status(&client) == 200 && !client.closed);
    osp_client_close(&client);
    osp_rig_close(&rig);
}

OSP_UNIT_TEST(conn_pipeline_busy, "a pipeline that always has half a head pending is never late")
{
    osp_rig rig;
    osp_rig_open(&rig);
    osp_client client = osp_client_open(&rig);
    osp_client_send(&client, OSP_STR(PART));
    for (int s = 0; s < 4 * OSP_HEAD_S; s++) {
        osp_rig_pass(&rig, 1);
        osp_client_send(&client, OSP_STR("\n" OSP_RIG_GET("/hi") PART));
        OSP_CHECK(osp_client_status(&client) == 200 && !client.closed);
        OSP_CHECK(osp_client_count(&client, "HTTP/1.1 200 OK\r\n") == 2);
        osp_client_forget(&client);
    }
    osp_rig_pass(&rig, OSP_HEAD_S);
    OSP_CHECK(osp_client_status(&client) == 408 && client.closed);
    osp_client_close(&client);
    osp_rig_close(&rig);
}

OSP_UNIT_TEST(conn_handler_slow, "a handler has its time, and the next head its own")
{
    osp_rig rig;
    osp_rig_open(&rig);
    osp_client client = osp_client_open(&rig);
    osp_client_send(&client, OSP_STR(OSP_RIG_GET("/wait") PART));
    osp_rig_pass(&rig, OSP_RIG_WAIT_S - 1);
    OSP_CHECK(osp_client_status(&client) == 0 && !client.closed);
    osp_rig_pass(&rig, 1);
    OSP_CHECK(osp_client_status(&client) == 200 && !client.closed);
    osp_client_forget(&client);
    osp_rig_pass(&rig, OSP_HEAD_PAUSE_S - 1);
    OSP_CHECK(osp_client_status(&client) == 0 && !client.closed);
    osp_rig_pass(&rig, 1);
    OSP_CHECK(osp_client_status(&client) == 408 && client.closed);
    osp_client_close(&client);
    osp_rig_close(&rig);
}

OSP_UNIT_TEST(conn_body_late, "each piece of a body begins its time anew; then it is 408")
{
    static const osp_str heads[] = {
        OSP_STR("POST /x HTTP/1.1\r\nHost: test\r\nContent-Length: 12\r\n\r\n{"),
        OSP_STR("POST /x HTTP/1.1\r\nHost: test\r\nContent-Length: 90000\r\n\r\n{"),
        OSP_STR("POST /x HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\nff\r\n{"),
    };
    osp_rig rig;
    const osp_config config = osp_rig_patient();
    osp_rig_open_with(&rig, &config);
    for (size_t i = 0; i < OSP_ARRAY_LEN(heads); i++) {
        osp_client client = osp_client_open(&rig);
        osp_client_send(&client, heads[i]);
        for (int piece = 0; piece < 3; piece++) {
            osp_rig_pass(&rig, OSP_BODY_S - 1);
            OSP_CHECK(osp_client_status(&client) == 0 && !client.closed);
            osp_client_send(&client, OSP_STR(" "));
        }
        osp_rig_pass(&rig, OSP_BODY_S);
        OSP_CHECK(osp_client_status(&client) == 408 && client.closed);
        osp_client_close(&client);
    }
    osp_rig_close(&rig);
}

OSP_UNIT_TEST(conn_body_drips, "a body has its time as a whole, however steadily it drips")
{
    static const osp_str heads[] = {
        OSP_STR("POST /x HTTP/1.1\r\nHost: test\r\nContent-Length: 12\r\n\r\n{"),
        OSP_STR("POST /x HTTP/1.1\r\nHost: test\r\nContent-Length: 90000\r\n\r\n{"),
        OSP_STR("POST /x HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\nff\r\n{"),
    };
    osp_rig rig;
    const osp_config config = osp_rig_patient();
    osp_rig_open_with(&rig, &config);
    for (size_t i = 0; i < OSP_ARRAY_LEN(heads); i++) {
        osp_client client = osp_client_open(&rig);
        osp_client_send(&client, heads[i]);
        for (int s = OSP_BODY_S - 1; s < OSP_BODY_TOTAL_S; s += OSP_BODY_S - 1) {
            osp_rig_pass(&rig, OSP_BODY_S - 1);
            osp_client_send(&client, OSP_STR(" "));
            OSP_CHECK(osp_client_status(&client) == 0 && !client.closed);
        }
        osp_rig_pass(&rig, OSP_BODY_TOTAL_S % (OSP_BODY_S - 1));
        osp_client_send(&client, OSP_STR(" "));
        OSP_CHECK(osp_client_status(&client) == 408 && client.closed);
        osp_client_close(&client);
    }
    osp_rig_close(&rig);
}

OSP_UNIT_TEST(conn_write_late, "who does not read is closed at the write deadline")
{
    osp_rig rig;
    osp_rig_open(&rig);
    osp_client client = osp_client_open(&rig);
    osp_client_send(&client, OSP_STR(MANY));
    OSP_CHECK(rig.worker->conns[OSP_CONN_WRITING].first != NULL);
    osp_rig_pass(&rig, OSP_WRITE_S - 1);
    OSP_CHECK(rig.worker->conn_count == 1);
    osp_rig_pass(&rig, 1);
    OSP_CHECK(rig.worker->conn_count == 0);
    OSP_CHECK(osp_client_status(&client) == 200 && client.closed && client.total < 4000000);
    osp_client_close(&client);
    osp_rig_close(&rig);
}

OSP_UNIT_TEST(conn_turns,
              "who asks without end does not keep others waiting, and is answered all the same")
{
    static const char ask[] = OSP_RIG_GET("/hi");
    enum { many = 1500 };
    static char all[many * sizeof ask];
    osp_rig rig;
    osp_rig_open(&rig);
    osp_client greedy = osp_client_open(&rig), other = osp_client_open(&rig);
    for (size_t i = 0; i < many; i++) {
        memcpy(all + i * (sizeof ask - 1), ask, sizeof ask - 1);
    }
    const ssize_t all_size = many * (ssize_t)(sizeof ask - 1);
    OSP_CHECK(write(greedy.fd, all, (size_t)all_size) == all_size);
    OSP_CHECK(write(other.fd, ask, sizeof ask - 1) == (ssize_t)sizeof ask - 1);
    osp_rig_turns(&rig, 1);
    static char text[262144];
    ssize_t size = recv(other.fd, text, sizeof text, MSG_DONTWAIT);
    OSP_CHECK(size > 0);
    const size_t one = (size_t)size;
    size = recv(greedy.fd, text, sizeof text, MSG_DONTWAIT);
    OSP_CHECK(size > 0 && (size_t)size < many * one / 2);
    size_t total = (size_t)size;
    for (size_t i = 0; i < many && total < many * one; i++) {
        osp_rig_turns(&rig, 1);
        size = recv(greedy.fd, text, sizeof text, MSG_DONTWAIT);
        total += size > 0 ? (size_t)size : 0;
    }
    OSP_CHECK(total == many * one);
    osp_client_close(&greedy);
    osp_client_close(&other);
    osp_rig_close(&rig);
}

OSP_UNIT_TEST(conn_unread,
              "when unread answers hold too much, who has read nothing for longest is closed")
{
    osp_rig rig;
    osp_rig_open(&rig);
    osp_client clients[5]; /* 32 MiB each */
    for (size_t i = 0; i < OSP_ARRAY_LEN(clients); i++) {
        clients[i] = osp_client_open(&rig);
        osp_client_send(&clients[i], OSP_STR(OSP_RIG_GET("/many?bytes=30000000")));
        osp_rig_pass(&rig, 1);
        if (i == 3) {
            OSP_CHECK(rig.worker->unread <= OSP_UNREAD_MAX && rig.worker->conn_count == 4);
            osp_client_read(&clients[0], 500000); /* he is not the one */
            osp_rig_pass(&rig, 1);
        }
    }
    OSP_CHECK(rig.worker->unread <= OSP_UNREAD_MAX && rig.worker->conn_count == 4);
    OSP_CHECK(osp_client_status(&clients[1]) == 200 && clients[1].closed);
    OSP_CHECK(clients[1].total < 30000000);
    for (size_t i = 0; i < OSP_ARRAY_LEN(clients); i++) {
        OSP_CHECK(i == 1 || (osp_client_status(&clients[i]) == 200 && !clients[i].closed));
        OSP_CHECK(i == 1 || clients[i].total > 30000000);
        osp_client_close(&clients[i]);
    }
    osp_rig_turns(&rig, 2);
    OSP_CHECK(rig.worker->unread == 0);
    osp_rig_close(&rig);
}

OSP_UNIT_TEST(conn_write_slow, "who reads now and then gets all of it")
{
    osp_rig rig;
    osp_rig_open(&rig);
    osp_client client = osp_client_open(&rig);
    osp_client_send(&client, OSP_STR(MANY));
    for (int i = 0; i < 5; i++) {
        osp_rig_pass(&rig, OSP_WRITE_S - 1);
        osp_client_read(&client, 500000);
        OSP_CHECK(!client.closed);
    }
    OSP_CHECK(client.total == 2500000);
    OSP_CHECK(osp_client_status(&client) == 200 && !client.closed && client.total > 4000000);
    osp_client_close(&client);
    osp_rig_close(&rig);
}

OSP_UNIT_TEST(conn_linger, "behind a refusal bytes are thrown away, for a moment")
{
    osp_rig rig;
    osp_rig_open(&rig);
    osp_client client = osp_client_open(&rig);
    osp_client_send(&client, OSP_STR("no request\r\n\r\n"));
    OSP_CHECK(osp_client_status(&client) == 400 && client.closed);
    OSP_CHECK(rig.worker->conn_count == 1);
    osp_client_send(&client, OSP_STR(OSP_RIG_GET("/hi")));
    OSP_CHECK(rig.worker->conn_count == 1);
    osp_rig_pass(&rig, 2);
    OSP_CHECK(rig.worker->conn_count == 0);
    osp_client_close(&client);
    client = osp_client_open(&rig);
    osp_client_send(&client, OSP_STR("no request\r\n\r\n"));
    osp_client_close(&client); /* who goes at once is not waited for */
    OSP_CHECK(rig.worker->conn_count == 0);
    osp_rig_close(&rig);
}

OSP_UNIT_TEST(conn_gone, "a client that goes away takes its handler's wait with it")
{
    osp_rig rig;
    osp_rig_open(&rig);
    osp_client client = osp_client_open(&rig);
    osp_client_send(&client, OSP_STR(OSP_RIG_GET("/wait")));
    OSP_CHECK(rig.worker->conns[OSP_CONN_BUSY].first != NULL);
    OSP_CHECK(osp_fibers_alive(rig.worker->fibers) == 1);
    osp_client_close(&client);
    OSP_CHECK(rig.worker->conn_count == 0);
    OSP_CHECK(osp_fibers_alive(rig.worker->fibers) == 0);
    osp_rig_close(&rig);
}

OSP_UNIT_TEST(conn_gone_in_time, "a client that goes in the turn in which the sleep is over")
{
    osp_rig rig;
    osp_rig_open(&rig);
    osp_client client = osp_client_open(&rig);
    osp_client_send(&client, OSP_STR(OSP_RIG_GET("/wait")));
    osp_rig_pass(&rig, OSP_RIG_WAIT_S - 1);
    osp_loop_hold_clock(rig.worker->loop, rig.now_us + 1000000);
    osp_client_close(&client);
    OSP_CHECK(rig.worker->conn_count == 0);
    OSP_CHECK(osp_fibers_alive(rig.worker->fibers) == 0);
    osp_rig_close(&rig);
}

OSP_UNIT_TEST(conn_half_closed, "who has closed its side is answered, also later")
{
    osp_rig rig;
    osp_rig_open(&rig);
    osp_client client = osp_client_open(&rig);
    osp_client_send(&client, OSP_STR(OSP_RIG_GET("/hi") OSP_RIG_GET("/wait")));
    OSP_CHECK(shutdown(client.fd, SHUT_WR) == 0);
    osp_rig_pass(&rig, OSP_RIG_WAIT_S);
    OSP_CHECK(osp_client_status(&client) == 200 && client.closed);
    OSP_CHECK(osp_client_count(&client, "waited") == 1);
    osp_client_close(&client);
    osp_rig_close(&rig);
}

OSP_UNIT_TEST(conn_reset_behind_request,
              "a request whose client reset the connection at once is not waited for")
{
    osp_rig rig;
    osp_rig_open(&rig);
    osp_client client = osp_client_connect(&rig);
    osp_rig_turns(&rig, 2);
    OSP_CHECK(rig.worker->conn_count == 1);
    const osp_str text = OSP_STR(OSP_RIG_GET("/wait"));
    const struct linger now = { .l_onoff = 1, .l_linger = 0 };
    OSP_CHECK(send(client.fd, text.ptr, text.len, 0) == (ssize_t)text.len);
    OSP_CHECK(setsockopt(client.fd, SOL_SOCKET, SO_LINGER, &now, sizeof now) == 0);
    osp_client_close(&client);
    OSP_CHECK(rig.worker->conn_count == 0);
    osp_rig_close(&rig);
}
