/* A handler whose output is not the one that the route declares.
 *
 * EXPECT: the handler must be: static osp_status show(osp_ctx *ctx, const In *in, Out *out) */
#include <openspeed/openspeed.h>

typedef struct In {
    int64_t id;
} In;
OSP_TYPE(In, PATH(id));
typedef struct Out {
    int64_t id;
} Out;
OSP_TYPE(Out, FIELD(id));

static osp_status show(osp_ctx *ctx, const In *in, In *out)
{
    (void)ctx;
    *out = *in;
    return OSP_OK;
}
OSP_ROUTE(GET, show, In, Out);
