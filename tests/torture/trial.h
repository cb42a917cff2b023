/* One feature with one fault, in a worker of its own. */
#ifndef OSP_TORTURE_TRIAL_H
#define OSP_TORTURE_TRIAL_H

#include "tests/torture/faults.h"
#include "tests/torture/features.h"

/* Whether this build and machine have what a feature needs. */
bool trial_can(const feature *what);
/* Whether it takes a hundred times longer than others: it starts processes. */
bool trial_is_slow(const feature *what);

/* Opens a worker, lets a client say what it says while the nth call fails in a way, says it again
 * without a fault, closes the worker.
 *
 * how        NULL: nothing fails
 * ret_fired  whether there was an nth call
 * Returns    NULL: all is well; or what is not */
const char *trial_run(const feature *what, const mode *how, size_t nth, bool *ret_fired);
/* How many calls of a sort the conversation of the last trial made. */
size_t trial_counted(call which);

#endif
