/* /docs and everything below it. */
#include <openspeed/openspeed.h>

typedef struct DocsIn {
    osp_opt_str path;
} DocsIn;
OSP_TYPE(DocsIn, PATH(path));

static osp_status show(osp_ctx *ctx, const DocsIn *in, void *out)
{
    if (in->path.is == OSP_ABSENT) {
        return osp_text(ctx, S("all pages\n"));
    }
    return osp_text(ctx, osp_format(ctx, "the page %.*s\n", OSP_ARG(in->path.value)));
}
OSP_ROUTE(GET, show, DocsIn, void);
