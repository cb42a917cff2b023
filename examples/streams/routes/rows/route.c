/* One JSON value a line, as many as are asked for, with their number behind them. */
#include <openspeed/openspeed.h>
#include <stdio.h>

typedef struct RowsIn {
    int64_t count;
} RowsIn;
OSP_TYPE(RowsIn, QUERY(count, RANGE(0, 100000000), .fallback = "10"));

static osp_status rows(osp_ctx *ctx, const RowsIn *in, osp_stream *out)
{
    OSP_TRY(osp_set_header(ctx, S("Trailer"), S("Rows")));
    char line[64]; /* what is taken from ctx stays to the end of the request */
    out->media_type = S("application/x-ndjson");
    for (int64_t id = 1; id <= in->count; id++) {
        const int len = snprintf(line, sizeof line, "{\"id\":%lld,\"square\":%lld}\n",
                                 (long long)id, (long long)(id * id));
        OSP_TRY(osp_write(ctx, (osp_str){ line, (size_t)len }));
    }
    return osp_set_trailer(ctx, S("Rows"), osp_format(ctx, "%lld", (long long)in->count));
}
OSP_ROUTE(GET, rows, RowsIn, osp_stream, .summary = "Rows of JSON");
