/* Jobs on a timer: when they are due. */
#ifndef OSP_SERVE_JOBS_H
#define OSP_SERVE_JOBS_H

#include <openspeed/manifest.h>
#include <stdio.h>

#include "base/cron.h"

/* When a job comes due. */
typedef struct osp_job_times {
    const osp_job_def *def;
    osp_cron cron;
    uint32_t seed; /* of the chance */
} osp_job_times;

/* Why a job cannot be, static; NULL: it can. */
const char *osp_job_check(const osp_job_def *def);
/* OSP_OK | OSP_E_INVALID, with the reason of osp_job_check */
OSP_MUST_CHECK osp_status osp_job_times_init(osp_job_times *times, const osp_job_def *def,
                                             osp_error *err);
/* The first time behind `after_s` at which it is due, with the seconds that chance adds;
 * INT64_MAX: never. */
int64_t osp_job_due_s(const osp_job_times *times, int64_t after_s);

/* Prints every job, with when it is due next. */
void osp_jobs_print(FILE *to, const osp_app_def *app, bool json);

#endif
