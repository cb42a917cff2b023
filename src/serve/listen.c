/* Listening sockets: opened here, or taken over from who opened them.
 *
 * The supervisor holds them, so that none is closed when a worker dies.  All workers accept from
 * the same sockets (docs/decisions/0005).
 *
 * A unix socket is a file that stays when its process is gone.  It is replaced when connecting to
 * it is refused, under a lock of its folder: of two processes that start at once neither takes the
 * other's file for a left one.  At the end a file is unlinked only if it is still the one that was
 * made here. */
#include "serve/listen.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "serve/holder.h"

static osp_status fail(const osp_address *address, int cause, osp_error *err)
{
    char text[OSP_ADDRESS_TEXT_SIZE], holder[96];
    osp_address_text(address, text, sizeof text);
    if (cause != EADDRINUSE) {
        return osp_error_set(err, OSP_E_IO, "cannot listen on %.140s: %s", text, strerror(cause));
    }
    osp_holder_text(address, holder, sizeof holder);
    if (address->kind != OSP_ADDRESS_TCP) {
        return osp_error_set(err, OSP_E_BUSY, "%.120s is in use%s", text,
                             holder[0] != 0 ? holder : " by another process");
    }
    return osp_error_set(
        err, OSP_E_BUSY, "port %u on %.80s is in use%s; choose another with --port or PORT",
        (unsigned)address->port, address->host[0] != 0 ? address->host : "all addresses",
        holder[0] != 0 ? holder : " by another process");
}

/* ---------------------------------------------------------------- TCP */

/* Accepted sockets inherit both: answers leave at once, and the kernel keeps no more than
 * OSP_UNSENT_MAX for a client that does not read, not the megabytes it may. */
static void set_tcp(int fd)
{
    const int on = 1, unsent = OSP_UNSENT_MAX;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    setsockopt(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &unsent, sizeof unsent);
}

/* -1: errno tells. */
static int bind_tcp(const struct sockaddr *address, socklen_t size, bool v6_only, int backlog)
{
    const int fd = socket(address->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        return -1;
    }
    const int on = 1, only = v6_only;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    set_tcp(fd);
    if (address->sa_family == AF_INET6) {
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &only, sizeof only); /* whatever sysctl says */
    }
    if (bind(fd, address, size) != 0 || listen(fd, backlog) != 0) {
        const int cause = errno;
        close(fd);
        errno = cause;
        return -1;
    }
    return fd;
}

/* All addresses: IPv6 and IPv4 by one socket, IPv4 alone where the kernel has no IPv6. */
static int bind_all(uint16_t port, int backlog)
{
    const struct sockaddr_in6 v6 = { .sin6_family = AF_INET6, .sin6_port = htons(port) };
    const struct sockaddr_in v4 = { .sin_family = AF_INET, .sin_port = htons(port) };
    const int fd = bind_tcp((const struct sockaddr *)&v6, sizeof v6, false, backlog);
    if (fd >= 0 || (errno != EAFNOSUPPORT && errno != EADDRNOTAVAIL)) {
        return fd;
    }
    return bind_tcp((const struct sockaddr *)&v4, sizeof v4, false, backlog);
}

static osp_status open_tcp(osp_listener *at, bool v6_only, int backlog, osp_error *err)
{
    const osp_address *address = &at->address;
    if (address->host[0] == 0) {
        at->fd = bind_all(address->port, backlog);
        return at->fd >= 0 ? OSP_OK : fail(address, errno, err);
    }
    const struct addrinfo hints = { .ai_family = AF_UNSPEC,
                                    .ai_socktype = SOCK_STREAM,
                                    .ai_flags = AI_PASSIVE | AI_NUMERICSERV };
    struct addrinfo *found = NULL;
    char port[8];
    (void)snprintf(port, sizeof port, "%u", (unsigned)address->port);
    const int failure = getaddrinfo(address->host, port, &hints, &found);
    if (failure != 0) {
        return osp_error_set(err, OSP_E_INVALID, "cannot listen on host \"%.120s\": %s",
                             address->host, gai_strerror(failure));
    }
    at->fd = bind_tcp(found->ai_addr, found->ai_addrlen, v6_only, backlog);
    const int cause = errno;
    freeaddrinfo(found);
    return at->fd >= 0 ? OSP_OK : fail(address, cause, err);
}

/* ---------------------------------------------------------------- unix */

static socklen_t unix_name(const osp_address *address, struct sockaddr_un *ret_name)
{
    const size_t len = strlen(address->path);
    const bool abstract = address->kind == OSP_ADDRESS_ABSTRACT;
    *ret_name = (struct sockaddr_un){ .sun_family = AF_UNIX };
    memcpy(ret_name->sun_path + abstract, address->path, len);
    return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len + 1);
}

