/* The one query for profiles of their own; where they stand in articles and comments, theirs does it. */
#include "lib/profile.h"

osp_status profile_answer(osp_ctx *ctx, osp_str username, const Viewer *viewer, ProfileOut *out)
{
    const Profile *found = osp_db_one(ctx, Profile,
        "SELECT u.username, u.bio, u.image, EXISTS (SELECT 1 FROM follow w"
        "   WHERE w.follower_id = ?1 AND w.followed_id = u.id) AS following"
        " FROM user u WHERE u.username = ?2 COLLATE NOCASE",
        viewer_id(viewer), username);
    if (found == NULL) {
        return osp_fail(ctx, 404, "there is no user \"%.*s\"", OSP_ARG(username));
    }
    out->profile = *found;
    return OSP_OK;
}
