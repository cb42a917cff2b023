#include "lib/trace.h"

static osp_status add(osp_ctx *ctx, const char *text)
{
    const osp_str name = OSP_STR("X-Trace");
    const osp_str now = osp_answer_header(ctx, name);
    return osp_set_header(ctx, name, osp_format(ctx, "%.*s%s", OSP_ARG(now), text));
}

osp_status trace(osp_ctx *ctx, osp_next *next, const char *name)
{
    OSP_TRY(add(ctx, osp_format(ctx, "%s(", name).ptr));
    OSP_TRY(osp_run(ctx, next));
    const osp_str end = osp_format(ctx, ")%s=%d", name, osp_answer_status(ctx));
    const osp_status status = add(ctx, end.ptr);
    if (status == OSP_E_INVALID) { /* a stream: its head has been sent */
        osp_log(ctx, OSP_LOG_INFO, "%.*s behind a stream", OSP_ARG(end));
        return OSP_OK;
    }
    return status;
}
