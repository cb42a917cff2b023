#include "lib/things.h"

typedef struct In {
    const Thing *inner, *worker;
    int64_t ms;
    osp_opt_int status;
} In;
OSP_TYPE(In, NEED(inner, inner), NEED(worker, worker_wide), QUERY(ms, .fallback = "0"),
         QUERY(status));

static osp_status wait_and_answer(osp_ctx *ctx, const In *in, void *out)
{
    OSP_TRY(osp_sleep_ms(ctx, in->ms));
    if (in->status.is == OSP_SET) {
        return osp_fail(ctx, (int)in->status.value, "as asked");
    }
    return osp_text(ctx, osp_copy(ctx, osp_str_from(inner(ctx)->name)));
}
OSP_ROUTE(GET, wait_and_answer, In, void);
