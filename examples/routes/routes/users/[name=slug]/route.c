/* /users/ada-lovelace */
#include <openspeed/openspeed.h>

typedef struct UserIn {
    osp_str name;
} UserIn;
OSP_TYPE(UserIn, PATH(name));

static osp_status show(osp_ctx *ctx, const UserIn *in, void *out)
{
    return osp_text(ctx, osp_format(ctx, "user %.*s\n", OSP_ARG(in->name)));
}
OSP_ROUTE(GET, show, UserIn, void);
