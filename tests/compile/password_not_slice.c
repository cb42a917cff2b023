/* A text where a slice is wanted: the error is about the line of the source.
 *
 * EXPECT: password_not_slice.c:10:
 * EXPECT: error: */
#include <openspeed/openspeed.h>

osp_status hash(osp_ctx *ctx, osp_str *ret);
osp_status hash(osp_ctx *ctx, osp_str *ret)
{
    return osp_password_hash(ctx, "secret", ret);
}
