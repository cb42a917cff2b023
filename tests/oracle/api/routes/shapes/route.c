#include "types.h"

typedef struct ShapesIn { Shape shape; Node node; } ShapesIn;
OSP_TYPE(ShapesIn, OBJECT(shape, Shape), OBJECT(node, Node));

static osp_status echo(osp_ctx *ctx, const ShapesIn *in, ShapesIn *out)
{
    (void)ctx;
    *out = *in;
    return OSP_OK;
}
OSP_ROUTE(POST, echo, ShapesIn, ShapesIn, .status = 201);
