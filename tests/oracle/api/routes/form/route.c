#include <openspeed/openspeed.h>

typedef struct FormIn { osp_str name; osp_str_list tags; } FormIn;
OSP_TYPE(FormIn, FORM(name, .max_len = 20), FORM_LIST(tags, osp_str));

static osp_status take(osp_ctx *ctx, const FormIn *in, void *out)
{
    (void)in, (void)out;
    return osp_text(ctx, S("taken"));
}
OSP_ROUTE(POST, take, FormIn, void);
