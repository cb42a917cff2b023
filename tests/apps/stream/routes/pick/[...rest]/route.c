/* ... and wants the whole body where it is not. */
#include <openspeed/openspeed.h>

typedef struct RestIn {
    osp_str rest, text;
} RestIn;
OSP_TYPE(RestIn, PATH(rest), FIELD(text));

typedef struct RestOut {
    osp_str rest, whole;
} RestOut;
OSP_TYPE(RestOut, FIELD(rest), FIELD(whole));

static osp_status rest(osp_ctx *ctx, const RestIn *in, RestOut *out)
{
    (void)ctx;
    *out = (RestOut){ in->rest, in->text };
    return OSP_OK;
}
OSP_ROUTE(POST, rest, RestIn, RestOut);
