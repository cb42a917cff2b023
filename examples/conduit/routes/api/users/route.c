/* POST /api/users: register. */
#include "lib/auth.h"

typedef struct NewUser { osp_str username, email, password; } NewUser;
OSP_TYPE(NewUser, FIELD(username, .min_len = 1, .max_len = 64),
         FIELD(email, .format = OSP_FORMAT_EMAIL, .max_len = 254),
         FIELD(password, .min_len = 8, .max_len = 256, .secret = true));

typedef struct RegisterIn { NewUser user; } RegisterIn;
OSP_TYPE(RegisterIn, OBJECT(user, NewUser));

/* Says which of the two unique columns was in the way. */
static osp_status refuse_taken(osp_ctx *ctx, const NewUser *user)
{
    const Account *other = osp_db_one(ctx, Account,
        "SELECT id, email, username, password, bio, image FROM user WHERE email = ?", user->email);
    if (other != NULL) {
        return osp_fail_field(ctx, "/user/email", "is already taken");
    }
    return osp_fail_field(ctx, "/user/username", "is already taken");
}

static osp_status register_user(osp_ctx *ctx, const RegisterIn *in, UserOut *out)
{
    const NewUser *user = &in->user;
    osp_str hash;
    OSP_TRY(osp_password_hash(ctx, user->password, &hash));

    const Account *account = osp_db_one(ctx, Account,
        "INSERT INTO user (username, email, password) VALUES (?, ?, ?)"
        " RETURNING id, email, username, password, bio, image",
        user->username, user->email, hash);

    /* Asking first whether the name is free would leave a gap between question and insertion.
     * The database decides, and the one failure we expect is taken back. */
    const osp_status status = osp_recover(ctx);
    if (status == OSP_E_DB_CONSTRAINT) {
        return refuse_taken(ctx, user);
    }
    OSP_TRY(status);
    return auth_answer(ctx, account, out);
}
OSP_ROUTE(POST, register_user, RegisterIn, UserOut, .summary = "Register a new user",
          .status = 201, .errors = { 422 });
