/* Profiles by themselves; those in articles and comments come with the rows of these. */
#include "lib/profile.h"

OSP_QUERY_ONE(Profile, profile_by_name, (osp_opt_int, viewer_id), (osp_str, username));
OSP_QUERY_EXEC(follow_add, (int64_t, me), (osp_str, username));
OSP_QUERY_EXEC(follow_remove, (int64_t, me), (osp_str, username));

osp_status profile_answer(osp_ctx *ctx, osp_str username, const Viewer *viewer, ProfileOut *out)
{
    const Profile *found = profile_by_name(ctx, viewer_id(viewer), username);
    if (found == NULL) {
        return osp_fail(ctx, 404, "there is no user \"%.*s\"", OSP_ARG(username));
    }
    out->profile = *found;
    return OSP_OK;
}
