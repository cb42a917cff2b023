/* What a worker says before a signal ends it. */
#ifndef OSP_SERVE_CRASH_H
#define OSP_SERVE_CRASH_H

#include "serve/worker.h"

/* From now on a crash of the process names the routes that `worker` is answering, and then takes
 * the course it would have taken.  Called on the loop's thread, once a process. */
OSP_MUST_CHECK osp_status osp_crash_begin(osp_worker *worker, osp_error *err);
/* Before the worker's memory goes. */
void osp_crash_end(osp_worker *worker);

#endif
