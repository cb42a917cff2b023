/* /api/profiles/[username]/follow: POST follows a user, DELETE follows no more.
 *
 * Both say how things are to be, not what changes: who does it twice has the same as who does it once,
 * and two at the same time do not disturb each other. */
#include "lib/account.h"
#include "lib/profile.h"

typedef struct FollowIn {
    const Viewer *me;
    osp_str username;
} FollowIn;
OSP_TYPE(FollowIn, NEED(me, viewer), PATH(username, .max_len = USERNAME_MAX));

static osp_status follow(osp_ctx *ctx, const FollowIn *in, ProfileOut *out)
{
    /* Of a name that nobody has it inserts nothing, and profile_answer says 404. */
    osp_db_exec(ctx,
        "INSERT OR IGNORE INTO follow (follower_id, followed_id)"
        " SELECT ?, id FROM user WHERE username = ? COLLATE NOCASE",
        in->me->id, in->username);
    return profile_answer(ctx, in->username, in->me, out);
}
OSP_ROUTE(POST, follow, FollowIn, ProfileOut, .summary = "Follow a user", .errors = { 404 });

static osp_status unfollow(osp_ctx *ctx, const FollowIn *in, ProfileOut *out)
{
    osp_db_exec(ctx,
        "DELETE FROM follow WHERE follower_id = ?"
        " AND followed_id = (SELECT id FROM user WHERE username = ? COLLATE NOCASE)",
        in->me->id, in->username);
    return profile_answer(ctx, in->username, in->me, out);
}
OSP_ROUTE(DELETE, unfollow, FollowIn, ProfileOut, .summary = "Follow a user no more",
          .errors = { 404 });
