/* POST /api/users/login: a token for an e-mail address and its password. */
#include "lib/account.h"

typedef struct Credentials { osp_str email, password; } Credentials;
OSP_TYPE(Credentials, FIELD(email, .min_len = 1, .max_len = EMAIL_MAX),
         FIELD(password, .min_len = 1, .max_len = PASSWORD_MAX, .secret = true));

typedef struct LoginIn {
    const Key *key;
    Credentials user;
} LoginIn;
OSP_TYPE(LoginIn, NEED(key, signing_key), OBJECT(user, Credentials));

static osp_status login(osp_ctx *ctx, const LoginIn *in, UserOut *out)
{
    Account *account;
    OSP_TRY(account_sign_in(ctx, in->user.email, in->user.password, &account));
    return account_answer(ctx, in->key, account, out);
}
OSP_ROUTE(POST, login, LoginIn, UserOut, .summary = "Log in", .errors = { 401 }, .is_public = true);
