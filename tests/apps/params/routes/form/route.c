#include "../../lib/shapes.h"

typedef struct In {
    osp_str name;
    osp_str_list tags;
    Range range;
    Color color;
    osp_opt_str password;
} In;
OSP_TYPE(In, FORM(name, .min_len = 1), FORM_LIST(tags, osp_str),
         FORM_OBJECT(range, Range, .style = OSP_STYLE_DEEP), FORM_ENUM(color, Color, .fallback = "red"),
         FORM(password, .secret = true, .min_len = 30));

typedef struct FormOut {
    osp_str name;
    osp_str_list tags;
    Range range;
    Color color;
} FormOut;
OSP_TYPE(FormOut, FIELD(name), LIST(tags, osp_str), OBJECT(range, Range), ENUM(color, Color));

static osp_status show(osp_ctx *ctx, const In *in, FormOut *out)
{
    (void)ctx;
    *out = (FormOut){ in->name, in->tags, in->range, in->color };
    return OSP_OK;
}
OSP_ROUTE(POST, show, In, FormOut);
