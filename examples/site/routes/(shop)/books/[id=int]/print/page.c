#include <openspeed/openspeed.h>

typedef struct SlipIn {
    int64_t id;
} SlipIn;
OSP_TYPE(SlipIn, PATH(id));

static osp_status load(osp_ctx *ctx, const SlipIn *in, SlipIn *out)
{
    *out = *in;
    return OSP_OK;
}
OSP_PAGE(load, SlipIn, SlipIn);
