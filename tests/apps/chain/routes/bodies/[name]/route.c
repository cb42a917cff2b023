#include <openspeed/openspeed.h>

typedef struct In {
    osp_str name, text;
} In;
OSP_TYPE(In, PATH(name), FIELD(text));

static osp_status post(osp_ctx *ctx, const In *in, void *out)
{
    (void)in;
    (void)out;
    return osp_text(ctx, S("by name"));
}
OSP_ROUTE(POST, post, In, void);
