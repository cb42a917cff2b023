#include <openspeed/openspeed.h>

typedef struct FormIn { osp_str name; osp_opt_str session, accept, q; } FormIn;
OSP_TYPE(FormIn, FORM(name), COOKIE(session), HEADER(accept), QUERY(q));

static osp_status form(osp_ctx *ctx, const FormIn *in, void *out)
{
    (void)out;
    OSP_TRY(osp_set_header(ctx, S("Set-Cookie"), S("session=new; Path=/")));
    return osp_text(ctx, osp_format(ctx, "%.*s|%.*s|%.*s|%.*s", OSP_ARG(in->name),
                                    OSP_ARG(in->session.value), OSP_ARG(in->accept.value),
                                    OSP_ARG(in->q.value)));
}
OSP_ROUTE(POST, form, FormIn, void);