/* Whether the file is a socket that nobody listens at. */
static bool is_left(const osp_address *address, const struct sockaddr_un *name, socklen_t size)
{
    struct stat about;
    if (lstat(address->path, &about) != 0 || !S_ISSOCK(about.st_mode)) {
        return false;
    }
    const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    const bool left =
        fd >= 0 && connect(fd, (const struct sockaddr *)name, size) != 0 && errno == ECONNREFUSED;
    if (fd >= 0) {
        close(fd);
    }
    return left;
}

/* Binds with the mode that the file shall have: nobody finds it with another. */
static int bind_file(int fd, const osp_address *address)
{
    struct sockaddr_un name;
    const socklen_t size = unix_name(address, &name);
    const mode_t before = umask((mode_t)(~address->mode & 0777));
    int failed = bind(fd, (const struct sockaddr *)&name, size);
    if (failed != 0 && errno == EADDRINUSE) {
        if (is_left(address, &name, size) && unlink(address->path) == 0) {
            failed = bind(fd, (const struct sockaddr *)&name, size);
        } else {
            errno = EADDRINUSE;
        }
    }
    const int cause = errno;
    umask(before);
    errno = cause;
    return failed;
}

static int lock_folder(const osp_address *address)
{
    char folder[sizeof address->path];
    memcpy(folder, address->path, sizeof folder);
    char *slash = strrchr(folder, '/');
    OSP_ASSERT(slash != NULL);
    slash[slash == folder] = 0;
    const int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0) {
        (void)flock(fd, LOCK_EX);
    }
    return fd;
}

static void own_file(osp_listener *at)
{
    struct stat about;
    at->made = lstat(at->address.path, &about) == 0 && S_ISSOCK(about.st_mode);
    if (at->made) {
        at->device = about.st_dev;
        at->inode = about.st_ino;
    }
}

static osp_status open_file(osp_listener *at, int backlog, osp_error *err)
{
    const int lock = lock_folder(&at->address);
    if (lock < 0) {
        return fail(&at->address, errno, err);
    }
    /* Under the lock until it listens: before, connecting to it would be refused. */
    const int failed = bind_file(at->fd, &at->address) != 0 || listen(at->fd, backlog) != 0;
    const int cause = errno;
    if (!failed) {
        own_file(at);
    }
    close(lock);
    return failed ? fail(&at->address, cause, err) : OSP_OK;
}

static osp_status open_unix(osp_listener *at, int backlog, osp_error *err)
{
    at->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (at->fd < 0) {
        return fail(&at->address, errno, err);
    }
    if (at->address.kind == OSP_ADDRESS_UNIX) {
        return open_file(at, backlog, err);
    }
    struct sockaddr_un name; /* an abstract name ends with its length, not with NUL */
    const socklen_t size = unix_name(&at->address, &name);
    return bind(at->fd, (const struct sockaddr *)&name, size) == 0 && listen(at->fd, backlog) == 0
               ? OSP_OK
               : fail(&at->address, errno, err);
}

/* ---------------------------------------------------------------- all of them */

static void close_one(osp_listener *at, bool keep)
{
    struct stat about;
    if (at->fd < 0) {
        return;
    }
    if (!at->shared && !keep) {
        /* For all who hold it: the kernel refuses new clients, and nobody is left waiting. */
        (void)shutdown(at->fd, SHUT_RDWR);
    }
    if (at->made && !keep && lstat(at->address.path, &about) == 0 && about.st_dev == at->device &&
        about.st_ino == at->inode) {
        (void)unlink(at->address.path);
    }
    close(at->fd);
    at->fd = -1;
}

/* What the kernel chose, for port 0.  Whether it tells. */
static bool read_port(osp_listener *at)
{
    struct sockaddr_storage name;
    socklen_t size = sizeof name;
    if (getsockname(at->fd, (struct sockaddr *)&name, &size) != 0) {
        return false;
    }
    at->address.port =
        ntohs(name.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)(void *)&name)->sin6_port
                                         : ((struct sockaddr_in *)(void *)&name)->sin_port);
    return true;
}

static bool is_all_v6(const osp_address *address)
{
    return address->kind == OSP_ADDRESS_TCP && strcmp(address->host, "::") == 0;
}

/* Somebody else of us wants IPv4 at this port. */
static bool shares_port(const osp_address *addresses, size_t count, uint16_t port)
{
    for (size_t i = 0; i < count; i++) {
        if (addresses[i].kind == OSP_ADDRESS_TCP && addresses[i].port == port && port != 0 &&
            addresses[i].host[0] != 0 && strchr(addresses[i].host, ':') == NULL) {
            return true;
        }
    }
    return false;
}

