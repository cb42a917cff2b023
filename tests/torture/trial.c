/* One feature with one fault; see trial.h.
 *
 * The worker's clock stands still unless it is moved, so that waiting for a deadline takes no time.
 * Only what other threads do takes some.  What the client does goes past calls.c. */
#include "tests/torture/trial.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/sanitizer.h"
#include "serve/worker.h"
#include "tests/torture/answers.h"
#include "tests/torture/app.h"
#include "tests/torture/raw.h"
#include "tests/torture/start.h"

#define IDLE_TURNS 6        /* without a byte, until it is believed that none follows */
#define THREADS_TURNS 20000 /* the same, while other threads work */
#define THREADS_PAUSE_NS 100000
#define PATIENCE_S 400 /* of the worker's clock, in which every deadline of its passes */
#define WATCH_S 60     /* an idle connection outlives so much */
#define SMALL_BUFFER 20000
#define SHOWN 1000 /* bytes of a wrong answer */
#define TEXT_MAX (1u << 19)
#define TIGHT_BODIES 16
#define TIGHT_MEMORY 65536
#define LEAK_TRIES 4 /* what is kept for ever is kept once; what leaks, each time */

typedef struct trial {
    const feature *what;
    osp_worker worker;
    osp_config config;
    osp_str trusted;
    int64_t now_us;
    int listen_fd, client_fd; /* client_fd -1: it has gone */
    int log_fd;               /* -1: there is none */
    int spill_fd;             /* the folder for answers that are not read; -1: there is none */
    int watcher_fd;           /* another client, idle while calls fail; -1: there is none */
    bool ended;               /* the worker has drained */
    bool closed;              /* the client sees the end of the connection */
    size_t len;               /* bytes heard */
    char text[TEXT_MAX];
} trial;

/* ---------------------------------------------------------------- the worker */

typedef struct turns {
    osp_loop *loop;
    int left;
} turns;

static void count_turn(void *arg)
{
    turns *my = arg;
    if (--my->left <= 0) {
        osp_loop_stop(my->loop);
    }
}

static void work(trial *t, int count)
{
    if (t->ended) {
        return;
    }
    turns my = { t->worker.loop, count };
    osp_loop_on_turn(my.loop, count_turn, &my);
    const osp_status status = osp_loop_run(my.loop);
    OSP_ASSERT(status == OSP_OK);
    t->ended =
        t->worker.drain_until_us != 0 && t->worker.conn_count == 0 && t->worker.works == NULL;
    if (t->ended && t->listen_fd >= 0) {
        raw_close(t->listen_fd); /* as the supervisor does: who queues there is refused */
        t->listen_fd = -1;
    }
    osp_loop_on_turn(my.loop, NULL, NULL);
}

static void pass_second(trial *t)
{
    t->now_us += 1000000;
    if (!t->ended) {
        osp_loop_hold_clock(t->worker.loop, t->now_us);
        work(t, 2);
    }
}

