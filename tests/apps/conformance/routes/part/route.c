/* What can be got and changed in part. */
#include <openspeed/openspeed.h>

typedef struct Part { osp_str note; } Part;
OSP_TYPE(Part, FIELD(note));

static osp_status read_part(osp_ctx *ctx, const void *in, Part *out)
{
    (void)in;
    OSP_TRY(osp_set_header(ctx, S("ETag"), S("\"one\"")));
    out->note = S("hello");
    return OSP_OK;
}
OSP_ROUTE(GET, read_part, void, Part);

static osp_status change_part(osp_ctx *ctx, const Part *in, Part *out)
{
    (void)ctx;
    *out = *in;
    return OSP_OK;
}
OSP_ROUTE(PATCH, change_part, Part, Part);
