/* The supervisor: holds the listening socket and keeps workers alive behind it.
 *
 * It does nothing else: no request, no database, no memory that grows.  A worker is exec'ed, not
 * only forked, so that it has an address layout of its own, and gets the socket by descriptor. When
 * one dies, connections go on queueing in the socket and the next worker takes them.  A worker that
 * dies young is restarted after a pause that doubles, up to five seconds. */
#include "serve/supervisor.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "serve/seat.h"
#include "serve/worker.h"

#define BACKLOG 16384
#define WORKERS_MAX 256
#define LISTEN_AT 3 /* descriptors of a worker */
#define READY_AT 4
#define KILL_AFTER_MS ((OSP_DRAIN_S + 2) * 1000)

typedef struct supervisor {
    int listen_fd;
    osp_seat seats[WORKERS_MAX];
    size_t seat_count;
    sigset_t old_mask;
    int64_t stop_ms; /* when stopping began; 0: serving */
} supervisor;

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int listen_on(const struct addrinfo *address)
{
    const int fd = socket(address->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        return -1;
    }
    const int on = 1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on); /* accepted sockets inherit it */
    if (bind(fd, address->ai_addr, address->ai_addrlen) != 0 || listen(fd, BACKLOG) != 0) {
        const int cause = errno;
        close(fd);
        errno = cause;
        return -1;
    }
    return fd;
}

static osp_status listener_open(const osp_serve_options *options, int *ret_fd, osp_error *err)
{
    const struct addrinfo hints = { .ai_family = AF_UNSPEC,
                                    .ai_socktype = SOCK_STREAM,
                                    .ai_flags = AI_PASSIVE | AI_NUMERICSERV };
    struct addrinfo *found = NULL;
    const int failure = getaddrinfo(options->host, options->port, &hints, &found);
    if (failure != 0) {
        return osp_error_set(err, OSP_E_INVALID, "cannot listen on host \"%s\": %s", options->host,
                             gai_strerror(failure));
    }
    const int fd = listen_on(found);
    const int cause = errno;
    freeaddrinfo(found);
    if (fd < 0) {
        return cause == EADDRINUSE
                   ? osp_error_set(err, OSP_E_BUSY,
                                   "port %s on %s is in use by another process; choose another "
                                   "with --port or PORT",
                                   options->port, options->host)
                   : osp_error_set(err, OSP_E_IO, "cannot listen on %s:%s: %s", options->host,
                                   options->port, strerror(cause));
    }
    *ret_fd = fd;
    return OSP_OK;
}

static int bound_port(int fd)
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

/* The child's side of a start; never returns. */
static void become_worker(const supervisor *self, int ready_fd)
{
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    sigprocmask(SIG_SETMASK, &self->old_mask, NULL);
    /* Both may stand where the other must go: move them out of the way first. */
    const int listen_fd = fcntl(self->listen_fd, F_DUPFD, READY_AT + 1);
    const int ready = fcntl(ready_fd, F_DUPFD, READY_AT + 1);
    if (listen_fd < 0 || ready < 0 || dup2(listen_fd, LISTEN_AT) < 0 || dup2(ready, READY_AT) < 0) {
        _exit(126);
    }
    close(listen_fd);
    close(ready);
    char *const arguments[] = { "openspeed-worker", "--worker", NULL };
    execv("/proc/self/exe", arguments);
    _exit(127);
}

/* Starts a worker.  ret_ready_fd: reads one byte when it serves, end of file when it died. */
static osp_status seat_start(supervisor *self, osp_seat *at, int *ret_ready_fd)
{
    OSP_ASSERT(at->pid == 0 && self->stop_ms == 0);
    int pipe_fds[2];
    if (pipe2(pipe_fds, O_CLOEXEC) != 0) {
        return OSP_E_IO;
    }
    const pid_t pid = fork();
    if (pid == 0) {
        become_worker(self, pipe_fds[1]);
    }
    close(pipe_fds[1]);
    if (pid < 0) {
        close(pipe_fds[0]);
        return OSP_E_IO;
    }
    osp_seat_taken(at, pid, now_ms());
    *ret_ready_fd = pipe_fds[0];
    return OSP_OK;
}

static osp_status start_all(supervisor *self, osp_error *err)
{
    int ready_fds[WORKERS_MAX];
    for (size_t i = 0; i < self->seat_count; i++) {
        if (seat_start(self, &self->seats[i], &ready_fds[i]) != OSP_OK) {
            return osp_error_set(err, OSP_E_IO, "cannot start a worker: %s", strerror(errno));
        }
    }
    for (size_t i = 0; i < self->seat_count; i++) {
        char byte;
        ssize_t size;
        do {
            size = read(ready_fds[i], &byte, 1);
        } while (size < 0 && errno == EINTR);
        close(ready_fds[i]);
        if (size != 1) {
            return osp_error_set(err, OSP_E_CLOSED, "a worker ended before it could serve");
        }
    }
    return OSP_OK;
}

