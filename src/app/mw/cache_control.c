/* What caches may do with answers of a folder. */
#include "app/mw/mw.h"

static const osp_str name = { "Cache-Control", 13 };

osp_status osp_cache_control(osp_ctx *ctx, osp_next *next, const osp_cache_control_options *options)
{
    OSP_TRY(osp_set_header(ctx, name, osp_str_from(options->value)));
    OSP_TRY(osp_run(ctx, next));
    /* A failure must not be kept for as long as what it stands in place of. */
    const bool begun = ctx->flow != NULL && ctx->flow->begun;
    return osp_answer_status(ctx) >= 400 && !begun &&
                   osp_answer_header(ctx, name).ptr == options->value
               ? osp_remove_header(ctx, name)
               : OSP_OK;
}

const char *osp_cache_control_check(const osp_cache_control_options *options)
{
    return options->value != NULL && osp_header_is_free(name, osp_str_from(options->value))
               ? NULL
               : "needs .value, such as \"public, max-age=60\"";
}
