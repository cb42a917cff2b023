/* `openspeed dev`: serves an application while it is being written. */
#ifndef OSP_DEV_DEV_H
#define OSP_DEV_DEV_H

#include "dev/options.h"

/* Serves the application in the current folder until SIGINT or SIGTERM.  Returns the exit code. */
int osp_dev_main(const osp_dev_options *options);

/* The main function of a worker that has no application: every URL waits for one. */
int osp_dev_blank_main(int argc, char **argv);

#endif
