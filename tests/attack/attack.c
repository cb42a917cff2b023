/* A hostile client: many connections that all do the same, without sense or end.
 *
 * usage: attack NAME PORT SECONDS [CONNECTIONS]
 *        attack --list
 *
 * Prints {"ready":N} when all are connected, and what came of them as JSON at the end. */
#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "tests/attack/attacks.h"

#define CONNECTIONS_MAX 65536
#define FLOOD_SIZE 16384 /* about; of `more`, repeated */
#define FLOOD_TURN 4     /* of these, until others have their turn */
#define READ_DRIP 64
#define READ_TURN 16
#define OPEN_TURN 64     /* connections opened before the others go on */
#define TINY_BUFFER 4096 /* of a socket that is not read: the kernel doubles it */
#define LOOK_US 10000
#define STATUS_MAX 600

typedef struct conn {
    int fd; /* -1: none */
    bool connected, writable, readable, done;
    size_t first_sent, last_sent;
    uint64_t more_sent, received;
    int64_t next_us; /* of what drips */
} conn;

typedef struct client {
    const attack *attack;
    struct sockaddr_in to;
    int epoll;
    conn *conns;
    size_t count, connected;
    char flood[FLOOD_SIZE * 2];
    size_t first_size, flood_size;
    int64_t now_us, until_us, look_us;
    bool ready;
    uint64_t opened, failed, closed, resets, sent, received;
    uint64_t status[STATUS_MAX];
} client;

