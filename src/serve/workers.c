/* The workers of a supervisor: each is started, looked at, and told things, until it has ended.
 *
 * A worker gets the sockets by descriptor (spawn.c).  When one dies, connections go on queueing in
 * them and the next worker takes them, at once if the dead one had served (seat.c).
 *
 * A page shared with each worker (page.h) says that it goes round and, when it crashed, in which
 * route.  A worker whose loop stands still gets SIGABRT, so that its crash report names the route,
 * and then SIGKILL. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "serve/supervisor_impl.h"
#include "serve/worker.h"

#define KILL_BEHIND_MS 2000 /* from the end of a drain */
#define START_LOOK_MS 50    /* between two looks at whether the end is asked for */

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

/* ---------------------------------------------------------------- all of them */

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

size_t osp_workers_signal(const osp_supervisor *self, int signal)
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

void osp_workers_end(const osp_supervisor *self)
{
    osp_workers_signal(self, SIGKILL);
    for (size_t i = 0; i < PROCESSES_MAX; i++) {
        if (pid_at(self, i) > 0) {
            (void)waitpid(pid_at(self, i), NULL, 0);
        }
    }
}

void osp_workers_open(osp_supervisor *self, bool open)
{
    self->open = open;
    for (size_t i = 0; i < PROCESSES_MAX; i++) {
        if (page_at(self, i) != NULL) {
            atomic_store(&page_at(self, i)->open, open);
        }
    }
}

void osp_page_shut(osp_page *page, size_t row, uint32_t number, uint32_t until_s)
{
    atomic_store(&page->shut[row].route, number);
    atomic_store(&page->shut[row].until_s, until_s);
    if (atomic_load(&page->shut_count) != OSP_CRASHES_ROUTES) {
        atomic_store(&page->shut_count, OSP_CRASHES_ROUTES);
    }
}

void osp_workers_shut(const osp_supervisor *self, uint32_t number, size_t row)
{
    const uint32_t until_s = (uint32_t)(osp_supervisor_now_ms() / 1000) + OSP_CRASHES_SHUT_S;
    for (size_t i = 0; i < PROCESSES_MAX; i++) {
        if (page_at(self, i) != NULL) {
            osp_page_shut(page_at(self, i), row, number, until_s);
        }
    }
}

/* ---------------------------------------------------------------- starting */

osp_status osp_worker_start(osp_supervisor *self, osp_shared *with, const osp_outfit *outfit,
                            pid_t *ret_pid, int *ret_ready_fd)
{
    OSP_ASSERT(self->stop_ms == 0);
    OSP_TRY(osp_shared_open(with));
    osp_shared_clear(with);
    atomic_store(&with->page->open, self->open);
    atomic_store(&with->page->replaces, outfit->replaces);
    const osp_spawn spawn = { .listeners = &self->listeners,
                              .page_fd = with->fd,
                              .config_fd = outfit->config_fd,
                              .errors_fd = outfit->logs->errors,
                              .access_fd = outfit->logs->access,
                              .channel_fd = -1,
                              .mask = &self->old_mask };
    return osp_worker_spawn(&spawn, ret_pid, ret_ready_fd);
}

static osp_status seat_start(osp_supervisor *self, size_t index, bool replaces, int *ret_ready_fd)
{
    osp_seat *at = &self->seats[index];
    pid_t pid;
    OSP_ASSERT(at->pid == 0);
    const osp_outfit outfit = { self->config_fd, &self->book->logs, replaces };
    OSP_TRY(osp_worker_start(self, &self->shared[index], &outfit, &pid, ret_ready_fd));
    osp_seat_taken(at, pid, osp_supervisor_now_ms());
    return OSP_OK;
}

