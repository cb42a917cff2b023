#include <openspeed/openspeed.h>

typedef struct Status { osp_str state; } Status;
OSP_TYPE(Status, FIELD(state));

static osp_status show(osp_ctx *ctx, const void *in, Status *out)
{
    out->state = OSP_STR("well");
    return OSP_OK;
}
OSP_ROUTE(GET, show, void, Status);