static int listen_anywhere(void)
{
    const struct sockaddr_in address = { .sin_family = AF_INET,
                                         .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    const int fd = (int)syscall(SYS_socket, AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    OSP_ASSERT(syscall(SYS_bind, fd, &address, sizeof address) == 0);
    OSP_ASSERT(syscall(SYS_listen, fd, 16) == 0);
    return fd;
}

/* A signal that was sent to a worker which ended before it read it is not for the next one. */
static void forget_signals(void)
{
    sigset_t all;
    const struct timespec at_once = { 0 };
    sigfillset(&all);
    while (sigtimedwait(&all, NULL, &at_once) > 0) {
    }
}

static const osp_app_def *app_of(const feature *what)
{
    return torture_app(what->flags & NEEDS_DATABASE ? TORTURE_DATABASE
                       : what->flags & WHOLE        ? TORTURE_WHOLE
                                                    : TORTURE_PLAIN);
}

static const char *open_worker(trial *t, bool *ret_open)
{
    osp_error error = { 0 };
    t->config = *osp_config_default();
    if (t->what->flags & NEEDS_PROXY) {
        t->trusted = OSP_STR("127.0.0.0/8");
        t->config.proxies.protocol = true;
        t->config.proxies.trusted = (osp_str_list){ &t->trusted, 1 };
    }
    t->config.public_folder = OSP_STR(".");
    if (t->what->flags & TIGHT) {
        t->config.limits.bodies = TIGHT_BODIES;
        t->config.limits.request_memory = TIGHT_MEMORY;
        t->config.deadlines.handler_s = 1;
    }
    t->listen_fd = listen_anywhere();
    const osp_status status =
        osp_worker_open(&t->worker, app_of(t->what), &t->config, t->listen_fd, &error);
    *ret_open = status == OSP_OK;
    if (!*ret_open) {
        raw_close(t->listen_fd);
        return status < 0 && error.message[0] != '\0' ? NULL : "it failed to open without a word";
    }
    if (t->what->flags & LOGS) {
        t->log_fd = (int)syscall(SYS_memfd_create, "log", 0);
        OSP_ASSERT(t->log_fd >= 0 && osp_access_begin(&t->worker, t->log_fd) == OSP_OK);
    }
    if (t->what->flags & (SPILLS | UPLOADS)) {
        (void)signal(SIGPIPE, SIG_IGN); /* as in every worker */
        t->spill_fd = osp_spill_folder(OSP_STR(""), &error);
        OSP_ASSERT(t->spill_fd >= 0);
    }
    if (t->what->flags & SPILLS) {
        OSP_ASSERT(osp_spill_begin(&t->worker, t->spill_fd, t->config.limits.spill, &error) ==
                   OSP_OK);
    }
    if (t->what->flags & UPLOADS) {
        OSP_ASSERT(osp_uploads_begin(&t->worker, t->spill_fd, t->config.limits.uploads, &error) ==
                   OSP_OK);
    }
    t->now_us = (osp_loop_now_us(t->worker.loop) / 1000000 + 1) * 1000000;
    osp_loop_hold_clock(t->worker.loop, t->now_us);
    work(t, 1);
    return NULL;
}

static void close_worker(trial *t)
{
    osp_worker_close(&t->worker);
    if (t->log_fd >= 0) {
        raw_close(t->log_fd);
    }
    if (t->spill_fd >= 0) {
        raw_close(t->spill_fd);
    }
    if (t->listen_fd >= 0) {
        raw_close(t->listen_fd);
    }
    forget_signals();
}

/* ---------------------------------------------------------------- the client */

static void connect_client(trial *t)
{
    t->closed = false;
    t->len = 0;
    if (t->what->flags & NEEDS_TCP) {
        struct sockaddr_in address;
        socklen_t size = sizeof address;
        OSP_ASSERT(syscall(SYS_getsockname, t->listen_fd, &address, &size) == 0);
        t->client_fd = (int)syscall(SYS_socket, AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        OSP_ASSERT(syscall(SYS_connect, t->client_fd, &address, size) == 0);
        return;
    }
    int fds[2];
    OSP_ASSERT(
        syscall(SYS_socketpair, AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds) == 0);
    if (t->what->flags & READS_LATE) {
        const int small = SMALL_BUFFER;
        (void)syscall(SYS_setsockopt, fds[0], SOL_SOCKET, SO_SNDBUF, &small, sizeof small);
    }
    t->client_fd = fds[1];
    osp_conn_accept(&t->worker, fds[0]);
}

static void leave(trial *t)
{
    if (t->client_fd >= 0) {
        raw_close(t->client_fd);
        t->client_fd = -1;
    }
}

/* Reads what there is.  Whether that is anything. */
static bool hear(trial *t)
{
    const size_t before = t->len;
    while (t->client_fd >= 0 && !t->closed && t->len < TEXT_MAX) {
        const long size = raw_recv(t->client_fd, t->text + t->len, TEXT_MAX - t->len);
        if (size > 0) {
            t->len += (size_t)size;
        } else if (size == 0 || errno != EAGAIN) {
            t->closed = true;
            return true;
        } else {
            break;
        }
    }
    return t->len > before;
}

/* Sends all of it, as far as the worker reads. */
static void say(trial *t, const char *bytes, size_t len)
{
    size_t sent = 0;
    for (int idle = 0; sent < len && idle < IDLE_TURNS; idle++) {
        const long size = raw_send(t->client_fd, bytes + sent, len - sent);
        if (size > 0) {
            sent += (size_t)size;
            idle = 0;
        } else if (size < 0 && errno != EAGAIN) {
            break;
        }
        work(t, 1);
        if (!(t->what->flags & READS_LATE)) {
            (void)hear(t);
        }
    }
    work(t, 3);
    if (!(t->what->flags & READS_LATE)) {
        (void)hear(t);
    }
}

static void say_fill(trial *t)
{
    static char piece[16384];
    memset(piece, 'a', sizeof piece);
    for (size_t left = t->what->fill; left > 0;) {
        const size_t size = left < sizeof piece ? left : sizeof piece;
        say(t, piece, size);
        left -= size;
    }
}

static void say_all(trial *t)
{
    const feature *what = t->what;
    for (size_t i = 0; i < SAYS_MAX && what->says[i] != NULL; i++) {
        if (strcmp(what->says[i], FILL) == 0) {
            say_fill(t);
        } else {
            say(t, what->says[i], strlen(what->says[i]));
        }
        if ((what->flags & UPGRADES) && (t->len < 12 || memcmp(t->text + 9, "101", 3) != 0)) {
            break; /* what would follow is no HTTP */
        }
    }
    if (what->flags & GOES_AWAY) {
        leave(t);
    }
    if (what->flags & (DRAINS | RETIRES)) {
        (void)kill(getpid(), what->flags & DRAINS ? SIGTERM : OSP_RETIRE);
        work(t, 2);
    }
}

/* ---------------------------------------------------------------- the conversation */

/* Whether there is nothing to wait for. */
static bool is_over(const trial *t)
{
    if (t->closed || t->client_fd < 0) {
        return true;
    }
    const verdict v = answers_judge(t->what, t->text, t->len, t->closed);
    return v.wrong != NULL || (v.whole && !(t->what->flags & CLOSES));
}

/* Until nothing more happens by itself. */
static void listen_on(trial *t)
{
    const bool threads = (t->what->flags & NEEDS_THREADS) != 0;
    const int limit = threads ? THREADS_TURNS : IDLE_TURNS;
    for (int idle = 0; idle < limit; idle++) {
        work(t, 1);
        if (hear(t)) {
            idle = 0;
            if (threads && is_over(t)) {
                return;
            }
        } else if (threads && osp_fibers_alive(t->worker.fibers) == 0) {
            idle += THREADS_TURNS / IDLE_TURNS;
        } else if (threads) {
            (void)syscall(SYS_nanosleep, &(struct timespec){ .tv_nsec = THREADS_PAUSE_NS }, NULL);
        }
    }
}

/* Until it is over, however long that takes. */
static void have_patience(trial *t)
{
    listen_on(t);
    for (int s = 0; s < PATIENCE_S && !is_over(t); s++) {
        pass_second(t);
        (void)hear(t);
    }
}

/* Until a thread has done what is to be done with files. */
static void wait_for_files(trial *t, const uint64_t *bytes)
{
    for (int i = 0; i<THREADS_TURNS && * bytes> 0; i++) {
        work(t, 1);
        (void)syscall(SYS_nanosleep, &(struct timespec){ .tv_nsec = THREADS_PAUSE_NS }, NULL);
    }
}

static void converse(trial *t)
{
    connect_client(t);
    t->worker.wait_us = t->what->flags & OVERLOADED ? -1 : t->worker.wait_us;
    say_all(t);
    if (t->what->flags & SPILLS) { /* for a second nobody reads */
        pass_second(t);
        wait_for_files(t, &t->worker.spill.writing);
    }
    listen_on(t);
    for (int s = 0; s < t->what->pass_s; s++) {
        pass_second(t);
    }
    have_patience(t);
    t->worker.wait_us = osp_overload_wait_us(&t->config, false);
}

/* After the client has gone nothing may be left of it. */
static const char *settle(trial *t)
{
    leave(t);
    const size_t others = t->watcher_fd >= 0;
    for (int s = 0; s < PATIENCE_S && !t->ended &&
                    (t->worker.conn_count > others || osp_fibers_alive(t->worker.fibers) > 0);
         s++) {
        listen_on(t);
        pass_second(t);
    }
    work(t, 2);
    wait_for_files(t, &t->worker.spill.held);
    wait_for_files(t, &t->worker.uploads.forms.held);
    return t->worker.conn_count > others                 ? "a connection is never closed"
           : t->worker.spill.held > 0                    ? "bytes of files are counted for ever"
           : t->worker.uploads.forms.held > 0            ? "bytes of uploads are counted for ever"
           : osp_fibers_alive(t->worker.fibers) > 0      ? "a fiber is never ended"
           : torture_owes()                              ? "a promise is not kept"
           : t->worker.bodies > 0                        ? "bytes of bodies are counted for ever"
           : (t->what->flags & DRAINS) != 0 && !t->ended ? "it was told to end and goes on"
                                                         : NULL;
}

/* ---------------------------------------------------------------- the watcher */

/* Asks, and is answered as ever. */
static bool watcher_asks(trial *t)
{
    static const char request[] = "GET /hi HTTP/1.1\r\nHost: test\r\n\r\n";
    char text[512];
    if (raw_send(t->watcher_fd, request, sizeof request - 1) != (long)sizeof request - 1) {
        return false;
    }
    work(t, 2);
    const long size = raw_recv(t->watcher_fd, text, sizeof text);
    return size > 6 && memcmp(text, "HTTP/1.1 200 ", 13) == 0 &&
           memcmp(text + size - 6, "\r\n\r\nhi", 6) == 0;
}

static const char *watch_begin(trial *t)
{
    int fds[2];
    if (t->what->flags & (DRAINS | RETIRES)) {
        return NULL;
    }
    OSP_ASSERT(
        syscall(SYS_socketpair, AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds) == 0);
    t->watcher_fd = fds[1];
    osp_conn_accept(&t->worker, fds[0]);
    return watcher_asks(t) ? NULL : "another client is not answered";
}

/* What failed was no business of his. */
static const char *watch_end(trial *t, int64_t begun_us)
{
    if (t->watcher_fd < 0) {
        return NULL;
    }
    const bool still = t->now_us - begun_us >= WATCH_S * (int64_t)1000000 || watcher_asks(t);
    raw_close(t->watcher_fd);
    t->watcher_fd = -1;
    return still ? settle(t) : "another client notices";
}

/* excused: a call has failed of which the client may notice. */
static const char *judge(const trial *t, bool excused)
{
    if (t->what->flags & GOES_AWAY) {
        return NULL;
    }
    const verdict v = answers_judge(t->what, t->text, t->len, t->closed);
    if (v.wrong != NULL) {
        return v.wrong;
    }
    if (!v.whole && !t->closed) {
        return "neither an answer nor a close in all the time there is";
    }
    if (excused) {
        return NULL;
    }
    return !v.right                                        ? "no right answer"
           : t->closed != ((t->what->flags & CLOSES) != 0) ? "the connection ends, or does not"
                                                           : NULL;
}

/* For the log: what does not fit may be long. */
static void show_heard(const trial *t)
{
    const int shown = t->len < SHOWN ? (int)t->len : SHOWN;
    fprintf(stderr, "%zu bytes were heard, the connection is %s:\n%.*s\n", t->len,
            t->closed ? "closed" : "open", shown, t->text);
}

/* ---------------------------------------------------------------- a trial */

static size_t counted[CALL_COUNT];

static bool stop_faults(void)
{
    const bool fired = faults_disarm() > 0;
    for (call c = 0; c < CALL_COUNT; c++) {
        counted[c] = faults_counted(c);
    }
    return fired;
}

/* The whole life of a worker, which says nothing to anybody. */
static const char *only_open(trial *t, const mode *how, size_t nth, bool *ret_fired)
{
    bool open = false;
    faults_arm(how, nth);
    const char *wrong = open_worker(t, &open);
    if (open) {
        pass_second(t);
        osp_worker_close(&t->worker);
    }
    *ret_fired = stop_faults();
    if (open) {
        raw_close(t->listen_fd);
    }
    return wrong == NULL && !open && (!*ret_fired || how->harmless) ? "it does not open" : wrong;
}

/* The same without a fault. */
static const char *converse_again(trial *t)
{
    converse(t);
    const char *wrong = judge(t, false) != NULL ? "the next conversation notices" : settle(t);
    leave(t);
    return wrong;
}

static const char *in_worker(trial *t, const mode *how, size_t nth, bool *ret_fired)
{
    bool open;
    if (t->what->says[0] == NULL) {
        return only_open(t, how, nth, ret_fired);
    }
    const char *wrong = open_worker(t, &open);
    if (!open) {
        return wrong != NULL ? wrong : "it does not open";
    }
    wrong = watch_begin(t);
    const int64_t begun_us = t->now_us;
    faults_arm(how, nth);
    converse(t);
    *ret_fired = stop_faults();
    if (!is_over(t)) {
        have_patience(t); /* with a fault that lasted it may not have been */
    }
    /* Who is not accepted before the end of the worker never is. */
    const bool excused = how != NULL && (!how->harmless || (t->what->flags & DRAINS));
    wrong = wrong != NULL ? wrong : judge(t, *ret_fired && excused);
    if (wrong != NULL) {
        show_heard(t);
    }
    const char *left = settle(t);
    wrong = wrong != NULL ? wrong : left;
    left = watch_end(t, begun_us);
    wrong = wrong != NULL ? wrong : left;
    if (wrong == NULL && !(t->what->flags & (DRAINS | RETIRES))) {
        wrong = converse_again(t);
    }
    if (left == NULL && t->worker.conn_count == 0) {
        close_worker(t);
    }
    return wrong;
}

bool trial_is_slow(const feature *what)
{
    return (what->flags & SERVES) != 0;
}

bool trial_can(const feature *what)
{
#if OSP_ASAN
    if (what->signal == SIGSEGV) {
        return false; /* the sanitizer takes it, and makes hundreds of calls of its own */
    }
#endif
#ifndef OSP_HAVE_SODIUM
    if (what->flags & NEEDS_SODIUM) {
        return false;
    }
#endif
    return app_of(what) != NULL;
}

const char *trial_run(const feature *what, const mode *how, size_t nth, bool *ret_fired)
{
    static trial t;
    const char *leak = NULL;
    if (what->flags & SERVES) {
        const char *wrong = start_run(what, how, nth);
        *ret_fired = stop_faults();
        return wrong;
    }
    for (int i = 0; i < LEAK_TRIES; i++) {
        const account before = account_now();
        memset(&t, 0, offsetof(trial, text));
        t.what = what;
        t.client_fd = t.watcher_fd = t.log_fd = t.spill_fd = -1;
        const char *wrong = in_worker(&t, how, nth, ret_fired);
        if (wrong != NULL) {
            return wrong;
        }
        const account after = account_now();
        if (how != NULL && how->call == CALL_MUNMAP) {
            return NULL; /* who may not give back keeps it */
        }
        leak = after.blocks > before.blocks             ? "memory is left"
               : after.mapped > before.mapped           ? "a mapping is left"
               : after.descriptors > before.descriptors ? "a descriptor is left"
                                                        : NULL;
        if (leak == NULL) {
            return NULL;
        }
    }
    return leak;
}

size_t trial_counted(call which)
{
    return counted[which];
}
