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
 * SIGHUP reads the configuration again and replaces the workers (reload.c).
 *
 * The end has steps: /readyz says no, for as long as load balancers need to hear it; the workers
 * drain; the sockets close.  By SIGUSR2 another executable takes the sockets over (takeover.c), and
 * the workers here retire.
 *
 * It wakes once a second, and writes to nobody whose absence could end it: SIGPIPE is ignored. */
#include "serve/supervisor.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
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
#include "serve/supervisor_impl.h"
#include "serve/symbols.h"
#include "serve/worker.h"
#include "type/json.h"

#define PAGE_SIZE ((size_t)4096)
#define NO_LOG (-2)         /* in place of a descriptor */
#define KILL_BEHIND_MS 2000 /* from the end of a drain */
#define KILL_AGAIN_MS 100
#define START_LOOK_MS 50   /* between two looks at whether the end is asked for */
#define RELOAD_LOOK_MS 5   /* between two looks at whether a new worker serves */
#define UPGRADE_LOOK_MS 20 /* between two looks at whether the next one serves */
#define BEATEN_MS 2500     /* a worker that goes round beats more often */
#define REFUSE_AFTER_MS 50 /* workers that stop take what queues; then clients are refused */

int64_t osp_supervisor_now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t osp_supervisor_kill_after_ms(const osp_supervisor *self)
{
    return (int64_t)self->drain_s * 1000 + KILL_BEHIND_MS;
}

void osp_supervisor_take(osp_supervisor *self, const osp_config *config)
{
    self->config = config;
    const uint32_t drain_s = config->deadlines.drain_s;
    self->drain_s = drain_s > self->drain_s ? drain_s : self->drain_s;
}

/* All workers: those of seats, those that have left one, and one that is to take one. */
#define PROCESSES_MAX (OSP_WORKERS_MAX + OSP_RETIRED_COUNT + 1)

static const osp_process *retired_at(const osp_supervisor *self, size_t index)
{
    OSP_ASSERT(index >= OSP_WORKERS_MAX && index < OSP_WORKERS_MAX + OSP_RETIRED_COUNT);
    return &self->retired[index - OSP_WORKERS_MAX];
}

/* NULL: there is none. */
static osp_page *page_at(const osp_supervisor *self, size_t index)
{
    if (index == PROCESSES_MAX - 1) {
        return self->reload.shared.page;
    }
    return index < OSP_WORKERS_MAX ? self->shared[index].page
                                   : retired_at(self, index)->shared.page;
}

/* 0: there is none. */
static pid_t pid_at(const osp_supervisor *self, size_t index)
{
    if (index == PROCESSES_MAX - 1) {
        return self->reload.next.pid;
    }
    return index < OSP_WORKERS_MAX ? self->seats[index].pid : retired_at(self, index)->pid;
}

/* ---------------------------------------------------------------- starting workers */

static const osp_config *first_config(const osp_supervisor *self)
{
    return self->first->value;
}

static bool by_option(const osp_supervisor *self, osp_str path)
{
    return osp_settings_find(self->first, path)->source == OSP_SETTINGS_OPTION;
}

bool osp_supervisor_by_host(const osp_supervisor *self)
{
    const bool elsewhere = first_config(self)->listen.addresses.count > 0 || self->given > 0;
    return !elsewhere || by_option(self, OSP_STR("listen.host")) ||
           by_option(self, OSP_STR("listen.port"));
}

/* Where the configuration says, but for the sockets of the service manager.  Returns how many. */
static size_t addresses(const osp_supervisor *self, osp_address to[OSP_LISTENERS_MAX + 1])
{
    const osp_config_listen *listen = &first_config(self)->listen;
    size_t count = 0;
    if (osp_supervisor_by_host(self)) {
        to[count] = (osp_address){ .kind = OSP_ADDRESS_TCP, .port = (uint16_t)listen->port };
        OSP_ASSERT(listen->host.len < sizeof to[count].host);
        memcpy(to[count++].host, listen->host.ptr, listen->host.len);
    }
    for (size_t i = 0; i < listen->addresses.count; i++) {
        const char *wrong = osp_address_parse(listen->addresses.items[i], &to[count++]);
        OSP_ASSERT(wrong == NULL); /* it was judged */
    }
    return count;
}

