#include "../../lib/shapes.h"

typedef struct In {
    osp_str rest;
} In;
OSP_TYPE(In, PATH(rest, .pattern = "^day/", .nomatch = true));

static osp_status show(osp_ctx *ctx, const In *in, void *out)
{
    (void)out;
    return osp_text(ctx, in->rest);
}
OSP_ROUTE(GET, show, In, void);
