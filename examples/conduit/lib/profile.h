/* Users as others see them. */
#ifndef CONDUIT_PROFILE_H
#define CONDUIT_PROFILE_H

#include "lib/viewer.h"

typedef struct Profile {
    osp_str username;
    osp_opt_str bio, image;
    bool following;
} Profile;
OSP_TYPE(Profile, FIELD(username), FIELD(bio), FIELD(image),
         FIELD(following, .doc = "whether the user of the token follows this one"));

typedef struct ProfileOut { Profile profile; } ProfileOut;
OSP_TYPE(ProfileOut, OBJECT(profile, Profile));

/* Answers with the profile of a name, in any case, or fails with 404.  viewer: NULL: nobody. */
osp_status profile_answer(osp_ctx *ctx, osp_str username, const Viewer *viewer, ProfileOut *out);

#endif