/* The sockets of the process before; else those of the service manager and those of the
 * configuration. */
static osp_status listeners_open(osp_supervisor *self, osp_error *err)
{
    osp_listeners *to = &self->listeners;
    osp_address all[OSP_LISTENERS_MAX + 1];
    OSP_TRY(osp_handover_take(&self->handover, to, err));
    if (self->handover.ready_fd >= 0) {
        for (size_t i = 0; i < to->count; i++) {
            self->given += self->handover.shared[i];
        }
        return OSP_OK;
    }
    OSP_TRY(osp_systemd_listen(to, &self->given, err));
    return osp_listen(to, all, addresses(self, all), (int)self->config->listen.backlog, err);
}

/* The child's side of a start; never returns. */
static void become_worker(const osp_supervisor *self, int ready_fd, int page_fd,
                          const osp_outfit *outfit)
{
    enum { OWN = 5 }; /* beside the sockets */
    prctl(PR_SET_PDEATHSIG, OSP_PARENT_DIED);
    if (getppid() != self->pid) {
        _exit(125); /* the supervisor died before the kernel was asked to tell */
    }
    (void)signal(SIGPIPE, SIG_DFL);
    (void)signal(SIGXFSZ, SIG_DFL);
    (void)signal(SIGHUP, SIG_IGN); /* who means the supervisor may send it to all */
    (void)signal(SIGUSR2, SIG_IGN);
    sigprocmask(SIG_SETMASK, &self->old_mask, NULL);
    /* One may stand where another must go: move them out of the way first. */
    int fds[OWN + OSP_LISTENERS_MAX] = { ready_fd, page_fd, outfit->config_fd, outfit->logs->errors,
                                         outfit->logs->access };
    int places[OWN + OSP_LISTENERS_MAX] = { OSP_READY_FD, OSP_PAGE_FD, OSP_CONFIG_FD, STDERR_FILENO,
                                            OSP_ACCESS_FD };
    const size_t count = OWN + self->listeners.count;
    for (size_t i = OWN; i < count; i++) {
        fds[i] = self->listeners.at[i - OWN].fd;
        places[i] = OSP_LISTEN_FD + (int)i - OWN;
    }
    for (size_t i = 0; i < count; i++) {
        const bool none = places[i] == OSP_ACCESS_FD && fds[i] < 0;
        fds[i] = none ? NO_LOG : fcntl(fds[i], F_DUPFD_CLOEXEC, OSP_BEHIND_FD);
    }
    osp_harden_descriptors(STDERR_FILENO + 1); /* also what we inherited ourselves */
    for (size_t i = 0; i < count; i++) {
        if (fds[i] != NO_LOG && (fds[i] < 0 || dup2(fds[i], places[i]) < 0)) {
            _exit(126);
        }
    }
    osp_systemd_forget();
    osp_handover_forget();
    char listeners[8];
    (void)snprintf(listeners, sizeof listeners, "%zu", self->listeners.count);
    const char *arguments[] = { "openspeed-worker", "--worker", "--listeners", listeners, NULL };
    execv("/proc/self/exe", (char *const *)(uintptr_t)arguments);
    _exit(127);
}

osp_status osp_shared_open(osp_shared *to)
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
    *to = (osp_shared){ page, fd };
    return OSP_OK;
}

void osp_shared_close(osp_shared *of)
{
    if (of->page != NULL) {
        munmap(of->page, PAGE_SIZE);
        close(of->fd);
    }
    *of = (osp_shared){ NULL, -1 };
}

