/* /api/articles/[slug]: GET reads an article, PUT changes it, DELETE takes it away. */
#include "lib/article.h"
#include "lib/slug.h"

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

typedef struct ArticleChange { osp_opt_str title, description, body; } ArticleChange;

static const char *is_change(const ArticleChange *article)
{
    return article->title.is == OSP_SET || article->description.is == OSP_SET ||
                   article->body.is == OSP_SET
               ? NULL
               : "must have a title, a description or a body";
}
OSP_CHECKER(is_change, ArticleChange);
OSP_TYPE(ArticleChange, FIELD(title, .min_len = 1, .max_len = TITLE_MAX),
         FIELD(description, .max_len = DESCRIPTION_MAX),
         FIELD(body, .min_len = 1, .max_len = BODY_MAX), OPTIONS(CHECK(is_change)));

/* `mine` looks whether it is; what is left for the handler is the change. */
typedef struct ChangeArticleIn {
    const Viewer *me;
    const OwnArticle *mine;
    ArticleChange article;
} ChangeArticleIn;
OSP_TYPE(ChangeArticleIn, NEED(me, viewer), NEED(mine, own_article),
         OBJECT(article, ArticleChange));

OSP_QUERY_ONE(osp_str, article_change, ArticleChange, (int64_t, id), (osp_opt_str, new_slug),
              (osp_str, now));

static osp_status change_article(osp_ctx *ctx, const ChangeArticleIn *in, ArticleOut *out)
{
    const ArticleChange *article = &in->article;
    osp_opt_str new_slug = { OSP_ABSENT, S("") };
    if (article->title.is == OSP_SET) {
        new_slug = (osp_opt_str){ OSP_SET, slug_of(ctx, article->title.value) };
    }
    const osp_str *slug = article_change(ctx, article, in->mine->id, new_slug,
                                         osp_time_format(ctx, osp_now_us()));
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

OSP_QUERY_EXEC(article_delete, (int64_t, id));

static osp_status delete_article(osp_ctx *ctx, const DeleteIn *in, void *out)
{
    (void)out;
    article_delete(ctx, in->mine->id);
    return OSP_OK;
}
OSP_ROUTE(DELETE, delete_article, DeleteIn, void, .summary = "Delete an article", .status = 204,
          .errors = { 403, 404 });
