#include <openspeed/openspeed.h>

#include "lib/gate.h"

static osp_status answer(osp_ctx *ctx, const void *in, void *out)
{
    (void)in, (void)out;
    gate_is_open = true;
    return osp_text(ctx, S("open"));
}
OSP_ROUTE(GET, answer, void, void);