osp_status osp_worker_start(osp_supervisor *self, osp_shared *with, const osp_outfit *outfit,
                            pid_t *ret_pid, int *ret_ready_fd)
{
    OSP_ASSERT(self->stop_ms == 0);
    OSP_TRY(osp_shared_open(with));
    osp_page *page = with->page;
    atomic_store(&page->serving, 0);
    atomic_store(&page->beats, 0);
    atomic_store(&page->crashed, 0);
    atomic_store(&page->frame_count, 0);
    for (size_t i = 0; i < sizeof page->request; i++) {
        atomic_store(&page->request[i], 0);
    }
    atomic_store(&page->open, self->open);
    int pipe_fds[2];
    if (pipe2(pipe_fds, O_CLOEXEC) != 0) {
        return OSP_E_IO;
    }
    const pid_t pid = fork();
    if (pid == 0) {
        become_worker(self, pipe_fds[1], with->fd, outfit);
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

static osp_status seat_start(osp_supervisor *self, size_t index, int *ret_ready_fd)
{
    osp_seat *at = &self->seats[index];
    pid_t pid;
    OSP_ASSERT(at->pid == 0);
    const osp_outfit outfit = { self->config_fd, &self->book->logs };
    OSP_TRY(osp_worker_start(self, &self->shared[index], &outfit, &pid, ret_ready_fd));
    osp_seat_taken(at, pid, osp_supervisor_now_ms());
    return OSP_OK;
}

/* Signals are blocked, and nobody takes them before the server serves. */
static bool end_is_asked(void)
{
    sigset_t pending;
    return sigpending(&pending) == 0 &&
           (sigismember(&pending, SIGTERM) == 1 || sigismember(&pending, SIGINT) == 1);
}

/* Until a first worker serves: that may take long, where a database is slow to open. */
static osp_status wait_ready(int ready_fd, osp_error *err)
{
    struct pollfd look = { .fd = ready_fd, .events = POLLIN };
    char byte;
    while (poll(&look, 1, START_LOOK_MS) <= 0) {
        if (end_is_asked()) {
            return osp_error_set(err, OSP_E_CANCELLED, "the end was asked for before it served");
        }
    }
    return read(ready_fd, &byte, 1) == 1
               ? OSP_OK
               : osp_error_set(err, OSP_E_CLOSED, "a worker ended before it could serve");
}

static osp_status start_all(osp_supervisor *self, osp_error *err)
{
    osp_status status = OSP_OK;
    int ready_fds[OSP_WORKERS_MAX];
    for (size_t i = 0; i < self->seat_count; i++) {
        if (seat_start(self, i, &ready_fds[i]) != OSP_OK) {
            return osp_error_set(err, OSP_E_IO, "cannot start a worker: %s", strerror(errno));
        }
    }
    for (size_t i = 0; i < self->seat_count; i++) {
        status = status == OSP_OK ? wait_ready(ready_fds[i], err) : status;
        close(ready_fds[i]);
    }
    return status;
}

/* ---------------------------------------------------------------- the end of a worker */

void osp_page_shut(osp_page *page, size_t row, uint32_t number, uint32_t until_s)
{
    atomic_store(&page->shut[row].route, number);
    atomic_store(&page->shut[row].until_s, until_s);
    if (atomic_load(&page->shut_count) != OSP_CRASHES_ROUTES) {
        atomic_store(&page->shut_count, OSP_CRASHES_ROUTES);
    }
}

/* Tells every worker that a route is shut, those that live and those to come. */
static void route_shut(const osp_supervisor *self, uint32_t number, size_t row)
{
    const uint32_t until_s = (uint32_t)(osp_supervisor_now_ms() / 1000) + OSP_CRASHES_SHUT_S;
    for (size_t i = 0; i < PROCESSES_MAX; i++) {
        if (page_at(self, i) != NULL) {
            osp_page_shut(page_at(self, i), row, number, until_s);
        }
    }
}

static void route_crashed(osp_supervisor *self, uint32_t number, bool hung)
{
    const osp_route_leaf *leaf = NULL;
    osp_method method = OSP_METHOD_GET;
    if (osp_route_of_number(self->app, number, &leaf, &method) == NULL) {
        return; /* nobody's, or what a broken process wrote */
    }
    const int row = osp_crashes_add(&self->crashes, number, hung ? OSP_CRASHES_OF_HANG : 1,
                                    osp_supervisor_now_ms());
    if (row >= 0) {
        route_shut(self, number, (size_t)row);
        osp_journal_tell(&self->book->journal, OSP_LOG_ERROR,
                         "%s %s keeps ending workers; it is answered 503 for %d s",
                         osp_method_name(method), leaf->pattern, OSP_CRASHES_SHUT_S);
    }
}

/* The id of the request that a worker crashed with; anything else that stands there is none.
 * text: has room for it and a NUL */
static osp_str crashed_request(const osp_page *page, char text[OSP_REQUEST_ID_MAX + 1])
{
    size_t len = 0;
    for (; len < OSP_REQUEST_ID_MAX; len++) {
        text[len] = atomic_load(&page->request[len]);
        if (text[len] <= ' ' || text[len] > '~' || text[len] == '"' || text[len] == '\\') {
            break;
        }
    }
    return (osp_str){ text, len };
}

void osp_worker_say_ended(const osp_supervisor *self, pid_t pid, int how, const osp_page *page,
                          const char *what_now)
{
    char id[OSP_REQUEST_ID_MAX + 1];
    const osp_str request = crashed_request(page, id);
    osp_journal *journal = &self->book->journal;
    /* In JSON it is a member; in text it stands within the sentence. */
    const osp_about about = { .request_id = journal->json ? request : (osp_str){ 0 } };
    char text[512];
    int len;
    if (WIFSIGNALED(how)) {
        len = snprintf(text, sizeof text, "worker %d was ended by signal %d (%s)%s%.*s%s", (int)pid,
                       WTERMSIG(how), strsignal(WTERMSIG(how)),
                       request.len > 0 ? " in request " : "", OSP_ARG(request), what_now);
    } else {
        len = snprintf(text, sizeof text, "worker %d exited with code %d%s", (int)pid,
                       WEXITSTATUS(how), what_now);
    }
    OSP_ASSERT(len > 0 && (size_t)len < sizeof text);
    osp_journal_tell_about(journal, OSP_LOG_ERROR, &about, (osp_str){ text, (size_t)len });
}

static void say_ended(const osp_supervisor *self, const osp_seat *at, pid_t pid, int how,
                      const osp_page *page)
{
    char what_now[128] = "; restarting";
    if (at->failed_starts != 0) {
        (void)snprintf(what_now, sizeof what_now,
                       " before it served; restarting in %.2f s, failed start %u in a row",
                       (double)at->pause_ms / 1000, (unsigned)at->failed_starts);
    }
    osp_worker_say_ended(self, pid, how, page, what_now);
}

/* The stack of a crash, as far as it lies in the program itself. */
static void say_stack(const osp_supervisor *self, const osp_page *page)
{
    osp_journal *journal = &self->book->journal;
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
            osp_journal_tell(journal, OSP_LOG_ERROR, "  #%u %.*s+0x%llx%s%.*s", (unsigned)i,
                             OSP_ARG(symbol.name), (unsigned long long)symbol.delta,
                             symbol.file.len > 0 ? " in " : "", OSP_ARG(symbol.file));
        } else {
            osp_journal_tell(journal, OSP_LOG_ERROR, "  #%u 0x%llx", (unsigned)i,
                             (unsigned long long)address);
        }
    }
    osp_symbols_close(&symbols);
}

