/* Accounts: the rows of the user table, and what their owners see of them. */
#ifndef CONDUIT_ACCOUNT_H
#define CONDUIT_ACCOUNT_H

#include "lib/token.h"

#define USERNAME_MAX 64
#define EMAIL_MAX 254 /* characters (RFC 5321 4.5.3.1) */
#define PASSWORD_MIN 8
#define PASSWORD_MAX 256
#define BIO_MAX 4096
#define IMAGE_MAX 2048
#define IMAGE_PATTERN "^$|^https?://"

/* A row of the user table.  `.secret` members are never written, to no answer and no log. */
typedef struct Account {
    int64_t id, session;
    osp_str email, username, password;
    osp_opt_str bio, image;
} Account;
OSP_TYPE(Account, FIELD(id), FIELD(session), FIELD(email), FIELD(username),
         FIELD(password, .secret = true), FIELD(bio), FIELD(image));

Account *account_by_id(osp_ctx *ctx, int64_t id);

/* What users see of their own account.  It is not the row: what an answer has is said here, and a
 * column that is added to the table is in no answer until somebody writes it here. */
typedef struct User {
    osp_str email, token, username;
    osp_opt_str bio, image; /* null until they are set */
} User;
OSP_TYPE(User, FIELD(email), FIELD(token, .doc = "send it as `Authorization: Token <token>`"),
         FIELD(username), FIELD(bio), FIELD(image));

typedef struct UserOut { User user; } UserOut;
OSP_TYPE(UserOut, OBJECT(user, User));

/* Answers with the account and a fresh token for it. */
osp_status account_answer(osp_ctx *ctx, const Key *key, const Account *account, UserOut *out);

/* A check for names: NULL, or what is wrong.  A name is a segment of a URL, /profile/NAME. */
const char *account_name_flaw(osp_str name);
static inline const char *is_name(const osp_str *name)
{
    return account_name_flaw(*name);
}
OSP_CHECKER(is_name, osp_str);

/* The account of an address and its password, or fails with 401.  Who was wrong too often waits: 429. */
osp_status account_sign_in(osp_ctx *ctx, osp_str email, osp_str password, Account **ret);

typedef struct NewUser { osp_str username, email, password; } NewUser;
OSP_TYPE(NewUser, FIELD(username, .min_len = 1, .max_len = USERNAME_MAX, CHECK(is_name)),
         FIELD(email, .format = OSP_FORMAT_EMAIL, .max_len = EMAIL_MAX),
         FIELD(password, .min_len = PASSWORD_MIN, .max_len = PASSWORD_MAX, .secret = true));

/* Adds an account, or fails with 422, naming what somebody else has.
 *
 * at  where the fields are in what was sent: "/user", or "" */
osp_status account_register(osp_ctx *ctx, const NewUser *user, const char *at, Account **ret);

/* What is absent stays as it is.  null, or an empty text, takes bio and image away. */
typedef struct UserChange { osp_opt_str email, username, password, bio, image; } UserChange;
static inline const char *is_user_change(const UserChange *user)
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
OSP_CHECKER(is_user_change, UserChange);
OSP_TYPE(UserChange, FIELD(email, .format = OSP_FORMAT_EMAIL, .max_len = EMAIL_MAX),
         FIELD(username, .min_len = 1, .max_len = USERNAME_MAX, CHECK(is_name)),
         FIELD(password, .min_len = PASSWORD_MIN, .max_len = PASSWORD_MAX, .secret = true),
         FIELD(bio, .max_len = BIO_MAX),
         FIELD(image, .max_len = IMAGE_MAX, .pattern = IMAGE_PATTERN),
         OPTIONS(CHECK(is_user_change)));

/* Changes an account, or fails: 422 as account_register, 401 where it is gone. */
osp_status account_change(osp_ctx *ctx, int64_t id, const UserChange *user, const char *at,
                          Account **ret);

#endif
