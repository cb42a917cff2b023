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

OSP_QUERY_ONE(Account, account_by_email, (osp_str, email));

static osp_status login(osp_ctx *ctx, const LoginIn *in, UserOut *out)
{
    const Account *account = account_by_email(ctx, in->user.email);

    /* An unknown user costs as much time as a wrong password, so that the clock does not tell who
     * has an account; the words are the same for the same reason. */
    const osp_str hash = account != NULL ? account->password : S("");
    bool match = false;
    OSP_TRY(osp_password_check(ctx, in->user.password, hash, &match));
    if (account == NULL || !match) {
        const osp_str from = osp_client_address(ctx);
        osp_log(ctx, OSP_LOG_WARNING, "a login failed, from %.*s", OSP_ARG(from));
        OSP_TRY(osp_set_header(ctx, S("WWW-Authenticate"), S("Token"))); /* RFC 9110 15.5.2 */
        return osp_fail(ctx, 401, "the e-mail address or the password is wrong");
    }
    return account_answer(ctx, in->key, account, out);
}
OSP_ROUTE(POST, login, LoginIn, UserOut, .summary = "Log in", .errors = { 401 }, .is_public = true);