void osp_seat_refill(osp_supervisor *self, size_t index)
{
    const int64_t now = osp_supervisor_now_ms();
    osp_seat *at = &self->seats[index];
    int ready_fd;
    if (at->pid != 0 || at->restart_ms > now) {
        return;
    }
    if (seat_start(self, index, true, &ready_fd) == OSP_OK) {
        close(ready_fd);
    } else {
        osp_seat_refused(at, now);
    }
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
    if (read(ready_fd, &byte, 1) == 1) {
        return OSP_OK;
    }
    if (access(OSP_SPAWN_SELF, X_OK) != 0) {
        return osp_error_set(err, OSP_E_CLOSED,
                             "workers are started as " OSP_SPAWN_SELF ": %s; is /proc mounted?",
                             strerror(errno));
    }
    return osp_error_set(err, OSP_E_CLOSED, "a worker ended before it could serve");
}

osp_status osp_workers_start(osp_supervisor *self, osp_error *err)
{
    osp_status status = OSP_OK;
    int ready_fds[OSP_WORKERS_MAX];
    for (size_t i = 0; i < self->seat_count; i++) {
        if (seat_start(self, i, false, &ready_fds[i]) != OSP_OK) {
            return osp_error_set(err, OSP_E_IO, "cannot start a worker: %s", strerror(errno));
        }
    }
    for (size_t i = 0; i < self->seat_count; i++) {
        status = status == OSP_OK ? wait_ready(ready_fds[i], err) : status;
        close(ready_fds[i]);
    }
    return status;
}

/* ---------------------------------------------------------------- looking */

/* One that hangs while it starts has no beats that could fail to come. */
static void watch_start(const osp_supervisor *self, osp_seat *at)
{
    if (osp_seat_start_hangs(at, osp_supervisor_now_ms())) {
        osp_journal_say(&self->book->journal, OSP_LOG_ERROR,
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
    if (!osp_pulse_look(&at->pulse, atomic_load(&page->beats), osp_supervisor_now_ms()) ||
        at->pulse.silent == 0) {
        return;
    }
    if (osp_process_doing(at->pid) == OSP_DOING_NOTHING) {
        at->pulse.silent = 0;
    }
    if (at->pulse.silent >= stuck_s && at->kill_ms == 0) {
        osp_journal_say(&self->book->journal, OSP_LOG_ERROR,
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

/* ---------------------------------------------------------------- jobs */

void osp_workers_note_jobs(osp_supervisor *self)
{
    const int64_t now_s = osp_now_us() / 1000000;
    for (size_t i = 0; self->app->job_count > 0 && i < PROCESSES_MAX; i++) {
        const osp_page *page = page_at(self, i);
        const int64_t at_s = page != NULL ? atomic_load(&page->jobs_done.some_s) : 0;
        const int64_t known_s = atomic_load(&self->jobs_done.some_s);
        if (at_s != 0 && at_s >= known_s && at_s <= now_s) { /* a page may hold anything */
            osp_jobs_done_copy(&self->jobs_done, &page->jobs_done);
        }
    }
}

/* Jobs of which there is one belong to one worker, until it gives them back or ends. */
static void give_jobs(osp_supervisor *self)
{
    osp_workers_note_jobs(self); /* of who has given them back */
    for (size_t i = 0; i < PROCESSES_MAX; i++) {
        if (pid_at(self, i) > 0 && atomic_load(&page_at(self, i)->jobs) != 0) {
            return;
        }
    }
    for (size_t i = 0; i < self->seat_count; i++) {
        osp_page *page = self->shared[i].page;
        if (self->seats[i].pid > 0 && atomic_load(&page->serving) != 0 &&
            atomic_load(&page->retired) == 0) {
            osp_jobs_done_copy(&page->jobs_from, &self->jobs_done);
            atomic_store(&page->jobs, self->jobs_seed);
            return;
        }
    }
}

void osp_workers_care(osp_supervisor *self)
{
    if (self->app->job_count > 0) {
        give_jobs(self);
    }
    for (size_t i = 0; i < self->seat_count; i++) {
        osp_seat_refill(self, i);
        watch_seat(self, i);
    }
    retired_kill(self);
}
