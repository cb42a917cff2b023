/* The load client: many connections, one thread, each answer checked.
 *
 * With a rate the load is open: a request is due at its time whatever became of those before, and
 * its latency counts from then, so that a server that stands still cannot hide it.  Without a rate
 * each connection asks again as soon as it is answered.
 *
 *     NONE --> CONNECTING --> FREE <--> ASKING --> closed, and opened again
 *
 * Nothing is asked twice: a request that was sent and gets no answer is lost, and counted by where
 * it was lost.  What was sent on a kept connection that the server closed meanwhile is one of
 * these; a server that says Connection: close one answer ahead never does that. */
#include <arpa/inet.h>
#include <errno.h>
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

#include "tests/load/answer.h"
#include "tests/load/count.h"
#include "tests/load/options.h"

#define INPUT_SIZE 4096
#define REQUEST_SIZE 1024
#define EVENTS_A_TURN 256
#define OPEN_PAUSE_US 10000 /* after one that failed: no storm on a server that is gone */
#define LATE_LOOK_US 10000

typedef enum conn_state { CONN_NONE, CONN_CONNECTING, CONN_FREE, CONN_ASKING } conn_state;

typedef struct conn {
    struct conn *next, *prev; /* in the list of its state */
    int fd;
    conn_state state;
    uint32_t asked, answered;
    size_t sent;        /* of the request at hand */
    bool last;          /* it says Connection: close */
    bool reading_begun; /* a byte of the answer has come */
    int worker;         /* who answers, in count->workers; -1: nobody yet */
    int64_t begun_us;   /* of the connecting */
    int64_t due_us;     /* of the request at hand */
    size_t in_size;
    char in[INPUT_SIZE];
} conn;

/* The first has been there longest. */
typedef struct list {
    conn *first, *last;
    size_t count;
} list;

typedef struct load {
    options options;
    struct sockaddr_in to;
    int epoll;
    conn *conns;
    list lists[CONN_ASKING + 1];
    char request[REQUEST_SIZE], request_last[REQUEST_SIZE];
    size_t request_size, request_last_size;
    int64_t now_us, next_open_us, next_late_us;
    uint64_t due; /* requests whose time has been seen to come */
    bool ready, ending;
    count count;
} load;

static int64_t read_clock(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* ---------------------------------------------------------------- lists */

static void list_remove(load *self, conn *of)
{
    list *from = &self->lists[of->state];
    *(of->prev != NULL ? &of->prev->next : &from->first) = of->next;
    *(of->next != NULL ? &of->next->prev : &from->last) = of->prev;
    from->count--;
}

static void list_append(load *self, conn *of, conn_state state)
{
    list *to = &self->lists[state];
    of->state = state;
    of->prev = to->last;
    of->next = NULL;
    *(to->last != NULL ? &to->last->next : &to->first) = of;
    to->last = of;
    to->count++;
}

static void enter(load *self, conn *of, conn_state state)
{
    list_remove(self, of);
    list_append(self, of, state);
}

static size_t open_count(const load *self)
{
    return self->options.connections_max - self->lists[CONN_NONE].count;
}

/* ---------------------------------------------------------------- the end of a connection */

static void say(load *self, const conn *of, event_kind kind)
{
    const int64_t worker = of->worker >= 0 ? self->count.workers[of->worker].worker : 0;
    count_event(&self->count, (event){ kind, self->now_us, worker, of->answered });
}

/* The client is done with it. */
static void end(load *self, conn *of)
{
    close(of->fd);
    of->fd = -1;
    enter(self, of, CONN_NONE);
}

static void connect_failed(load *self, conn *of)
{
    say(self, of, EVENT_CONNECT_FAILED);
    self->next_open_us = self->now_us + OPEN_PAUSE_US;
    end(self, of);
}

/* The server has closed it, or reset it. */
static void gone(load *self, conn *of)
{
    if (of->state == CONN_ASKING && of->sent > 0) {
        say(self, of,
            of->reading_begun  ? EVENT_LOST_CUT
            : of->answered > 0 ? EVENT_LOST_KEPT
                               : EVENT_LOST_FRESH);
    } else {
        say(self, of, EVENT_CLOSED_IDLE);
    }
    end(self, of);
}

static void wrong(load *self, conn *of, const char *why)
{
    say(self, of, EVENT_WRONG);
    count_sample(&self->count, why, of->in, of->in_size);
    end(self, of);
}

/* ---------------------------------------------------------------- asking */

static void open_one(load *self)
{
    conn *of = self->lists[CONN_NONE].first;
    const int on = 1;
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        perror("socket");
        exit(1); /* figures of a client without descriptors are worth nothing */
    }
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    list_remove(self, of);
    *of = (conn){ .fd = fd, .worker = -1, .begun_us = self->now_us };
    list_append(self, of, CONN_CONNECTING);
    struct epoll_event events = {
        .events = (uint32_t)(EPOLLIN | EPOLLOUT | EPOLLRDHUP) | (uint32_t)EPOLLET, .data.ptr = of
    };
    if ((connect(fd, (struct sockaddr *)&self->to, sizeof self->to) != 0 && errno != EINPROGRESS) ||
        epoll_ctl(self->epoll, EPOLL_CTL_ADD, fd, &events) != 0) {
        connect_failed(self, of);
    }
}

