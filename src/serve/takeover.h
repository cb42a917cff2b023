/* Another executable takes over: the sockets go from supervisor to supervisor. */
#ifndef OSP_SERVE_TAKEOVER_H
#define OSP_SERVE_TAKEOVER_H

#include <signal.h>

#include "serve/journal.h"
#include "serve/listen.h"

#define OSP_TAKEOVER_START_S 600 /* in which the new one must serve; its migrations run in it */

/* Zero it to start. */
typedef struct osp_takeover {
    pid_t pid; /* 0: none is under way */
    int ready_fd;
    int64_t since_ms;
} osp_takeover;

/* What the next one begins with; borrowed for the call. */
typedef struct osp_takeover_options {
    const osp_listeners *listeners;
    char *const *arguments; /* of this process */
    const sigset_t *mask;   /* the signals that it shall find blocked */
    osp_journal *journal;   /* that says when it cannot be executed */
    int64_t now_ms;
} osp_takeover_options;

/* Starts the executable that stands at our place now.
 *
 * Returns  OSP_OK | OSP_E_BUSY (one is under way) | OSP_E_IO; err says why not */
OSP_MUST_CHECK osp_status osp_takeover_start(osp_takeover *upgrade,
                                             const osp_takeover_options *with, osp_error *err);
/* Whether the new one serves. */
bool osp_takeover_serves(const osp_takeover *upgrade);
/* It serves, or has ended. */
void osp_takeover_end(osp_takeover *upgrade);

/* In the new one: what it was given. */
typedef struct osp_handover {
    int ready_fd;                   /* -1: this is no handover */
    bool shared[OSP_LISTENERS_MAX]; /* the sockets are also those of a service manager */
    bool made[OSP_LISTENERS_MAX];
} osp_handover;

/* Takes the sockets that the old one hands over.  Returns OSP_OK | OSP_E_INVALID. */
OSP_MUST_CHECK osp_status osp_handover_take(osp_handover *ret_handover, osp_listeners *to,
                                            osp_error *err);
/* This process serves: from now on the sockets are its own, and the old one leaves. */
void osp_handover_done(osp_handover *handover, osp_listeners *listeners);

/* For a child that takes over nothing. */
void osp_handover_forget(void);

/* Writes the number of this process into a file, in one step.  OSP_OK | OSP_E_IO (errno). */
OSP_MUST_CHECK osp_status osp_pid_file_write(osp_str path);
/* Removes it if it still names this process. */
void osp_pid_file_remove(osp_str path);

#endif
