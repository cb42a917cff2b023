/* The supervisor: holds the listening socket and keeps workers alive behind it.
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
 * SIGHUP reads the configuration again.  One that is not valid changes nothing.  For a valid one
 * the workers are replaced one after the other:
 *
 *     start a worker with the new one --> it serves --> it takes the seat, the old one retires
 *         ^                                                                      |
 *         +---------------------------- the next seat ---------------------------+
 *
 * The old one ends when its clients have had their answers.  The first worker that serves puts the
 * new configuration in force; before that, its end means that the old one stays.
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
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "serve/listener.h"
#include "serve/page.h"
#include "serve/seat.h"
#include "serve/symbols.h"
#include "serve/worker.h"

#define WORKERS_MAX OSP_WORKERS_MAX
#define RETIRED_MAX (2 * WORKERS_MAX)
#define PAGE_SIZE ((size_t)4096)
#define KILL_BEHIND_MS 2000 /* from the end of a drain */
#define KILL_AGAIN_MS 100
#define REFUSE_AFTER_MS 50 /* workers that stop take what queues; then clients are refused */

#define RELOAD_LOOK_MS 5      /* between two looks at whether a new worker serves */
#define RELOAD_START_MS 60000 /* in which it must */
#define RELOAD_AGAIN_MS 1000  /* until it is tried again, when some have been replaced already */

/* What a worker is told and tells. */
typedef struct shared {
    osp_page *page; /* NULL: none */
    int fd;
} shared;

/* A worker without a seat: one that is to take it, or has left it. */
typedef struct process {
    pid_t pid; /* 0: none */
    shared shared;
    int64_t started_ms, kill_ms;
} process;

/* Workers are being replaced. */
typedef struct reload {
    bool on;
    bool wanted;   /* once more, behind this one */
    bool in_force; /* the supervisor's own settings are the new ones */
    osp_settings settings;
    int config_fd;
    size_t at; /* the seat that is next */
    process next;
    int64_t again_ms;
} reload;

typedef struct supervisor {
    const osp_app_def *app;
    const osp_serve_options *options;
    osp_settings settings;
    const osp_config *config; /* the value of the settings */
    int config_fd;            /* sealed, for workers */
    uint32_t drain_s;         /* the longest of all that were in force: old workers have theirs */
    char host[256];           /* that was bound; it stays, as does the port */
    uint32_t port;
    pid_t pid;
    int listen_fd; /* -1: closed */
    osp_seat seats[WORKERS_MAX];
    shared shared[WORKERS_MAX]; /* of the seats */
    size_t seat_count;
    process retired[RETIRED_MAX];
    reload reload;
    osp_crashes crashes;
    sigset_t old_mask;
    bool has_terminal;
    int64_t stop_ms; /* when stopping began; 0: serving */
} supervisor;

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static const osp_config *config_of(const osp_settings *settings)
{
    return settings->value;
}

static int64_t kill_after_ms(const supervisor *self)
{
    return (int64_t)self->drain_s * 1000 + KILL_BEHIND_MS;
}

/* Puts settings in force; taken. */
static void settings_take(supervisor *self, const osp_settings *settings)
{
    self->settings = *settings;
    self->config = config_of(&self->settings);
    const uint32_t drain_s = self->config->deadlines.drain_s;
    self->drain_s = drain_s > self->drain_s ? drain_s : self->drain_s;
}

/* ---------------------------------------------------------------- starting workers */

/* The child's side of a start; never returns. */
static void become_worker(const supervisor *self, int ready_fd, int page_fd, int config_fd)
{
    prctl(PR_SET_PDEATHSIG, OSP_PARENT_DIED);
    if (getppid() != self->pid) {
        _exit(125); /* the supervisor died before the kernel was asked to tell */
    }
    (void)signal(SIGPIPE, SIG_DFL);
    sigprocmask(SIG_SETMASK, &self->old_mask, NULL);
    /* One may stand where another must go: move them out of the way first. */
    int fds[] = { self->listen_fd, ready_fd, page_fd, config_fd };
    static const int places[] = { OSP_LISTEN_FD, OSP_READY_FD, OSP_PAGE_FD, OSP_CONFIG_FD };
    for (size_t i = 0; i < OSP_ARRAY_LEN(fds); i++) {
        fds[i] = fcntl(fds[i], F_DUPFD_CLOEXEC, OSP_BEHIND_FD);
    }
    for (size_t i = 0; i < OSP_ARRAY_LEN(fds); i++) {
        if (fds[i] < 0 || dup2(fds[i], places[i]) < 0) {
            _exit(126);
        }
    }
    char *const arguments[] = { "openspeed-worker", "--worker", NULL };
    execv("/proc/self/exe", arguments);
    _exit(127);
}

