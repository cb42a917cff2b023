/* Tokens are JSON Web Tokens: they say which user and until when, and are signed with a key that
 * only the server knows.  Nothing is stored for them, so a user that was deleted meanwhile has to
 * be looked for. */
#include "lib/auth.h"

#define TOKEN_DAYS 30

typedef struct Claims { int64_t uid, exp; } Claims;
OSP_TYPE(Claims, FIELD(uid), FIELD(exp));

typedef struct Setting { osp_str value; } Setting;
OSP_TYPE(Setting, FIELD(value));

typedef struct Known { int64_t id; } Known;
OSP_TYPE(Known, FIELD(id));

/* CONDUIT_SECRET in production; in development the key that the database made for itself. */
static osp_str signing_key(osp_ctx *ctx)
{
    const osp_str secret = osp_secret(ctx, "CONDUIT_SECRET");
    if (secret.len != 0) {
        return secret;
    }
    const Setting *key =
        osp_db_one(ctx, Setting, "SELECT value FROM setting WHERE name = 'jwt_key'");
    return key != NULL ? key->value : S("");
}

osp_status auth_answer(osp_ctx *ctx, const Account *account, UserOut *out)
{
    const int64_t now_s = osp_now_us() / 1000000;
    const Claims claims = { .uid = account->id, .exp = now_s + TOKEN_DAYS * 24 * 3600 };
    const osp_str token = osp_jwt_sign(ctx, signing_key(ctx), osp_json_of(ctx, Claims, &claims));
    if (token.len == 0) {
        /* Most likely a CONDUIT_SECRET of fewer than 32 bytes. */
        return osp_fail(ctx, 500, "the server cannot sign tokens");
    }
    out->user = (User){ .email = account->email, .token = token, .username = account->username,
                        .bio = account->bio, .image = account->image };
    return OSP_OK;
}

typedef struct ViewerIn { osp_opt_str authorization; } ViewerIn;
OSP_TYPE(ViewerIn, HEADER(authorization, .doc = "Token, and that of /api/users/login"));

static osp_status make_viewer(osp_ctx *ctx, const ViewerIn *in, Viewer *out)
{
    const osp_str scheme = S("Token ");
    if (in->authorization.is != OSP_SET) {
        return OSP_DONE;
    }
    osp_str token = in->authorization.value;
    if (token.len <= scheme.len ||
        !osp_str_equal_nocase((osp_str){ token.ptr, scheme.len }, scheme)) {
        return osp_fail(ctx, 401, "the Authorization header must be \"Token <token>\"");
    }
    token.ptr += scheme.len;
    token.len -= scheme.len;

    Claims claims;
    if (osp_jwt_verify(ctx, signing_key(ctx), token, Claims, &claims) != OSP_OK) {
        return osp_fail(ctx, 401, "the token is not valid, or not any more");
    }
    if (osp_db_one(ctx, Known, "SELECT id FROM user WHERE id = ?", claims.uid) == NULL) {
        return osp_fail(ctx, 401, "the user of this token does not exist any more");
    }
    out->id = claims.uid;
    return OSP_OK;
}
OSP_PROVIDER(viewer, make_viewer, ViewerIn, Viewer, .authenticates = true, .challenge = "Token");
