#include <openspeed/openspeed.h>

static osp_status page(osp_ctx *ctx, const void *in, void *out)
{
    const osp_str nonce = osp_csp_nonce(ctx);
    return osp_html(ctx, osp_format(ctx, "<script nonce=\"%.*s\">1</script>", OSP_ARG(nonce)));
}
OSP_ROUTE(GET, page, void, void);
