/* What the routes share that are only there to fill the routing table: some 200 of them, as a
 * real application has, beside the few that are measured. */
#ifndef BENCH_FILLER_H
#define BENCH_FILLER_H

#include <openspeed/openspeed.h>

typedef struct FillerId { osp_str id; } FillerId;
OSP_TYPE(FillerId, PATH(id));

typedef struct FillerItem { osp_str id, item; } FillerItem;
OSP_TYPE(FillerItem, PATH(id), PATH(item));

typedef struct Filler {
    bool ok;
    osp_opt_str id, item;
} Filler;
OSP_TYPE(Filler, FIELD(ok), FIELD(id), FIELD(item));

osp_status filler_all(osp_ctx *ctx, const void *in, Filler *out);
osp_status filler_one(osp_ctx *ctx, const FillerId *in, Filler *out);
osp_status filler_item(osp_ctx *ctx, const FillerItem *in, Filler *out);

#endif
