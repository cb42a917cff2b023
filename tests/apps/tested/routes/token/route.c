#include <openspeed/openspeed.h>

/* Eight random bytes, in hexadecimal. */
static osp_status token(osp_ctx *ctx, const void *in, void *out)
{
    uint64_t number;
    (void)in;
    (void)out;
    osp_random_bytes(&number, sizeof number);
    return osp_text(ctx, osp_format(ctx, "%016llx", (unsigned long long)number));
}
OSP_ROUTE(GET, token, void, void);