static void worker_ended(supervisor *self, osp_seat *at, int how)
{
    const pid_t pid = at->pid;
    osp_seat_vacated(at, now_ms());
    if (self->stop_ms != 0) {
        return;
    }
    if (WIFSIGNALED(how)) {
        fprintf(stderr, "worker %d was ended by signal %d (%s); restarting\n", (int)pid,
                WTERMSIG(how), strsignal(WTERMSIG(how)));
    } else {
        fprintf(stderr, "worker %d exited with code %d; restarting\n", (int)pid, WEXITSTATUS(how));
    }
}

static void reap(supervisor *self)
{
    int how;
    pid_t pid;
    while ((pid = waitpid(-1, &how, WNOHANG)) > 0) {
        for (size_t i = 0; i < self->seat_count; i++) {
            if (self->seats[i].pid == pid) {
                worker_ended(self, &self->seats[i], how);
            }
        }
    }
}

static void restart_due(supervisor *self)
{
    const int64_t now = now_ms();
    for (size_t i = 0; i < self->seat_count; i++) {
        osp_seat *at = &self->seats[i];
        int ready_fd;
        if (at->pid != 0 || at->restart_ms > now) {
            continue;
        }
        if (seat_start(self, at, &ready_fd) == OSP_OK) {
            close(ready_fd);
        } else {
            osp_seat_refused(at, now);
        }
    }
}

static size_t signal_all(const supervisor *self, int signal)
{
    OSP_ASSERT(self->seat_count <= WORKERS_MAX);
    size_t alive = 0;
    for (size_t i = 0; i < self->seat_count; i++) {
        if (self->seats[i].pid > 0) {
            alive++;
            kill(self->seats[i].pid, signal);
        }
    }
    return alive;
}

/* Milliseconds until something is due; -1: nothing is. */
static int64_t next_due_ms(const supervisor *self)
{
    const int64_t now = now_ms();
    if (self->stop_ms != 0) {
        const int64_t left = self->stop_ms + KILL_AFTER_MS - now;
        return left > 0 ? left : 0;
    }
    return osp_seats_due_ms(self->seats, self->seat_count, now);
}

static void supervise(supervisor *self, const sigset_t *signals)
{
    for (;;) {
        reap(self);
        if (self->stop_ms == 0) {
            restart_due(self);
        } else {
            if (signal_all(self, 0) == 0) {
                return;
            }
            if (now_ms() - self->stop_ms >= KILL_AFTER_MS) {
                signal_all(self, SIGKILL);
            }
        }
        int64_t due = next_due_ms(self);
        if (due < 0 || due > 3600000) {
            due = 3600000;
        }
        const struct timespec wait = { .tv_sec = due / 1000, .tv_nsec = due % 1000 * 1000000 };
        const int signal = sigtimedwait(signals, NULL, &wait);
        if ((signal == SIGTERM || signal == SIGINT) && self->stop_ms == 0) {
            self->stop_ms = now_ms();
            signal_all(self, SIGTERM);
        }
    }
}

static void announce(const osp_serve_options *options, const osp_app_def *app, int port)
{
    if (options->json) {
        printf("{\"pid\":%d,\"port\":%d}\n", (int)getpid(), port);
    } else {
        const bool v6 = strchr(options->host, ':') != NULL;
        printf("%s serves http://%s%s%s:%d  (Ctrl-C stops it)\n\n", app->name, v6 ? "[" : "",
               options->host, v6 ? "]" : "", port);
        osp_routes_print(app, false);
    }
    fflush(stdout);
}

int osp_supervise(const osp_app_def *app, const osp_serve_options *options)
{
    osp_error error = { 0 };
    supervisor *self = calloc(1, sizeof *self);
    if (self == NULL) {
        return 1;
    }
    self->seat_count = options->workers;
    OSP_ASSERT(self->seat_count >= 1 && self->seat_count <= WORKERS_MAX);
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGCHLD);
    sigprocmask(SIG_BLOCK, &signals, &self->old_mask);
    osp_status status = listener_open(options, &self->listen_fd, &error);
    if (status == OSP_OK) {
        status = start_all(self, &error);
    }
    if (status != OSP_OK) {
        fprintf(stderr, "error: %s\n", error.message);
        signal_all(self, SIGKILL);
        free(self);
        return 1;
    }
    announce(options, app, bound_port(self->listen_fd));
    supervise(self, &signals);
    free(self);
    return 0;
}
