/* The other end of a connection, what a proxy there says about its client, and how many of them one
 * client has.
 *
 * With proxies.protocol a trusted peer must speak of its client before its first request; any other
 * peer that tried would be heard as a client whose request is malformed.  Nothing here runs for a
 * request unless its handler asks. */
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "serve/worker.h"

static osp_ip peer_of(const osp_conn *conn)
{
    struct sockaddr_storage name;
    socklen_t size = sizeof name;
    if (getpeername(conn->watch.fd, (struct sockaddr *)&name, &size) != 0) {
        return (osp_ip){ .kind = OSP_IP_NONE };
    }
    if (name.ss_family == AF_INET) {
        return osp_ip_v4((const uint8_t *)&((struct sockaddr_in *)(void *)&name)->sin_addr);
    }
    if (name.ss_family == AF_INET6) {
        return osp_ip_v6((const uint8_t *)&((struct sockaddr_in6 *)(void *)&name)->sin6_addr);
    }
    return (osp_ip){ .kind = OSP_IP_LOCAL };
}

void osp_conn_remember(osp_conn *conn)
{
    conn->peer = malloc(sizeof *conn->peer);
    if (conn->peer != NULL) {
        *conn->peer = (osp_proxy){ .client = peer_of(conn) };
    }
}

bool osp_conn_count(osp_conn *conn, const osp_ip *client)
{
    osp_worker *worker = conn->worker;
    const uint32_t most = worker->config->limits.connections_per_client;
    OSP_ASSERT(conn->client == 0);
    return most == 0 ||
           osp_clients_enter(&worker->clients, osp_clients_key(client), most, &conn->client);
}

bool osp_conn_greet(osp_conn *conn)
{
    const bool speaks = conn->worker->config->proxies.protocol;
    const osp_ip peer = conn->peer != NULL ? conn->peer->client : peer_of(conn);
    if (speaks && peer.kind == OSP_IP_NONE) {
        return false; /* a proxy, or not: nothing it says can be read */
    }
    const bool trusted = osp_trust_has(&conn->worker->trust, &peer);
    conn->greets = trusted && speaks;
    return trusted || osp_conn_count(conn, &peer); /* a proxy's are those of many clients */
}

osp_status osp_conn_greeted(osp_conn *conn)
{
    osp_exchange *exchange = conn->exchange;
    osp_proxy found;
    size_t size = 0;
    const osp_str unread = { exchange->in + exchange->in_at, exchange->in_len - exchange->in_at };
    const osp_status status = osp_proxy_parse(unread, &found, &size);
    if (status != OSP_OK) {
        return status;
    }
    if (found.client.kind != OSP_IP_NONE) {
        conn->peer = conn->peer != NULL ? conn->peer : malloc(sizeof *conn->peer);
        if (conn->peer == NULL) {
            return OSP_E_NOMEM;
        }
        *conn->peer = found;
        if (!osp_conn_count(conn, &found.client)) {
            return OSP_E_LIMIT;
        }
    }
    conn->greets = false;
    exchange->in_at += (uint32_t)size;
    return OSP_OK;
}

void osp_conn_origin(const osp_ctx *ctx, osp_origin *ret_origin)
{
    const osp_exchange *exchange = OSP_CONTAINER_OF(ctx, osp_exchange, ctx);
    const osp_conn *conn = exchange->conn;
    const bool known = conn->peer != NULL;
    *ret_origin = (osp_origin){ .peer = known ? conn->peer->client : peer_of(conn),
                                .tls = known && conn->peer->tls,
                                .trust = &conn->worker->trust };
}
