/* /users/7, and no other text: what is not a number is somebody's name. */
#include <openspeed/openspeed.h>

typedef struct UserIn {
    int64_t id;
} UserIn;
OSP_TYPE(UserIn, PATH(id));

static osp_status show(osp_ctx *ctx, const UserIn *in, void *out)
{
    return osp_text(ctx, osp_format(ctx, "user %lld\n", (long long)in->id));
}
OSP_ROUTE(GET, show, UserIn, void);
