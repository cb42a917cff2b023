#include "../../lib/shapes.h"

typedef struct In {
    osp_str_list q, joined, space, pipe;
    Range range, flat, deep;
    int32_t limit;
    osp_opt_str text;
    osp_opt_date day;
    osp_opt_uuid id;
    osp_opt_decimal price;
    Color color;
    osp_str_list codes;
    Color_opt shade;
} In;
OSP_TYPE(In, QUERY_LIST(q, osp_str, .max_len = 3), QUERY_LIST(joined, osp_str, .joined = true),
         QUERY_LIST(space, osp_str, .style = OSP_STYLE_SPACE),
         QUERY_LIST(pipe, osp_str, .style = OSP_STYLE_PIPE), QUERY_OBJECT(range, Range),
         QUERY_OBJECT(flat, Range, .joined = true), QUERY_OBJECT(deep, Range, .style = OSP_STYLE_DEEP),
         QUERY(limit, RANGE(1, 100), .fallback = "20"), QUERY(text), QUERY(day), QUERY(id), QUERY(price, AT_MOST(99.5)),
         QUERY_ENUM(color, Color, .fallback = "blue"),
         QUERY_LIST(codes, osp_str, EACH(.pattern = "^[A-Z]{2}$")),
         QUERY_OPT_ENUM(shade, Color));

typedef struct QueryOut {
    osp_str_list q, joined, space, pipe;
    Range range, flat, deep;
    int32_t limit;
    osp_opt_str text;
    osp_opt_date day;
    osp_opt_uuid id;
    osp_opt_decimal price;
    Color color;
    osp_str_list codes;
    Color_opt shade;
} QueryOut;
OSP_TYPE(QueryOut, LIST(q, osp_str), LIST(joined, osp_str), LIST(space, osp_str),
         LIST(pipe, osp_str), OBJECT(range, Range), OBJECT(flat, Range), OBJECT(deep, Range),
         FIELD(limit), FIELD(text), FIELD(day), FIELD(id), FIELD(price), ENUM(color, Color),
         LIST(codes, osp_str), OPT_ENUM(shade, Color));

static osp_status show(osp_ctx *ctx, const In *in, QueryOut *out)
{
    (void)ctx;
    *out = (QueryOut){ in->q,    in->joined, in->space, in->pipe, in->range, in->flat,  in->deep,
                  in->limit, in->text,   in->day,   in->id,   in->price, in->color, in->codes, in->shade };
    return OSP_OK;
}
OSP_ROUTE(GET, show, In, QueryOut);
