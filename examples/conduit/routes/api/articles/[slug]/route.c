/* /api/articles/[slug]: GET reads an article, PUT changes it, DELETE takes it away. */
#include "lib/article.h"

/* ---------------------------------------------------------------- reading */

typedef struct ReadIn {
    const Viewer *viewer;
    osp_str slug;
} ReadIn;
OSP_TYPE(ReadIn, WANT(viewer, viewer), PATH(slug, .max_len = SLUG_MAX));

static osp_status read_article(osp_ctx *ctx, const ReadIn *in, ArticleOut *out)
{
    return article_answer(ctx, in->slug, in->viewer, out);
}
OSP_ROUTE(GET, read_article, ReadIn, ArticleOut, .summary = "One article", .errors = { 404 },
          .is_public = true);

/* ---------------------------------------------------------------- changing */

/* `mine` looks whether it is; what is left for the handler is the change. */
typedef struct ChangeArticleIn {
    const Viewer *me;
    const OwnArticle *mine;
    ArticleChange article;
} ChangeArticleIn;
OSP_TYPE(ChangeArticleIn, NEED(me, viewer), NEED(mine, own_article),
         OBJECT(article, ArticleChange));

static osp_status change_article(osp_ctx *ctx, const ChangeArticleIn *in, ArticleOut *out)
{
    const osp_str *slug = article_rewrite(ctx, in->mine->id, &in->article);
    if (slug == NULL) {
        return osp_fail(ctx, 404, "the article is gone"); /* since `mine` was looked at */
    }
    return article_answer(ctx, *slug, in->me, out);
}
OSP_ROUTE(PUT, change_article, ChangeArticleIn, ArticleOut, .summary = "Change an article",
          .doc = "A new title gives the article a new slug.", .errors = { 403, 404 });

/* ---------------------------------------------------------------- deleting */

typedef struct DeleteIn { const OwnArticle *mine; } DeleteIn;
OSP_TYPE(DeleteIn, NEED(mine, own_article));

static osp_status delete_article(osp_ctx *ctx, const DeleteIn *in, void *out)
{
    (void)out;
    article_delete(ctx, in->mine->id);
    return OSP_OK;
}
OSP_ROUTE(DELETE, delete_article, DeleteIn, void, .summary = "Delete an article", .status = 204,
          .errors = { 403, 404 });
