/* What the command line says about serving. */
#ifndef OSP_SERVE_OPTIONS_H
#define OSP_SERVE_OPTIONS_H

#include "serve/config.h"

typedef struct osp_serve_options {
    osp_config_args config; /* read again on SIGHUP */
    bool json;              /* announce as one line of JSON */
    char *const *arguments; /* of the process, for the one that takes over */
} osp_serve_options;

#endif
