/* The request's id on every answer, by which a log is searched. */
#include "app/mw/mw.h"

osp_status osp_request_ids(osp_ctx *ctx, osp_next *next, const osp_request_ids_options *options)
{
    const osp_str id = osp_request_id(ctx);
    const char *name = options->header != NULL ? options->header : "X-Request-Id";
    if (id.len > 0) {
        OSP_TRY(osp_set_header(ctx, osp_str_from(name), id));
    }
    return osp_run(ctx, next);
}

const char *osp_request_ids_check(const osp_request_ids_options *options)
{
    return options->header == NULL ||
                   osp_header_is_free(osp_str_from(options->header), OSP_STR("1"))
               ? NULL
               : "has a .header that is no token, or not free";
}
