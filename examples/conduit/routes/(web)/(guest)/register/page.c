/* Signing up. */
#include "lib/session.h"

typedef struct RegisterIn { const Visitor *visitor; } RegisterIn;
OSP_TYPE(RegisterIn, WANT(visitor, visitor));

typedef struct RegisterView { osp_str password_hint; } RegisterView;
OSP_TYPE(RegisterView, FIELD(password_hint));

static osp_status load(osp_ctx *ctx, const RegisterIn *in, RegisterView *out)
{
    out->password_hint = osp_format(ctx, "At least %d characters.", PASSWORD_MIN);
    return in->visitor != NULL ? osp_redirect(ctx, 303, S("/")) : OSP_OK;
}
OSP_PAGE(load, RegisterIn, RegisterView, .is_public = true);

typedef struct SignUpIn {
    const Key *key;
    osp_str username, email, password;
} SignUpIn;
OSP_TYPE(SignUpIn, NEED(key, signing_key),
         FORM(username, .min_len = 1, .max_len = USERNAME_MAX, CHECK(is_name)),
         FORM(email, .format = OSP_FORMAT_EMAIL, .max_len = EMAIL_MAX),
         FORM(password, .min_len = PASSWORD_MIN, .max_len = PASSWORD_MAX, .secret = true));

static osp_status save(osp_ctx *ctx, const SignUpIn *in, RegisterView *out)
{
    const NewUser user = { in->username, in->email, in->password };
    Account *account;
    (void)out;
    OSP_TRY(account_register(ctx, &user, "", &account));
    OSP_TRY(session_begin(ctx, in->key, account));
    OSP_TRY(osp_flash(ctx, "Welcome, %.*s.", OSP_ARG(account->username)));
    return osp_redirect(ctx, 303, S("/"));
}
OSP_ACTION(save, SignUpIn, RegisterView, .is_public = true);
