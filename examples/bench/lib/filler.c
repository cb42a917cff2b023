#include "lib/filler.h"

osp_status filler_all(osp_ctx *ctx, const void *in, Filler *out)
{
    (void)ctx;
    (void)in;
    out->ok = true;
    return OSP_OK;
}

osp_status filler_one(osp_ctx *ctx, const FillerId *in, Filler *out)
{
    (void)ctx;
    *out = (Filler){ .ok = true, .id = SET(in->id) };
    return OSP_OK;
}

osp_status filler_item(osp_ctx *ctx, const FillerItem *in, Filler *out)
{
    (void)ctx;
    *out = (Filler){ .ok = true, .id = SET(in->id), .item = SET(in->item) };
    return OSP_OK;
}
