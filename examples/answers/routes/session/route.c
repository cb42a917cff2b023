/* Signing in by a form, who is signed in, and signing out. */
#include "lib/keys.h"

#define SESSION_S 86400

typedef struct SignIn {
    osp_str user;
    osp_str next;
} SignIn;
OSP_TYPE(SignIn, FORM(user, .min_len = 1, .max_len = 40), FORM(next, .fallback = "/"));

typedef struct Who {
    osp_str user;
} Who;
OSP_TYPE(Who, FIELD(user));

static osp_status sign_in(osp_ctx *ctx, const SignIn *in, void *out)
{
    (void)out;
    OSP_TRY(osp_set_signed_cookie(ctx, cookie_keys(ctx), S("__Host-user"), in->user,
                                  .max_age_s = SESSION_S));
    return osp_redirect(ctx, 303, osp_is_local_url(in->next) ? in->next : S("/"));
}
OSP_ROUTE(POST, sign_in, SignIn, void, .summary = "Sign in");

static osp_status who(osp_ctx *ctx, const void *in, Who *out)
{
    (void)in;
    const osp_str_list keys = cookie_keys(ctx);
    const osp_status status = osp_signed_cookie(ctx, keys, S("__Host-user"), &out->user);
    if (status == OSP_DONE) { /* an old key has signed it */
        return osp_set_signed_cookie(ctx, keys, S("__Host-user"), out->user,
                                     .max_age_s = SESSION_S);
    }
    return status == OSP_OK ? OSP_OK : osp_fail(ctx, 401, "Nobody is signed in.");
}
OSP_ROUTE(GET, who, void, Who, .summary = "Who is signed in", .errors = { 401 });

static osp_status sign_out(osp_ctx *ctx, const void *in, void *out)
{
    (void)in;
    (void)out;
    return osp_delete_cookie(ctx, S("__Host-user"));
}
OSP_ROUTE(DELETE, sign_out, void, void, .summary = "Sign out");
