/* A closer of another type than its provider gives.
 *
 * EXPECT: osp_closer_of_another_type
 * EXPECT-tcc: nothing */
#include <openspeed/openspeed.h>

typedef struct User {
    int64_t id;
} User;
OSP_PROVIDES(current_user, User);
static osp_status make_user(osp_ctx *ctx, const void *in, User *out)
{
    (void)ctx;
    (void)in;
    out->id = 1;
    return OSP_OK;
}
static osp_status end(osp_ctx *ctx, int64_t *value, osp_status outcome)
{
    (void)ctx;
    (void)value;
    return outcome;
}
OSP_CLOSER(end, int64_t);
OSP_PROVIDER(current_user, make_user, void, User, .close = OSP_CLOSE(end));
