/* SIGHUP reads the configuration again.  One that is not valid changes nothing.  For a valid one
 * the workers are replaced one after the other:
 *
 *     start a worker with the new one --> it serves --> it takes the seat, the old one retires
 *         ^                                                                      |
 *         +---------------------------- the next seat ---------------------------+
 *
 * The old one ends when its clients have had their answers.  The first worker that serves puts the
 * new configuration in force; before that, its end means that the old one stays.  It is said to be
 * in force when no old worker takes another connection.
 *
 * After the first there is no way back: the old configuration may be as bad by now, and the workers
 * that still have it serve.  So a later one that does not serve is tried again after the pauses of
 * a crash loop (seat.c), for as long as it takes; the log says how many have which.  During such a
 * pause another reload starts over, and an upgrade is let pass.
 *
 * While another executable takes over, nothing is read again, nor the other way round: which
 * workers are the old ones would be anybody's guess. */
#include <stdio.h>
#include <unistd.h>

#include "serve/cpus.h"
#include "serve/supervisor_impl.h"
#include "serve/worker.h"

#define SAID_MAX 128

static const osp_config *config_of(const osp_settings *settings)
{
    return settings->value;
}

void osp_supervisor_take(osp_supervisor *self, const osp_config *config)
{
    self->config = config;
    const uint32_t drain_s = config->deadlines.drain_s;
    self->drain_s = drain_s > self->drain_s ? drain_s : self->drain_s;
}

static bool by_option(const osp_supervisor *self, osp_str path)
{
    return osp_settings_find(self->first, path)->source == OSP_SETTINGS_OPTION;
}

bool osp_supervisor_by_host(const osp_supervisor *self)
{
    const bool elsewhere = config_of(self->first)->listen.addresses.count > 0 || self->given > 0;
    return !elsewhere || by_option(self, OSP_STR("listen.host")) ||
           by_option(self, OSP_STR("listen.port"));
}

size_t osp_reload_seats(const osp_config *config)
{
    return config->workers != 0 ? config->workers : osp_cpus_usable(OSP_WORKERS_MAX);
}

static osp_process *retired_free(osp_supervisor *self)
{
    for (size_t i = 0; i < OSP_RETIRED_COUNT; i++) {
        if (self->retired[i].pid == 0) {
            return &self->retired[i];
        }
    }
    return NULL;
}

/* Lets the worker of a seat end in its own time; the seat is as new. */
static void seat_retire(osp_supervisor *self, size_t index, osp_process *ret_old)
{
    osp_seat *at = &self->seats[index];
    if (at->pid != 0) {
        const int64_t kill_ms = osp_supervisor_now_ms() + osp_supervisor_kill_after_ms(self);
        *ret_old =
            (osp_process){ .pid = at->pid, .shared = self->shared[index], .kill_ms = kill_ms };
        self->shared[index] = (osp_shared){ NULL, -1 };
        kill(at->pid, OSP_RETIRE);
    }
    osp_shared_close(&self->shared[index]);
    *at = (osp_seat){ 0 };
}

/* What the supervisor has done once and for all.  Says what the new settings would have otherwise.
 */
static void say_fixed(const osp_supervisor *self, const osp_settings *settings)
{
    static const struct {
        const char *path;
        bool of_host;
    } fixed[] = {
        { "listen.host", true },       { "listen.port", true },  { "pid_file", false },
        { "listen.addresses", false }, { "harden.user", false }, { "harden.umask", false }
    };
    osp_buf before, after;
    osp_buf_init(&before, NULL, 0, OSP_SETTINGS_FILE_MAX);
    osp_buf_init(&after, NULL, 0, OSP_SETTINGS_FILE_MAX);
    for (size_t i = 0; i < OSP_ARRAY_LEN(fixed); i++) {
        const osp_str path = osp_str_from(fixed[i].path);
        before.len = after.len = 0;
        if ((!fixed[i].of_host || osp_supervisor_by_host(self)) &&
            osp_settings_show(self->first, osp_settings_find(self->first, path), &before) ==
                OSP_OK &&
            osp_settings_show(settings, osp_settings_find(settings, path), &after) == OSP_OK &&
            !osp_str_equal((osp_str){ before.ptr, before.len },
                           (osp_str){ after.ptr, after.len })) {
            osp_journal_say(&self->book->journal, OSP_LOG_WARNING,
                            "reload: %s stays %.*s until a restart", fixed[i].path, (int)before.len,
                            before.ptr);
        }
    }
    osp_buf_done(&before);
    osp_buf_done(&after);
}