static int64_t read_clock(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* ---------------------------------------------------------------- begin and end of one */

static void end(client *self, conn *of)
{
    close(of->fd);
    self->connected -= of->connected;
    *of = (conn){ .fd = -1, .done = self->attack->once };
}

static void reset(client *self, conn *of)
{
    const struct linger now = { .l_onoff = 1, .l_linger = 0 };
    (void)setsockopt(of->fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    self->resets++;
    end(self, of);
}

static void open_one(client *self, conn *of)
{
    const int on = 1, tiny = TINY_BUFFER;
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        perror("socket");
        exit(1);
    }
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (self->attack->deaf || self->attack->read_ms > 0) {
        (void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &tiny, sizeof tiny);
    }
    *of = (conn){ .fd = fd };
    struct epoll_event events = {
        .events = (uint32_t)(EPOLLIN | EPOLLOUT | EPOLLRDHUP) | (uint32_t)EPOLLET, .data.ptr = of
    };
    if ((connect(fd, (struct sockaddr *)&self->to, sizeof self->to) != 0 && errno != EINPROGRESS) ||
        epoll_ctl(self->epoll, EPOLL_CTL_ADD, fd, &events) != 0) {
        self->failed++;
        end(self, of);
    }
}

static void connected(client *self, conn *of)
{
    int error = 0;
    socklen_t size = sizeof error;
    if (getsockopt(of->fd, SOL_SOCKET, SO_ERROR, &error, &size) != 0 || error != 0) {
        self->failed++;
        end(self, of);
        return;
    }
    of->connected = true;
    of->next_us = self->now_us;
    self->opened++;
    self->connected++;
}

/* ---------------------------------------------------------------- talking */

/* Of the first answer of a connection, as far as it has come at once. */
static void note_status(client *self, const conn *of, const char *bytes, size_t size)
{
    if (of->received == 0 && size > 12 && memcmp(bytes, "HTTP/1.1 ", 9) == 0) {
        const int status = (bytes[9] - '0') * 100 + (bytes[10] - '0') * 10 + bytes[11] - '0';
        self->status[status >= 0 && status < STATUS_MAX ? status : 0]++;
    }
}

/* Reads what the attack wants to read; the connection may end. */
static void listen_to(client *self, conn *of)
{
    const attack *how = self->attack;
    char bytes[65536];
    const size_t room = how->read_ms > 0 ? READ_DRIP : sizeof bytes;
    for (int i = 0; of->fd >= 0 && of->readable && i < READ_TURN; i++) {
        const ssize_t size = recv(of->fd, bytes, room, 0);
        if (size < 0 && (errno == EAGAIN || errno == EINTR)) {
            of->readable = false;
            return;
        }
        if (size <= 0) {
            self->closed++;
            end(self, of);
            return;
        }
        note_status(self, of, bytes, (size_t)size);
        of->received += (size_t)size;
        self->received += (size_t)size;
        if (how->reset_behind > 0 && of->received >= how->reset_behind) {
            reset(self, of);
            return;
        }
        if (how->read_ms > 0) {
            return;
        }
    }
}

/* True when all of it has gone. */
static bool say(client *self, conn *of, const char *bytes, size_t size, size_t *ret_sent)
{
    *ret_sent = 0;
    while (*ret_sent < size) {
        const ssize_t sent = send(of->fd, bytes + *ret_sent, size - *ret_sent, MSG_NOSIGNAL);
        if (sent < 0) {
            of->writable = false;
            /* Who does not read hears of the end only here. */
            if (errno != EAGAIN && errno != EINTR) {
                self->closed++;
                end(self, of);
            }
            return false;
        }
        *ret_sent += (size_t)sent;
        self->sent += (size_t)sent;
    }
    return true;
}

static bool say_first(client *self, conn *of)
{
    size_t sent = 0;
    if (of->first_sent == self->first_size) {
        return true;
    }
    const bool all = say(self, of, self->attack->first + of->first_sent,
                         self->first_size - of->first_sent, &sent);
    if (of->fd >= 0) {
        of->first_sent += sent;
    }
    if (all && self->attack->half_closes) {
        (void)shutdown(of->fd, SHUT_WR);
    }
    return all;
}

static void say_more(client *self, conn *of)
{
    const attack *how = self->attack;
    for (int i = 0; i < FLOOD_TURN && of->fd >= 0 && of->writable; i++) {
        const size_t at = (size_t)(of->more_sent % self->flood_size);
        size_t size = how->more_ms > 0 ? strlen(how->more) : self->flood_size - at, sent;
        if (how->more_bytes > 0 && size > how->more_bytes - of->more_sent) {
            size = (size_t)(how->more_bytes - of->more_sent);
        }
        if (size == 0) {
            return;
        }
        (void)say(self, of, self->flood + at, size, &sent);
        if (of->fd >= 0) {
            of->more_sent += sent;
        }
        if (how->more_ms > 0) {
            return;
        }
    }
}

static void say_last(client *self, conn *of)
{
    const attack *how = self->attack;
    size_t sent = 0;
    if (of->fd >= 0 && of->writable && of->more_sent == how->more_bytes) {
        (void)say(self, of, how->last + of->last_sent, strlen(how->last + of->last_sent), &sent);
        if (of->fd >= 0) {
            of->last_sent += sent;
        }
    }
}

/* What can be done at once. */
static void act(client *self, conn *of)
{
    const attack *how = self->attack;
    if (of->writable && say_first(self, of) && how->more != NULL && how->more_ms == 0) {
        say_more(self, of);
        if (how->last != NULL) {
            say_last(self, of);
        }
    }
    if (of->fd >= 0 && !how->deaf && how->read_ms == 0) {
        listen_to(self, of);
    }
    if (of->fd >= 0 && how->reset_behind == SIZE_MAX) {
        reset(self, of);
    }
}

/* What happens slowly; and a flood that was interrupted for others' sake goes on. */
static void look(client *self, conn *of)
{
    const attack *how = self->attack;
    const uint32_t pause_ms = how->more_ms > 0 ? how->more_ms : how->read_ms;
    if (pause_ms == 0) {
        act(self, of);
        return;
    }
    if (self->now_us < of->next_us) {
        return;
    }
    of->next_us = self->now_us + (int64_t)pause_ms * 1000;
    if (how->more_ms > 0 && of->first_sent == self->first_size && of->writable) {
        say_more(self, of);
    }
    if (of->fd >= 0 && how->read_ms > 0) {
        listen_to(self, of);
    }
}

static void happened(client *self, conn *of, uint32_t events)
{
    if (of->fd >= 0 && !of->connected && (events & (EPOLLOUT | EPOLLERR | EPOLLHUP))) {
        connected(self, of);
    }
    if (of->fd < 0 || !of->connected) {
        return;
    }
    of->writable |= (events & EPOLLOUT) != 0;
    of->readable |= (events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0;
    if (self->attack->deaf && (events & (EPOLLERR | EPOLLHUP | EPOLLRDHUP))) {
        self->closed++;
        end(self, of);
        return;
    }
    act(self, of);
}

/* ---------------------------------------------------------------- the run */

static void turn(client *self)
{
    struct epoll_event events[256];
    size_t opened = 0;
    for (size_t i = 0; i < self->count && opened < OPEN_TURN; i++) {
        if (self->conns[i].fd < 0 && !self->conns[i].done) {
            open_one(self, &self->conns[i]);
            opened++;
        }
    }
    const int ready = epoll_wait(self->epoll, events, 256, opened > 0 ? 1 : LOOK_US / 1000);
    self->now_us = read_clock();
    for (int i = 0; i < ready; i++) {
        happened(self, events[i].data.ptr, events[i].events);
    }
    if (self->now_us >= self->look_us) {
        self->look_us = self->now_us + LOOK_US;
        for (size_t i = 0; i < self->count; i++) {
            if (self->conns[i].connected) {
                look(self, &self->conns[i]);
            }
        }
    }
    if (!self->ready && self->opened + self->failed >= self->count) {
        self->ready = true;
        printf("{\"ready\":%zu}\n", self->connected);
        fflush(stdout);
    }
}

static void print(const client *self)
{
    const char *comma = "";
    printf("{\"attack\":\"%s\",\"connections\":%zu,\"held\":%zu,\"opened\":%" PRIu64
           ",\"failed\":%" PRIu64 ",\"closed\":%" PRIu64 ",\"resets\":%" PRIu64 ",\"sent\":%" PRIu64
           ",\"received\":%" PRIu64 ",\"status\":{",
           self->attack->name, self->count, self->connected, self->opened, self->failed,
           self->closed, self->resets, self->sent, self->received);
    for (int i = 0; i < STATUS_MAX; i++) {
        if (self->status[i] > 0) {
            printf("%s\"%d\":%" PRIu64, comma, i, self->status[i]);
            comma = ",";
        }
    }
    puts("}}");
}

static bool begin(client *self, int argc, char **argv)
{
    struct rlimit files;
    self->attack = argc >= 4 ? attack_find(argv[1]) : NULL;
    if (self->attack == NULL) {
        fprintf(stderr, "usage: attack NAME PORT SECONDS [CONNECTIONS]; attack --list\n");
        return false;
    }
    self->count = argc > 4 ? strtoul(argv[4], NULL, 10) : self->attack->connections;
    self->until_us = read_clock() + strtol(argv[3], NULL, 10) * 1000000;
    self->to = (struct sockaddr_in){ .sin_family = AF_INET,
                                     .sin_port = htons((uint16_t)strtoul(argv[2], NULL, 10)),
                                     .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
        files.rlim_cur = files.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &files);
    }
    self->first_size = self->attack->first != NULL ? strlen(self->attack->first) : 0;
    const size_t more = self->attack->more != NULL ? strlen(self->attack->more) : 0;
    while (more > 0 && self->flood_size < FLOOD_SIZE) {
        memcpy(self->flood + self->flood_size, self->attack->more, more);
        self->flood_size += more;
    }
    self->epoll = epoll_create1(EPOLL_CLOEXEC);
    self->conns = calloc(self->count < CONNECTIONS_MAX ? self->count : 0, sizeof *self->conns);
    for (size_t i = 0; self->conns != NULL && i < self->count; i++) {
        self->conns[i].fd = -1;
    }
    return self->epoll >= 0 && self->conns != NULL;
}

int main(int argc, char **argv)
{
    const struct timespec none = { 0, 0 };
    sigset_t signals;
    if (argc == 2 && strcmp(argv[1], "--list") == 0) {
        attacks_list();
        return 0;
    }
    client *self = calloc(1, sizeof *self);
    if (self == NULL || !begin(self, argc, argv)) {
        free(self);
        return 2;
    }
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    sigprocmask(SIG_BLOCK, &signals, NULL);
    while (self->now_us < self->until_us && sigtimedwait(&signals, NULL, &none) < 0) {
        turn(self);
    }
    print(self);
    free(self->conns);
    free(self);
    return 0;
}
