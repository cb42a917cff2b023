/* Who is asking: accounts, tokens, and the answer that carries one. */
#ifndef CONDUIT_AUTH_H
#define CONDUIT_AUTH_H

#include <openspeed/openspeed.h>

/* A row of the user table. */
typedef struct Account {
    int64_t id;
    osp_str email, username, password;
    osp_opt_str bio, image;
} Account;
OSP_TYPE(Account, FIELD(id), FIELD(email), FIELD(username), FIELD(password, .secret = true),
         FIELD(bio), FIELD(image));

/* What a user sees of their own account. */
typedef struct User {
    osp_str email, token, username;
    osp_opt_str bio, image;
} User;
OSP_TYPE(User, FIELD(email), FIELD(token, .doc = "send it as `Authorization: Token <token>`"),
         FIELD(username), FIELD(bio), FIELD(image, .format = OSP_FORMAT_URL));

typedef struct UserOut { User user; } UserOut;
OSP_TYPE(UserOut, OBJECT(user, User));

/* Answers with the account and a fresh token for it. */
osp_status auth_answer(osp_ctx *ctx, const Account *account, UserOut *out);

/* Who sent the request, by its Authorization header.  One that is there but no good is a 401 also where
 * nobody has to say who they are: the client believes to be someone. */
typedef struct Viewer { int64_t id; } Viewer;
OSP_PROVIDES(viewer, Viewer);

#endif
