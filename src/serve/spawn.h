/* Starts worker processes. */
#ifndef OSP_SERVE_SPAWN_H
#define OSP_SERVE_SPAWN_H

#include <signal.h>

#include "serve/listen.h"
#include "serve/page.h"

#define OSP_SPAWN_SELF "/proc/self/exe" /* the executable of this process */

/* What a worker is told and tells. */
typedef struct osp_shared {
    osp_page *page; /* NULL: none */
    int fd;
} osp_shared;

/* Makes the page that a seat shares with its workers, one after the other until they are replaced.
 * to: one that is there stays.  OSP_OK | OSP_E_IO */
OSP_MUST_CHECK osp_status osp_shared_open(osp_shared *to);
void osp_shared_close(osp_shared *of);
/* Forgets what a worker before has told. */
void osp_shared_clear(const osp_shared *of);

/* What a worker begins with; all borrowed for the call. */
typedef struct osp_spawn {
    const char *path; /* of its executable; NULL: that of this process */
    const osp_listeners *listeners;
    int page_fd, config_fd;
    int errors_fd;        /* becomes standard error */
    int access_fd;        /* -1: there is no access log */
    int channel_fd;       /* -1: `openspeed dev` does not start it */
    bool preview;         /* then: another one proves the application */
    const sigset_t *mask; /* the signals that it shall find blocked */
} osp_spawn;

/* Starts a worker, which hears of the end of this process.
 *
 * ret_ready_fd  reads one byte when it serves, end of file when it died; owned by caller (close)
 * Returns       OSP_OK | OSP_E_IO */
OSP_MUST_CHECK osp_status osp_worker_spawn(const osp_spawn *with, pid_t *ret_pid,
                                           int *ret_ready_fd);

#endif
