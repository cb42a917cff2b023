/* A maker that gives something else.
 *
 * EXPECT: the maker must be: static osp_status make_user(osp_ctx *ctx, const void *in, User *out)
 */
#include <openspeed/openspeed.h>

typedef struct User {
    int64_t id;
} User;
OSP_PROVIDES(current_user, User);
static osp_status make_user(osp_ctx *ctx, const void *in, int64_t *out)
{
    (void)ctx;
    (void)in;
    *out = 1;
    return OSP_OK;
}
OSP_PROVIDER(current_user, make_user, void, User);
