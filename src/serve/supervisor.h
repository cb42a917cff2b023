/* The process that holds the listening sockets. */
#ifndef OSP_SERVE_SUPERVISOR_H
#define OSP_SERVE_SUPERVISOR_H

#include <openspeed/manifest.h>

#include "serve/front.h"

#define OSP_WORKERS_MAX 256

typedef struct osp_serve_options {
    const char *host; /* name or address */
    const char *port; /* decimal; "0": any free one */
    size_t workers;   /* 1..OSP_WORKERS_MAX */
    bool json;        /* announce as one line of JSON */
    bool host_said;   /* by an option: it is listened at beside those of front */
    osp_front front;
    char *const *arguments; /* of the process, for the one that takes over */
} osp_serve_options;

/* Serves until SIGTERM or SIGINT and the drain that follows.  Returns the exit code. */
int osp_supervise(const osp_app_def *app, const osp_serve_options *options);

/* Prepares the application's resources, which runs its migrations.  Returns the exit code. */
int osp_prepare_main(const osp_app_def *app);
/* The same as an action of its own: says also when there was nothing to do, or all of it as JSON on
 * standard output. */
int osp_migrate_main(const osp_app_def *app, bool json);

/* Prints every route on standard output, as a table or as one JSON array. */
void osp_routes_print(const osp_app_def *app, bool json);

#endif
