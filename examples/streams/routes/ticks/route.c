/* An event each half a second, for EventSource in a browser. */
#include <openspeed/openspeed.h>
#include <stdio.h>

typedef struct TicksIn {
    int32_t count;
    int32_t last_event_id; /* of a client that comes back */
} TicksIn;
OSP_TYPE(TicksIn, QUERY(count, RANGE(1, 1000), .fallback = "10"),
         HEADER(last_event_id, AT_LEAST(0), .fallback = "0"));

static osp_status ticks(osp_ctx *ctx, const TicksIn *in, osp_stream *out)
{
    char digits[16];
    (void)out;
    if (in->last_event_id >= in->count) {
        osp_set_status(ctx, 204); /* and it comes back no more */
        return OSP_OK;
    }
    for (int32_t i = in->last_event_id + 1; i <= in->count; i++) {
        const osp_str text = { digits, (size_t)snprintf(digits, sizeof digits, "%d", (int)i) };
        OSP_TRY(osp_sse_send(ctx, .event = S("tick"), .data = text, .id = text));
        OSP_TRY(osp_sleep_ms(ctx, 500));
    }
    return OSP_OK;
}
OSP_ROUTE(GET, ticks, TicksIn, osp_stream, .summary = "Events");
