/* What somebody has written; and following them. */
#include "lib/listing.h"

static osp_status load(osp_ctx *ctx, const ListIn *in, ListView *out)
{
    ArticleFilter filter = show_filter(viewer_of(in->visitor), in->page);
    filter.author = (osp_opt_str){ OSP_SET, in->username };
    *out = listing_of(ctx, in, &filter);
    return OSP_OK;
}
OSP_PAGE(load, ListIn, ListView, .is_public = true);

typedef struct FollowIn {
    const Visitor *me;
    osp_str username, back;
} FollowIn;
OSP_TYPE(FollowIn, NEED(me, visitor), PATH(username, .max_len = USERNAME_MAX),
         FORM(back, .fallback = "", .max_len = 2048));

static osp_status follow(osp_ctx *ctx, const FollowIn *in, ListView *out)
{
    (void)out;
    follow_add(ctx, in->me->as.id, in->username);
    return session_go(ctx, in->back, osp_path(ctx));
}
OSP_ACTION(follow, FollowIn, ListView);

static osp_status unfollow(osp_ctx *ctx, const FollowIn *in, ListView *out)
{
    (void)out;
    follow_remove(ctx, in->me->as.id, in->username);
    return session_go(ctx, in->back, osp_path(ctx));
}
OSP_ACTION(unfollow, FollowIn, ListView);
