/* 24 MiB, written in parts that are constant: no request costs memory of its own. */
#include <openspeed/openspeed.h>

#define PARTS 384
#define PART_SIZE 65536

static const char part[PART_SIZE] = { [0 ... PART_SIZE - 1] = 'x' };

static osp_status big(osp_ctx *ctx, const void *in, osp_stream *out)
{
    (void)in;
    out->media_type = S("text/plain");
    out->length = (int64_t)PARTS * PART_SIZE;
    for (int i = 0; i < PARTS; i++) {
        OSP_TRY(osp_write(ctx, (osp_str){ part, PART_SIZE }));
    }
    return OSP_OK;
}
OSP_ROUTE(GET, big, void, osp_stream, .summary = "24 MiB");