/* Sends what is left of the request.  A failure is seen by whoever reads next. */
static void send_on(const load *self, conn *of)
{
    const char *text = of->last ? self->request_last : self->request;
    const size_t size = of->last ? self->request_last_size : self->request_size;
    while (of->sent < size) {
        const ssize_t sent = send(of->fd, text + of->sent, size - of->sent, MSG_NOSIGNAL);
        if (sent <= 0) {
            return;
        }
        of->sent += (size_t)sent;
    }
}

static void ask(load *self, conn *of, int64_t due_us)
{
    enter(self, of, CONN_ASKING);
    of->asked++;
    of->sent = of->in_size = 0;
    of->reading_begun = false;
    of->last = of->asked == self->options.per_connection;
    of->due_us = due_us;
    self->count.sent++;
    send_on(self, of);
}

/* When request number `index` is due. */
static int64_t due_us(const load *self, uint64_t index)
{
    return self->count.began_us + (int64_t)(index * 1000000 / self->options.rate);
}

/* What is due is asked by whoever has been free longest; else further connections are opened. */
static void ask_due(load *self)
{
    const int64_t patience_us = (int64_t)self->options.timeout_ms * 1000;
    size_t waiting = 0;
    for (; due_us(self, self->due) <= self->now_us; self->due++) {
        conn *of = self->lists[CONN_FREE].first;
        const int64_t at_us = due_us(self, self->due);
        if (of != NULL) {
            ask(self, of, at_us);
        } else if (patience_us > 0 && self->now_us - at_us > patience_us) {
            self->count.unsent++;
        } else {
            waiting = (size_t)((uint64_t)(self->now_us - at_us) * self->options.rate / 1000000) + 1;
            break;
        }
    }
    while (self->lists[CONN_CONNECTING].count < waiting && self->lists[CONN_NONE].count > 0 &&
           self->now_us >= self->next_open_us) {
        open_one(self);
    }
}

/* ---------------------------------------------------------------- answers */

/* The body as the number of a process; 0: it is none. */
static int64_t worker_of(const char *body, size_t size)
{
    int64_t worker = 0;
    if (size > 0 && body[size - 1] == '\n') {
        size--;
    }
    for (size_t i = 0; i < size; i++) {
        if (size > 10 || body[i] < '0' || body[i] > '9') {
            return 0;
        }
        worker = worker * 10 + body[i] - '0';
    }
    return worker;
}

/* NULL: it is right. */
static const char *judge_worker(load *self, conn *of, const char *body, size_t size)
{
    const int64_t worker = worker_of(body, size);
    if (worker == 0) {
        return "not the number of a process";
    }
    if (of->worker < 0) {
        of->worker = count_worker(&self->count, worker, self->now_us);
    }
    if (of->worker < 0) {
        return "too many workers";
    }
    worker_seen *seen = &self->count.workers[of->worker];
    seen->answers++;
    seen->last_us = self->now_us;
    return seen->worker == worker ? NULL : "another process on one connection";
}

