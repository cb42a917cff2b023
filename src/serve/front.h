/* What the command line says about the way to clients: where to listen and whom to believe. */
#ifndef OSP_SERVE_FRONT_H
#define OSP_SERVE_FRONT_H

#include "serve/listen.h"
#include "wire/ip.h"

/* Zero it to start. */
typedef struct osp_front {
    osp_address listen[OSP_LISTENERS_MAX];
    size_t listen_count;
    size_t listener_count; /* of a worker: the sockets that it was given */
    bool logs_access;      /* of a worker: it was given the access log */
    bool proxy_protocol;   /* trusted peers speak it */
    osp_trust trust;
    bool no_health;         /* /livez and /readyz are the application's */
    uint32_t drain_delay_s; /* from the word to end to doing so */
    const char *pid_file;   /* NULL: none */
    const char *trusted;    /* the text of `trust`; NULL: nobody */
} osp_front;

#define OSP_DRAIN_DELAY_S_MAX 600
#define OSP_FRONT_ARGS 16 /* words, with the NULL behind them */

/* Reads an option without a value.  False: it is not one of these. */
bool osp_front_flag(osp_front *front, const char *name);
/* Reads one option with its value.  False: it is not one of these.  ret_valid: whether the value is
 * right; if not, standard error tells. */
bool osp_front_option(osp_front *front, const char *name, const char *value, bool *ret_valid);

/* Whether what was said fits together; if not, standard error tells. */
bool osp_front_valid(const osp_front *front);

/* The options that a worker needs, as arguments; ends with NULL.  ret_args: has room for
 * OSP_FRONT_ARGS. */
void osp_front_args(const osp_front *front, const char **ret_args);

#endif
