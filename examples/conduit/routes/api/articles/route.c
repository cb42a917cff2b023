/* GET /api/articles: the newest articles.  POST /api/articles: write one. */
#include <openspeed/urls.h>

#include "lib/account.h"
#include "lib/article.h"

/* ---------------------------------------------------------------- reading */

typedef struct ListIn {
    const Viewer *viewer;
    osp_opt_str tag, author, favorited;
    PAGE_MEMBERS;
} ListIn;
OSP_TYPE(ListIn, WANT(viewer, viewer),
         QUERY(tag, .max_len = TAG_MAX, .doc = "Only those with this tag"),
         QUERY(author, .max_len = USERNAME_MAX, .doc = "Only those of this user"),
         QUERY(favorited, .max_len = USERNAME_MAX, .doc = "Only those that this user likes"),
         PAGE_ITEMS);

static osp_status list(osp_ctx *ctx, const ListIn *in, ArticlePage *out)
{
    const ArticleFilter filter = { viewer_id(in->viewer), in->tag, in->author, in->favorited,
                                   in->limit, in->offset };
    *out = article_page(ctx, &filter);
    return OSP_OK;
}
OSP_ROUTE(GET, list, ListIn, ArticlePage, .summary = "The newest articles", .is_public = true);

/* ---------------------------------------------------------------- writing */

typedef struct WriteIn {
    const Viewer *me;
    NewArticle article;
} WriteIn;
OSP_TYPE(WriteIn, NEED(me, viewer), OBJECT(article, NewArticle));

static osp_status write_article(osp_ctx *ctx, const WriteIn *in, ArticleOut *out)
{
    osp_str slug;
    OSP_TRY(article_write(ctx, in->me, &in->article, &slug));
    OSP_TRY(osp_set_header(ctx, S("Location"), osp_url_api_articles_slug(ctx, slug)));
    return article_answer(ctx, slug, in->me, out);
}
OSP_ROUTE(POST, write_article, WriteIn, ArticleOut, .summary = "Write an article", .status = 201);
