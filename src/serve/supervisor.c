/* The supervisor: holds the listening sockets and keeps workers alive behind it.
 *
 * It does nothing else: no request, no database, no memory that grows.  A worker is exec'ed, not
 * only forked, so that it has an address layout of its own, and gets the socket by descriptor. When
 * one dies, connections go on queueing in the socket and the next worker takes them, at once if the
 * dead one had served (seat.c).
 *
 * A page shared with each worker (page.h) says that it goes round and, when it crashed, in which
 * route.  A worker whose loop stands still gets SIGABRT, so that its crash report names the route,
 * and then SIGKILL.  A route that keeps killing workers is shut for a while (crashes.c).
 *
 * The end has steps: /readyz says no, for as long as load balancers need to hear it; the workers
 * drain; the sockets close.  By SIGUSR2 another executable takes the sockets over (takeover.c), and
 * the workers here retire.
 *
 * It wakes once a second, and writes to nobody whose absence could end it: SIGPIPE is ignored. */
#include "serve/supervisor.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "serve/harden.h"
#include "serve/page.h"
#include "serve/seat.h"
#include "serve/symbols.h"
#include "serve/systemd.h"
#include "serve/takeover.h"
#include "serve/worker.h"
#include "type/json.h"

#define WORKERS_MAX 256
#define PAGE_SIZE ((size_t)4096)
#define KILL_AFTER_MS ((OSP_DRAIN_S + 2) * 1000)
#define KILL_AGAIN_MS 100
#define UPGRADE_LOOK_MS 20 /* between two looks at whether the next one serves */
#define BEATEN_MS 2500     /* a worker that goes round beats more often */
#define REFUSE_AFTER_MS 50 /* workers that stop take what queues; then clients are refused */

typedef struct supervisor {
    const osp_app_def *app;
    const osp_front *front;
    char *const *arguments;
    pid_t pid;
    osp_listeners listeners;
    bool closed; /* the listeners are */
    osp_seat seats[WORKERS_MAX];
    osp_page *pages[WORKERS_MAX];
    int page_fds[WORKERS_MAX];
    osp_crashes crashes;
    size_t seat_count;
    sigset_t old_mask;
    osp_notify notify;
    osp_takeover upgrade;
    osp_handover handover;      /* from the one before */
    bool handed_over;           /* to another: the sockets are its own */
    uint32_t beats;             /* of all workers, at the last look */
    int64_t beaten_ms, told_ms; /* when they had grown; when the watchdog was told */
    bool open;                  /* all workers have served, and nobody has asked for the end */
    int64_t leave_ms;           /* when the end was asked for; 0: not yet */
    int64_t stop_ms;            /* when stopping began; 0: serving */
} supervisor;

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* The sockets of the process before; else those of the service manager, the addresses of --listen,
 * and host and port when these are said or nothing else is. */
static osp_status listeners_open(supervisor *self, const osp_serve_options *options, osp_error *err)
{
    osp_listeners *to = &self->listeners;
    const osp_front *front = &options->front;
    osp_address all[OSP_LISTENERS_MAX + 1];
    size_t count = 0, given = 0;
    int64_t port = 0;
    OSP_TRY(osp_handover_take(&self->handover, to, err));
    if (self->handover.ready_fd >= 0) {
        return OSP_OK;
    }
    OSP_TRY(osp_systemd_listen(to, &given, err));
    if ((front->listen_count == 0 && given == 0) || options->host_said) {
        osp_address *at = &all[count++];
        *at = (osp_address){ .kind = OSP_ADDRESS_TCP };
        OSP_TRY(osp_str_to_int(osp_str_from(options->port), &port));
        at->port = (uint16_t)port;
        if ((size_t)snprintf(at->host, sizeof at->host, "%s", options->host) >= sizeof at->host) {
            return osp_error_set(err, OSP_E_INVALID, "the host is longer than %d bytes",
                                 OSP_ADDRESS_HOST_MAX);
        }
    }
    memcpy(all + count, front->listen, front->listen_count * sizeof *all);
    return osp_listen(to, all, count + front->listen_count,
                      front->backlog != 0 ? front->backlog : OSP_LISTEN_BACKLOG, err);
}