static void worker_ended(osp_supervisor *self, size_t index, int how)
{
    osp_seat *at = &self->seats[index];
    const osp_page *page = self->shared[index].page;
    const pid_t pid = at->pid;
    const bool hung = at->kill_ms != 0;
    osp_seat_vacated(at, atomic_load(&page->serving) != 0, osp_supervisor_now_ms());
    if (self->stop_ms != 0) {
        return;
    }
    say_ended(self, at, pid, how, page);
    say_stack(self, page);
    route_crashed(self, atomic_load(&page->crashed), hung);
}

static void retired_ended(osp_supervisor *self, osp_process *old, int how)
{
    if (how != 0 && self->stop_ms == 0) {
        osp_worker_say_ended(self, old->pid, how, old->shared.page,
                             "; another one had taken its place");
        say_stack(self, old->shared.page);
        route_crashed(self, atomic_load(&old->shared.page->crashed), false);
    }
    osp_shared_close(&old->shared);
    *old = (osp_process){ 0 };
}

static size_t signal_all(const osp_supervisor *self, int signal)
{
    size_t alive = 0;
    for (size_t i = 0; i < PROCESSES_MAX; i++) {
        if (pid_at(self, i) > 0) {
            alive++;
            kill(pid_at(self, i), signal);
        }
    }
    return alive;
}

