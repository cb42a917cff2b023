/* GET / answers with plain text. */
#include <openspeed/openspeed.h>

static osp_status home(osp_ctx *ctx, const void *in, void *out)
{
    (void)in;
    (void)out;
    return osp_text(ctx, S("Hello from OpenSpeed\n"));
}
OSP_ROUTE(GET, home, void, void, .summary = "A greeting as text");
