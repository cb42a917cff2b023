/* Tokens: which user, and until when, signed with a key that only the server knows. */
#ifndef CONDUIT_TOKEN_H
#define CONDUIT_TOKEN_H

#include <openspeed/openspeed.h>

/* The key.  It is a provider: whoever needs it says so in the input, and the build knows. */
typedef struct Key { osp_str bytes; } Key;
OSP_PROVIDES(signing_key, Key);

/* What a token says.  Its names are short, for it is sent with every request. */
typedef struct Claims {
    int64_t uid;     /* of the user */
    int64_t session; /* that of the user when it was signed */
    int64_t exp;     /* when it ends, in seconds since 1970 (RFC 7519 4.1.4) */
} Claims;
OSP_TYPE(Claims, FIELD(uid), FIELD(session), FIELD(exp));

#define TOKEN_DAYS 30

/* A fresh token, in the request's memory. */
osp_str token_make(osp_ctx *ctx, const Key *key, int64_t uid, int64_t session);

#endif
