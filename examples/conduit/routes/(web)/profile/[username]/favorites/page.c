/* What somebody likes. */
#include "lib/listing.h"

static osp_status load(osp_ctx *ctx, const ListIn *in, ListView *out)
{
    ArticleFilter filter = show_filter(viewer_of(in->visitor), in->page);
    filter.favorited = (osp_opt_str){ OSP_SET, in->username };
    *out = listing_of(ctx, in, &filter);
    return OSP_OK;
}
OSP_PAGE(load, ListIn, ListView, .is_public = true);
