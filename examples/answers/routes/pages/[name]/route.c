/* Pages, and one of our own for those that there are not. */
#include <openspeed/openspeed.h>

typedef struct PageIn {
    osp_str name;
} PageIn;
OSP_TYPE(PageIn, PATH(name));

static osp_status find_page(osp_ctx *ctx, osp_str name, osp_str *ret_html)
{
    if (!osp_str_equal(name, S("home"))) {
        return osp_fail(ctx, 404, "There is no page of that name.");
    }
    *ret_html = S("<!doctype html>\n<title>Home</title>\n<h1>Home</h1>\n");
    return OSP_OK;
}

static osp_status lost(osp_ctx *ctx, osp_str name)
{
    return osp_html(ctx, osp_format(ctx,
                                    "<!doctype html>\n<title>Lost</title>\n"
                                    "<h1>No such page: %.*s</h1>\n",
                                    OSP_ARG(osp_escape_html(ctx, name))));
}

static osp_status page(osp_ctx *ctx, const PageIn *in, void *out)
{
    (void)out;
    osp_str html;
    if (find_page(ctx, in->name, &html) == OSP_OK) {
        return osp_html(ctx, html);
    }
    const osp_failure *failure = osp_failure_of(ctx);
    if (failure != NULL && failure->status == 404) {
        (void)osp_recover(ctx);
        return lost(ctx, in->name);
    }
    return OSP_E_FAILED;
}
OSP_ROUTE(GET, page, PageIn, void, .summary = "A page", .errors = { 404 });
