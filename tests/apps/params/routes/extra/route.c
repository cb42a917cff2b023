#include "../../lib/shapes.h"

typedef struct In {
    int32_t page;
    osp_str name;
    osp_json_map more;
} In;
OSP_TYPE(In, QUERY(page), FIELD(name), EXTRA(more));

typedef struct ExtraOut {
    int32_t page;
    osp_str name;
    osp_json_map more;
} ExtraOut;
OSP_TYPE(ExtraOut, FIELD(page), FIELD(name), EXTRA(more));

static osp_status show(osp_ctx *ctx, const In *in, ExtraOut *out)
{
    (void)ctx;
    *out = (ExtraOut){ in->page, in->name, in->more };
    return OSP_OK;
}
OSP_ROUTE(POST, show, In, ExtraOut);
