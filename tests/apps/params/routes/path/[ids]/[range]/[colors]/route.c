#include "../../../../../lib/shapes.h"

typedef struct In {
    int64_t_list ids;
    Range range;
    Color_list colors;
} In;
OSP_TYPE(In, PATH_LIST(ids, int64_t, .unique = true), PATH_OBJECT(range, Range, .style = OSP_STYLE_LABEL),
         PATH_LIST(colors, Color, .style = OSP_STYLE_MATRIX));

typedef struct PathOut {
    int64_t_list ids;
    Range range;
    Color_list colors;
} PathOut;
OSP_TYPE(PathOut, LIST(ids, int64_t), OBJECT(range, Range), LIST(colors, Color));

static osp_status show(osp_ctx *ctx, const In *in, PathOut *out)
{
    (void)ctx;
    *out = (PathOut){ in->ids, in->range, in->colors };
    return OSP_OK;
}
OSP_ROUTE(GET, show, In, PathOut);
