/* How connections spread over workers, by the way in which these share a port.
 *
 *     shared      one socket; each worker watches it with EPOLLEXCLUSIVE
 *     behind      the same, and a worker goes to the end of the line after each 4 connections
 *     reuseport   a socket for each worker, SO_REUSEPORT
 *
 * Prints for each way: connections a second, the least and the most that a worker got of those that
 * come one by one, and of 1,000 clients those that nobody answers while one worker of four stands
 * still.
 *
 * usage: accept */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define WORKERS 4
#define CLIENTS 1000
#define RUSH 20000
#define TURN 4

typedef enum sharing { SHARED, BEHIND, REUSEPORT, WAYS } sharing;

typedef struct worker {
    pthread_t thread;
    int listen_fd;
    sharing way;
    atomic_int taken, halted;
} worker;

static atomic_int stopping;

static void require(int ok, const char *what)
{
    if (!ok) {
        perror(what);
        exit(1);
    }
}

static void *work(void *arg)
{
    worker *self = arg;
    const int loop = epoll_create1(0);
    struct epoll_event event = { .events = (uint32_t)EPOLLIN | (uint32_t)EPOLLEXCLUSIVE };
    int since = 0;
    require(epoll_ctl(loop, EPOLL_CTL_ADD, self->listen_fd, &event) == 0, "epoll_ctl");
    while (!stopping) {
        struct epoll_event found;
        if (self->halted) {
            usleep(1000);
            continue;
        }
        if (epoll_wait(loop, &found, 1, 50) != 1) {
            continue;
        }
        for (int i = 0; i < 64; i++) {
            const int fd = accept4(self->listen_fd, NULL, NULL, SOCK_NONBLOCK);
            if (fd < 0) {
                break;
            }
            self->taken++;
            since++;
            require(write(fd, "x", 1) == 1, "write");
            close(fd);
        }
        if (self->way == BEHIND && since >= TURN) {
            since = 0;
            epoll_ctl(loop, EPOLL_CTL_DEL, self->listen_fd, NULL);
            epoll_ctl(loop, EPOLL_CTL_ADD, self->listen_fd, &event);
        }
    }
    close(loop);
    return NULL;
}

static int open_listener(struct sockaddr_in *at, int reuse)
{
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), on = 1;
    socklen_t size = sizeof *at;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (reuse) {
        setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
    }
    require(bind(fd, (struct sockaddr *)at, sizeof *at) == 0, "bind");
    require(listen(fd, 4096) == 0 && getsockname(fd, (struct sockaddr *)at, &size) == 0, "listen");
    return fd;
}

/* Whether a client is answered within `ms`. */
static int ask(const struct sockaddr_in *at, int ms)
{
    const int fd = socket(AF_INET, SOCK_STREAM, 0);
    struct pollfd wait = { .fd = fd, .events = POLLIN };
    require(connect(fd, (const struct sockaddr *)at, sizeof *at) == 0, "connect");
    const int answered = poll(&wait, 1, ms) == 1;
    close(fd);
    return answered;
}

static double now_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void measure(sharing way, const char *name)
{
    struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };
    worker workers[WORKERS] = { 0 };
    stopping = 0;
    for (int i = 0; i < WORKERS; i++) {
        workers[i].way = way;
        workers[i].listen_fd = i == 0 || way == REUSEPORT ? open_listener(&at, way == REUSEPORT)
                                                          : workers[0].listen_fd;
        require(pthread_create(&workers[i].thread, NULL, work, &workers[i]) == 0, "thread");
    }
    usleep(20000);
    for (int i = 0; i < CLIENTS; i++) {
        ask(&at, 1000);
        usleep(200);
    }
    int least = CLIENTS, most = 0;
    for (int i = 0; i < WORKERS; i++) {
        least = workers[i].taken < least ? workers[i].taken : least;
        most = workers[i].taken > most ? workers[i].taken : most;
    }
    const double began = now_s();
    for (int i = 0; i < RUSH; i++) {
        ask(&at, 1000);
    }
    const double rate = RUSH / (now_s() - began);
    workers[1].halted = 1;
    usleep(60000);
    int unanswered = 0;
    for (int i = 0; i < CLIENTS; i++) {
        unanswered += !ask(&at, 20);
    }
    stopping = 1;
    for (int i = 0; i < WORKERS; i++) {
        pthread_join(workers[i].thread, NULL);
    }
    for (int i = 0; i < WORKERS && (i == 0 || way == REUSEPORT); i++) {
        close(workers[i].listen_fd);
    }
    printf("%-10s %6.0f connections/s, %4d to %4d of %d for each of %d workers, %d unanswered\n",
           name, rate, least, most, CLIENTS, WORKERS, unanswered);
}

int main(void)
{
    static const char *const names[WAYS] = { "shared", "behind", "reuseport" };
    for (sharing way = SHARED; way < WAYS; way++) {
        measure(way, names[way]);
    }
    return 0;
}
