/* The functions of article.sql, and what is made of them. */
#include "lib/article.h"

OSP_QUERY(ArticleSummary, articles_newest, ArticleFilter);
OSP_QUERY(ArticleSummary, articles_of_tag, ArticleFilter);
OSP_QUERY(ArticleSummary, articles_of_author, ArticleFilter);
OSP_QUERY(ArticleSummary, articles_liked, ArticleFilter);
OSP_QUERY(ArticleSummary, articles_of_followed, ArticleFilter);
OSP_QUERY_ONE(int64_t, count_newest);
OSP_QUERY_ONE(int64_t, count_of_tag, ArticleFilter);
OSP_QUERY_ONE(int64_t, count_of_author, ArticleFilter);
OSP_QUERY_ONE(int64_t, count_liked, ArticleFilter);
OSP_QUERY_ONE(int64_t, count_of_followed, ArticleFilter);

static ArticlePage page_of(ArticleSummary_list articles, const int64_t *count)
{
    /* A query that failed gives nothing, and so does every later one; the answer is a 500 then,
     * whatever is put together here. */
    return (ArticlePage){ articles, count != NULL ? *count : 0 };
}

ArticlePage article_page(osp_ctx *ctx, const ArticleFilter *filter)
{
    if (filter->favorited.is == OSP_SET) {
        return page_of(articles_liked(ctx, filter), count_liked(ctx, filter));
    }
    if (filter->author.is == OSP_SET) {
        return page_of(articles_of_author(ctx, filter), count_of_author(ctx, filter));
    }
    if (filter->tag.is == OSP_SET) {
        return page_of(articles_of_tag(ctx, filter), count_of_tag(ctx, filter));
    }
    return page_of(articles_newest(ctx, filter), count_newest(ctx));
}

ArticlePage article_feed(osp_ctx *ctx, const ArticleFilter *filter)
{
    return page_of(articles_of_followed(ctx, filter), count_of_followed(ctx, filter));
}

OSP_QUERY_ONE(Article, article_by_slug, (osp_opt_int, viewer_id), (osp_str, slug));

osp_status article_answer(osp_ctx *ctx, osp_str slug, const Viewer *viewer, ArticleOut *out)
{
    const Article *found = article_by_slug(ctx, viewer_id(viewer), slug);
    if (found == NULL) {
        return osp_fail(ctx, 404, "there is no article \"%.*s\"", OSP_ARG(slug));
    }
    out->article = *found;
    return OSP_OK;
}

/* ---------------------------------------------------------------- one's own */

typedef struct Owner { int64_t id, author_id; } Owner;
OSP_TYPE(Owner, FIELD(id), FIELD(author_id));
OSP_QUERY_ONE(Owner, article_owner, (osp_str, slug));

typedef struct OwnArticleIn {
    const Viewer *me;
    osp_str slug;
} OwnArticleIn;
OSP_TYPE(OwnArticleIn, NEED(me, viewer), PATH(slug, .max_len = SLUG_MAX));

static osp_status make_own_article(osp_ctx *ctx, const OwnArticleIn *in, OwnArticle *out)
{
    const Owner *found = article_owner(ctx, in->slug);
    if (found == NULL) {
        return osp_fail(ctx, 404, "there is no article \"%.*s\"", OSP_ARG(in->slug));
    }
    if (found->author_id != in->me->id) {
        return osp_fail(ctx, 403, "only its author can change an article");
    }
    out->id = found->id;
    return OSP_OK;
}
OSP_PROVIDER(own_article, make_own_article, OwnArticleIn, OwnArticle);
