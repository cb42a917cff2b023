/* Compilers as child processes, several at once. */
#ifndef OSP_BUILD_JOBS_H
#define OSP_BUILD_JOBS_H

#include "build/kit.h"

/* One run of the compiler. */
typedef struct osp_job {
    const char *label;   /* for the progress line: "routes/users/route.c" */
    osp_kit_list argv;   /* char *; without the NULL at the end */
    const char *output;  /* the file it makes, relative to `dir`; argv writes output + ".part" */
    const char *depfile; /* made by -MF; NULL: `inputs` alone tell */
    osp_kit_list inputs; /* char *: files that the output also depends on */
    bool inputs_made;    /* by this build, before the job: an equal time is no doubt */
    const char *proof;   /* the output is a program: it counts only if it ends well when it is run
                          * with this argument.  NULL: it is not run */
} osp_job;

typedef struct osp_jobs_options {
    const char *dir; /* where the children run */
    size_t parallel; /* children at once */
    bool quiet;      /* no progress, only what the children say */
    bool verbose;    /* every command line, and all words of the children */
    bool colour;     /* the children's output goes to a terminal */
    const char *own; /* the folder of OpenSpeed's headers, which messages need not point into */
} osp_jobs_options;

/* Whether the output must be made again: the command line differs from the one in output + ".cmd",
 * an input is not older than that file, or not the one that the output was made from. */
bool osp_job_stale(osp_arena *arena, const char *dir, const osp_job *job);

/* Runs what is stale among `jobs` (osp_job *).  After a failure no further job starts.  Output of
 * the children goes to stderr, job by job, as osp_complaint_read leaves it.
 *
 * ret_ran  jobs that were stale; written always
 * Returns  OSP_OK | OSP_E_BUILD (err repeats the first error, so that it stands last) */
OSP_MUST_CHECK osp_status osp_jobs_run(osp_arena *arena, const osp_kit_list *jobs,
                                       osp_jobs_options options, size_t *ret_ran, osp_error *err);

#endif
