/* Whoever is no clerk sees no page below. */
#include "lib/clerk.h"

typedef struct OfficeIn {
    const Clerk *clerk;
} OfficeIn;
OSP_TYPE(OfficeIn, NEED(clerk, clerk));

typedef struct OfficeView {
    osp_str name;
} OfficeView;
OSP_TYPE(OfficeView, FIELD(name));

static osp_status load(osp_ctx *ctx, const OfficeIn *in, OfficeView *out)
{
    out->name = in->clerk->name;
    return OSP_OK;
}
OSP_LAYOUT(load, OfficeIn, OfficeView);
