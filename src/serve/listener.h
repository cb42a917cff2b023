/* The socket that clients connect to. */
#ifndef OSP_SERVE_LISTENER_H
#define OSP_SERVE_LISTENER_H

#include "serve/config.h"

/* Listens where the configuration says.  ret_fd: owned by caller (close).
 * Returns   OSP_OK | OSP_E_INVALID (no such host) | OSP_E_BUSY (the port is taken) | OSP_E_IO */
OSP_MUST_CHECK osp_status osp_listener_open(const osp_config_listen *listen, int *ret_fd,
                                            osp_error *err);
/* The port that was bound; 0 when that cannot be told. */
int osp_listener_port(int fd);

#endif
