/* What the service manager hands over, and what it is told. */
#ifndef OSP_SERVE_SYSTEMD_H
#define OSP_SERVE_SYSTEMD_H

#include <sys/socket.h>

#include "serve/listen.h"

/* Takes the sockets that LISTEN_FDS names, if they are for this process.  ret_count: how many.
 * Returns  OSP_OK | OSP_E_INVALID (one is no listening socket) | OSP_E_LIMIT */
OSP_MUST_CHECK osp_status osp_systemd_listen(osp_listeners *to, size_t *ret_count, osp_error *err);

/* Who is told how the service is. */
typedef struct osp_notify {
    int fd; /* -1: nobody */
    struct sockaddr_un to;
    socklen_t to_size;
    int64_t watchdog_ms; /* longer silence ends the service; 0: it may be silent */
} osp_notify;

/* As NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID say. */
void osp_notify_open(osp_notify *notify);
void osp_notify_close(osp_notify *notify);
/* Sends assignments, such as "READY=1\nSTATUS=serving"; waits a second at most for who does not
 * read. */
void osp_notify_say(const osp_notify *notify, const char *format, ...) OSP_PRINTF(2, 3);
/* Something is replaced while the service goes on; READY=1 ends it. */
void osp_notify_reloading(const osp_notify *notify);

/* Removes from the environment what was meant for this process alone. */
void osp_systemd_forget(void);

#endif
