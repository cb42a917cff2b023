/* The supervisor: holds the listening sockets and keeps workers alive behind it.
 *
 *     supervisor.c --> reload.c --> ended.c --> workers.c
 *
 * It does nothing else: no request, no database, no memory that grows.  Workers are started and
 * looked at in workers.c; what follows the end of one stands in ended.c.
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
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "serve/supervisor_impl.h"
#include "serve/worker.h"
#include "type/json.h"

#define KILL_AGAIN_MS 100
#define RELOAD_LOOK_MS 5   /* between two looks at whether a new worker serves */
#define UPGRADE_LOOK_MS 20 /* between two looks at whether the next one serves */
#define BEATEN_MS 2500     /* a worker that goes round beats more often */
#define REFUSE_AFTER_MS 50 /* workers that stop take what queues; then clients are refused */

/* ---------------------------------------------------------------- the sockets */

static const osp_config *first_config(const osp_supervisor *self)
{
    return self->first->value;
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

/* ---------------------------------------------------------------- the end, and another one */

static void stop_begin(osp_supervisor *self)
{
    self->stop_ms = osp_supervisor_now_ms();
    osp_workers_signal(self, self->handed_over ? OSP_RETIRE : SIGTERM);
}

/* Another process serves: this one has nothing left to do. */
static void upgrade_done(osp_supervisor *self)
{
    osp_notify_say(&self->notify, "MAINPID=%d\nREADY=1\nSTATUS=serving, upgraded",
                   (int)self->upgrade.pid);
    osp_journal_say(&self->book->journal, OSP_LOG_INFO, "upgrade: process %d serves, this one ends",
                    (int)self->upgrade.pid);
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
    osp_journal_say(&self->book->journal, OSP_LOG_ERROR,
                    "upgrade: process %d ended with %s %d before it served; this one goes on",
                    (int)self->upgrade.pid, WIFSIGNALED(how) ? "signal" : "code",
                    WIFSIGNALED(how) ? WTERMSIG(how) : WEXITSTATUS(how));
    osp_takeover_end(&self->upgrade);
    osp_notify_say(&self->notify, "READY=1\nSTATUS=serving; an upgrade failed");
}

static void upgrade_begin(osp_supervisor *self)
{
    osp_error err = { 0 };
    if (self->reload.on && !osp_reload_pauses(&self->reload)) {
        osp_journal_say(&self->book->journal, OSP_LOG_WARNING,
                        "upgrade: refused, a reload is under way");
        return;
    }
    const osp_takeover_options with = { .listeners = &self->listeners,
                                        .arguments = self->options->arguments,
                                        .mask = &self->old_mask,
                                        .journal = &self->book->journal,
                                        .now_ms = osp_supervisor_now_ms() };
    if (osp_takeover_start(&self->upgrade, &with, &err) != OSP_OK) {
        osp_journal_say(&self->book->journal, OSP_LOG_WARNING, "upgrade: %s", err.message);
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
    osp_workers_open(self, false);
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

/* One step of the end.  False when no worker is left, and nobody who was to take over. */
static bool stop_on(osp_supervisor *self)
{
    const int64_t passed_ms = osp_supervisor_now_ms() - self->stop_ms;
    if (passed_ms >= REFUSE_AFTER_MS) {
        close_listeners(self);
    }
    if (passed_ms >= osp_supervisor_kill_after_ms(self)) {
        osp_workers_signal(self, SIGKILL);
    }
    return osp_workers_signal(self, 0) != 0 || self->upgrade.pid != 0;
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
        osp_journal_say(&self->book->journal, OSP_LOG_WARNING,
                        "SIGUSR1 means nothing here; SIGHUP opens the logs anew");
    } else if (!reload && !upgrade) {
        leave(self);
    } else if (self->leave_ms != 0) {
        osp_journal_say(&self->book->journal, OSP_LOG_WARNING, "%s: refused, the end was asked for",
                        reload ? "reload" : "upgrade");
    } else if (reload) {
        osp_reload_begin(self);
    } else {
        upgrade_begin(self);
    }
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
            osp_worker_ended(self, i, how);
            return;
        }
    }
    for (size_t i = 0; i < OSP_RETIRED_COUNT; i++) {
        if (self->retired[i].pid == pid) {
            osp_retired_ended(self, &self->retired[i], how);
            return;
        }
    }
}

static void reap(osp_supervisor *self)
{
    int how;
    pid_t pid;
    while ((pid = waitpid(-1, &how, WNOHANG)) > 0) {
        osp_workers_note_jobs(self);
        ended(self, pid, how);
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

/* One step of serving.  Once the end was asked for, nothing new begins. */
static void serve_on(osp_supervisor *self)
{
    osp_workers_care(self);
    if (self->leave_ms == 0) {
        osp_reload_step(self);
    }
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
    fflush(stdout);
    osp_buf_done(&out);
}

/* For people; the access log has standard output to itself. */
static void announce_text(const osp_supervisor *self)
{
    char text[OSP_ADDRESS_TEXT_SIZE];
    FILE *to = osp_str_equal(first_config(self)->log.access, OSP_STR("stdout")) ? stderr : stdout;
    fprintf(to, "%s serves", osp_app_title(self->app));
    for (size_t i = 0; i < self->listeners.count; i++) {
        const osp_address *address = &self->listeners.at[i].address;
        osp_address_text(address, text, sizeof text);
        fprintf(to, "%s %s%s", i > 0 ? "," : "", address->kind == OSP_ADDRESS_TCP ? "http://" : "",
                text);
    }
    fprintf(to, "  (Ctrl-C stops it)\n\n");
    osp_routes_print(to, self->app, (osp_routes_options){ .json = false });
    fflush(to);
}

/* Until it serves. */
static osp_status begin(osp_supervisor *self, osp_error *err)
{
    if (osp_config_seal(self->config, &self->config_fd) != OSP_OK) {
        return osp_error_set(err, OSP_E_IO, "cannot hand the configuration to workers: %s",
                             strerror(errno));
    }
    OSP_TRY(listeners_open(self, err));
    OSP_TRY(osp_workers_start(self, err));
    osp_workers_open(self, true);
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
    if (self->options->json) {
        announce_json(&self->listeners);
    } else {
        announce_text(self);
    }
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
    self->jobs_seed = (uint32_t)osp_now_us() | 1u;
    self->has_terminal = terminal_is_there();
    sigset_t signals;
    signals_begin(self, &signals);
    osp_notify_open(&self->notify);
    const osp_status status = begin(self, &error);
    if (status == OSP_OK) {
        run(self, &signals);
    } else {
        osp_journal_say(&book->journal, OSP_LOG_ERROR, "%s", error.message);
        osp_workers_end(self);
        self->handed_over = self->handover.ready_fd >= 0; /* back to the one before */
    }
    close_listeners(self);
    osp_notify_close(&self->notify);
    osp_settings_done(&self->later);
    free(self);
    return status != OSP_OK;
}