static void stop_begin(osp_supervisor *self)
{
    self->stop_ms = osp_supervisor_now_ms();
    signal_all(self, self->handed_over ? OSP_RETIRE : SIGTERM);
}

/* Another process serves: this one has nothing left to do. */
static void upgrade_done(osp_supervisor *self)
{
    osp_notify_say(&self->notify, "MAINPID=%d\nREADY=1\nSTATUS=serving, upgraded",
                   (int)self->upgrade.pid);
    osp_journal_tell(&self->book->journal, OSP_LOG_INFO,
                     "upgrade: process %d serves, this one ends", (int)self->upgrade.pid);
    osp_takeover_end(&self->upgrade);
    self->handed_over = true;
    stop_begin(self);
}

/* The one that was to take over is gone; it has said why.  Or it had taken over, and was asked to
 * end before anybody looked. */
static void upgrade_ended(osp_supervisor *self, int how)
{
    if (self->leave_ms == 0 && osp_takeover_serves(&self->upgrade)) {
        upgrade_done(self);
        return;
    }
    osp_journal_tell(&self->book->journal, OSP_LOG_ERROR,
                     "upgrade: process %d ended with %s %d before it served; this one goes on",
                     (int)self->upgrade.pid, WIFSIGNALED(how) ? "signal" : "code",
                     WIFSIGNALED(how) ? WTERMSIG(how) : WEXITSTATUS(how));
    osp_takeover_end(&self->upgrade);
    osp_notify_say(&self->notify, "READY=1\nSTATUS=serving; an upgrade failed");
}

static void ended(osp_supervisor *self, pid_t pid, int how)
{
    if (pid == self->upgrade.pid) {
        upgrade_ended(self, how);
        return;
    }
    if (pid == self->reload.next.pid) {
        osp_reload_next_ended(self, how);
        return;
    }
    for (size_t i = 0; i < self->seat_count; i++) {
        if (self->seats[i].pid == pid) {
            worker_ended(self, i, how);
            return;
        }
    }
    for (size_t i = 0; i < OSP_RETIRED_COUNT; i++) {
        if (self->retired[i].pid == pid) {
            retired_ended(self, &self->retired[i], how);
            return;
        }
    }
}

static void reap(osp_supervisor *self)
{
    int how;
    pid_t pid;
    while ((pid = waitpid(-1, &how, WNOHANG)) > 0) {
        ended(self, pid, how);
    }
}

