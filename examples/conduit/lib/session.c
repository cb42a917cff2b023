/* The cookie holds a token of lib/token.c, so nothing is stored for a session, and a new password ends
 * all of them.  One that is no good is nobody, and is taken out of the browser. */
#include "lib/session.h"

#include "lib/text.h"
#include "lib/token.h"

static const osp_str cookie = { "session", 7 };

typedef struct Signed {
    int64_t id;
    osp_str username;
} Signed;
OSP_TYPE(Signed, FIELD(id), FIELD(username));
OSP_QUERY_ONE(Signed, visitor_of_token, Claims);

typedef struct VisitorIn {
    const Key *key;
    osp_opt_str session;
} VisitorIn;
OSP_TYPE(VisitorIn, NEED(key, signing_key), COOKIE(session));

static osp_status make_visitor(osp_ctx *ctx, const VisitorIn *in, Visitor *out)
{
    Claims claims;
    if (in->session.is != OSP_SET) {
        return OSP_DONE; /* nobody */
    }
    const bool good =
        osp_jwt_verify(ctx, in->key->bytes, in->session.value, Claims, &claims) == OSP_OK;
    const Signed *found = good ? visitor_of_token(ctx, &claims) : NULL;
    if (found == NULL) {
        OSP_TRY(session_end(ctx));
        return OSP_DONE;
    }
    *out = (Visitor){ { found->id }, found->username };
    return OSP_OK;
}
OSP_PROVIDER(visitor, make_visitor, VisitorIn, Visitor, .authenticates = true);

osp_status session_begin(osp_ctx *ctx, const Key *key, const Account *account)
{
    const osp_str token = token_make(ctx, key, account->id, account->session);
    return osp_set_cookie(ctx, cookie, token, .max_age_s = TOKEN_DAYS * 24 * 3600);
}

osp_status session_end(osp_ctx *ctx)
{
    return osp_delete_cookie(ctx, cookie);
}

osp_status session_ask(osp_ctx *ctx)
{
    const osp_str next = text_in_url(OSP_TASK_OF(ctx), osp_path(ctx));
    return osp_redirect(ctx, 303, osp_format(ctx, "/login?next=%.*s", OSP_ARG(next)));
}

osp_status session_go(osp_ctx *ctx, osp_str back, osp_str otherwise)
{
    return osp_redirect(ctx, 303, osp_is_local_url(back) ? back : otherwise);
}