/* The service manager has been told of a reload, which is over. */
static void tell_over(const osp_supervisor *self, bool failed)
{
    if (self->leave_ms == 0 && self->stop_ms == 0) {
        osp_notify_say(&self->notify, "READY=1\nSTATUS=serving, workers: %zu%s", self->seat_count,
                       failed ? "; a reload failed" : "");
    }
}

/* What a reload holds that has put nothing in force. */
static void drop(osp_reload *r)
{
    if (!r->in_force) {
        close(r->config_fd);
        osp_logs_close(&r->logs);
        osp_settings_done(&r->settings);
    }
    r->on = false;
}

bool osp_reload_pauses(const osp_reload *r)
{
    return r->on && r->next.pid == 0 && r->next.restart_ms != 0;
}

/* What the new workers will be handed. */
static osp_status read_again(osp_supervisor *self, osp_reload *r, osp_error *err)
{
    const osp_status status = osp_config_load(&r->settings, &self->options->config, environ);
    osp_journal_say_lines(&self->book->journal,
                          (osp_str){ r->settings.said.ptr, r->settings.said.len });
    if (status != OSP_OK) {
        return osp_error_set(err, status, "%s",
                             status == OSP_E_INVALID ? "the new one is not valid"
                                                     : osp_status_text(status));
    }
    OSP_TRY(osp_logs_open(&config_of(&r->settings)->log, &self->book->std, &r->logs, err));
    return osp_config_seal(r->settings.value, &r->config_fd) == OSP_OK
               ? OSP_OK
               : osp_error_set(err, OSP_E_IO, "%s", osp_status_text(OSP_E_IO));
}

void osp_reload_begin(osp_supervisor *self)
{
    osp_reload *r = &self->reload;
    osp_reload next = { .on = true, .logs = { -1, -1 } };
    if (r->on && !osp_reload_pauses(r)) {
        r->wanted = true;
        return;
    }
    if (self->upgrade.pid != 0) {
        osp_journal_say(&self->book->journal, OSP_LOG_WARNING,
                        "reload: refused, process %d is about to take over",
                        (int)self->upgrade.pid);
        return;
    }
    osp_notify_reloading(&self->notify);
    osp_error err = { 0 };
    if (read_again(self, &next, &err) != OSP_OK) {
        osp_journal_say(&self->book->journal, OSP_LOG_WARNING,
                        "reload: %s; the old configuration stays", err.message);
        osp_logs_close(&next.logs);
        osp_settings_done(&next.settings);
        tell_over(self, true);
        return;
    }
    if (r->on) {
        drop(r); /* it came no further */
    }
    next.seat_count = osp_reload_seats(config_of(&next.settings));
    *r = next;
    say_fixed(self, &r->settings);
}

/* The worker of the next seat has failed: says what follows, and how far it has come. */
static void say_failed(osp_supervisor *self, pid_t pid, int how)
{
    const osp_reload *r = &self->reload;
    char next[SAID_MAX] = " before it served; the old configuration stays";
    if (r->in_force) {
        (void)snprintf(next, sizeof next,
                       " before it served; trying again in %.2f s, failed start %u in a row",
                       (double)r->next.pause_ms / 1000, (unsigned)r->next.failed_starts);
    }
    const osp_last_words words = osp_page_last_words(r->shared.page);
    osp_worker_say_ended(self, pid, how, &words, next);
    if (r->in_force && r->next.failed_starts == 1) {
        osp_journal_say(
            &self->book->journal, OSP_LOG_WARNING,
            "reload: %zu of %zu workers have the new configuration, others still the old one",
            r->at, r->seat_count);
        osp_notify_say(&self->notify, "STATUS=serving, %zu of %zu workers reloaded", r->at,
                       r->seat_count);
    }
}

void osp_reload_next_ended(osp_supervisor *self, int how)
{
    osp_reload *r = &self->reload;
    const pid_t pid = r->next.pid;
    osp_seat_vacated(&r->next, false, osp_supervisor_now_ms());
    if (self->stop_ms == 0) {
        say_failed(self, pid, how);
    }
    osp_shared_close(&r->shared);
    if (!r->in_force) {
        drop(r);
        tell_over(self, true);
    } else if (r->wanted) {
        osp_reload_begin(self);
    }
}

