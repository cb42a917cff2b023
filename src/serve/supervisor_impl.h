/* The supervisor, as the files see it that it is made of.  Each calls only those below:
 * supervisor.c, reload.c, ended.c, workers.c. */
#ifndef OSP_SERVE_SUPERVISOR_IMPL_H
#define OSP_SERVE_SUPERVISOR_IMPL_H

#include <openspeed/manifest.h>
#include <signal.h>

#include "serve/crashes.h"
#include "serve/logbook.h"
#include "serve/options.h"
#include "serve/seat.h"
#include "serve/spawn.h"
#include "serve/systemd.h"
#include "serve/takeover.h"

#define OSP_RETIRED_COUNT ((size_t)2 * OSP_WORKERS_MAX)

/* A worker that has left its seat. */
typedef struct osp_process {
    pid_t pid; /* 0: none */
    osp_shared shared;
    int64_t kill_ms;
} osp_process;

/* Workers are being replaced. */
typedef struct osp_reload {
    bool on;
    bool wanted;   /* once more, behind this one */
    bool in_force; /* the supervisor's own settings are the new ones */
    osp_settings settings;
    size_t seat_count; /* that the new ones ask for */
    int config_fd;
    osp_logs logs;
    size_t at; /* the seat that is next */
    osp_seat
        next; /* the worker that is to take it, which pauses like one of a seat when it fails */
    osp_shared shared; /* its own */
} osp_reload;

typedef struct osp_supervisor {
    const osp_app_def *app;
    const osp_serve_options *options;
    const osp_settings
        *first;         /* of the start; what they say of the sockets and of the process stays */
    osp_settings later; /* of the last reload; zero: there was none */
    const osp_config *config; /* that is in force */
    osp_logbook *book;        /* borrowed */
    int config_fd;            /* sealed, for workers */
    uint32_t drain_s;         /* the longest of all that were in force: old workers have theirs */
    osp_listeners listeners;
    size_t given; /* of them by the service manager */
    bool closed;  /* the listeners are */
    osp_seat seats[OSP_WORKERS_MAX];
    osp_shared shared[OSP_WORKERS_MAX]; /* of the seats */
    size_t seat_count;
    osp_process retired[OSP_RETIRED_COUNT];
    osp_reload reload;
    osp_crashes crashes;
    sigset_t old_mask;
    bool has_terminal;
    osp_notify notify;
    osp_takeover upgrade;
    osp_handover handover;      /* from the one before */
    bool handed_over;           /* to another: the sockets are its own */
    uint32_t beats;             /* of all workers, at the last look */
    int64_t beaten_ms, told_ms; /* when they had grown; when the watchdog was told */
    uint32_t jobs_seed;         /* not 0; for the chance in the times of jobs */
    osp_jobs_done jobs_done;    /* by whoever had them last; zero: nobody did */
    bool open;                  /* all workers have served, and nobody has asked for the end */
    int64_t leave_ms;           /* when the end was asked for; 0: not yet */
    int64_t stop_ms;            /* when stopping began; 0: serving */
} osp_supervisor;

/* ---------------------------------------------------------------- workers.c */

int64_t osp_supervisor_now_ms(void);
/* How long a worker may take to end. */
int64_t osp_supervisor_kill_after_ms(const osp_supervisor *self);

/* What all workers of one configuration are handed. */
typedef struct osp_outfit {
    int config_fd;
    const osp_logs *logs;
    bool replaces; /* they stand in for workers that died */
} osp_outfit;

/* Starts a worker.  ret_ready_fd: reads one byte when it serves, end of file when it died.
 * OSP_OK | OSP_E_IO */
OSP_MUST_CHECK osp_status osp_worker_start(osp_supervisor *self, osp_shared *with,
                                           const osp_outfit *outfit, pid_t *ret_pid,
                                           int *ret_ready_fd);
/* Starts a worker for a seat that is empty and due; else does nothing. */
void osp_seat_refill(osp_supervisor *self, size_t index);
/* Starts one for each seat, and waits until all serve.  OSP_OK | OSP_E_IO | OSP_E_CLOSED (one
 * ended before) | OSP_E_CANCELLED (the end was asked for) */
OSP_MUST_CHECK osp_status osp_workers_start(osp_supervisor *self, osp_error *err);
/* Starts those that are due, ends those that hang.  Called at least once a second. */
void osp_workers_care(osp_supervisor *self);
/* Sends a signal to all; 0: to none.  Returns how many live. */
size_t osp_workers_signal(const osp_supervisor *self, int signal);
/* Kills those of a start that failed, and waits until each has died: it holds the sockets, and who
 * starts the next supervisor when this one has ended must find them free. */
void osp_workers_end(const osp_supervisor *self);
/* Keeps which jobs were begun, before the page of a worker that has ended goes. */
void osp_workers_note_jobs(osp_supervisor *self);
/* Copies what a page says, which is one after the other. */
static inline void osp_jobs_done_copy(osp_jobs_done *to, const osp_jobs_done *from)
{
    atomic_store(&to->all_s, atomic_load(&from->all_s));
    atomic_store(&to->some_s, atomic_load(&from->some_s));
    atomic_store(&to->some, atomic_load(&from->some));
}
/* Tells all whether new clients are welcome. */
void osp_workers_open(osp_supervisor *self, bool open);
/* Tells all, those that live and those to come, that a route is shut from now on. */
void osp_workers_shut(const osp_supervisor *self, uint32_t number, size_t row);
/* Tells one. */
void osp_page_shut(osp_page *page, size_t row, uint32_t number, uint32_t until_s);

/* ---------------------------------------------------------------- ended.c */

/* What a worker wrote into its page when it crashed, as far as it can be true. */
typedef struct osp_last_words {
    uint32_t route; /* osp_route_number */
    size_t request_len;
    char request[OSP_REQUEST_ID_MAX]; /* the id of the request */
    uint32_t frame_count;
    uint64_t frames[OSP_PAGE_FRAMES];
} osp_last_words;

osp_last_words osp_page_last_words(const osp_page *page);
/* Says that a worker has ended, and how; `what_now` stands behind it. */
void osp_worker_say_ended(const osp_supervisor *self, pid_t pid, int how,
                          const osp_last_words *words, const char *what_now);
/* The worker of a seat has ended.  how: as waitpid has it */
void osp_worker_ended(osp_supervisor *self, size_t index, int how);
/* One that had left its seat has. */
void osp_retired_ended(osp_supervisor *self, osp_process *old, int how);

/* ---------------------------------------------------------------- reload.c */

/* Puts a configuration in force.  borrowed until there is another */
void osp_supervisor_take(osp_supervisor *self, const osp_config *config);
/* Whether listen.host and listen.port say where it listens. */
bool osp_supervisor_by_host(const osp_supervisor *self);
/* Processes that a configuration asks for. */
size_t osp_reload_seats(const osp_config *config);
/* Somebody asks to read the configuration again. */
void osp_reload_begin(osp_supervisor *self);
/* Goes on with it, if it is under way; called often, unless the end was asked for. */
void osp_reload_step(osp_supervisor *self);
/* Whether it waits before it tries again: then something better may take its place. */
bool osp_reload_pauses(const osp_reload *reload);
/* The worker that was to take a seat has ended before. */
void osp_reload_next_ended(osp_supervisor *self, int how);

#endif
