/* The sockets that clients connect to. */
#ifndef OSP_SERVE_LISTEN_H
#define OSP_SERVE_LISTEN_H

#include <sys/types.h>

#include "serve/address.h"

#define OSP_LISTENERS_MAX 16
#define OSP_LISTEN_BACKLOG_MAX 65535
#define OSP_LISTEN_BACKLOG 16384 /* unless said otherwise; the kernel's somaxconn may be less */
#define OSP_UNSENT_MAX                                                                             \
    262144 /* bytes of answers that the kernel keeps, beyond what is under way                     \
            */

typedef struct osp_listener {
    int fd;              /* -1: closed */
    osp_address address; /* that was bound */
    bool shared;         /* somebody else holds it too: it is closed, never shut down */
    bool made;           /* the file at address.path is ours to unlink, */
    dev_t device;        /* if it still is this one */
    ino_t inode;
} osp_listener;

/* Zero it to start. */
typedef struct osp_listeners {
    osp_listener at[OSP_LISTENERS_MAX];
    size_t count;
} osp_listeners;

/* Listens at all of these addresses, or at none of them.  One for all IPv6 addresses takes IPv4
 * too, unless another of them is for IPv4 at the same port.  A file that nobody listens at is
 * replaced.
 *
 * to       those that are there stay
 * Returns  OSP_OK | OSP_E_INVALID (no such host) | OSP_E_BUSY (taken; err says by whom, if /proc
 *          tells) | OSP_E_LIMIT | OSP_E_IO */
OSP_MUST_CHECK osp_status osp_listen(osp_listeners *to, const osp_address *addresses, size_t count,
                                     int backlog, osp_error *err);

/* Takes a socket that somebody else opened, as a shared one.
 *
 * fd       taken, on success
 * name     of the socket in messages
 * Returns  OSP_OK | OSP_E_INVALID (it is no listening stream socket) | OSP_E_LIMIT */
OSP_MUST_CHECK osp_status osp_listen_adopt(osp_listeners *to, int fd, const char *name,
                                           osp_error *err);
/* What this process is to do with one that it took.  made: its file is ours to unlink. */
void osp_listen_own(osp_listener *at, bool shared, bool made);

/* How many may queue at each socket of ours, from now on. */
void osp_listen_backlog(const osp_listeners *of, int backlog);

/* Closes all.  Who waits in the queue of one that is not shared is refused; files of ours are
 * unlinked, unless `keep`: another process goes on with them. */
void osp_listen_close(osp_listeners *of, bool keep);

/* The port of the first that has one; 0: none has. */
uint16_t osp_listen_port(const osp_listeners *of);

#endif
