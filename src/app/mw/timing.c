/* How long an answer took, for whoever looks at it in a browser.  Source: Server Timing, 4. */
#include "app/mw/mw.h"

osp_status osp_timing(osp_ctx *ctx, osp_next *next, const osp_timing_options *options)
{
    const int64_t began_us = osp_task_now_us(&ctx->task);
    OSP_TRY(osp_run(ctx, next));
    const int64_t us = osp_task_now_us(&ctx->task) - began_us;
    if (ctx->flow != NULL && ctx->flow->begun) {
        return OSP_OK;
    }
    const osp_str value =
        osp_format(ctx, "%s;dur=%lld.%03lld", options->name != NULL ? options->name : "app",
                   (long long)(us / 1000), (long long)(us % 1000));
    return value.len > 0 ? osp_add_header(ctx, OSP_STR("Server-Timing"), value) : OSP_E_NOMEM;
}

const char *osp_timing_check(const osp_timing_options *options)
{
    const char *name = options->name != NULL ? options->name : "app";
    return osp_header_is_free(osp_str_from(name), OSP_STR("1")) ? NULL
                                                                : "has a .name that is no token";
}
