/* A closer that does not hear what became of the request.
 *
 * EXPECT: the closer must be: static osp_status end(osp_ctx *ctx, User *value, osp_status outcome)
 */
#include <openspeed/openspeed.h>

typedef struct User {
    int64_t id;
} User;
static osp_status end(osp_ctx *ctx, User *value)
{
    (void)ctx;
    (void)value;
    return OSP_OK;
}
OSP_CLOSER(end, User);
