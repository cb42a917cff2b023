/* Opens the listening socket: the first address of the host, with the options that accepted sockets
 * inherit. */
#include "serve/listener.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int listen_on(const struct addrinfo *address, int backlog)
{
    const int fd = socket(address->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        return -1;
    }
    const int on = 1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on); /* accepted sockets inherit it */
    if (bind(fd, address->ai_addr, address->ai_addrlen) != 0 || listen(fd, backlog) != 0) {
        const int cause = errno;
        close(fd);
        errno = cause;
        return -1;
    }
    return fd;
}

osp_status osp_listener_open(const osp_config_listen *at, int *ret_fd, osp_error *err)
{
    const struct addrinfo hints = { .ai_family = AF_UNSPEC,
                                    .ai_socktype = SOCK_STREAM,
                                    .ai_flags = AI_PASSIVE | AI_NUMERICSERV };
    struct addrinfo *found = NULL;
    char host[1025], port[16];
    (void)snprintf(host, sizeof(host), "%.*s", OSP_ARG(at->host));
    (void)snprintf(port, sizeof(port), "%u", (unsigned)at->port);
    const int failure = getaddrinfo(host, port, &hints, &found);
    if (failure != 0) {
        return osp_error_set(err, OSP_E_INVALID, "cannot listen on host \"%.150s\": %s", host,
                             gai_strerror(failure));
    }
    const int fd = listen_on(found, (int)at->backlog);
    const int cause = errno;
    freeaddrinfo(found);
    if (fd < 0) {
        return cause == EADDRINUSE
                   ? osp_error_set(err, OSP_E_BUSY,
                                   "port %s on %.100s is in use by another process; choose another "
                                   "with --port or PORT",
                                   port, host)
                   : osp_error_set(err, OSP_E_IO, "cannot listen on %.100s:%s: %s", host, port,
                                   strerror(cause));
    }
    *ret_fd = fd;
    return OSP_OK;
}

int osp_listener_port(int fd)
{
    struct sockaddr_storage address;
    socklen_t size = sizeof address;
    if (getsockname(fd, (struct sockaddr *)&address, &size) != 0) {
        return 0;
    }
    return address.ss_family == AF_INET6
               ? ntohs(((struct sockaddr_in6 *)(void *)&address)->sin6_port)
               : ntohs(((struct sockaddr_in *)(void *)&address)->sin_port);
}
