/* /api/profiles/[username]/follow: POST follows a user, DELETE follows no more. */
#include "lib/account.h"
#include "lib/profile.h"

typedef struct FollowIn {
    const Viewer *me;
    osp_str username;
} FollowIn;
OSP_TYPE(FollowIn, NEED(me, viewer), PATH(username, .max_len = USERNAME_MAX));

static osp_status follow(osp_ctx *ctx, const FollowIn *in, ProfileOut *out)
{
    follow_add(ctx, in->me->id, in->username);
    return profile_answer(ctx, in->username, in->me, out);
}
OSP_ROUTE(POST, follow, FollowIn, ProfileOut, .summary = "Follow a user", .errors = { 404 });

static osp_status unfollow(osp_ctx *ctx, const FollowIn *in, ProfileOut *out)
{
    follow_remove(ctx, in->me->id, in->username);
    return profile_answer(ctx, in->username, in->me, out);
}
OSP_ROUTE(DELETE, unfollow, FollowIn, ProfileOut, .summary = "Follow a user no more",
          .errors = { 404 });
