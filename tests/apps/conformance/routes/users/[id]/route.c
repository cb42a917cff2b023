#include <openspeed/openspeed.h>

typedef struct User { osp_str id; } User;
OSP_TYPE(User, PATH(id));
typedef struct UserOut { osp_str id; } UserOut;
OSP_TYPE(UserOut, FIELD(id));

static osp_status user(osp_ctx *ctx, const User *in, UserOut *out)
{
    (void)ctx;
    out->id = in->id;
    return OSP_OK;
}
OSP_ROUTE(GET, user, User, UserOut);
