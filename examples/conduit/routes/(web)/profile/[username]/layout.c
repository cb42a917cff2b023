/* Somebody, above what they have written and what they like. */
#include "lib/profile.h"
#include "lib/session.h"

typedef struct ProfileIn {
    const Visitor *visitor;
    osp_str username;
} ProfileIn;
OSP_TYPE(ProfileIn, WANT(visitor, visitor), PATH(username, .max_len = USERNAME_MAX));

typedef struct ProfileView {
    Profile profile;
    osp_opt_str me;
    bool mine;
} ProfileView;
OSP_TYPE(ProfileView, OBJECT(profile, Profile), FIELD(me), FIELD(mine));

static osp_status load(osp_ctx *ctx, const ProfileIn *in, ProfileView *out)
{
    ProfileOut found;
    OSP_TRY(profile_answer(ctx, in->username, viewer_of(in->visitor), &found));
    out->profile = found.profile;
    out->me = name_of(in->visitor);
    out->mine = in->visitor != NULL &&
                osp_str_equal(found.profile.username, in->visitor->username);
    return OSP_OK;
}
OSP_LAYOUT(load, ProfileIn, ProfileView, .is_public = true);
