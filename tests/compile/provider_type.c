/* A provider of something else than its header says.
 *
 * EXPECT: OSP_PROVIDES(current_user, ...) says that it gives something else than User */
#include <openspeed/openspeed.h>

typedef struct User {
    int64_t id;
} User;
OSP_PROVIDES(current_user, osp_str);
static osp_status make_user(osp_ctx *ctx, const void *in, User *out)
{
    (void)ctx;
    (void)in;
    out->id = 1;
    return OSP_OK;
}
OSP_PROVIDER(current_user, make_user, void, User);
