/* /api/articles/[slug]/favorite: POST likes an article, DELETE does no more.  Twice is as once. */
#include "lib/article.h"

typedef struct FavoriteIn {
    const Viewer *me;
    osp_str slug;
} FavoriteIn;
OSP_TYPE(FavoriteIn, NEED(me, viewer), PATH(slug, .max_len = SLUG_MAX));

static osp_status favorite(osp_ctx *ctx, const FavoriteIn *in, ArticleOut *out)
{
    favorite_add(ctx, in->me->id, in->slug);
    return article_answer(ctx, in->slug, in->me, out);
}
OSP_ROUTE(POST, favorite, FavoriteIn, ArticleOut, .summary = "Like an article", .errors = { 404 });

static osp_status unfavorite(osp_ctx *ctx, const FavoriteIn *in, ArticleOut *out)
{
    favorite_remove(ctx, in->me->id, in->slug);
    return article_answer(ctx, in->slug, in->me, out);
}
OSP_ROUTE(DELETE, unfavorite, FavoriteIn, ArticleOut, .summary = "Like an article no more",
          .errors = { 404 });
