/* From the Authorization header to a user that exists.
 *
 * osp_jwt_verify looks at the signature before all else, takes HS256 and no other algorithm
 * whatever the token asks for, and refuses one that has ended.  What it cannot know is asked of the
 * database: whether the user is there, and has the password of when the token was given. */
#include "lib/viewer.h"

#include "lib/token.h"

/* A struct stands for its members: the query has :uid and :session. */
OSP_QUERY_ONE(int64_t, user_of_token, Claims);

typedef struct ViewerIn {
    const Key *key;
    osp_opt_str authorization;
} ViewerIn;
OSP_TYPE(ViewerIn, NEED(key, signing_key),
         HEADER(authorization, .doc = "`Token <token>`, with that of /api/users/login"));

static osp_status make_viewer(osp_ctx *ctx, const ViewerIn *in, Viewer *out)
{
    const osp_str scheme = S("Token ");
    if (in->authorization.is != OSP_SET) {
        return OSP_DONE; /* nobody; whether that is enough the route says */
    }
    osp_str token = in->authorization.value;
    if (token.len <= scheme.len ||
        !osp_str_equal_nocase((osp_str){ token.ptr, scheme.len }, scheme)) {
        return osp_fail(ctx, 401, "the Authorization header must be \"Token <token>\"");
    }
    token.ptr += scheme.len;
    token.len -= scheme.len;

    Claims claims;
    if (osp_jwt_verify(ctx, in->key->bytes, token, Claims, &claims) != OSP_OK) {
        return osp_fail(ctx, 401, "the token is not valid, or not any more");
    }
    const int64_t *id = user_of_token(ctx, &claims);
    if (id == NULL) {
        return osp_fail(ctx, 401, "the user of this token is gone, or has a new password");
    }
    out->id = *id;
    return OSP_OK;
}
OSP_PROVIDER(viewer, make_viewer, ViewerIn, Viewer, .authenticates = true, .challenge = "Token");
