/* A whole server starts while one of its calls fails, in the supervisor or in the worker. */
#ifndef OSP_TORTURE_START_H
#define OSP_TORTURE_START_H

#include "tests/torture/faults.h"
#include "tests/torture/features.h"

#define START_STATE "OSP_TORTURE_STATE" /* in the environment: the path for faults_share */

/* Starts a server with one worker, and ends it.  It serves and ends with 0, or says why not and
 * ends with 1 or 2; one that serves already goes on to, whatever fails when it reads its
 * configuration again or starts another worker.  NULL: so it is; or what is not. */
const char *start_run(const feature *what, const mode *how, size_t nth);
/* What its worker runs.  Returns the exit code. */
int start_worker(int argc, char **argv);

#endif
