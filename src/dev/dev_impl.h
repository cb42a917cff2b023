/* The developer's loop, as the files see it that it is made of.  Each calls only those below:
 * dev.c; generations.c and reports.c; memory.c. */
#ifndef OSP_DEV_DEV_IMPL_H
#define OSP_DEV_DEV_IMPL_H

#include "agent/history.h"
#include "build/outside.h"
#include "dev/builder.h"
#include "dev/options.h"
#include "dev/say.h"
#include "dev/server.h"
#include "dev/shown.h"
#include "dev/watch.h"

/* An executable that can be started again. */
typedef struct osp_program {
    int64_t generation; /* 0: none */
    char path[PATH_MAX];
    bool fast;
} osp_program;

typedef struct osp_dev {
    const osp_dev_options *options;
    osp_settings settings;
    int config_fd;    /* sealed, for workers */
    uint32_t stuck_s; /* that the loop of one may stand still */
    osp_arena outside_arena;
    osp_outside outside; /* what a build takes from elsewhere, by openspeed.json; asked for once */
    bool has_outside;
    osp_listeners listeners;
    sigset_t mask; /* that workers begin with */
    char url[512];
    osp_watcher *watcher;
    const char *missed;        /* by it, as was said */
    osp_changes changes;       /* that nobody has acted upon */
    int64_t first_ms, last_ms; /* when the first and the last of them came */
    osp_changes acted;         /* upon which, the last time */
    int64_t saved_ms;          /* when the first of these came */
    osp_builder builder;
    osp_built built;    /* the last that was good */
    int64_t generation; /* the last number that was given */
    int64_t started;    /* executables that were, which number their names */
    osp_server current, next;
    osp_server retired[OSP_DEV_RETIRED_MAX];
    int clients[OSP_DEV_CLIENTS_MAX]; /* idle ones of retired workers, on their way to `current` */
    size_t client_count;
    osp_program good;            /* what served well before the one that serves now */
    uint64_t names, built_names; /* osp_watch_names of what is built, and of what was */
    bool behind;                 /* what serves is not of the newest sources: they failed */
    bool templates_bad;          /* those on disk are not those that serve */
    bool settings_changed;       /* since what serves was started */
    bool preview;                /* what serves waits for the judgement of the sanitized build */
    osp_shown shown;             /* what is wrong */
    osp_history history;         /* of requests and the log */
    osp_program again;           /* is started then: */
    int64_t restart_ms;          /* 0: nothing is */
    int64_t pause_ms;
    size_t turns;    /* waits, so that each is looked at first in turn */
    int64_t stop_ms; /* when the end was asked for; 0: not yet */
} osp_dev;

int64_t osp_dev_now_ms(void);

/* ---------------------------------------------------------------- reports.c */

/* Says what is wrong, and has browsers show it. */
void osp_dev_report(osp_dev *dev, osp_report_kind kind, const char *sentence);
/* A build has failed.  error: its last sentence; said: all that it said */
void osp_dev_report_build(osp_dev *dev, const char *error, osp_str said);
/* The configuration is not valid.  said: why, a line each */
void osp_dev_report_settings(osp_dev *dev, osp_str said);
/* A worker has ended, and is not done yet.  what_now: what becomes of it; NULL: nothing */
void osp_dev_report_end(osp_dev *dev, osp_server *server, int how, const char *what_now);
/* A line of a worker, which may be about requests that fail. */
void osp_dev_hear_of_failures(osp_dev *dev, osp_server *server, osp_str line);
/* Browsers are told again of all that is wrong. */
void osp_dev_show(osp_dev *dev);
/* Nothing is any more. */
void osp_dev_clear(osp_dev *dev);
/* ---------------------------------------------------------------- memory.c */

/* A worker tells of a request or a line of the log, or asks for them; false: it does something
 * else. */
bool osp_dev_take_line(osp_dev *dev, osp_server *server, osp_str line);

/* ---------------------------------------------------------------- generations.c */

/* Tells the browsers of what serves.  data: JSON; empty: null */
void osp_dev_tell(osp_dev *dev, const char *event, osp_str data);
/* Has what serves read its templates again; it tells what came of that. */
void osp_dev_swap_templates(osp_dev *dev);
/* A build is good: starts its executable, which takes the place when it serves. */
void osp_dev_begin_generation(osp_dev *dev, const osp_built *built, bool fast);
/* Starts what serves once more, such as with another configuration. */
void osp_dev_begin_again(osp_dev *dev);
/* There is nothing to serve: says so at every URL. */
void osp_dev_begin_blank(osp_dev *dev);
/* The next one is ready, or has died: its pipe can be read. */
void osp_dev_next_told(osp_dev *dev);
/* A worker has ended and was waited for.  how: as waitpid has it */
void osp_dev_worker_ended(osp_dev *dev, pid_t pid, int how);
/* What is due by time. */
void osp_dev_look(osp_dev *dev);
/* A worker's channel can be read or written. */
void osp_dev_hear(osp_dev *dev, osp_server *server);
/* Gives such clients to what serves. */
void osp_dev_give_clients(osp_dev *dev);
/* Asks all to end, or kills them. */
void osp_dev_stop(osp_dev *dev, bool at_once);
/* Workers that live. */
size_t osp_dev_alive(const osp_dev *dev);

#endif
