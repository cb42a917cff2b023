/* One transaction for the whole of a request. */
#include "lib/unit.h"

static osp_status begin(osp_ctx *ctx, const void *in, osp_transaction *out)
{
    *out = osp_transaction_enter(OSP_TASK_OF(ctx), OSP_HERE);
    return OSP_OK;
}

static osp_status end(osp_ctx *ctx, osp_transaction *unit, osp_status outcome)
{
    if (outcome == OSP_OK) {
        osp_transaction_commit(unit);
    }
    osp_transaction_leave(unit);
    const osp_status status = osp_recover(ctx);
    return status == OSP_E_DB_CONSTRAINT ? osp_fail(ctx, 409, "Something else has changed.") : status;
}
OSP_CLOSER(end, osp_transaction);
OSP_PROVIDER(unit, begin, void, osp_transaction, .close = OSP_CLOSE(end),
             .close_when = OSP_BEFORE_RESPONSE);
