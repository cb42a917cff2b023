/* A handler that could write into its input.
 *
 * EXPECT: the handler must be: static osp_status show(osp_ctx *ctx, const In *in, In *out) */
#include <openspeed/openspeed.h>

typedef struct In {
    int64_t id;
} In;
OSP_TYPE(In, PATH(id));

static osp_status show(osp_ctx *ctx, In *in, In *out)
{
    (void)ctx;
    *out = *in;
    return OSP_OK;
}
OSP_ROUTE(GET, show, In, In);
