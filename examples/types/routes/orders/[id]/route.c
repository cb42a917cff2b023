/* /orders/[id]: changes an order. */
#include "lib/order.h"

/* Absent, null and a value are three things: leave it, clear it, set it. */
typedef struct Change { osp_uuid id; osp_opt_date deliver; Status_opt status; } Change;
OSP_TYPE(Change, PATH(id, .nomatch = true), FIELD(deliver, CHECK(is_weekday)),
         OPT_ENUM(status, Status), OPTIONS(.additional = OSP_REJECT));

typedef struct Changed { osp_uuid id; osp_str deliver, status; } Changed;
OSP_TYPE(Changed, FIELD(id), FIELD(deliver), FIELD(status));

static osp_str word(osp_presence is)
{
    return is == OSP_SET ? S("set") : is == OSP_NULL ? S("cleared") : S("left");
}

static osp_status change(osp_ctx *ctx, const Change *in, Changed *out)
{
    *out = (Changed){ in->id, word(in->deliver.is), word(in->status.is) };
    return OSP_OK;
}
OSP_ROUTE(PATCH, change, Change, Changed, .summary = "Change an order");
