/* GET /api/profiles/[username]: a user as others see them. */
#include "lib/account.h"
#include "lib/profile.h"

typedef struct ProfileIn {
    const Viewer *viewer;
    osp_str username;
} ProfileIn;
OSP_TYPE(ProfileIn, WANT(viewer, viewer), PATH(username, .max_len = USERNAME_MAX));

static osp_status read_profile(osp_ctx *ctx, const ProfileIn *in, ProfileOut *out)
{
    return profile_answer(ctx, in->username, in->viewer, out);
}
OSP_ROUTE(GET, read_profile, ProfileIn, ProfileOut, .summary = "A profile", .errors = { 404 },
          .is_public = true);
