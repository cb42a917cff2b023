/* A letter, again after each pause. */
#include "lib/seen.h"

typedef struct PauseIn {
    int32_t times, ms;
} PauseIn;
OSP_TYPE(PauseIn, QUERY(times), QUERY(ms));

static osp_status letters(osp_ctx *ctx, const PauseIn *in)
{
    for (int32_t i = 0; i < in->times; i++) {
        OSP_TRY(osp_write(ctx, S("x")));
        OSP_TRY(osp_sleep_ms(ctx, in->ms));
    }
    return OSP_OK;
}

static osp_status pauses(osp_ctx *ctx, const PauseIn *in, osp_stream *out)
{
    (void)out;
    OSP_TRY(seen_begin(ctx));
    return seen_end(letters(ctx, in));
}
OSP_ROUTE(GET, pauses, PauseIn, osp_stream);
