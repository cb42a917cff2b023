/* A cookie whose refusal nobody looks at.
 *
 * EXPECT: osp_set_cookie
 * EXPECT-tcc: nothing */
#include <openspeed/openspeed.h>

void call(osp_ctx *ctx);
void call(osp_ctx *ctx)
{
    osp_set_cookie(ctx, S("a"), S("1"), .max_age_s = 60);
}
