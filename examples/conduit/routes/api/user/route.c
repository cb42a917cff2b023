/* The user of the token.  GET /api/user: the account.  PUT /api/user: change it. */
#include "lib/account.h"
#include "lib/viewer.h"

/* ---------------------------------------------------------------- reading */

typedef struct ReadIn {
    const Viewer *me;
    const Key *key;
} ReadIn;
OSP_TYPE(ReadIn, NEED(me, viewer), NEED(key, signing_key));

static osp_status read_account(osp_ctx *ctx, const ReadIn *in, UserOut *out)
{
    const Account *account = account_by_id(ctx, in->me->id);
    if (account == NULL) {
        return osp_fail(ctx, 401, "the user is gone"); /* since the token was looked at */
    }
    return account_answer(ctx, in->key, account, out);
}
OSP_ROUTE(GET, read_account, ReadIn, UserOut, .summary = "The current user");

/* ---------------------------------------------------------------- changing */

typedef struct ChangeUserIn {
    const Viewer *me;
    const Key *key;
    UserChange user;
} ChangeUserIn;
OSP_TYPE(ChangeUserIn, NEED(me, viewer), NEED(key, signing_key), OBJECT(user, UserChange));

static osp_status change_account(osp_ctx *ctx, const ChangeUserIn *in, UserOut *out)
{
    Account *account;
    OSP_TRY(account_change(ctx, in->me->id, &in->user, "/user", &account));
    return account_answer(ctx, in->key, account, out);
}
OSP_ROUTE(PUT, change_account, ChangeUserIn, UserOut, .summary = "Change the current user",
          .doc = "A new password ends all tokens of before; the answer has a new one.");
