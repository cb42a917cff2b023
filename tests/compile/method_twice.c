/* Two handlers for one method of one URL.
 *
 * EXPECT: osp_thunk_GET */
#include <openspeed/openspeed.h>

typedef struct In {
    int64_t id;
} In;
OSP_TYPE(In, PATH(id));

static osp_status show(osp_ctx *ctx, const In *in, In *out)
{
    (void)ctx;
    *out = *in;
    return OSP_OK;
}
OSP_ROUTE(GET, show, In, In);
OSP_ROUTE(GET, show, In, In);
