/* POST /api/users: register. */
#include <openspeed/urls.h>

#include "lib/account.h"

static const char *is_name(const osp_str *name)
{
    return account_name_flaw(*name);
}
OSP_CHECKER(is_name, osp_str);

typedef struct NewUser { osp_str username, email, password; } NewUser;
OSP_TYPE(NewUser, FIELD(username, .min_len = 1, .max_len = USERNAME_MAX, CHECK(is_name)),
         FIELD(email, .format = OSP_FORMAT_EMAIL, .max_len = EMAIL_MAX),
         FIELD(password, .min_len = PASSWORD_MIN, .max_len = PASSWORD_MAX, .secret = true));

typedef struct RegisterIn {
    const Key *key;
    NewUser user;
} RegisterIn;
OSP_TYPE(RegisterIn, NEED(key, signing_key), OBJECT(user, NewUser));

OSP_QUERY_ONE(Account, user_add, (osp_str, username), (osp_str, email), (osp_str, hash));

static osp_status register_user(osp_ctx *ctx, const RegisterIn *in, UserOut *out)
{
    const NewUser *user = &in->user;
    osp_str hash;
    OSP_TRY(osp_password_hash(ctx, user->password, &hash));

    const Account *account = user_add(ctx, user->username, user->email, hash);

    /* Asking first whether the name is free would leave a gap between question and insertion.
     * The database decides, and the one failure we expect is taken back. */
    const osp_status status = osp_recover(ctx);
    if (status == OSP_E_DB_CONSTRAINT) {
        return account_refuse_taken(ctx, (osp_opt_str){ OSP_SET, user->email },
                                    (osp_opt_str){ OSP_SET, user->username }, 0);
    }
    OSP_TRY(status);
    OSP_TRY(osp_set_header(ctx, S("Location"), osp_url_api_profiles_username(ctx, user->username)));
    return account_answer(ctx, in->key, account, out);
}
OSP_ROUTE(POST, register_user, RegisterIn, UserOut, .summary = "Register a new user", .status = 201,
          .is_public = true);
