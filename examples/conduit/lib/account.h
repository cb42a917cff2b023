/* Accounts: the rows of the user table, and what their owners see of them. */
#ifndef CONDUIT_ACCOUNT_H
#define CONDUIT_ACCOUNT_H

#include "lib/token.h"

#define USERNAME_MAX 64
#define EMAIL_MAX 254 /* characters (RFC 5321 4.5.3.1) */
#define PASSWORD_MIN 8
#define PASSWORD_MAX 256

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

/* Fails with 422, naming which of the two somebody else has: when the database says that one of
 * them is not unique. */
osp_status account_refuse_taken(osp_ctx *ctx, osp_opt_str email, osp_opt_str username,
                                int64_t except_id);

/* A check for names: NULL, or what is wrong.  A name is a segment of a URL, /api/profiles/NAME. */
const char *account_name_flaw(osp_str name);

#endif
