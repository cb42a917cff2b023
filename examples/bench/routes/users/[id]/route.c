#include <openspeed/openspeed.h>

typedef struct UserIn { osp_str id; } UserIn;
OSP_TYPE(UserIn, PATH(id));

typedef struct User { osp_str id; } User;
OSP_TYPE(User, FIELD(id));

static osp_status user(osp_ctx *ctx, const UserIn *in, User *out)
{
    (void)ctx;
    out->id = in->id;
    return OSP_OK;
}
OSP_ROUTE(GET, user, UserIn, User);