static void restart_due(osp_supervisor *self)
{
    const int64_t now = osp_supervisor_now_ms();
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

/* One that hangs while it starts has no beats that could fail to come. */
static void watch_start(const osp_supervisor *self, osp_seat *at)
{
    if (osp_seat_start_hangs(at, osp_supervisor_now_ms())) {
        osp_journal_tell(&self->book->journal, OSP_LOG_ERROR,
                         "worker %d hangs: it does not serve %d s after its start", (int)at->pid,
                         OSP_WORKER_START_S);
        kill(at->pid, SIGKILL);
    }
}

static void watch_seat(osp_supervisor *self, size_t index)
{
    osp_seat *at = &self->seats[index];
    const osp_page *page = self->shared[index].page;
    const uint32_t stuck_s = self->config->deadlines.stuck_s;
    if (at->pid == 0) {
        return;
    }
    if (atomic_load(&page->serving) == 0) {
        watch_start(self, at);
        return;
    }
    if (at->kill_ms != 0 && osp_supervisor_now_ms() >= at->kill_ms) {
        kill(at->pid, SIGKILL);
        return;
    }
    if (!osp_seat_look(at, atomic_load(&page->beats), osp_supervisor_now_ms()) || at->silent == 0) {
        return;
    }
    if (is_held(at->pid)) {
        at->silent = 0;
    }
    if (at->silent >= stuck_s && at->kill_ms == 0) {
        osp_journal_tell(&self->book->journal, OSP_LOG_ERROR,
                         "worker %d hangs: its loop has stood still for %u s", (int)at->pid,
                         (unsigned)stuck_s);
        at->kill_ms = osp_supervisor_now_ms() + OSP_STUCK_KILL_MS;
        (void)syscall(SYS_tgkill, at->pid, at->pid, SIGABRT); /* the thread of the loop */
    }
}

static void retired_kill(const osp_supervisor *self)
{
    for (size_t i = 0; i < OSP_RETIRED_COUNT; i++) {
        if (self->retired[i].pid != 0 && osp_supervisor_now_ms() >= self->retired[i].kill_ms) {
            kill(self->retired[i].pid, SIGKILL);
        }
    }
}

/* The watchdog hears of us only while workers go round: one is enough, the others are replaced. */
static void tell_watchdog(osp_supervisor *self)
{
    const int64_t now = osp_supervisor_now_ms();
    uint32_t beats = 0;
    for (size_t i = 0; i < self->seat_count; i++) {
        if (self->seats[i].pid != 0) {
            beats += atomic_load(&self->shared[i].page->beats);
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

/* ---------------------------------------------------------------- the end, and another one */

static void set_open(osp_supervisor *self, bool open)
{
    self->open = open;
    for (size_t i = 0; i < PROCESSES_MAX; i++) {
        if (page_at(self, i) != NULL) {
            atomic_store(&page_at(self, i)->open, open);
        }
    }
}

static void upgrade_begin(osp_supervisor *self)
{
    osp_error err = { 0 };
    if (self->reload.on && !osp_reload_pauses(&self->reload)) {
        osp_journal_tell(&self->book->journal, OSP_LOG_WARNING,
                         "upgrade: refused, a reload is under way");
        return;
    }
    const osp_takeover_options with = { .listeners = &self->listeners,
                                        .arguments = self->options->arguments,
                                        .mask = &self->old_mask,
                                        .journal = &self->book->journal,
                                        .now_ms = osp_supervisor_now_ms() };
    if (osp_takeover_start(&self->upgrade, &with, &err) != OSP_OK) {
        osp_journal_tell(&self->book->journal, OSP_LOG_WARNING, "upgrade: %s", err.message);
        return;
    }
    osp_notify_reloading(&self->notify);
}

static void upgrade_look(osp_supervisor *self)
{
    if (self->upgrade.pid == 0) {
        return;
    }
    if (osp_takeover_serves(&self->upgrade)) {
        upgrade_done(self);
    } else if (osp_supervisor_now_ms() - self->upgrade.since_ms >
               (int64_t)OSP_TAKEOVER_START_S * 1000) {
        kill(self->upgrade.pid, SIGKILL); /* reap sees it */
    }
}

/* When the workers are told to end, of which /readyz has told first. */
static int64_t leave_due_ms(const osp_supervisor *self)
{
    return self->leave_ms + (int64_t)self->config->deadlines.drain_delay_s * 1000;
}

/* Somebody asks for the end: the second time, at once. */
static void leave(osp_supervisor *self)
{
    if (self->leave_ms != 0) {
        stop_begin(self);
        return;
    }
    self->leave_ms = osp_supervisor_now_ms();
    if (self->upgrade.pid != 0) {
        kill(self->upgrade.pid, SIGKILL); /* or it would go on in our place */
    }
    set_open(self, false);
    osp_notify_say(&self->notify, "STOPPING=1\nSTATUS=waiting for the last requests");
    if (self->config->deadlines.drain_delay_s == 0) {
        stop_begin(self);
    }
}

/* Milliseconds to wait for a signal. */
static int64_t wait_ms(const osp_supervisor *self)
{
    const int64_t now = osp_supervisor_now_ms();
    int64_t due = osp_seats_due_ms(self->seats, self->seat_count, now);
    if (self->stop_ms != 0) {
        due = self->stop_ms +
              (!self->closed ? REFUSE_AFTER_MS : osp_supervisor_kill_after_ms(self)) - now;
        due = due > 0 ? due : KILL_AGAIN_MS;
    }
    if (self->leave_ms != 0 && self->stop_ms == 0) {
        const int64_t left = leave_due_ms(self) > now ? leave_due_ms(self) - now : 0;
        due = due < 0 || left < due ? left : due;
    }
    int64_t most = self->upgrade.pid != 0 ? UPGRADE_LOOK_MS : OSP_LOOK_MS;
    if (self->reload.on && self->leave_ms == 0 && self->stop_ms == 0) {
        const int64_t left = self->reload.next.restart_ms - now; /* of a pause */
        const int64_t look = left > RELOAD_LOOK_MS ? left : RELOAD_LOOK_MS;
        most = look < most ? look : most;
    }
    if (self->notify.watchdog_ms > 0 && self->notify.watchdog_ms / 4 < most) {
        most = self->notify.watchdog_ms / 4;
    }
    return due < 0 || due > most ? most : due;
}

static void close_listeners(osp_supervisor *self)
{
    if (!self->closed) {
        osp_listen_close(&self->listeners, self->handed_over);
        self->closed = true;
    }
}

/* One step of the end.  False when no worker is left. */
static bool stop_on(osp_supervisor *self)
{
    const int64_t passed_ms = osp_supervisor_now_ms() - self->stop_ms;
    if (passed_ms >= REFUSE_AFTER_MS) {
        close_listeners(self);
    }
    if (passed_ms >= osp_supervisor_kill_after_ms(self)) {
        signal_all(self, SIGKILL);
    }
    return signal_all(self, 0) != 0;
}

/* ---------------------------------------------------------------- supervising */

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
static bool is_reload(const osp_supervisor *self, const siginfo_t *info)
{
    return info->si_signo == SIGHUP && info->si_code != SI_KERNEL &&
           (!self->has_terminal || terminal_is_there());
}

static void take_signal(osp_supervisor *self, const siginfo_t *info)
{
    const bool reload = is_reload(self, info), upgrade = info->si_signo == SIGUSR2;
    if (info->si_signo == SIGUSR1) {
        osp_journal_tell(&self->book->journal, OSP_LOG_WARNING,
                         "SIGUSR1 means nothing here; SIGHUP opens the logs anew");
    } else if (!reload && !upgrade) {
        leave(self);
    } else if (self->leave_ms != 0) {
        osp_journal_tell(&self->book->journal, OSP_LOG_WARNING,
                         "%s: refused, the end was asked for", reload ? "reload" : "upgrade");
    } else if (reload) {
        osp_reload_begin(self);
    } else {
        upgrade_begin(self);
    }
}

/* One step of serving.  Once the end was asked for, nothing new begins. */
static void serve_on(osp_supervisor *self)
{
    restart_due(self);
    for (size_t i = 0; i < self->seat_count; i++) {
        watch_seat(self, i);
    }
    if (self->leave_ms == 0) {
        osp_reload_step(self);
    }
    retired_kill(self);
}

static void supervise(osp_supervisor *self, const sigset_t *signals)
{
    for (;;) {
        reap(self);
        tell_watchdog(self);
        osp_journal_tick(&self->book->journal);
        if (self->leave_ms == 0 && self->stop_ms == 0) {
            upgrade_look(self);
        }
        if (self->leave_ms != 0 && self->stop_ms == 0 &&
            osp_supervisor_now_ms() >= leave_due_ms(self)) {
            stop_begin(self);
        }
        if (self->stop_ms == 0) {
            serve_on(self);
        } else if (!stop_on(self)) {
            return;
        }
        const int64_t due = wait_ms(self);
        const struct timespec wait = { .tv_sec = due / 1000, .tv_nsec = due % 1000 * 1000000 };
        siginfo_t info;
        const int signal = sigtimedwait(signals, &info, &wait);
        if (signal > 0 && signal != SIGCHLD && self->stop_ms == 0) {
            take_signal(self, &info);
        }
    }
}

/* What the supervisor waits for: its end, by any way to ask for it, and that of a worker. */
static void signals_begin(osp_supervisor *self, sigset_t *signals)
{
    struct sigaction hangup;
    sigemptyset(signals);
    sigaddset(signals, SIGTERM);
    sigaddset(signals, SIGINT);
    sigaddset(signals, SIGCHLD);
    sigaddset(signals, SIGUSR1); /* which would end it, and by which other servers reopen logs */
    sigaddset(signals, SIGUSR2);
    /* Under nohup it stays ignored; waiting would take it in spite of that. */
    if (sigaction(SIGHUP, NULL, &hangup) == 0 && hangup.sa_handler != SIG_IGN) {
        sigaddset(signals, SIGHUP);
    }
    (void)signal(SIGPIPE, SIG_IGN); /* who reads the log may be gone */
    (void)signal(SIGXFSZ, SIG_IGN); /* or it may not grow */
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

static void announce(const osp_supervisor *self, bool json)
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

/* Until it serves. */
static osp_status begin(osp_supervisor *self, osp_error *err)
{
    if (osp_config_seal(self->config, &self->config_fd) != OSP_OK) {
        return osp_error_set(err, OSP_E_IO, "cannot hand the configuration to workers: %s",
                             strerror(errno));
    }
    OSP_TRY(listeners_open(self, err));
    OSP_TRY(start_all(self, err));
    set_open(self, true);
    self->beaten_ms = osp_supervisor_now_ms();
    osp_handover_done(&self->handover, &self->listeners);
    return OSP_OK;
}

static void run(osp_supervisor *self, const sigset_t *signals)
{
    const osp_str pid_file = first_config(self)->pid_file;
    if (pid_file.len > 0 && osp_pid_file_write(pid_file) != OSP_OK) {
        const int cause = errno;
        osp_journal_say(&self->book->journal, OSP_LOG_WARNING, "cannot write %.*s: %s",
                        OSP_ARG(pid_file), strerror(cause));
    }
    announce(self, self->options->json);
    osp_notify_say(&self->notify, "READY=1\nSTATUS=serving, workers: %zu", self->seat_count);
    supervise(self, signals);
    if (pid_file.len > 0) {
        osp_pid_file_remove(pid_file);
    }
}

int osp_supervise(const osp_app_def *app, const osp_serve_options *options,
                  const osp_settings *settings, osp_logbook *book)
{
    osp_error error = { 0 };
    osp_supervisor *self = calloc(1, sizeof *self);
    if (self == NULL) {
        return 1;
    }
    self->app = app;
    self->options = options;
    self->book = book;
    self->handover.ready_fd = -1;
    self->first = settings;
    osp_supervisor_take(self, settings->value);
    self->seat_count = osp_reload_seats(self->config);
    OSP_ASSERT(self->seat_count >= 1 && self->seat_count <= OSP_WORKERS_MAX);
    self->pid = getpid();
    self->has_terminal = terminal_is_there();
    sigset_t signals;
    signals_begin(self, &signals);
    osp_notify_open(&self->notify);
    const osp_status status = begin(self, &error);
    if (status == OSP_OK) {
        run(self, &signals);
    } else {
        osp_journal_say(&book->journal, OSP_LOG_ERROR, "%s", error.message);
        signal_all(self, SIGKILL);
        self->handed_over = self->handover.ready_fd >= 0; /* back to the one before */
    }
    close_listeners(self);
    osp_notify_close(&self->notify);
    osp_settings_done(&self->later);
    free(self);
    return status != OSP_OK;
}
