#include <openspeed/openspeed.h>

typedef struct PageIn {
    bool lost;
} PageIn;
OSP_TYPE(PageIn, QUERY(lost, .fallback = "false"));

static osp_status show(osp_ctx *ctx, const PageIn *in, void *out)
{
    if (in->lost) {
        return osp_fail(ctx, 404, "It is lost.");
    }
    const osp_str nonce = osp_csp_nonce(ctx);
    return osp_html(ctx, osp_format(ctx, "<script nonce=\"%.*s\"></script>", OSP_ARG(nonce)));
}
OSP_ROUTE(GET, show, PageIn, void);
