/* A method that no route can be declared for.
 *
 * EXPECT: OSP_METHOD_FETCH */
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
OSP_ROUTE(FETCH, show, In, In);
