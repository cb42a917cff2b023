#include <openspeed/openspeed.h>

static osp_status read_file(osp_ctx *ctx, const void *in, void *out)
{
    (void)in, (void)out;
    return osp_text(ctx, S("a file"));
}
OSP_ROUTE(GET, read_file, void, void);
