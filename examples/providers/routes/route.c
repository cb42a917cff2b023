/* GET /: for everybody, and a word for those who say who they are. */
#include "lib/auth.h"

typedef struct GreetIn { const User *me; } GreetIn;
OSP_TYPE(GreetIn, WANT(me, current_user));

static osp_status greet(osp_ctx *ctx, const GreetIn *in, void *out)
{
    if (in->me == NULL) {
        return osp_text(ctx, S("Hello. Who are you?"));
    }
    return osp_text(ctx, osp_format(ctx, "Hello, user %lld.", (long long)in->me->id));
}
OSP_ROUTE(GET, greet, GreetIn, void, .summary = "Say hello");
