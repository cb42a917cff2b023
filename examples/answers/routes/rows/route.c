/* As many lines of JSON as are asked for. */
#include <openspeed/openspeed.h>

typedef struct RowsIn {
    int64_t count;
} RowsIn;
OSP_TYPE(RowsIn, QUERY(count, RANGE(0, 1000000), .fallback = "3"));

typedef struct Row {
    int64_t id, square;
} Row;
OSP_TYPE(Row, FIELD(id), FIELD(square));

static osp_status rows(osp_ctx *ctx, const RowsIn *in, osp_stream *out)
{
    (void)out;
    for (int64_t id = 1; id <= in->count; id++) {
        const Row row = { id, id * id };
        OSP_TRY(osp_send_json_line(ctx, Row, &row));
    }
    return OSP_OK;
}
OSP_ROUTE(GET, rows, RowsIn, osp_stream, .summary = "Rows of JSON");
