#include "../../lib/shapes.h"

typedef struct In {
    int32_t page;
    osp_str name;
    osp_json_map more;
} In;
OSP_TYPE(In, QUERY(page), FIELD(name), EXTRA(more));

typedef struct Out {
    int32_t page;
    osp_str name;
    osp_json_map more;
} Out;
OSP_TYPE(Out, FIELD(page), FIELD(name), EXTRA(more));

static osp_status show(osp_ctx *ctx, const In *in, Out *out)
{
    (void)ctx;
    *out = (Out){ in->page, in->name, in->more };
    return OSP_OK;
}
OSP_ROUTE(POST, show, In, Out);
