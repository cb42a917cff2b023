/* GET /gate?ms=N: works after the answer until the gate is open, or for so long. */
#include <openspeed/openspeed.h>

#include "lib/gate.h"

typedef struct GateIn {
    osp_str name;
    int64_t ms;
} GateIn;
OSP_TYPE(GateIn, QUERY(name, .fallback = "work"), QUERY(ms, .fallback = "0"));

typedef struct Work {
    osp_str name;
    int64_t ms;
} Work;

static osp_status do_work(osp_task *task, Work *work)
{
    osp_log(task, OSP_LOG_INFO, "%.*s begins", OSP_ARG(work->name));
    if (work->ms > 0) {
        OSP_TRY(osp_sleep_ms(task, work->ms));
    }
    while (work->ms == 0 && !gate_is_open) {
        OSP_TRY(osp_sleep_ms(task, 5));
    }
    osp_log(task, OSP_LOG_INFO, "%.*s is done", OSP_ARG(work->name));
    return OSP_OK;
}
OSP_TASK(do_work, Work);

static osp_status gate(osp_ctx *ctx, const GateIn *in)
{
    Work *work = osp_new(ctx, Work);
    if (work == NULL) {
        return OSP_E_NOMEM;
    }
    *work = (Work){ in->name, in->ms };
    OSP_TRY(osp_after(ctx, do_work, work));
    return osp_text(ctx, S("answered"));
}

static osp_status answer(osp_ctx *ctx, const GateIn *in, void *out)
{
    (void)out;
    return gate(ctx, in);
}
OSP_ROUTE(GET, answer, GateIn, void);
