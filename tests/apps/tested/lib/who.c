#include "lib/who.h"

#include <stdlib.h>

typedef struct WhoIn { osp_opt_str authorization; } WhoIn;
OSP_TYPE(WhoIn, HEADER(authorization));

static osp_status make_who(osp_ctx *ctx, const WhoIn *in, Who *out)
{
    if (in->authorization.is != OSP_SET) {
        return OSP_DONE;
    }
    *out = (Who){ 1, osp_copy(ctx, in->authorization.value) };
    return OSP_OK;
}
OSP_PROVIDER(who, make_who, WhoIn, Who, .authenticates = true);

static osp_status make_door(osp_ctx *ctx, const WhoIn *in, void *out)
{
    (void)out;
    return in->authorization.is == OSP_SET ? OSP_OK : osp_fail(ctx, 403, "stay outside");
}
OSP_PROVIDER(door, make_door, WhoIn, void);

static osp_status make_machine(osp_ctx *ctx, const void *in, Machine *out)
{
    (void)ctx;
    (void)in;
    out->name = S("real");
    return getenv("NO_MACHINE") == NULL ? OSP_OK : OSP_E_IO;
}
OSP_PROVIDER(machine, make_machine, void, Machine, .scope = OSP_PER_WORKER);
