#include "lib/clerk.h"

typedef struct ClerkIn {
    osp_opt_str clerk;
} ClerkIn;
OSP_TYPE(ClerkIn, COOKIE(clerk, .max_len = 40));

static osp_status make_clerk(osp_ctx *ctx, const ClerkIn *in, Clerk *out)
{
    if (in->clerk.is != OSP_SET) {
        return OSP_DONE;
    }
    out->name = in->clerk.value;
    return OSP_OK;
}
OSP_PROVIDER(clerk, make_clerk, ClerkIn, Clerk, .authenticates = true);