/* The page that a seat shares with its workers, one after the other until they are replaced. */
static osp_status shared_open(shared *to)
{
    if (to->page != NULL) {
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
    *to = (shared){ page, fd };
    return OSP_OK;
}

static void shared_close(shared *of)
{
    if (of->page != NULL) {
        munmap(of->page, PAGE_SIZE);
        close(of->fd);
    }
    *of = (shared){ NULL, -1 };
}

/* Starts a worker.  ret_ready_fd: reads one byte when it serves, end of file when it died. */
static osp_status worker_start(supervisor *self, shared *with, int config_fd, pid_t *ret_pid,
                               int *ret_ready_fd)
{
    OSP_ASSERT(self->stop_ms == 0);
    OSP_TRY(shared_open(with));
    atomic_store(&with->page->serving, 0);
    atomic_store(&with->page->beats, 0);
    atomic_store(&with->page->crashed, 0);
    atomic_store(&with->page->frame_count, 0);
    int pipe_fds[2];
    if (pipe2(pipe_fds, O_CLOEXEC) != 0) {
        return OSP_E_IO;
    }
    const pid_t pid = fork();
    if (pid == 0) {
        become_worker(self, pipe_fds[1], with->fd, config_fd);
    }
    close(pipe_fds[1]);
    if (pid < 0) {
        close(pipe_fds[0]);
        return OSP_E_IO;
    }
    *ret_pid = pid;
    *ret_ready_fd = pipe_fds[0];
    return OSP_OK;
}

static osp_status seat_start(supervisor *self, size_t index, int *ret_ready_fd)
{
    osp_seat *at = &self->seats[index];
    pid_t pid;
    OSP_ASSERT(at->pid == 0);
    OSP_TRY(worker_start(self, &self->shared[index], self->config_fd, &pid, ret_ready_fd));
    osp_seat_taken(at, pid, now_ms());
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

/* ---------------------------------------------------------------- the end of a worker */

static void page_shut(osp_page *page, size_t row, uint32_t number, uint32_t until_s)
{
    if (page == NULL) {
        return;
    }
    atomic_store(&page->shut[row].route, number);
    atomic_store(&page->shut[row].until_s, until_s);
    if (atomic_load(&page->shut_count) != OSP_CRASHES_ROUTES) {
        atomic_store(&page->shut_count, OSP_CRASHES_ROUTES);
    }
}

/* Tells every worker that a route is shut, those that live and those to come. */
static void route_shut(const supervisor *self, uint32_t number, size_t row)
{
    const uint32_t until_s = (uint32_t)(now_ms() / 1000) + OSP_CRASHES_SHUT_S;
    for (size_t i = 0; i < self->seat_count; i++) {
        page_shut(self->shared[i].page, row, number, until_s);
    }
    page_shut(self->reload.next.shared.page, row, number, until_s);
    for (size_t i = 0; i < RETIRED_MAX; i++) {
        page_shut(self->retired[i].shared.page, row, number, until_s);
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

static void say_how(pid_t pid, int how)
{
    if (WIFSIGNALED(how)) {
        fprintf(stderr, "worker %d was ended by signal %d (%s)", (int)pid, WTERMSIG(how),
                strsignal(WTERMSIG(how)));
    } else {
        fprintf(stderr, "worker %d exited with code %d", (int)pid, WEXITSTATUS(how));
    }
}

static void say_ended(const osp_seat *at, pid_t pid, int how)
{
    say_how(pid, how);
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
    const osp_page *page = self->shared[index].page;
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

static void retired_ended(supervisor *self, process *old, int how)
{
    if (how != 0 && self->stop_ms == 0) {
        say_how(old->pid, how);
        fprintf(stderr, "; another one had taken its place\n");
        say_stack(old->shared.page);
        route_crashed(self, atomic_load(&old->shared.page->crashed), false);
    }
    shared_close(&old->shared);
    *old = (process){ 0 };
}

/* The new configuration is given up before it was in force. */
static void reload_drop(supervisor *self)
{
    close(self->reload.config_fd);
    osp_settings_done(&self->reload.settings);
    self->reload.on = false;
}

/* The worker that was to take a seat has ended before. */
static void next_ended(supervisor *self, int how)
{
    reload *r = &self->reload;
    if (self->stop_ms == 0) {
        say_how(r->next.pid, how);
        fprintf(stderr, " before it served; %s\n",
                r->in_force ? "trying again" : "the old configuration stays");
    }
    shared_close(&r->next.shared);
    r->next = (process){ 0 };
    r->again_ms = now_ms() + RELOAD_AGAIN_MS;
    if (!r->in_force) {
        reload_drop(self);
    }
}

static void ended(supervisor *self, pid_t pid, int how)
{
    for (size_t i = 0; i < self->seat_count; i++) {
        if (self->seats[i].pid == pid) {
            worker_ended(self, i, how);
            return;
        }
    }
    if (self->reload.next.pid == pid) {
        next_ended(self, how);
        return;
    }
    for (size_t i = 0; i < RETIRED_MAX; i++) {
        if (self->retired[i].pid == pid) {
            retired_ended(self, &self->retired[i], how);
            return;
        }
    }
}

static void reap(supervisor *self)
{
    int how;
    pid_t pid;
    while ((pid = waitpid(-1, &how, WNOHANG)) > 0) {
        ended(self, pid, how);
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
    const osp_page *page = self->shared[index].page;
    const uint32_t stuck_s = self->config->deadlines.stuck_s;
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
    if (at->silent >= stuck_s && at->kill_ms == 0) {
        fprintf(stderr, "worker %d hangs: its loop has stood still for %u s\n", (int)at->pid,
                (unsigned)stuck_s);
        at->kill_ms = now_ms() + OSP_STUCK_KILL_MS;
        (void)syscall(SYS_tgkill, at->pid, at->pid, SIGABRT); /* the thread of the loop */
    }
}

/* ---------------------------------------------------------------- reload */

static process *retired_free(supervisor *self)
{
    for (size_t i = 0; i < RETIRED_MAX; i++) {
        if (self->retired[i].pid == 0) {
            return &self->retired[i];
        }
    }
    return NULL;
}

/* Lets the worker of a seat end in its own time; the seat is as new. */
static void seat_retire(supervisor *self, size_t index, process *ret_old)
{
    osp_seat *at = &self->seats[index];
    if (at->pid != 0) {
        *ret_old = (process){ .pid = at->pid,
                              .shared = self->shared[index],
                              .kill_ms = now_ms() + kill_after_ms(self) };
        self->shared[index] = (shared){ NULL, -1 };
        kill(at->pid, OSP_RETIRE);
    }
    shared_close(&self->shared[index]);
    *at = (osp_seat){ 0 };
}

static void retired_kill(const supervisor *self)
{
    for (size_t i = 0; i < RETIRED_MAX; i++) {
        if (self->retired[i].pid != 0 && now_ms() >= self->retired[i].kill_ms) {
            kill(self->retired[i].pid, SIGKILL);
        }
    }
}

static void say_fixed(const supervisor *self, const osp_config_listen *listen)
{
    if (!osp_str_equal(listen->host, osp_str_from(self->host))) {
        fprintf(stderr, "reload: listen.host stays %s until a restart\n", self->host);
    }
    if (listen->port != self->port) {
        fprintf(stderr, "reload: listen.port stays %u until a restart\n", (unsigned)self->port);
    }
}

static void reload_begin(supervisor *self)
{
    reload *r = &self->reload;
    if (r->on) {
        r->wanted = true;
        return;
    }
    *r = (reload){ .on = true };
    osp_status status = osp_config_load(&r->settings, &self->options->config, environ);
    (void)fwrite(r->settings.said.ptr, 1, r->settings.said.len, stderr);
    if (status == OSP_OK) {
        status = osp_config_seal(r->settings.value, &r->config_fd);
    }
    if (status != OSP_OK) {
        fprintf(stderr, "reload: %s; the old configuration stays\n",
                status == OSP_E_INVALID ? "the new one is not valid" : osp_status_text(status));
        osp_settings_done(&r->settings);
        r->on = false;
        return;
    }
    say_fixed(self, &config_of(&r->settings)->listen);
}

static void reload_in_force(supervisor *self)
{
    reload *r = &self->reload;
    close(self->config_fd);
    osp_settings_done(&self->settings);
    settings_take(self, &r->settings);
    self->config_fd = r->config_fd;
    r->in_force = true;
    (void)listen(self->listen_fd, (int)self->config->listen.backlog);
}

/* Starts the worker that is to take the next seat. */
static void next_start(supervisor *self)
{
    reload *r = &self->reload;
    int ready_fd;
    const int config_fd = r->in_force ? self->config_fd : r->config_fd;
    r->next = (process){ .shared = { NULL, -1 }, .started_ms = now_ms() };
    if (shared_open(&r->next.shared) == OSP_OK) {
        const osp_page *other = self->shared[0].page; /* what is shut stays so */
        for (size_t row = 0; other != NULL && row < OSP_CRASHES_ROUTES; row++) {
            if (atomic_load(&other->shut_count) != 0) {
                page_shut(r->next.shared.page, row, atomic_load(&other->shut[row].route),
                          atomic_load(&other->shut[row].until_s));
            }
        }
    }
    if (worker_start(self, &r->next.shared, config_fd, &r->next.pid, &ready_fd) == OSP_OK) {
        close(ready_fd);
        r->next.kill_ms = r->next.started_ms + RELOAD_START_MS;
        return;
    }
    shared_close(&r->next.shared);
    r->again_ms = now_ms() + RELOAD_AGAIN_MS;
}

/* The new worker serves: it takes the seat. */
static void next_promote(supervisor *self)
{
    reload *r = &self->reload;
    process *old = retired_free(self);
    OSP_ASSERT(old != NULL && r->at < WORKERS_MAX);
    if (!r->in_force) {
        reload_in_force(self);
    }
    if (r->at < self->seat_count) {
        seat_retire(self, r->at, old);
    } else {
        self->seat_count = r->at + 1;
    }
    osp_seat_taken(&self->seats[r->at], r->next.pid, r->next.started_ms);
    self->shared[r->at++] = r->next.shared;
    r->next = (process){ 0 };
}

static void reload_end(supervisor *self)
{
    const bool wanted = self->reload.wanted;
    fprintf(stderr, "reload: the new configuration is in force\n");
    self->reload.on = false;
    if (wanted) {
        reload_begin(self);
    }
}

static void reload_step(supervisor *self)
{
    reload *r = &self->reload;
    const int64_t now = now_ms();
    if (r->next.pid != 0) {
        if (atomic_load(&r->next.shared.page->serving) != 0) {
            next_promote(self);
        } else if (now >= r->next.kill_ms) {
            kill(r->next.pid, SIGKILL); /* reap sees it */
        }
        return;
    }
    if (!r->on || r->again_ms > now) {
        return;
    }
    process *old = retired_free(self);
    if (old == NULL) {
        return; /* until one has ended */
    }
    const size_t wanted = r->in_force ? self->config->workers : config_of(&r->settings)->workers;
    if (r->at < wanted) {
        next_start(self);
    } else if (self->seat_count > wanted) {
        seat_retire(self, --self->seat_count, old);
    } else {
        reload_end(self);
    }
}

/* ---------------------------------------------------------------- supervising */

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
    for (size_t i = 0; i < RETIRED_MAX; i++) {
        if (self->retired[i].pid > 0) {
            alive++;
            kill(self->retired[i].pid, signal);
        }
    }
    if (self->reload.next.pid > 0) {
        alive++;
        kill(self->reload.next.pid, signal);
    }
    return alive;
}

/* Milliseconds to wait for a signal. */
static int64_t wait_ms(const supervisor *self)
{
    const int64_t now = now_ms();
    int64_t due = osp_seats_due_ms(self->seats, self->seat_count, now);
    if (self->stop_ms != 0) {
        due = self->stop_ms + (self->listen_fd >= 0 ? REFUSE_AFTER_MS : kill_after_ms(self)) - now;
        due = due > 0 ? due : KILL_AGAIN_MS;
    } else if (self->reload.on && (due < 0 || due > RELOAD_LOOK_MS)) {
        due = RELOAD_LOOK_MS;
    }
    return due < 0 || due > OSP_LOOK_MS ? OSP_LOOK_MS : due;
}

/* One step of the end.  False when no worker is left. */
static bool stop_on(supervisor *self)
{
    const int64_t passed_ms = now_ms() - self->stop_ms;
    if (self->listen_fd >= 0 && passed_ms >= REFUSE_AFTER_MS) {
        /* For all who hold it: the kernel refuses new clients, and nobody is left waiting. */
        (void)shutdown(self->listen_fd, SHUT_RDWR);
        close(self->listen_fd);
        self->listen_fd = -1;
    }
    if (passed_ms >= kill_after_ms(self)) {
        signal_all(self, SIGKILL);
    }
    return signal_all(self, 0) != 0;
}

static bool terminal_is_there(void)
{
    const int fd = open("/dev/tty", O_RDONLY | O_NOCTTY | O_CLOEXEC);
    if (fd >= 0) {
        close(fd);
    }
    return fd >= 0;
}

/* SIGHUP has two meanings: somebody asks to read the configuration again, or the terminal that the
 * supervisor was started from is gone. */
static bool is_reload(const supervisor *self, const siginfo_t *info)
{
    return info->si_signo == SIGHUP && info->si_code != SI_KERNEL &&
           (!self->has_terminal || terminal_is_there());
}

static void supervise(supervisor *self, const sigset_t *signals)
{
    for (;;) {
        reap(self);
        if (self->stop_ms != 0) {
            if (!stop_on(self)) {
                return;
            }
        } else {
            restart_due(self);
            for (size_t i = 0; i < self->seat_count; i++) {
                watch_seat(self, i);
            }
            reload_step(self);
            retired_kill(self);
        }
        const int64_t due = wait_ms(self);
        const struct timespec wait = { .tv_sec = due / 1000, .tv_nsec = due % 1000 * 1000000 };
        siginfo_t info;
        const int signal = sigtimedwait(signals, &info, &wait);
        if (signal <= 0 || signal == SIGCHLD || self->stop_ms != 0) {
            continue;
        }
        if (is_reload(self, &info)) {
            reload_begin(self);
            continue;
        }
        self->stop_ms = now_ms();
        signal_all(self, SIGTERM);
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
    /* Under nohup it stays ignored; waiting would take it in spite of that. */
    if (sigaction(SIGHUP, NULL, &hangup) == 0 && hangup.sa_handler != SIG_IGN) {
        sigaddset(signals, SIGHUP);
    }
    (void)signal(SIGPIPE, SIG_IGN); /* who reads the log may be gone */
    sigprocmask(SIG_BLOCK, signals, &self->old_mask);
}

static void announce(const supervisor *self)
{
    const int port = osp_listener_port(self->listen_fd);
    if (self->options->json) {
        printf("{\"pid\":%d,\"port\":%d}\n", (int)getpid(), port);
    } else {
        const bool v6 = strchr(self->host, ':') != NULL;
        printf("%s serves http://%s%s%s:%d  (Ctrl-C stops it)\n\n", osp_app_title(self->app),
               v6 ? "[" : "", self->host, v6 ? "]" : "", port);
        osp_routes_print(self->app, false);
    }
    fflush(stdout);
}

static osp_status open_all(supervisor *self, osp_error *err)
{
    if (osp_config_seal(self->config, &self->config_fd) != OSP_OK) {
        return osp_error_set(err, OSP_E_IO, "cannot hand the configuration to workers: %s",
                             strerror(errno));
    }
    OSP_TRY(osp_listener_open(&self->config->listen, &self->listen_fd, err));
    return start_all(self, err);
}

static void supervisor_free(supervisor *self)
{
    osp_settings_done(&self->settings);
    free(self);
}

int osp_supervise(const osp_app_def *app, const osp_serve_options *options, osp_settings *settings)
{
    osp_error error = { 0 };
    supervisor *self = calloc(1, sizeof *self);
    if (self == NULL) {
        osp_settings_done(settings);
        return 1;
    }
    self->app = app;
    self->options = options;
    settings_take(self, settings);
    (void)snprintf(self->host, sizeof(self->host), "%.*s", OSP_ARG(self->config->listen.host));
    self->port = self->config->listen.port;
    self->seat_count = self->config->workers;
    OSP_ASSERT(self->seat_count >= 1 && self->seat_count <= WORKERS_MAX);
    self->pid = getpid();
    self->has_terminal = terminal_is_there();
    sigset_t signals;
    signals_begin(self, &signals);
    if (open_all(self, &error) != OSP_OK) {
        fprintf(stderr, "error: %s\n", error.message);
        signal_all(self, SIGKILL);
        supervisor_free(self);
        return 1;
    }
    announce(self);
    supervise(self, &signals);
    supervisor_free(self);
    return 0;
}