/* NULL: it is right. */
static const char *judge(load *self, conn *of, const answer *got)
{
    const char *body = of->in + got->head_size;
    const char *expect = self->options.expect;
    if (got->status == 503) {
        self->count.refused++;
        self->count.refused_bare += !got->retry_after;
        return NULL;
    }
    if (got->status != 200) {
        return "not 200";
    }
    if (of->last && !got->closes) {
        return "the last answer does not say that it closes";
    }
    if (expect != NULL &&
        (got->body_size != strlen(expect) || memcmp(body, expect, got->body_size) != 0)) {
        return "another body";
    }
    const char *why = self->options.workers ? judge_worker(self, of, body, got->body_size) : NULL;
    self->count.right += why == NULL;
    return why;
}

static void answered(load *self, conn *of, const answer *got)
{
    const bool surplus = of->in_size != got->head_size + got->body_size;
    const char *why = surplus ? "bytes behind the answer" : judge(self, of, got);
    if (why != NULL) {
        wrong(self, of, why);
        return;
    }
    if (got->status == 200) {
        times_add(&self->count.latency, self->now_us - of->due_us);
    }
    of->answered++;
    of->in_size = 0;
    if (got->closes || of->last) {
        end(self, of);
        return;
    }
    enter(self, of, CONN_FREE);
    if (self->options.rate == 0 && !self->ending) {
        ask(self, of, self->now_us);
    }
}

static void take(load *self, conn *of)
{
    answer got;
    if (of->state != CONN_ASKING) {
        wrong(self, of, "an answer to no request");
        return;
    }
    of->reading_begun = true;
    switch (answer_read(of->in, of->in_size, &got)) {
    case ANSWER_MORE:
        if (of->in_size == INPUT_SIZE) {
            wrong(self, of, "longer than the client reads");
        }
        return;
    case ANSWER_WHOLE:
        answered(self, of, &got);
        return;
    case ANSWER_WRONG:
        wrong(self, of, got.why);
        return;
    }
}

static void read_all(load *self, conn *of)
{
    while (of->state == CONN_FREE || of->state == CONN_ASKING) {
        const ssize_t size = recv(of->fd, of->in + of->in_size, INPUT_SIZE - of->in_size, 0);
        if (size > 0) {
            of->in_size += (size_t)size;
            take(self, of);
        } else if (size < 0 && (errno == EAGAIN || errno == EINTR)) {
            return;
        } else {
            gone(self, of);
        }
    }
}

static void connected(load *self, conn *of)
{
    int error = 0;
    socklen_t size = sizeof error;
    if (getsockopt(of->fd, SOL_SOCKET, SO_ERROR, &error, &size) != 0 || error != 0) {
        connect_failed(self, of);
        return;
    }
    self->count.connected++;
    times_add(&self->count.connect, self->now_us - of->begun_us);
    enter(self, of, CONN_FREE);
    if (self->options.rate == 0 && !self->ending) {
        ask(self, of, self->now_us);
    }
}

static void happened(load *self, conn *of, uint32_t events)
{
    if (of->state == CONN_CONNECTING) {
        if (events & (EPOLLOUT | EPOLLERR | EPOLLHUP)) {
            connected(self, of);
        }
        return;
    }
    if (of->state == CONN_ASKING && (events & EPOLLOUT)) {
        send_on(self, of);
    }
    if (events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR)) {
        read_all(self, of);
    }
}

/* ---------------------------------------------------------------- the run */

/* Those who have waited too long: the first of each list has waited longest, nearly. */
static void give_up_late(load *self)
{
    const int64_t patience_us = (int64_t)self->options.timeout_ms * 1000;
    if (patience_us == 0 || self->now_us < self->next_late_us) {
        return;
    }
    self->next_late_us = self->now_us + LATE_LOOK_US;
    conn *next;
    for (conn *of = self->lists[CONN_ASKING].first; of != NULL; of = next) {
        next = of->next;
        if (self->now_us - of->due_us > patience_us) {
            say(self, of, EVENT_TIMED_OUT);
            end(self, of);
        }
    }
    for (conn *of = self->lists[CONN_CONNECTING].first; of != NULL; of = next) {
        next = of->next;
        if (self->now_us - of->begun_us > patience_us) {
            connect_failed(self, of);
        }
    }
}

