/* Tokens are signed with the key of the application, and say who sends them. */
#include "lib/auth.h"

static osp_status make_key(osp_ctx *ctx, const void *in, Key *out)
{
    out->text = osp_secret(ctx, "NOTES_SECRET");
    return OSP_OK;
}
OSP_PROVIDER(signing_key, make_key, void, Key, .scope = OSP_PER_APPLICATION);

typedef struct Claims { int64_t uid, exp; } Claims;
OSP_TYPE(Claims, FIELD(uid), FIELD(exp));

typedef struct UserIn {
    const Key *key;
    osp_opt_str authorization;
} UserIn;
OSP_TYPE(UserIn, NEED(key, signing_key), HEADER(authorization));

static osp_status make_user(osp_ctx *ctx, const UserIn *in, User *out)
{
    const osp_str scheme = S("Bearer ");
    if (in->authorization.is != OSP_SET) {
        return OSP_DONE; /* nobody says who they are */
    }
    osp_str token = in->authorization.value;
    if (!osp_str_starts_with(token, scheme)) {
        return osp_fail(ctx, 401, "The header Authorization must be \"Bearer <token>\".");
    }
    token.ptr += scheme.len;
    token.len -= scheme.len;
    Claims claims;
    if (osp_jwt_verify(ctx, in->key->text, token, Claims, &claims) != OSP_OK) {
        return osp_fail(ctx, 401, "The token is not valid, or not any more.");
    }
    out->id = claims.uid;
    return OSP_OK;
}
OSP_PROVIDER(current_user, make_user, UserIn, User, .authenticates = true, .challenge = "Bearer");
