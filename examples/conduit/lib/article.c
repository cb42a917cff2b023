/* The functions of article.sql, and what is made of them. */
#include "lib/article.h"

#include "lib/slug.h"

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

osp_status article_own(osp_ctx *ctx, osp_str slug, const Viewer *me, OwnArticle *out)
{
    const Owner *found = article_owner(ctx, slug);
    if (found == NULL) {
        return osp_fail(ctx, 404, "there is no article \"%.*s\"", OSP_ARG(slug));
    }
    if (found->author_id != me->id) {
        return osp_fail(ctx, 403, "only its author can change an article");
    }
    out->id = found->id;
    return OSP_OK;
}

static osp_status make_own_article(osp_ctx *ctx, const OwnArticleIn *in, OwnArticle *out)
{
    return article_own(ctx, in->slug, in->me, out);
}
OSP_PROVIDER(own_article, make_own_article, OwnArticleIn, OwnArticle);

/* ---------------------------------------------------------------- changing */

/* What the insertion gives back. */
typedef struct Inserted {
    int64_t id;
    osp_str slug;
} Inserted;
OSP_TYPE(Inserted, FIELD(id), FIELD(slug));

/* Each member of the article is a parameter of its name; a list goes into SQL as JSON. */
OSP_QUERY_ONE(Inserted, article_add, NewArticle, (osp_str, slug), (int64_t, author_id),
              (osp_str, now));
OSP_QUERY_EXEC(tags_add, NewArticle);
OSP_QUERY_EXEC(article_tags_add, NewArticle, (int64_t, article_id));
OSP_QUERY_ONE(osp_str, article_change, ArticleChange, (int64_t, id), (osp_opt_str, new_slug),
              (osp_str, now));
OSP_QUERY_EXEC(article_delete, (int64_t, id));
OSP_QUERY_EXEC(favorite_add, (int64_t, me), (osp_str, slug));
OSP_QUERY_EXEC(favorite_remove, (int64_t, me), (osp_str, slug));

osp_status article_write(osp_ctx *ctx, const Viewer *me, const NewArticle *article,
                         osp_str *ret_slug)
{
    /* The article and its tags appear together or not at all. */
    OSP_TRANSACTION(ctx) {
        const Inserted *added = article_add(ctx, article, slug_of(ctx, article->title), me->id,
                                            osp_time_format(ctx, osp_now_us()));
        if (added == NULL) {
            return OSP_E_DB; /* a failed query has said why; leaving the block rolls back */
        }
        tags_add(ctx, article);
        article_tags_add(ctx, article, added->id);
        *ret_slug = added->slug;
    }
    return OSP_OK;
}

const osp_str *article_rewrite(osp_ctx *ctx, int64_t id, const ArticleChange *change)
{
    osp_opt_str new_slug = { OSP_ABSENT, S("") };
    if (change->title.is == OSP_SET) {
        new_slug = (osp_opt_str){ OSP_SET, slug_of(ctx, change->title.value) };
    }
    return article_change(ctx, change, id, new_slug, osp_time_format(ctx, osp_now_us()));
}
