/* What OSP_PAGE declares by another View than its function fills.
 *
 * EXPECT: the function must be: static osp_status load(osp_ctx *ctx, const In *in, View *out) */
#include <openspeed/openspeed.h>

typedef struct In {
    int64_t id;
} In;
OSP_TYPE(In, PATH(id));
typedef struct View {
    int64_t id;
} View;
OSP_TYPE(View, FIELD(id));

static osp_status load(osp_ctx *ctx, const In *in, In *out)
{
    (void)ctx;
    *out = *in;
    return OSP_OK;
}
OSP_PAGE(load, In, View);
