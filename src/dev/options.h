/* What the command line says about the developer's loop, and its limits. */
#ifndef OSP_DEV_OPTIONS_H
#define OSP_DEV_OPTIONS_H

#include "serve/config.h"

#define OSP_DEV_QUIET_MS 6  /* without a change, and then what has changed is built */
#define OSP_DEV_BURST_MS 60 /* for which changes may keep coming meanwhile */
#define OSP_DEV_TRIAL_MAX                                                                          \
    20 /* that a generation must answer; one that crashes before is taken back */
#define OSP_DEV_RETIRED_MAX 16   /* workers that have left and still answer somebody */
#define OSP_DEV_CLIENTS_MAX 1024 /* on their way from one worker to another; more are closed */
#define OSP_DEV_STOP_MS 1500     /* that workers have for their last requests */
#define OSP_DEV_START_S 60       /* that a worker has to serve */
#define OSP_DEV_STUCK_S 5 /* that its loop may stand still; deadlines.stuck_s where it is set */
#define OSP_DEV_ABORT_MS 10000 /* from SIGABRT, so that it can say where, to SIGKILL */

typedef struct osp_dev_options {
    const char *dir;        /* of the application, as the command line has it */
    osp_config_args config; /* read again when openspeed.json changes */
    bool fast;              /* tcc first, sanitizers behind it */
    bool poll;              /* look for changes, where the system tells of none */
    bool plain;             /* without sanitizers */
    bool json;              /* lines of JSON to standard output */
} osp_dev_options;

#endif