/* The child's side of a start; never returns. */
static void become_worker(const supervisor *self, int ready_fd, int page_fd)
{
    prctl(PR_SET_PDEATHSIG, OSP_PARENT_DIED);
    if (getppid() != self->pid) {
        _exit(125); /* the supervisor died before the kernel was asked to tell */
    }
    (void)signal(SIGPIPE, SIG_DFL);
    sigprocmask(SIG_SETMASK, &self->old_mask, NULL);
    /* One may stand where another must go: move them out of the way first. */
    int fds[2 + OSP_LISTENERS_MAX] = { ready_fd, page_fd };
    int places[2 + OSP_LISTENERS_MAX] = { OSP_READY_FD, OSP_PAGE_FD };
    const size_t count = 2 + self->listeners.count;
    for (size_t i = 2; i < count; i++) {
        fds[i] = self->listeners.at[i - 2].fd;
        places[i] = OSP_LISTEN_FD + (int)i - 2;
    }
    for (size_t i = 0; i < count; i++) {
        fds[i] = fcntl(fds[i], F_DUPFD_CLOEXEC, OSP_BEHIND_FD);
    }
    osp_harden_descriptors(STDERR_FILENO + 1); /* also what we inherited ourselves */
    for (size_t i = 0; i < count; i++) {
        if (fds[i] < 0 || dup2(fds[i], places[i]) < 0) {
            _exit(126);
        }
    }
    osp_systemd_forget();
    osp_handover_forget();
    char listeners[8];
    (void)snprintf(listeners, sizeof listeners, "%zu", self->listeners.count);
    const char *arguments[4 + OSP_FRONT_ARGS] = { "openspeed-worker", "--worker", "--listeners",
                                                  listeners };
    osp_front_args(self->front, arguments + 4);
    execv("/proc/self/exe", (char *const *)(uintptr_t)arguments);
    _exit(127);
}

