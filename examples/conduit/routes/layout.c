/* Around all pages: who has signed in. */
#include "lib/session.h"

typedef struct LayoutIn { const Visitor *visitor; } LayoutIn;
OSP_TYPE(LayoutIn, WANT(visitor, visitor));

typedef struct LayoutView { osp_opt_str me; } LayoutView;
OSP_TYPE(LayoutView, FIELD(me));

static osp_status load(osp_ctx *ctx, const LayoutIn *in, LayoutView *out)
{
    (void)ctx;
    out->me = name_of(in->visitor);
    return OSP_OK;
}
OSP_LAYOUT(load, LayoutIn, LayoutView, .is_public = true);
