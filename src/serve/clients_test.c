/* Connections by client: the table itself, and who is counted as whom. */
#include "tests/unit/rig.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#define MANY 5000
#define STEPS 200000

static uint64_t key_of(const char *text)
{
    osp_ip ip;
    OSP_CHECK(osp_ip_parse(osp_str_from(text), &ip));
    return osp_clients_key(&ip);
}

OSP_UNIT_TEST(clients_keys, "IPv4 addresses are clients, and the first half of an IPv6 address")
{
    OSP_CHECK(key_of("10.0.0.1") != key_of("10.0.0.2"));
    OSP_CHECK(key_of("10.0.0.1") == key_of("::ffff:10.0.0.1"));
    OSP_CHECK(key_of("2001:db8:0:1::1") == key_of("2001:db8:0:1:ffff:ffff:ffff:ffff"));
    OSP_CHECK(key_of("2001:db8:0:1::1") != key_of("2001:db8:0:2::1"));
    OSP_CHECK(key_of("::1") != 0 && key_of("0.0.0.0") != 0);
    const osp_ip none = { .kind = OSP_IP_NONE }, local = { .kind = OSP_IP_LOCAL };
    OSP_CHECK(osp_clients_key(&none) == 0 && osp_clients_key(&local) == 0);
}

OSP_UNIT_TEST(clients_limit, "as many as may be, and not one more")
{
    osp_clients clients = { .seed = 1 };
    uint64_t counted;
    for (int i = 0; i < 3; i++) {
        OSP_CHECK(osp_clients_enter(&clients, 7, 3, &counted) && counted == 7);
    }
    OSP_CHECK(!osp_clients_enter(&clients, 7, 3, &counted) && counted == 0);
    OSP_CHECK(osp_clients_enter(&clients, 8, 3, &counted) && counted == 8);
    OSP_CHECK(osp_clients_enter(&clients, 0, 3, &counted) && counted == 0);
    osp_clients_leave(&clients, 7);
    OSP_CHECK(osp_clients_enter(&clients, 7, 3, &counted));
    for (int i = 0; i < 3; i++) {
        osp_clients_leave(&clients, 7);
    }
    osp_clients_leave(&clients, 8);
    osp_clients_done(&clients);
}

/* Comes and goes at random, and counts as simply as it gets. */
OSP_UNIT_TEST(clients_many, "the table counts as a list would, and gives its memory back")
{
    static uint32_t counts[MANY];
    osp_clients clients = { .seed = UINT64_C(0x123456789abcdef) };
    uint64_t random = 88172645463325252u;
    for (int step = 0; step < STEPS; step++) {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        const size_t i = random % MANY;
        const uint64_t client = (uint64_t)(i + 1) << 32; /* alike in their lower bits */
        /* First more come than go, then the other way round. */
        const bool comes = (random >> 40) % 3 != (step < STEPS / 2 ? 0u : 1u) &&
                           ((random >> 40) % 3 == 2 || step < STEPS / 2);
        uint64_t counted;
        if (comes) {
            OSP_CHECK(osp_clients_enter(&clients, client, 4, &counted) == (counts[i] < 4));
            counts[i] += counts[i] < 4;
        } else if (counts[i] > 0) {
            osp_clients_leave(&clients, client);
            counts[i]--;
        }
        OSP_CHECK(clients.used * 2 <= clients.size);
    }
    size_t used = 0;
    for (size_t i = 0; i < MANY; i++) {
        used += counts[i] > 0;
    }
    OSP_CHECK(clients.used == used && clients.size >= 64);
    for (size_t i = 0; i < MANY; i++) {
        for (; counts[i] > 0; counts[i]--) {
            osp_clients_leave(&clients, (uint64_t)(i + 1) << 32);
        }
    }
    OSP_CHECK(clients.used == 0 && clients.size == 64);
    osp_clients_done(&clients);
}

/* ---------------------------------------------------------------- connections */

/* From an address of this machine. */
static osp_client connect_from(osp_rig *rig, const char *text)
{
    struct sockaddr_in to, from = { .sin_family = AF_INET };
    socklen_t size = sizeof to;
    OSP_CHECK(getsockname(rig->listen_fd, (struct sockaddr *)&to, &size) == 0);
    OSP_CHECK(inet_pton(AF_INET, text, &from.sin_addr) == 1);
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    OSP_CHECK(fd >= 0 && bind(fd, (const struct sockaddr *)&from, sizeof from) == 0);
    OSP_CHECK(connect(fd, (const struct sockaddr *)&to, size) == 0);
    OSP_CHECK(fcntl(fd, F_SETFL, O_NONBLOCK) == 0);
    osp_rig_turns(rig, 2);
    return (osp_client){ .rig = rig, .fd = fd };
}

