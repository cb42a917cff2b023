/* Nothing is stored for a token: that it is good can be seen by its signature alone.  The price is
 * that none can be taken back before its end, but for those of a user all at once (lib/viewer.c).
 *
 * The key is CONDUIT_SECRET.  Without it, as in development, it is one that the database made for
 * itself: tokens survive a restart, and those of one database are worth nothing at another. */
#include "lib/token.h"

#define KEY_BYTES_MIN 32 /* of HS256 (RFC 7518 3.2) */

/* The query of that name in token.sql.  The build compares both with the tables of migrations/. */
OSP_QUERY_ONE(osp_str, key_of_database);

static osp_status make_key(osp_ctx *ctx, const void *in, Key *out)
{
    (void)in;
    out->bytes = osp_secret(ctx, "CONDUIT_SECRET");
    if (out->bytes.len == 0) {
        const osp_str *made = key_of_database(ctx);
        out->bytes = made != NULL ? *made : S("");
    }
    if (out->bytes.len < KEY_BYTES_MIN) {
        /* The server does not start, and says why: better than a sign-in that always fails. */
        return osp_fail(ctx, 500, "CONDUIT_SECRET must have %d bytes or more", KEY_BYTES_MIN);
    }
    return OSP_OK;
}
/* Made once, before a worker serves, and not for each request. */
OSP_PROVIDER(signing_key, make_key, void, Key, .scope = OSP_PER_APPLICATION);

osp_str token_make(osp_ctx *ctx, const Key *key, int64_t uid, int64_t session)
{
    const int64_t now_s = osp_now_us() / 1000000;
    const Claims claims = { uid, session, .exp = now_s + TOKEN_DAYS * 24 * 3600 };
    return osp_jwt_sign(ctx, key->bytes, osp_json_of(ctx, Claims, &claims));
}
