/* Every spelling of providers, done right.
 *
 * EXPECT: nothing */
#include <openspeed/openspeed.h>

typedef struct User {
    int64_t id;
} User;
OSP_PROVIDES(key, osp_str);
OSP_PROVIDES(current_user, User);
OSP_PROVIDES(guard, void);

static osp_status make_key(osp_ctx *ctx, const void *in, osp_str *out)
{
    (void)in;
    *out = osp_copy(ctx, S("key"));
    return OSP_OK;
}
OSP_PROVIDER(key, make_key, void, osp_str, .scope = OSP_PER_APPLICATION);

typedef struct UserIn {
    const osp_str *key;
    osp_opt_str authorization;
} UserIn;
OSP_TYPE(UserIn, NEED(key, key), HEADER(authorization));
static osp_status make_user(osp_ctx *ctx, const UserIn *in, User *out)
{
    (void)ctx;
    out->id = (int64_t)in->key->len;
    return in->authorization.is == OSP_SET ? OSP_OK : OSP_DONE;
}
static osp_status end(osp_ctx *ctx, User *value, osp_status outcome)
{
    (void)ctx;
    value->id = 0;
    return outcome == OSP_OK ? OSP_OK : OSP_DONE;
}
OSP_CLOSER(end, User);
OSP_PROVIDER(current_user, make_user, UserIn, User, .authenticates = true, .challenge = "Token",
             .close = OSP_CLOSE(end), .close_when = OSP_BEFORE_RESPONSE);

typedef struct GuardIn {
    const User *me;
} GuardIn;
OSP_TYPE(GuardIn, NEED(me, current_user));
static osp_status check(osp_ctx *ctx, const GuardIn *in, void *out)
{
    (void)out;
    return in->me->id == 3 ? OSP_OK : osp_fail(ctx, 403, "no");
}
OSP_PROVIDER(guard, check, GuardIn, void, .needs = OSP_NEEDS(key));

typedef struct In {
    const User *me, *perhaps;
    int64_t id;
} In;
OSP_TYPE(In, NEED(me, current_user), WANT(perhaps, current_user), PATH(id));
static osp_status show(osp_ctx *ctx, const In *in, void *out)
{
    (void)out;
    return in->me == current_user(ctx) ? OSP_OK : OSP_DONE;
}
OSP_ROUTE(GET, show, In, void, .needs = NEEDS(guard, key));
OSP_ROUTE(PUT, show, In, void, .is_public = true, .needs = NEEDS(guard));
