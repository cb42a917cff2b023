/* Signing in. */
#include "lib/session.h"

typedef struct LoginIn {
    const Visitor *visitor;
    osp_str next;
} LoginIn;
OSP_TYPE(LoginIn, WANT(visitor, visitor), QUERY(next, .fallback = "/", .max_len = 2048));

typedef struct LoginView { osp_str next; } LoginView;
OSP_TYPE(LoginView, FIELD(next));

static osp_status load(osp_ctx *ctx, const LoginIn *in, LoginView *out)
{
    if (in->visitor != NULL) {
        return session_go(ctx, in->next, S("/"));
    }
    out->next = in->next;
    return OSP_OK;
}
OSP_PAGE(load, LoginIn, LoginView, .is_public = true);

typedef struct SignInIn {
    const Key *key;
    osp_str email, password, next;
} SignInIn;
OSP_TYPE(SignInIn, NEED(key, signing_key), FORM(email, .min_len = 1, .max_len = EMAIL_MAX),
         FORM(password, .min_len = 1, .max_len = PASSWORD_MAX, .secret = true),
         FORM(next, .fallback = "/", .max_len = 2048));

static osp_status save(osp_ctx *ctx, const SignInIn *in, LoginView *out)
{
    Account *account;
    (void)out;
    OSP_TRY(account_sign_in(ctx, in->email, in->password, &account));
    OSP_TRY(session_begin(ctx, in->key, account));
    return session_go(ctx, in->next, S("/"));
}
OSP_ACTION(save, SignInIn, LoginView, .is_public = true);
