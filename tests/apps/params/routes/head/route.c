#include "../../lib/shapes.h"

typedef struct In {
    osp_opt_str word;
    int64_t_list numbers;
    Range range;
    osp_opt_str session;
    Color_list colors, joined;
    Range size;
} In;
OSP_TYPE(In, HEADER(word, .name = "X-Word"), HEADER_LIST(numbers, int64_t, .name = "X-Numbers"),
         HEADER_OBJECT(range, Range, .name = "X-Range"), COOKIE(session, .secret = true, .max_len = 8),
         COOKIE_LIST(colors, Color), COOKIE_LIST(joined, Color, .joined = true),
         COOKIE_OBJECT(size, Range));

typedef struct HeadOut {
    osp_opt_str word, session;
    int64_t_list numbers;
    Range range, size;
    Color_list colors, joined;
} HeadOut;
OSP_TYPE(HeadOut, FIELD(word), FIELD(session), LIST(numbers, int64_t), OBJECT(range, Range),
         OBJECT(size, Range), LIST(colors, Color), LIST(joined, Color));

static osp_status show(osp_ctx *ctx, const In *in, HeadOut *out)
{
    (void)ctx;
    *out = (HeadOut){ in->word, in->session, in->numbers, in->range,
                      in->size, in->colors,  in->joined };
    return OSP_OK;
}
OSP_ROUTE(GET, show, In, HeadOut);
