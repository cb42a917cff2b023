/* What a middleware knows of a request, for functions that are called further in.
 *
 * It joins what the request's task can reach: such a list ends at its first NULL key, so another
 * one is made, with the new thing in front.  Nothing of it travels in header fields, and requests
 * that keep nothing pay nothing. */
#include <string.h>

#include "app/mw/mw.h"

osp_status osp_mw_keep(osp_ctx *ctx, const void *key, void *value)
{
    const osp_service *old = ctx->task.services;
    const size_t count = osp_services_count(old);
    osp_service *all = osp_task_alloc(&ctx->task, (count + 2) * sizeof *all);
    if (all == NULL) {
        return OSP_E_NOMEM;
    }
    all[0] = (osp_service){ key, value };
    if (count > 0) {
        memcpy(all + 1, old, count * sizeof *all);
    }
    all[count + 1] = (osp_service){ NULL, NULL };
    ctx->task.services = all;
    return OSP_OK;
}
