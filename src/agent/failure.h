/* What `openspeed dev` is told of requests: that one was answered 5xx, that it no longer is, and
 * which one ended the worker. */
#ifndef OSP_AGENT_FAILURE_H
#define OSP_AGENT_FAILURE_H

#include "agent/channel.h"
#include "agent/report.h"
#include "app/ctx.h"

#define OSP_FAILED_MAX 16     /* requests that have failed, and are looked for among the others */
#define OSP_FAILED_TOLD_MAX 8 /* failures that are told of within a second */

/* In front of the lines of the channel, which end in "}". */
#define OSP_FAILURE_CRASHED "{\"t\":\"crashed\",\"data\":"
#define OSP_FAILURE_REPORT "{\"t\":\"failure\",\"data\":"
#define OSP_FAILURE_OVER "{\"t\":\"recovered\",\"data\":"

/* Requests that have failed; zero it to start. */
typedef struct osp_failed {
    uint64_t hashes[OSP_FAILED_MAX]; /* of method and target; the oldest is written over */
    size_t count;                    /* that were ever noted */
    uint32_t told, told_s;           /* in this second of the worker's clock */
} osp_failed;

/* Memory of a signal handler. */
typedef struct osp_failed_memory {
    char arena[1u << 18], line[1u << 17];
} osp_failed_memory;

/* Tells of the request that has ended the worker, past what waits on the channel.  Safe in a signal
 * handler. */
void osp_failed_crashed(osp_failed_memory *memory, int channel_fd, const osp_ctx *ctx);
/* A request has its answer.  now_s: of the worker's clock */
void osp_failed_answered(osp_failed *failed, osp_channel *channel, const osp_ctx *ctx,
                         uint32_t now_s);

/* The report of a request that has its answer: the cause that the log gets, and its place.
 *
 * Returns  false: it has not failed of the server, or its client went away */
bool osp_report_of_failure(osp_arena *arena, const osp_ctx *ctx, osp_report *ret_report);

#endif