static bool is_in(osp_client *client)
{
    (void)osp_client_status(client);
    return !client->closed;
}

OSP_UNIT_TEST(clients_connections, "a client has so many connections, others have their own")
{
    osp_config config = *osp_config_default();
    config.limits.connections_per_client = 2;
    osp_rig rig;
    osp_rig_open_with(&rig, &config);
    osp_client a = connect_from(&rig, "127.0.0.1"), b = connect_from(&rig, "127.0.0.1");
    OSP_CHECK(is_in(&a) && is_in(&b));
    osp_client more = connect_from(&rig, "127.0.0.1"), other = connect_from(&rig, "127.0.0.2");
    OSP_CHECK(!is_in(&more) && more.total == 0 && is_in(&other) && rig.worker->conn_count == 3);
    osp_client_close(&more);
    osp_client_close(&a);
    more = connect_from(&rig, "127.0.0.1");
    OSP_CHECK(is_in(&more));
    osp_client local = osp_client_open(&rig); /* over a unix socket nobody is counted */
    osp_client_send(&more, OSP_STR(OSP_RIG_GET("/hi")));
    OSP_CHECK(osp_client_status(&more) == 200 && is_in(&local));
    osp_client_close(&b);
    osp_client_close(&more);
    osp_client_close(&other);
    osp_client_close(&local);
    OSP_CHECK(rig.worker->clients.used == 0);
    osp_rig_close(&rig);
}

OSP_UNIT_TEST(clients_proxied, "a trusted proxy is not counted, but whom it speaks for is")
{
    osp_config config = *osp_config_default();
    config.limits.connections_per_client = 1;
    osp_str proxy = OSP_STR("127.0.0.1");
    config.proxies.protocol = true;
    config.proxies.trusted = (osp_str_list){ &proxy, 1 };
    osp_rig rig;
    osp_rig_open_with(&rig, &config);
    osp_client clients[4];
    static const struct {
        const char *said;
        bool in;
    } cases[] = { { "PROXY TCP4 10.0.0.1 10.0.0.9 1 2\r\n", true },
                  { "PROXY TCP4 10.0.0.1 10.0.0.9 3 2\r\n", false },
                  { "PROXY TCP4 10.0.0.2 10.0.0.9 1 2\r\n", true },
                  { "PROXY UNKNOWN\r\n", true } };
    for (size_t i = 0; i < OSP_ARRAY_LEN(cases); i++) {
        clients[i] = connect_from(&rig, "127.0.0.1");
        osp_client_send(&clients[i], osp_str_from(cases[i].said));
        osp_client_send(&clients[i], OSP_STR(OSP_RIG_GET("/hi")));
        OSP_CHECK(osp_client_status(&clients[i]) == (cases[i].in ? 200 : 0));
        OSP_CHECK(clients[i].closed == !cases[i].in);
    }
    for (size_t i = 0; i < OSP_ARRAY_LEN(cases); i++) {
        osp_client_close(&clients[i]);
    }
    OSP_CHECK(rig.worker->clients.used == 0);
    osp_rig_close(&rig);
}

OSP_UNIT_TEST(clients_half_greeting, "a proxy that never says for whom it speaks gets no answer")
{
    osp_config config = *osp_config_default();
    osp_str proxy = OSP_STR("127.0.0.1");
    config.proxies.protocol = true;
    config.proxies.trusted = (osp_str_list){ &proxy, 1 };
    osp_rig rig;
    osp_rig_open_with(&rig, &config);
    osp_client client = connect_from(&rig, "127.0.0.1");
    osp_client_send(&client, OSP_STR("PROXY TCP4 10."));
    osp_rig_pass(&rig, OSP_HEAD_PAUSE_S - 1);
    OSP_CHECK(is_in(&client) && client.total == 0);
    osp_rig_pass(&rig, 1);
    OSP_CHECK(!is_in(&client) && client.total == 0);
    osp_client_close(&client);
    osp_rig_close(&rig);
}
