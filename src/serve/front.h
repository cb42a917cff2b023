/* What the command line says about the way to clients: where to listen and whom to believe. */
#ifndef OSP_SERVE_FRONT_H
#define OSP_SERVE_FRONT_H

#include "serve/listen.h"

/* Zero it to start. */
typedef struct osp_front {
    osp_address listen[OSP_LISTENERS_MAX];
    size_t listen_count;
    int backlog;           /* 0: OSP_LISTEN_BACKLOG */
    size_t listener_count; /* of a worker: the sockets that it was given */
} osp_front;

/* Reads one option with its value.  False: it is not one of these.  ret_valid: whether the value is
 * right; if not, standard error tells. */
bool osp_front_option(osp_front *front, const char *name, const char *value, bool *ret_valid);

#endif