/* The page that a seat shares with its workers, one after the other. */
static osp_status page_open(supervisor *self, size_t index)
{
    if (self->pages[index] != NULL) {
        return OSP_OK;
    }
    const int fd = memfd_create("openspeed-worker", MFD_CLOEXEC);
    if (fd < 0) {
        return OSP_E_IO;
    }
    void *page = MAP_FAILED;
    if (ftruncate(fd, (off_t)PAGE_SIZE) == 0) {
        page = mmap(NULL, PAGE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    }
    if (page == MAP_FAILED) {
        close(fd);
        return OSP_E_IO;
    }
    self->pages[index] = page;
    self->page_fds[index] = fd;
    return OSP_OK;
}

/* Starts a worker.  ret_ready_fd: reads one byte when it serves, end of file when it died. */
static osp_status seat_start(supervisor *self, size_t index, int *ret_ready_fd)
{
    osp_seat *at = &self->seats[index];
    OSP_ASSERT(at->pid == 0 && self->stop_ms == 0);
    OSP_TRY(page_open(self, index));
    osp_page *page = self->pages[index];
    atomic_store(&page->serving, 0);
    atomic_store(&page->beats, 0);
    atomic_store(&page->crashed, 0);
    atomic_store(&page->frame_count, 0);
    atomic_store(&page->open, self->open);
    int pipe_fds[2];
    if (pipe2(pipe_fds, O_CLOEXEC) != 0) {
        return OSP_E_IO;
    }
    const pid_t pid = fork();
    if (pid == 0) {
        become_worker(self, pipe_fds[1], self->page_fds[index]);
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
        if (seat_start(self, i, &ready_fds[i]) != OSP_OK) {
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

/* Tells every worker that a route is shut, those that live and those to come. */
static void route_shut(const supervisor *self, uint32_t number, size_t row)
{
    const uint32_t until_s = (uint32_t)(now_ms() / 1000) + OSP_CRASHES_SHUT_S;
    for (size_t i = 0; i < self->seat_count; i++) {
        osp_page *page = self->pages[i];
        if (page == NULL) {
            continue;
        }
        atomic_store(&page->shut[row].route, number);
        atomic_store(&page->shut[row].until_s, until_s);
        if (atomic_load(&page->shut_count) != OSP_CRASHES_ROUTES) {
            atomic_store(&page->shut_count, OSP_CRASHES_ROUTES);
        }
    }
}

static void route_crashed(supervisor *self, uint32_t number, bool hung)
{
    const osp_route_leaf *leaf = NULL;
    osp_method method = OSP_METHOD_GET;
    if (osp_route_of_number(self->app, number, &leaf, &method) == NULL) {
        return; /* nobody's, or what a broken process wrote */
    }
    const int row =
        osp_crashes_add(&self->crashes, number, hung ? OSP_CRASHES_OF_HANG : 1, now_ms());
    if (row >= 0) {
        route_shut(self, number, (size_t)row);
        fprintf(stderr, "%s %s keeps ending workers; it is answered 503 for %d s\n",
                osp_method_name(method), leaf->pattern, OSP_CRASHES_SHUT_S);
    }
}

static void say_ended(const osp_seat *at, pid_t pid, int how)
{
    if (WIFSIGNALED(how)) {
        fprintf(stderr, "worker %d was ended by signal %d (%s)", (int)pid, WTERMSIG(how),
                strsignal(WTERMSIG(how)));
    } else {
        fprintf(stderr, "worker %d exited with code %d", (int)pid, WEXITSTATUS(how));
    }
    if (at->failed_starts == 0) {
        fprintf(stderr, "; restarting\n");
    } else {
        fprintf(stderr, " before it served; restarting in %.2f s, failed start %u in a row\n",
                (double)at->pause_ms / 1000, (unsigned)at->failed_starts);
    }
}

/* The stack of a crash, as far as it lies in the program itself. */
static void say_stack(const osp_page *page)
{
    osp_symbols symbols;
    const uint32_t told = atomic_load(&page->frame_count);
    const uint32_t count = told < OSP_PAGE_FRAMES ? told : OSP_PAGE_FRAMES;
    if (count == 0 || osp_symbols_open(&symbols, "/proc/self/exe") != OSP_OK) {
        return;
    }
    for (uint32_t i = 0; i < count; i++) {
        osp_symbol symbol;
        const uint64_t address = atomic_load(&page->frames[i]);
        if (osp_symbols_find(&symbols, address, &symbol)) {
            fprintf(stderr, "  #%u %.*s+0x%llx%s%.*s\n", (unsigned)i, OSP_ARG(symbol.name),
                    (unsigned long long)symbol.delta, symbol.file.len > 0 ? " in " : "",
                    OSP_ARG(symbol.file));
        } else {
            fprintf(stderr, "  #%u 0x%llx\n", (unsigned)i, (unsigned long long)address);
        }
    }
    osp_symbols_close(&symbols);
}

static void worker_ended(supervisor *self, size_t index, int how)
{
    osp_seat *at = &self->seats[index];
    const osp_page *page = self->pages[index];
    const pid_t pid = at->pid;
    const bool hung = at->kill_ms != 0;
    osp_seat_vacated(at, atomic_load(&page->serving) != 0, now_ms());
    if (self->stop_ms != 0) {
        return;
    }
    say_ended(at, pid, how);
    say_stack(page);
    route_crashed(self, atomic_load(&page->crashed), hung);
}

/* The one that was to take over is gone; it has said why. */
static void upgrade_ended(supervisor *self, int how)
{
    fprintf(stderr, "upgrade: process %d ended with %s %d before it served; this one goes on\n",
            (int)self->upgrade.pid, WIFSIGNALED(how) ? "signal" : "code",
            WIFSIGNALED(how) ? WTERMSIG(how) : WEXITSTATUS(how));
    osp_takeover_end(&self->upgrade);
    osp_notify_say(&self->notify, "READY=1\nSTATUS=serving; an upgrade failed");
}

static void reap(supervisor *self)
{
    int how;
    pid_t pid;
    while ((pid = waitpid(-1, &how, WNOHANG)) > 0) {
        if (pid == self->upgrade.pid) {
            upgrade_ended(self, how);
        }
        for (size_t i = 0; i < self->seat_count; i++) {
            if (self->seats[i].pid == pid) {
                worker_ended(self, i, how);
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
        if (seat_start(self, i, &ready_fd) == OSP_OK) {
            close(ready_fd);
        } else {
            osp_seat_refused(at, now);
        }
    }
}

/* Whether somebody holds the process on purpose: a debugger, or SIGSTOP. */
static bool is_held(pid_t pid)
{
    char path[64], text[2048];
    (void)snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return false;
    }
    const ssize_t size = read(fd, text, sizeof text - 1);
    close(fd);
    text[size > 0 ? size : 0] = 0;
    const char *state = strstr(text, "\nState:\t"), *tracer = strstr(text, "\nTracerPid:\t");
    return (state != NULL && (state[8] == 'T' || state[8] == 't')) ||
           (tracer != NULL && tracer[12] != '0');
}

static void watch_seat(supervisor *self, size_t index)
{
    osp_seat *at = &self->seats[index];
    const osp_page *page = self->pages[index];
    if (at->pid == 0 || atomic_load(&page->serving) == 0) {
        return;
    }
    if (at->kill_ms != 0 && now_ms() >= at->kill_ms) {
        kill(at->pid, SIGKILL);
        return;
    }
    if (!osp_seat_look(at, atomic_load(&page->beats), now_ms()) || at->silent == 0) {
        return;
    }
    if (is_held(at->pid)) {
        at->silent = 0;
    }
    if (at->silent >= OSP_STUCK_S && at->kill_ms == 0) {
        fprintf(stderr, "worker %d hangs: its loop has stood still for %d s\n", (int)at->pid,
                OSP_STUCK_S);
        at->kill_ms = now_ms() + OSP_STUCK_KILL_MS;
        (void)syscall(SYS_tgkill, at->pid, at->pid, SIGABRT); /* the thread of the loop */
    }
}

/* The watchdog hears of us only while workers go round: one is enough, the others are replaced. */
static void tell_watchdog(supervisor *self)
{
    const int64_t now = now_ms();
    uint32_t beats = 0;
    for (size_t i = 0; i < self->seat_count; i++) {
        if (self->seats[i].pid != 0) {
            beats += atomic_load(&self->pages[i]->beats);
        }
    }
    if (beats != self->beats) {
        self->beats = beats;
        self->beaten_ms = now;
    }
    if (self->notify.watchdog_ms > 0 && now - self->told_ms >= self->notify.watchdog_ms / 2 &&
        now - self->beaten_ms <= BEATEN_MS) {
        self->told_ms = now;
        osp_notify_say(&self->notify, "WATCHDOG=1");
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

static void set_open(supervisor *self, bool open)
{
    self->open = open;
    for (size_t i = 0; i < self->seat_count; i++) {
        if (self->pages[i] != NULL) {
            atomic_store(&self->pages[i]->open, open);
        }
    }
}

static void stop_begin(supervisor *self)
{
    self->stop_ms = now_ms();
    signal_all(self, self->handed_over ? OSP_RETIRE : SIGTERM);
}

static void upgrade_begin(supervisor *self)
{
    osp_error err = { 0 };
    if (osp_takeover_start(&self->upgrade, &self->listeners, self->arguments, &self->old_mask,
                           now_ms(), &err) != OSP_OK) {
        fprintf(stderr, "upgrade: %s\n", err.message);
        return;
    }
    osp_notify_reloading(&self->notify);
}

static void upgrade_look(supervisor *self)
{
    const pid_t next = self->upgrade.pid;
    if (next == 0) {
        return;
    }
    if (osp_takeover_serves(&self->upgrade)) {
        osp_takeover_end(&self->upgrade);
        osp_notify_say(&self->notify, "MAINPID=%d\nREADY=1\nSTATUS=serving, upgraded", (int)next);
        self->handed_over = true;
        stop_begin(self);
    } else if (now_ms() - self->upgrade.since_ms > (int64_t)OSP_TAKEOVER_START_S * 1000) {
        kill(next, SIGKILL); /* reap sees it */
    }
}

/* When the workers are told to end, of which /readyz has told first. */
static int64_t leave_due_ms(const supervisor *self)
{
    return self->leave_ms + (int64_t)self->front->drain_delay_s * 1000;
}

/* Somebody asks for the end: the second time, at once. */
static void leave(supervisor *self)
{
    if (self->leave_ms != 0) {
        stop_begin(self);
        return;
    }
    self->leave_ms = now_ms();
    if (self->upgrade.pid != 0) {
        kill(self->upgrade.pid, SIGKILL); /* or it would go on in our place */
    }
    set_open(self, false);
    osp_notify_say(&self->notify, "STOPPING=1\nSTATUS=waiting for the last requests");
    if (self->front->drain_delay_s == 0) {
        stop_begin(self);
    }
}

/* Milliseconds to wait for a signal. */
static int64_t wait_ms(const supervisor *self)
{
    const int64_t now = now_ms();
    int64_t due = osp_seats_due_ms(self->seats, self->seat_count, now);
    if (self->stop_ms != 0) {
        due = self->stop_ms + (!self->closed ? REFUSE_AFTER_MS : KILL_AFTER_MS) - now;
        due = due > 0 ? due : KILL_AGAIN_MS;
    }
    if (self->leave_ms != 0 && self->stop_ms == 0) {
        const int64_t left = leave_due_ms(self) > now ? leave_due_ms(self) - now : 0;
        due = due < 0 || left < due ? left : due;
    }
    int64_t most = self->upgrade.pid != 0 ? UPGRADE_LOOK_MS : OSP_LOOK_MS;
    if (self->notify.watchdog_ms > 0 && self->notify.watchdog_ms / 4 < most) {
        most = self->notify.watchdog_ms / 4;
    }
    return due < 0 || due > most ? most : due;
}

static void close_listeners(supervisor *self)
{
    if (!self->closed) {
        osp_listen_close(&self->listeners, self->handed_over);
        self->closed = true;
    }
}

/* One step of the end.  False when no worker is left. */
static bool stop_on(supervisor *self)
{
    const int64_t passed_ms = now_ms() - self->stop_ms;
    if (passed_ms >= REFUSE_AFTER_MS) {
        close_listeners(self);
    }
    if (passed_ms >= KILL_AFTER_MS) {
        signal_all(self, SIGKILL);
    }
    return signal_all(self, 0) != 0;
}

static void supervise(supervisor *self, const sigset_t *signals)
{
    for (;;) {
        reap(self);
        tell_watchdog(self);
        if (self->leave_ms == 0 && self->stop_ms == 0) {
            upgrade_look(self);
        }
        if (self->leave_ms != 0 && self->stop_ms == 0 && now_ms() >= leave_due_ms(self)) {
            stop_begin(self);
        }
        if (self->stop_ms != 0) {
            if (!stop_on(self)) {
                return;
            }
        } else {
            restart_due(self);
            for (size_t i = 0; i < self->seat_count; i++) {
                watch_seat(self, i);
            }
        }
        const int64_t due = wait_ms(self);
        const struct timespec wait = { .tv_sec = due / 1000, .tv_nsec = due % 1000 * 1000000 };
        const int signal = sigtimedwait(signals, NULL, &wait);
        if (signal <= 0 || signal == SIGCHLD || self->stop_ms != 0) {
            continue;
        }
        if (signal != SIGUSR2) {
            leave(self);
        } else if (self->leave_ms == 0) {
            upgrade_begin(self);
        }
    }
}

/* What the supervisor waits for: its end, by any way to ask for it, and that of a worker. */
static void signals_begin(supervisor *self, sigset_t *signals)
{
    struct sigaction hangup;
    sigemptyset(signals);
    sigaddset(signals, SIGTERM);
    sigaddset(signals, SIGINT);
    sigaddset(signals, SIGCHLD);
    sigaddset(signals, SIGUSR2);
    /* Under nohup it stays ignored; waiting would take it in spite of that. */
    if (sigaction(SIGHUP, NULL, &hangup) == 0 && hangup.sa_handler != SIG_IGN) {
        sigaddset(signals, SIGHUP);
    }
    (void)signal(SIGPIPE, SIG_IGN); /* who reads the log may be gone */
    sigprocmask(SIG_BLOCK, signals, &self->old_mask);
}

static void announce_json(const osp_listeners *listeners)
{
    char storage[OSP_LISTENERS_MAX * 6 * OSP_ADDRESS_TEXT_SIZE]; /* a byte takes up to six */
    char text[OSP_ADDRESS_TEXT_SIZE];
    osp_buf out;
    osp_buf_init(&out, storage, sizeof storage, sizeof storage);
    for (size_t i = 0; i < listeners->count; i++) {
        osp_address_text(&listeners->at[i].address, text, sizeof text);
        osp_buf_str(&out, i > 0 ? OSP_STR(",") : (osp_str){ 0 });
        if (osp_json_string(osp_str_from(text), &out) != OSP_OK) {
            osp_buf_str(&out, OSP_STR("null")); /* a path that is not UTF-8 */
        }
    }
    printf("{\"pid\":%d,\"port\":%d,\"listen\":[%.*s]}\n", (int)getpid(),
           (int)osp_listen_port(listeners), (int)out.len, out.ptr);
    osp_buf_done(&out);
}

static void announce(const supervisor *self, bool json)
{
    char text[OSP_ADDRESS_TEXT_SIZE];
    if (json) {
        announce_json(&self->listeners);
    } else {
        printf("%s serves", osp_app_title(self->app));
        for (size_t i = 0; i < self->listeners.count; i++) {
            const osp_address *address = &self->listeners.at[i].address;
            osp_address_text(address, text, sizeof text);
            printf("%s %s%s", i > 0 ? "," : "", address->kind == OSP_ADDRESS_TCP ? "http://" : "",
                   text);
        }
        printf("  (Ctrl-C stops it)\n\n");
        osp_routes_print(self->app, false);
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
    self->app = app;
    self->front = &options->front;
    self->arguments = options->arguments;
    self->pid = getpid();
    sigset_t signals;
    signals_begin(self, &signals);
    osp_notify_open(&self->notify);
    osp_status status = listeners_open(self, options, &error);
    if (status == OSP_OK) {
        status = start_all(self, &error);
    }
    if (status != OSP_OK) {
        fprintf(stderr, "error: %s\n", error.message);
        signal_all(self, SIGKILL);
        self->handed_over = self->handover.ready_fd >= 0; /* back to the one before */
        close_listeners(self);
        osp_notify_close(&self->notify);
        free(self);
        return 1;
    }
    set_open(self, true);
    self->beaten_ms = now_ms();
    osp_handover_done(&self->handover, &self->listeners);
    if (options->front.pid_file != NULL && osp_pid_file_write(options->front.pid_file) != OSP_OK) {
        fprintf(stderr, "warning: cannot write %s: %s\n", options->front.pid_file, strerror(errno));
    }
    announce(self, options->json);
    osp_notify_say(&self->notify, "READY=1\nSTATUS=serving, workers: %zu", self->seat_count);
    supervise(self, &signals);
    close_listeners(self);
    if (options->front.pid_file != NULL) {
        osp_pid_file_remove(options->front.pid_file);
    }
    osp_notify_close(&self->notify);
    free(self);
    return 0;
}
