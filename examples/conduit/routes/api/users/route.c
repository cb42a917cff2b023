/* POST /api/users: register. */
#include <openspeed/urls.h>

#include "lib/account.h"

typedef struct RegisterIn {
    const Key *key;
    NewUser user;
} RegisterIn;
OSP_TYPE(RegisterIn, NEED(key, signing_key), OBJECT(user, NewUser));

static osp_status register_user(osp_ctx *ctx, const RegisterIn *in, UserOut *out)
{
    Account *account;
    OSP_TRY(account_register(ctx, &in->user, "/user", &account));
    OSP_TRY(osp_set_header(ctx, S("Location"),
                           osp_url_api_profiles_username(ctx, account->username)));
    return account_answer(ctx, in->key, account, out);
}
OSP_ROUTE(POST, register_user, RegisterIn, UserOut, .summary = "Register a new user", .status = 201,
          .is_public = true);
