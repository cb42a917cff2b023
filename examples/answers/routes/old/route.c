/* What has moved for good. */
#include <openspeed/openspeed.h>

static osp_status moved(osp_ctx *ctx, const void *in, void *out)
{
    (void)in;
    (void)out;
    const osp_str query = osp_request_query(ctx);
    return osp_redirect(ctx, 301,
                        query.len == 0 ? S("/report")
                                       : osp_format(ctx, "/report?%.*s", OSP_ARG(query)));
}
OSP_ROUTE(GET, moved, void, void, .summary = "Moved to /report", .hidden = true);
