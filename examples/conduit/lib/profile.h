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

/* The profile of a name, in any case; NULL: there is none. */
Profile *profile_by_name(osp_ctx *ctx, osp_opt_int viewer_id, osp_str username);

/* These say how things are to be, not what changes: who does it twice has the same as who does it
 * once, and two at the same time do not disturb each other. */
int64_t follow_add(osp_ctx *ctx, int64_t me, osp_str username);
int64_t follow_remove(osp_ctx *ctx, int64_t me, osp_str username);

/* Answers with the profile of a name, in any case, or fails with 404.  viewer: NULL: nobody. */
osp_status profile_answer(osp_ctx *ctx, osp_str username, const Viewer *viewer, ProfileOut *out);

#endif
