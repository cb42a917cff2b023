/* A slice where a format wants a NUL-terminated text.
 *
 * EXPECT: osp_str
 * EXPECT-tcc: nothing */
#include <openspeed/openspeed.h>

osp_status refuse(osp_ctx *ctx, osp_str name);
osp_status refuse(osp_ctx *ctx, osp_str name)
{
    return osp_fail(ctx, 404, "no %s", name);
}
