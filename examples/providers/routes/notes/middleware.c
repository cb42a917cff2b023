/* Notes are one's own: what is below needs to know whose, and no cache keeps it. */
#include "lib/auth.h"

static osp_status keep_private(osp_ctx *ctx, osp_next *next)
{
    OSP_TRY(osp_run(ctx, next));
    return osp_set_header(ctx, S("Cache-Control"), S("no-store"));
}
OSP_MIDDLEWARE(keep_private, .deny_by_default = true);
