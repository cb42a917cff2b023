/* Any JSON value: answered as JSON, or a problem document that says where it is none. */
#include <openspeed/openspeed.h>

typedef struct ValueIn {
    osp_json value;
} ValueIn;
OSP_TYPE(ValueIn, BODY(value, osp_json));

static osp_status json(osp_ctx *ctx, const ValueIn *in, osp_json *out)
{
    (void)ctx;
    *out = in->value;
    return OSP_OK;
}
OSP_ROUTE(POST, json, ValueIn, osp_json, .summary = "The value as it came");
