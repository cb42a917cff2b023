/* 24 MiB, written in parts: no more than one of them is ever in memory. */
#include <openspeed/openspeed.h>
#include <string.h>

#define PARTS 384
#define PART_SIZE 65536

static osp_status big(osp_ctx *ctx, const void *in, osp_stream *out)
{
    (void)in;
    char *part = osp_alloc(ctx, PART_SIZE);
    if (part == NULL) {
        return OSP_E_NOMEM;
    }
    memset(part, 'x', PART_SIZE);
    out->media_type = S("text/plain");
    out->length = (int64_t)PARTS * PART_SIZE;
    for (int i = 0; i < PARTS; i++) {
        OSP_TRY(osp_write(ctx, (osp_str){ part, PART_SIZE }));
    }
    return OSP_OK;
}
OSP_ROUTE(GET, big, void, osp_stream, .summary = "24 MiB");
