/* A transaction of a function, which can be done again; that of a block is in data.h.
 *
 * Not a header of the system, as data.h is, which includes it: gcc would not tell who looks at no
 * failure. */
#ifndef OPENSPEED_TRANSACTION_H
#define OPENSPEED_TRANSACTION_H

#include <openspeed/concurrency.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The options of osp_transaction. */
typedef struct osp_transaction_options {
    char zero_;
    uint8_t retries; /* how often it is tried again while the database is busy; 0: never */
} osp_transaction_options;

/* Does fn(task, arg) in a transaction as OSP_TRANSACTION does a block, and all of it again, after a
 * pause that doubles, when it failed with OSP_E_BUSY: another process held the writer's lock for
 * OSP_SQLITE_BUSY_MS, or too many wait for it.  A function that returns OSP_E_BUSY asks for the same.
 *
 *     static osp_status move(osp_task *task, Move *in) { ... }
 *     OSP_TASK(move, Move);
 *
 *     OSP_TRY(osp_transaction(ctx, move, &in, .retries = 3));
 *
 * It commits when fn returns no failure and no query in it failed.  What fn does elsewhere than in
 * the database it may do again.
 *
 * arg      borrowed for the call
 * Returns  the failure of a query or of the commit, which is sticky, else what fn returned.
 * Yields: yes. */
#define osp_transaction(task, ...) OSP_TRANSACTION_RUN_(task, __VA_ARGS__, )
#define OSP_TRANSACTION_RUN_(task, fn, arg, ...)                                                   \
    osp_transaction_run(OSP_TASK_OF(task), &osp_task_def_##fn, (osp_task_arg_##fn *){ (arg) },     \
                        &(const osp_transaction_options){ .zero_ = 0, __VA_ARGS__ }, OSP_HERE)
OSP_API OSP_MUST_CHECK osp_status osp_transaction_run(osp_task *task, const osp_task_def *def,
                                                      void *arg,
                                                      const osp_transaction_options *options,
                                                      const osp_place *here);

#ifdef __cplusplus
}
#endif
#endif
