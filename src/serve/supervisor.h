/* The process that holds the listening sockets. */
#ifndef OSP_SERVE_SUPERVISOR_H
#define OSP_SERVE_SUPERVISOR_H

#include <stdio.h>

#include <openspeed/manifest.h>

#include "serve/logbook.h"
#include "serve/options.h"

/* Serves until SIGTERM or SIGINT and the drain that follows.
 *
 * settings  of options->config, borrowed
 * book      has what they name; borrowed
 * Returns   the exit code */
int osp_supervise(const osp_app_def *app, const osp_serve_options *options,
                  const osp_settings *settings, osp_logbook *book);

/* Prepares the application's resources, which runs its migrations.  Returns the exit code. */
int osp_prepare_main(const osp_app_def *app, osp_journal *journal);
/* Has a resource do what its owner orders; the application's migrations are put into it.  Returns
 * the exit code. */
int osp_order_main(const osp_app_def *app, const osp_resource_order *order);

/* Prints every route, as a table or as one JSON array. */
typedef struct osp_routes_options {
    bool json;
    bool files; /* those of public/ as well */
} osp_routes_options;
void osp_routes_print(FILE *to, const osp_app_def *app, osp_routes_options options);

#endif
