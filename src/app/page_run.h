/* A load that runs beside others. */
#ifndef OSP_APP_PAGE_RUN_H
#define OSP_APP_PAGE_RUN_H

#include "app/page.h"

typedef struct osp_page_run osp_page_run;

/* Begins to load an item, whose input is read, beside all else that the request does.  NULL: it
 * cannot be, which the task remembers.  Yields: no. */
osp_page_run *osp_page_run_begin(osp_page_doc *doc, uint32_t item);

/* Waits for a load, and makes what it has said of the answer that of the request, where nothing of
 * it has been sent.  Returns as a load.  Yields: yes. */
OSP_MUST_CHECK osp_status osp_page_run_end(osp_page_run *run);

/* Nobody wants to know any more what comes of a load: it ends as soon as it can.  NULL, and one
 * that has ended: nothing to do.  Yields: yes. */
void osp_page_run_drop(osp_page_run *run);

/* Waits for a load whose answer has begun: what it says is of no use any more, but for the failure.
 *
 * ret_failure  written on failure: what can be said of it
 * Returns      OSP_OK | the failure, which is in the log if somebody should look.  Yields: yes. */
OSP_MUST_CHECK osp_status osp_page_run_end_late(osp_page_run *run, osp_failure_view *ret_failure);

/* Calls what fills an item. */
OSP_MUST_CHECK osp_status osp_page_fill_item(osp_ctx *ctx, const osp_route *load,
                                             osp_page_fill *fill);

#endif
