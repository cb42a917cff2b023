/* Members of a problem that are of another type than is said.
 *
 * EXPECT-gcc: is not compatible with any association
 * EXPECT-clang: not compatible with any generic association
 * EXPECT-tcc: error:  */
#include <openspeed/openspeed.h>

typedef struct Credit {
    int32_t balance;
} Credit;
OSP_TYPE(Credit, FIELD(balance));

osp_status answer(osp_ctx *ctx, const int64_t *other);
osp_status answer(osp_ctx *ctx, const int64_t *other)
{
    return osp_fail_with(ctx, .status = 403, OSP_MEMBERS(Credit, other));
}
