/* Reports of requests that were answered 5xx. */
#ifndef OSP_AGENT_FAILURE_H
#define OSP_AGENT_FAILURE_H

#include "agent/report.h"
#include "app/ctx.h"

/* What a request is, without its secrets.  All of it is copied. */
void osp_report_of_request(osp_arena *arena, const osp_ctx *ctx, osp_report_request *ret_request);

/* The report of a request that has its answer: the cause that the log gets, and its place.
 *
 * Returns  false: it has not failed of the server, or its client went away */
bool osp_report_of_failure(osp_arena *arena, const osp_ctx *ctx, osp_report *ret_report);

#endif
