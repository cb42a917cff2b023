#include <openspeed/openspeed.h>

typedef struct In {
    int64_t id;
    osp_str text;
} In;
OSP_TYPE(In, PATH(id, RANGE(1, 10), .nomatch = true), FIELD(text));

static osp_status post(osp_ctx *ctx, const In *in, void *out)
{
    (void)in;
    (void)out;
    return osp_text(ctx, S("by number"));
}
OSP_ROUTE(POST, post, In, void);
