#include "lib/things.h"

typedef struct In { osp_str text; } In;
OSP_TYPE(In, FIELD(text));

static osp_status take(osp_ctx *ctx, const In *in, void *out)
{
    return osp_text(ctx, in->text);
}
OSP_ROUTE(POST, take, In, void);
