/* A call through a macro whose failure nobody looks at.
 *
 * EXPECT: osp_jwt_verify
 * EXPECT-tcc: nothing */
#include <openspeed/openspeed.h>

void gone(void *arg);
void call(osp_ctx *ctx, osp_str text, osp_str *ret, int64_t *number);
void call(osp_ctx *ctx, osp_str text, osp_str *ret, int64_t *number)
{
    (void)gone, (void)text, (void)ret, (void)number;
    osp_jwt_verify(ctx, text, text, int64_t, number);
}
