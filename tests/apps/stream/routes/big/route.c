/* As many bytes as are asked for; `told` as its length; fails at the end with `fail`. */
#include "lib/seen.h"

typedef struct BigIn {
    int64_t bytes, told;
    int32_t fail, status;
} BigIn;
OSP_TYPE(BigIn, QUERY(bytes), QUERY(told, .fallback = "0"), QUERY(fail, .fallback = "0"),
         QUERY(status, .fallback = "200"));

static osp_status big(osp_ctx *ctx, const BigIn *in, osp_stream *out)
{
    out->length = in->told;
    osp_set_status(ctx, in->status);
    OSP_TRY(seen_begin(ctx));
    OSP_TRY(seen_end(write_pattern(ctx, in->bytes)));
    return in->fail != 0 ? osp_fail(ctx, in->fail, "as asked") : OSP_OK;
}
OSP_ROUTE(GET, big, BigIn, osp_stream);
