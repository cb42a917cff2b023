/* GET /api/articles/[slug]: one article with its body. */
#include "lib/article.h"
#include "lib/auth.h"

typedef struct ReadIn {
    const Viewer *viewer;
    osp_str slug;
} ReadIn;
OSP_TYPE(ReadIn, WANT(viewer, viewer), PATH(slug));

static osp_status read_article(osp_ctx *ctx, const ReadIn *in, ArticleOut *out)
{
    const int64_t viewer_id = in->viewer != NULL ? in->viewer->id : 0;
    const Article *article = article_by_slug(ctx, in->slug, viewer_id);
    if (article == NULL) {
        return osp_fail(ctx, 404, "there is no article \"%.*s\"", OSP_ARG(in->slug));
    }
    out->article = *article;
    return OSP_OK;
}
OSP_ROUTE(GET, read_article, ReadIn, ArticleOut, .summary = "One article", .errors = { 401, 404 });