osp_status osp_listen(osp_listeners *to, const osp_address *addresses, size_t count, int backlog,
                      osp_error *err)
{
    const size_t before = to->count;
    osp_status status = OSP_OK;
    for (size_t i = 0; i < count && status == OSP_OK; i++) {
        if (to->count == OSP_LISTENERS_MAX) {
            status = osp_error_set(err, OSP_E_LIMIT, "more than %d addresses to listen on",
                                   OSP_LISTENERS_MAX);
            break;
        }
        osp_listener *at = &to->at[to->count++];
        *at = (osp_listener){ .fd = -1, .address = addresses[i] };
        if (addresses[i].kind == OSP_ADDRESS_TCP) {
            const bool v6_only =
                !is_all_v6(&addresses[i]) || shares_port(addresses, count, addresses[i].port);
            status = open_tcp(at, v6_only, backlog, err);
        } else {
            status = open_unix(at, backlog, err);
        }
        /* A port that was asked for is known without the kernel. */
        if (status == OSP_OK && at->address.kind == OSP_ADDRESS_TCP && !read_port(at) &&
            at->address.port == 0) {
            status = fail(&at->address, errno, err);
        }
    }
    while (status != OSP_OK && to->count > before) {
        close_one(&to->at[--to->count], false);
    }
    return status;
}

/* The address of a socket that somebody else bound. */
static void read_address(osp_listener *at)
{
    struct sockaddr_storage name = { 0 };
    socklen_t size = sizeof name;
    osp_address *address = &at->address;
    if (getsockname(at->fd, (struct sockaddr *)&name, &size) != 0) {
        return;
    }
    if (name.ss_family != AF_UNIX) {
        (void)getnameinfo((struct sockaddr *)&name, size, address->host, sizeof address->host, NULL,
                          0, NI_NUMERICHOST);
        (void)read_port(at);
        return;
    }
    const struct sockaddr_un *file = (const struct sockaddr_un *)(const void *)&name;
    const bool abstract = file->sun_path[0] == 0;
    const size_t head = offsetof(struct sockaddr_un, sun_path) + abstract;
    address->kind = abstract ? OSP_ADDRESS_ABSTRACT : OSP_ADDRESS_UNIX;
    if (size > head) {
        (void)snprintf(address->path, sizeof address->path, "%.*s", (int)(size - head),
                       file->sun_path + abstract);
    }
}

osp_status osp_listen_adopt(osp_listeners *to, int fd, const char *name, osp_error *err)
{
    int listens = 0, type = 0;
    socklen_t size = sizeof listens;
    if (to->count == OSP_LISTENERS_MAX) {
        return osp_error_set(err, OSP_E_LIMIT, "more than %d sockets to listen on",
                             OSP_LISTENERS_MAX);
    }
    if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) != 0) {
        return osp_error_set(err, OSP_E_INVALID, "%.100s is no socket", name);
    }
    size = sizeof listens;
    if (type != SOCK_STREAM || getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) != 0 ||
        listens == 0) {
        return osp_error_set(err, OSP_E_INVALID,
                             "%.100s is no listening stream socket (a socket unit needs "
                             "ListenStream= and Accept=no)",
                             name);
    }
    (void)fcntl(fd, F_SETFD, FD_CLOEXEC);
    (void)fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
    osp_listener *at = &to->at[to->count++];
    *at = (osp_listener){ .fd = fd, .shared = true };
    read_address(at);
    if (at->address.kind == OSP_ADDRESS_TCP) {
        set_tcp(fd);
    }
    return OSP_OK;
}

void osp_listen_own(osp_listener *at, bool shared, bool made)
{
    at->shared = shared;
    if (made && at->address.kind == OSP_ADDRESS_UNIX) {
        own_file(at);
    }
}

void osp_listen_backlog(const osp_listeners *of, int backlog)
{
    for (size_t i = 0; i < of->count; i++) {
        if (!of->at[i].shared) {
            (void)listen(of->at[i].fd, backlog);
        }
    }
}

void osp_listen_close(osp_listeners *of, bool keep)
{
    for (size_t i = 0; i < of->count; i++) {
        close_one(&of->at[i], keep);
    }
}

uint16_t osp_listen_port(const osp_listeners *of)
{
    for (size_t i = 0; i < of->count; i++) {
        if (of->at[i].address.kind == OSP_ADDRESS_TCP) {
            return of->at[i].address.port;
        }
    }
    return 0;
}