static void put_in_force(osp_supervisor *self)
{
    osp_reload *r = &self->reload;
    close(self->config_fd);
    osp_supervisor_take(self, config_of(&r->settings));
    osp_settings_done(&self->later);
    self->later = r->settings;
    self->config_fd = r->config_fd;
    osp_logbook_take(self->book, &r->logs, &self->config->log);
    r->logs = (osp_logs){ -1, -1 };
    r->in_force = true;
    osp_listen_backlog(&self->listeners, (int)self->config->listen.backlog);
}

/* Starts the worker that is to take the next seat. */
static void next_start(osp_supervisor *self)
{
    osp_reload *r = &self->reload;
    const int64_t now = osp_supervisor_now_ms();
    const osp_outfit outfit = { r->in_force ? self->config_fd : r->config_fd,
                                r->in_force ? &self->book->logs : &r->logs, false };
    int ready_fd;
    pid_t pid;
    if (osp_shared_open(&r->shared) == OSP_OK) {
        const osp_page *other = self->shared[0].page; /* what is shut stays so */
        for (size_t row = 0; other != NULL && row < OSP_CRASHES_ROUTES; row++) {
            if (atomic_load(&other->shut_count) != 0) {
                osp_page_shut(r->shared.page, row, atomic_load(&other->shut[row].route),
                              atomic_load(&other->shut[row].until_s));
            }
        }
    }
    if (osp_worker_start(self, &r->shared, &outfit, &pid, &ready_fd) == OSP_OK) {
        close(ready_fd);
        osp_seat_taken(&r->next, pid, now);
        r->next.kill_ms = now + OSP_WORKER_START_S * INT64_C(1000);
        return;
    }
    osp_shared_close(&r->shared);
    osp_seat_refused(&r->next, now);
}

/* The new worker serves: it takes the seat. */
static void next_promote(osp_supervisor *self)
{
    osp_reload *r = &self->reload;
    osp_process *old = retired_free(self);
    OSP_ASSERT(old != NULL && r->at < OSP_WORKERS_MAX);
    if (!r->in_force) {
        put_in_force(self);
    }
    if (r->at < self->seat_count) {
        seat_retire(self, r->at, old);
    } else {
        self->seat_count = r->at + 1;
    }
    osp_seat_taken(&self->seats[r->at], r->next.pid, r->next.started_ms);
    self->shared[r->at++] = r->shared;
    r->next = (osp_seat){ 0 };
    r->shared = (osp_shared){ NULL, -1 };
}

/* Whether an old worker, told to retire, may still take a connection. */
static bool old_ones_accept(const osp_supervisor *self)
{
    for (size_t i = 0; i < OSP_RETIRED_COUNT; i++) {
        const osp_process *old = &self->retired[i];
        if (old->pid != 0 && old->shared.page != NULL &&
            atomic_load(&old->shared.page->retired) == 0) {
            return true;
        }
    }
    return false;
}

static void end(osp_supervisor *self)
{
    const bool wanted = self->reload.wanted;
    osp_journal_say(&self->book->journal, OSP_LOG_INFO,
                    "reload: the new configuration is in force");
    self->reload.on = false;
    tell_over(self, false);
    if (wanted) {
        osp_reload_begin(self);
    }
}

void osp_reload_step(osp_supervisor *self)
{
    osp_reload *r = &self->reload;
    const int64_t now = osp_supervisor_now_ms();
    if (r->next.pid != 0) {
        if (atomic_load(&r->shared.page->serving) != 0) {
            next_promote(self);
        } else if (now >= r->next.kill_ms) {
            kill(r->next.pid, SIGKILL); /* reap sees it */
        }
        return;
    }
    if (!r->on || r->next.restart_ms > now || self->upgrade.pid != 0) {
        return;
    }
    osp_process *old = retired_free(self);
    if (old == NULL) {
        return; /* until one has ended */
    }
    if (r->at < r->seat_count) {
        next_start(self);
    } else if (self->seat_count > r->seat_count) {
        seat_retire(self, --self->seat_count, old);
    } else if (!old_ones_accept(self)) {
        end(self);
    }
}
