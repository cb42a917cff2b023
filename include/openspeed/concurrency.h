/* Work beside and behind a request: tasks.
 *
 *     typedef struct Welcome { osp_str to; } Welcome;
 *
 *     static osp_status send_welcome(osp_task *task, Welcome *mail)
 *     {
 *         return osp_sleep_ms(task, 200);
 *     }
 *     OSP_TASK(send_welcome, Welcome);
 *
 *     Welcome *mail = osp_new(ctx, Welcome);
 *     ...
 *     OSP_TRY(osp_after(ctx, send_welcome, mail));
 *
 * docs/concurrency.md tells when to use what. */
#ifndef OPENSPEED_CONCURRENCY_H
#define OPENSPEED_CONCURRENCY_H

#include <openspeed/base.h>

/* Behind the include, which would inherit it. */
#pragma GCC system_header

#ifdef __cplusplus
extern "C" {
#endif

/* What OSP_TASK declares.  static */
typedef struct osp_task_def {
    osp_task_fn *call;
    const char *name, *file;
    int line;
} osp_task_def;

/* Says that a function can be done beside a task, by osp_spawn, after a response, by osp_after, or in
 * a transaction, by osp_transaction of data.h, with a pointer to `T`; `void` for one that takes any.  The function is
 *
 *     static osp_status fn(osp_task *task, T *arg) */
#define OSP_TASK(fn, T)                                                                            \
    _Static_assert(_Generic(&fn, osp_status(*)(osp_task *, T *): 1, default: 0),                   \
                   "the task must be: static osp_status " #fn "(osp_task *task, " #T " *arg)");    \
    static osp_status osp_task_thunk_##fn(osp_task *task, void *arg)                               \
    {                                                                                              \
        return fn(task, (T *)arg);                                                                 \
    }                                                                                              \
    static const osp_task_def osp_task_def_##fn = { osp_task_thunk_##fn, #fn, __FILE__, __LINE__ };\
    typedef T osp_task_arg_##fn; /* for macros that take `fn` and its argument */                  \
    static inline __attribute__((unused)) osp_task *osp_spawn_##fn(                                \
        osp_task *task, const osp_place *here, T *arg)                                             \
    {                                                                                              \
        return osp_task_spawn_at(task, here, &osp_task_def_##fn, arg);                             \
    }                                                                                              \
    static inline __attribute__((unused)) osp_status osp_after_##fn(                               \
        osp_ctx *ctx, const osp_place *here, T *arg)                                               \
    {                                                                                              \
        return osp_after_at(ctx, here, &osp_task_def_##fn, arg);                                   \
    }                                                                                              \
    extern int osp_task_semicolon_

/* Does fn(task, arg) when the request has been answered: the client has its answer, and its next
 * requests are served meanwhile.  `fn` was declared by OSP_TASK; its task is the request's, so that
 * what was allocated there lasts, `arg` and the request itself among it, but it has not failed and
 * was not cancelled.  The last one given is done first, one after the other.
 *
 * It is done whatever the answer was and whether or not the client was still there for it.  Its
 * deadline is deadlines.after_s; at the end of a server it has the rest of deadlines.drain_s.
 * A failure is logged, with the line that stands here, and keeps nothing else from being done.
 * Where OSP_AFTERS_MAX requests of a worker do so already, it is done before the next request of
 * its connection.
 *
 * arg       borrowed until it has been done
 * Returns   OSP_OK | OSP_E_NOMEM, OSP_E_LIMIT (the request fails).  Yields: no. */
#define osp_after(ctx, fn, arg) osp_after_##fn((ctx), OSP_HERE, (arg))
/* What osp_spawn and this come to; `here` is named by the log.  NULL: not known. */
OSP_API osp_task *osp_task_spawn_at(osp_task *task, const osp_place *here, const osp_task_def *def,
                                    void *arg);
OSP_API osp_status osp_after_at(osp_ctx *ctx, const osp_place *here, const osp_task_def *def,
                                void *arg);

/* ---------------------------------------------------------------- jobs on a timer */

#define OSP_JOBS_MAX 64             /* of an application */
#define OSP_JOB_S 3600              /* that a run of a job has, unless it says otherwise */
#define OSP_JOB_EVERY_S_MAX 31622400 /* a leap year */
#define OSP_JOB_JITTER_S_MAX 3600

/* What OSP_JOB declares.  Names that end in `_` are written by the macro alone. */
typedef struct osp_job_def {
    osp_status (*call_)(osp_task *task);
    const char *name_, *file_;
    int line_;
    const struct osp_job_runner *runner_; /* what runs it, which is not linked without a job */
    const char *doc;   /* one line for people */
    uint32_t every_s;  /* at each second of Unix time that this divides; or by cron */
    uint32_t at_s;     /* so many seconds behind that; less than every_s */
    const char *cron;  /* "minute hour day month weekday", in UTC; or @hourly and its kin */
    uint32_t jitter_s; /* later by up to so many seconds, by chance: for what all servers do at once */
    uint32_t within_s; /* its waits end then; 0: OSP_JOB_S */
    bool each_worker;  /* in every worker process, each by itself; else in one of them */
} osp_job_def;

/* What runs jobs. */
OSP_API extern const struct osp_job_runner osp_job_runner;

/* Declares what is done again and again, in a file below lib/:
 *
 *     static osp_status clean_up(osp_task *task) { ... }
 *     OSP_JOB(clean_up, .cron = "0 3 * * *", .doc = "Deletes sessions that have ended");
 *
 * It runs on a fiber of a worker, beside requests, with an arena of its own that is gone with the run.
 * One run is over before the next begins: what came due meanwhile is passed over, and logged.  A
 * failure is logged, and the job runs again when it is due next.  When a worker dies or is replaced
 * another one goes on: what came due in between is done once, but a run that ended with its worker is
 * not begun again.  At the end of a server a run has the rest of deadlines.drain_s. */
#define OSP_JOB(...) OSP_JOB_(__VA_ARGS__, )
#define OSP_JOB_(fn, ...)                                                                          \
    _Static_assert(_Generic(&fn, osp_status(*)(osp_task *): 1, default: 0),                        \
                   "the job must be: static osp_status " #fn "(osp_task *task)");                  \
    extern const osp_job_def osp_job__##fn;                                                        \
    const osp_job_def osp_job__##fn = { .call_ = fn, .name_ = #fn, .file_ = __FILE__,              \
                                        .line_ = __LINE__, .runner_ = &osp_job_runner,             \
                                        __VA_ARGS__ }

#ifdef __cplusplus
}
#endif
#endif
