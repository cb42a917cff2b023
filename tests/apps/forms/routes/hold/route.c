#include "../../lib/seen.h"

typedef struct HoldIn {
    int32_t ms;
    bool crash;
    osp_upload file;
} HoldIn;
OSP_TYPE(HoldIn, QUERY(ms, .fallback = "0"), QUERY(crash, .fallback = "false"), FORM(file));

/* Keeps a file for a while. */
static osp_status hold(osp_ctx *ctx, const HoldIn *in, Seen *out)
{
    if (in->crash) {
        __builtin_trap();
    }
    OSP_TRY(osp_sleep_ms(ctx, in->ms));
    return seen_of(ctx, &in->file, out);
}
OSP_ROUTE(POST, hold, HoldIn, Seen);
