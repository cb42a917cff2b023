#include "lib/who.h"

typedef struct MeIn { const Who *me; const Machine *on; } MeIn;
OSP_TYPE(MeIn, NEED(me, who), NEED(on, machine));

static osp_status me(osp_ctx *ctx, const MeIn *in, void *out)
{
    (void)out;
    return osp_text(ctx, osp_format(ctx, "%lld %.*s on %.*s", (long long)in->me->id,
                                    OSP_ARG(in->me->name), OSP_ARG(in->on->name)));
}
OSP_ROUTE(GET, me, MeIn, void, .needs = NEEDS(door));

typedef struct SayIn { osp_str a; } SayIn;
OSP_TYPE(SayIn, FIELD(a));

static osp_status say(osp_ctx *ctx, const SayIn *in, void *out)
{
    (void)out;
    return osp_text(ctx, in->a);
}
OSP_ROUTE(POST, say, SayIn, void, .needs = NEEDS(door));