static void go_on(load *self)
{
    give_up_late(self);
    while (open_count(self) < self->options.connections && self->now_us >= self->next_open_us &&
           self->lists[CONN_CONNECTING].count < 64) {
        open_one(self);
    }
    if (!self->ready && self->lists[CONN_FREE].count + self->lists[CONN_ASKING].count >=
                            self->options.connections) {
        self->ready = true;
        self->count.began_us = self->now_us;
        printf("{\"ready\":%u}\n", (unsigned)self->options.connections);
        fflush(stdout);
    }
    if (self->ready && self->options.rate > 0) {
        ask_due(self);
    }
}

static void turn(load *self)
{
    struct epoll_event events[EVENTS_A_TURN];
    const int ready = epoll_wait(self->epoll, events, EVENTS_A_TURN, 1);
    self->now_us = read_clock();
    for (int i = 0; i < ready; i++) {
        happened(self, events[i].data.ptr, events[i].events);
    }
}

static bool asked_to_end(const load *self, const sigset_t *signals)
{
    const struct timespec none = { 0, 0 };
    const int64_t most_us = (int64_t)self->options.seconds * 1000000;
    return sigtimedwait(signals, NULL, &none) > 0 ||
           (self->ready && most_us > 0 && self->now_us - self->count.began_us >= most_us);
}

static void run(load *self)
{
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    sigprocmask(SIG_BLOCK, &signals, NULL);
    self->now_us = read_clock();
    for (uint32_t i = 0; i < self->options.connections_max; i++) {
        self->conns[i].fd = -1;
        list_append(self, &self->conns[i], CONN_NONE);
    }
    while (!asked_to_end(self, &signals)) {
        go_on(self);
        turn(self);
    }
    self->ending = true;
    self->count.ended_us = self->now_us;
    while (self->lists[CONN_ASKING].count > 0 &&
           self->now_us - self->count.ended_us < (int64_t)self->options.grace_ms * 1000) {
        give_up_late(self);
        turn(self);
    }
    self->count.unanswered = self->lists[CONN_ASKING].count;
}

static bool begin(load *self)
{
    struct rlimit files;
    self->to = (struct sockaddr_in){ .sin_family = AF_INET,
                                     .sin_port = htons((uint16_t)self->options.port) };
    if (inet_pton(AF_INET, self->options.host, &self->to.sin_addr) != 1) {
        fprintf(stderr, "error: --host: not an IPv4 address\n");
        return false;
    }
    if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
        files.rlim_cur = files.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &files);
    }
    const int size = snprintf(self->request, REQUEST_SIZE, "GET %s HTTP/1.1\r\nHost: load\r\n\r\n",
                              self->options.path);
    const int last_size =
        snprintf(self->request_last, REQUEST_SIZE,
                 "GET %s HTTP/1.1\r\nHost: load\r\nConnection: close\r\n\r\n", self->options.path);
    if (size >= REQUEST_SIZE || last_size >= REQUEST_SIZE) {
        fprintf(stderr, "error: --path: too long\n");
        return false;
    }
    self->request_size = (size_t)size;
    self->request_last_size = (size_t)last_size;
    self->epoll = epoll_create1(EPOLL_CLOEXEC);
    self->conns = calloc(self->options.connections_max, sizeof *self->conns);
    return self->epoll >= 0 && self->conns != NULL;
}

int main(int argc, char **argv)
{
    int code = 1;
    load *self = calloc(1, sizeof *self);
    if (self == NULL || !options_read(argc, argv, &self->options, &code) || !begin(self)) {
        free(self);
        return code;
    }
    run(self);
    count_print(&self->count);
    free(self->conns);
    free(self);
    return 0;
}
