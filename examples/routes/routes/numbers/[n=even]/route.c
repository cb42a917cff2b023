/* Numbers that are even. */
#include <openspeed/openspeed.h>

typedef struct NumberIn {
    int64_t n;
} NumberIn;
OSP_TYPE(NumberIn, PATH(n));

static osp_status show(osp_ctx *ctx, const NumberIn *in, void *out)
{
    return osp_text(ctx, osp_format(ctx, "%lld is even\n", (long long)in->n));
}
OSP_ROUTE(GET, show, NumberIn, void);
