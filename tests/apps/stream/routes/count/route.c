/* How many bytes the body has; waits before each part. */
#include "lib/seen.h"

typedef struct CountIn {
    int32_t pause_ms;
    osp_body body;
} CountIn;
OSP_TYPE(CountIn, QUERY(pause_ms, .fallback = "0"), BODY(body, osp_body));

static osp_status count_parts(osp_ctx *ctx, int32_t pause_ms, int64_t *ret_bytes)
{
    osp_str part;
    osp_status status = OSP_OK;
    *ret_bytes = 0;
    while (status == OSP_OK) {
        if (pause_ms > 0) {
            OSP_TRY(osp_sleep_ms(ctx, pause_ms));
        }
        status = osp_read(ctx, &part);
        if (status == OSP_OK) {
            *ret_bytes += (int64_t)part.len;
            seen_bytes(part.len);
        }
    }
    return status;
}

static osp_status count(osp_ctx *ctx, const CountIn *in, void *out)
{
    (void)out;
    int64_t bytes;
    OSP_TRY(seen_begin(ctx));
    OSP_TRY(seen_end(count_parts(ctx, in->pause_ms, &bytes)));
    return osp_text(ctx, osp_format(ctx, "%lld of %lld", (long long)bytes,
                                    (long long)in->body.length));
}
OSP_ROUTE(POST, count, CountIn, void);
