/* An event each half a second, for EventSource in a browser. */
#include <openspeed/openspeed.h>
#include <stdio.h>

typedef struct TicksIn {
    int32_t count;
} TicksIn;
OSP_TYPE(TicksIn, QUERY(count, RANGE(1, 1000), .fallback = "10"));

static osp_status ticks(osp_ctx *ctx, const TicksIn *in, osp_stream *out)
{
    char event[32];
    out->media_type = S("text/event-stream");
    for (int32_t i = 1; i <= in->count; i++) {
        const int len = snprintf(event, sizeof event, "data: %d\n\n", (int)i);
        OSP_TRY(osp_write(ctx, (osp_str){ event, (size_t)len }));
        OSP_TRY(osp_sleep_ms(ctx, 500));
    }
    return OSP_OK;
}
OSP_ROUTE(GET, ticks, TicksIn, osp_stream, .summary = "Events");
