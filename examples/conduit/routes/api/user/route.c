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

static const char *is_name(const osp_str *name)
{
    return account_name_flaw(*name);
}
OSP_CHECKER(is_name, osp_str);

/* What is absent stays as it is.  null, or an empty text, takes bio and image away. */
typedef struct UserChange { osp_opt_str email, username, password, bio, image; } UserChange;

static const char *is_change(const UserChange *user)
{
    if (user->email.is == OSP_NULL || user->username.is == OSP_NULL ||
        user->password.is == OSP_NULL) {
        return "must have an email, a username and a password that are not null";
    }
    return user->email.is == OSP_ABSENT && user->username.is == OSP_ABSENT &&
                   user->password.is == OSP_ABSENT && user->bio.is == OSP_ABSENT &&
                   user->image.is == OSP_ABSENT
               ? "must have one field at least"
               : NULL;
}
OSP_CHECKER(is_change, UserChange);
OSP_TYPE(UserChange, FIELD(email, .format = OSP_FORMAT_EMAIL, .max_len = EMAIL_MAX),
         FIELD(username, .min_len = 1, .max_len = USERNAME_MAX, CHECK(is_name)),
         FIELD(password, .min_len = PASSWORD_MIN, .max_len = PASSWORD_MAX, .secret = true),
         FIELD(bio, .max_len = 4096), FIELD(image, .max_len = 2048, .pattern = "^$|^https?://"),
         OPTIONS(CHECK(is_change)));

typedef struct ChangeUserIn {
    const Viewer *me;
    const Key *key;
    UserChange user;
} ChangeUserIn;
OSP_TYPE(ChangeUserIn, NEED(me, viewer), NEED(key, signing_key), OBJECT(user, UserChange));

OSP_QUERY_ONE(Account, user_change, UserChange, (int64_t, id), (osp_opt_str, hash),
              (bool, sets_bio), (bool, sets_image));

static osp_status change_account(osp_ctx *ctx, const ChangeUserIn *in, UserOut *out)
{
    const UserChange *user = &in->user;
    osp_opt_str hash = { OSP_ABSENT, S("") };
    if (user->password.is == OSP_SET) {
        OSP_TRY(osp_password_hash(ctx, user->password.value, &hash.value));
        hash.is = OSP_SET;
    }
    /* One statement: nobody sees half of it. */
    const Account *account = user_change(ctx, user, in->me->id, hash, user->bio.is != OSP_ABSENT,
                                         user->image.is != OSP_ABSENT);
    const osp_status status = osp_recover(ctx);
    if (status == OSP_E_DB_CONSTRAINT) {
        return account_refuse_taken(ctx, user->email, user->username, in->me->id);
    }
    OSP_TRY(status);
    if (account == NULL) {
        return osp_fail(ctx, 401, "the user is gone");
    }
    return account_answer(ctx, in->key, account, out);
}
OSP_ROUTE(PUT, change_account, ChangeUserIn, UserOut, .summary = "Change the current user",
          .doc = "A new password ends all tokens of before; the answer has a new one.");
