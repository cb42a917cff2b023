#include "types.h"

typedef struct PutIn {
    int64_t id;
    osp_str_list tags, ids;
    Point deep;
    osp_opt_str session, trace;
    Everything body;
} PutIn;
OSP_TYPE(PutIn, PATH(id, .nomatch = true), QUERY_LIST(tags, osp_str, EACH(.max_len = 3)),
         QUERY_LIST(ids, osp_str, .style = OSP_STYLE_PIPE), QUERY_OBJECT(deep, Point, .style = OSP_STYLE_DEEP),
         COOKIE(session, .secret = true), HEADER(trace, .name = "X-Trace"), BODY(body, Everything));

static osp_status put(osp_ctx *ctx, const PutIn *in, Everything *out)
{
    (void)ctx;
    *out = in->body;
    return OSP_OK;
}
OSP_ROUTE(PUT, put, PutIn, Everything, .summary = "Put everything", .errors = { 404, 409 }, .deprecated = true);
