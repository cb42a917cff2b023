/* A worker that serves one generation of the application. */
#ifndef OSP_DEV_SERVER_H
#define OSP_DEV_SERVER_H

#include <limits.h>

#include "agent/channel.h"
#include "dev/report.h"
#include "serve/pulse.h"
#include "serve/spawn.h"

#define OSP_SERVER_HELD_MS 3000   /* for which words are kept from the terminal */
#define OSP_SERVER_SAID_MAX 65536 /* the last bytes of its words that are kept */

/* Zero it to start. */
typedef struct osp_server {
    pid_t pid; /* 0: there is none */
    int64_t generation;
    char path[PATH_MAX]; /* of its executable; "": the command itself, which has no application */
    bool fast;           /* it has no sanitizers */
    bool serves;
    bool quiet;   /* no page need be loaded anew when it takes the place of another one */
    int ready_fd; /* until it serves, or has died; then -1 */
    int said_fd;  /* its standard error; -1: closed */
    osp_channel channel;
    osp_shared shared;
    osp_buf said;
    osp_buf held;        /* of these, what a report may be made of: not passed on yet */
    int64_t held_ms;     /* since when; 0: nothing is */
    int64_t reported_ms; /* when the last line came that begins a report; 0: none */
    char told[640];      /* of the last request that failed: what the log says of it */
    osp_buf crashed;     /* the request that ended it, as JSON; empty: it has told of none */
    int64_t started_ms, served_ms;
    int64_t kill_ms; /* of one that has left its place or hangs; 0: it is not killed */
    osp_pulse pulse;
    int64_t used_ms; /* of processors, when it beat last */
    osp_hang hang;   /* for which it is ended */
    bool returns;    /* one has crashed, and nothing was built since */
    bool announced;  /* that it serves has been said */
    bool announces;  /* when it has retired, what serves in its place is told of */
    uint64_t asked;  /* requests of the application that it has answered */
} osp_server;

/* Starts it as server->path, generation and fast say.
 *
 * with     without path, page and channel; errors_fd: is not used
 * Returns  OSP_OK | OSP_E_IO: errno tells */
OSP_MUST_CHECK osp_status osp_server_start(osp_server *server, const osp_spawn *with,
                                           int64_t now_ms);
/* What it has said since is kept, and goes to standard error unless it is of an end to come.  Of
 * one that never stops a part is read, which is more than a pipe holds of one that has ended. */
void osp_server_listen(osp_server *server, int64_t now_ms);
/* Whether ready_fd, which is readable, says that it serves; else it has died. */
bool osp_server_is_ready(osp_server *server);
/* Passes on what was held, unless it is new: nobody makes a report of it. */
void osp_server_release(osp_server *server, int64_t now_ms);
/* Has it end, and say where it is, when it does not serve in its time or its loop stands still for
 * `stuck_s`; not while a debugger holds it, or while it says what it dies of. */
void osp_server_watch(osp_server *server, uint32_t stuck_s, int64_t now_ms);
/* It has ended and been waited for. */
void osp_server_done(osp_server *server);

#endif
