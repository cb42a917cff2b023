/* /orders: takes orders and looks for them.  Nothing is stored: this application shows types. */
#include "lib/order.h"

typedef struct NewOrder { Order order; } NewOrder;
OSP_TYPE(NewOrder, BODY(order, Order));

/* A handler sees an order only when every part of it is as described. */
static osp_status place_order(osp_ctx *ctx, const NewOrder *in, Order *out)
{
    *out = in->order;
    out->created.us = osp_now_us();
    return OSP_OK;
}
OSP_ROUTE(POST, place_order, NewOrder, Order, .summary = "Place an order", .status = 201);

typedef struct Search {
    Status_list status;
    osp_opt_time since;
    osp_str_list tags;
    int64_t limit;
    osp_opt_str session;
} Search;
OSP_TYPE(Search,
    QUERY_LIST(status, Status, .doc = "Any of these"),
    QUERY(since, .doc = "Not older than this"),
    QUERY_LIST(tags, osp_str, .style = OSP_STYLE_PIPE, .joined = true, .max_len = 5),
    QUERY(limit, RANGE(1, 100), .fallback = "20"), COOKIE(session));

typedef struct Found { int64_t limit; osp_opt_time since; Status_list status; osp_str_list tags; } Found;
OSP_TYPE(Found, FIELD(limit), FIELD(since), LIST(status, Status), LIST(tags, osp_str));

static osp_status search(osp_ctx *ctx, const Search *in, Found *out)
{
    *out = (Found){ in->limit, in->since, in->status, in->tags };
    return OSP_OK;
}
OSP_ROUTE(GET, search, Search, Found, .summary = "Search for orders");
