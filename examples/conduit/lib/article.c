/* An article and all that belongs to it is one row of one query: the author fills a nested object
 * by dotted column names, the tags arrive as a JSON text that fills a list.
 *
 * SQL is a literal, because its text is the key under which the prepared statement is kept.  So a
 * filter is not pasted together when the request comes.  There is a statement for each index that can
 * lead to the articles, and what it leaves over are conditions that absent parameters switch off. */
#include "lib/article.h"

/* ?1 is the viewer.  A subquery for each row, of which there are few, by the primary key. */
#define SUMMARY                                                                                    \
    "SELECT a.slug, a.title, a.description, a.tag_list, a.created_at, a.updated_at,"               \
    " EXISTS (SELECT 1 FROM favorite f WHERE f.article_id = a.id AND f.user_id = ?1)"              \
    "   AS favorited, a.favorites_count,"                                                          \
    " u.username AS \"author.username\", u.bio AS \"author.bio\", u.image AS \"author.image\","    \
    " EXISTS (SELECT 1 FROM follow w WHERE w.follower_id = ?1 AND w.followed_id = u.id)"           \
    "   AS \"author.following\""
#define ARTICLES " FROM article a JOIN user u ON u.id = a.author_id"
#define NEWEST_FIRST " ORDER BY a.created_at DESC, a.id DESC"

/* ?2 the tag, ?3 the author, ?4 who likes it. */
#define OF_TAG                                                                                     \
    " a.id IN (SELECT x.article_id FROM article_tag x JOIN tag t ON t.id = x.tag_id"               \
    " WHERE t.name = ?2)"
#define OF_AUTHOR " a.author_id = (SELECT id FROM user WHERE username = ?3 COLLATE NOCASE)"
#define LIKED                                                                                      \
    " a.id IN (SELECT v.article_id FROM favorite v JOIN user r ON r.id = v.user_id"                \
    " WHERE r.username = ?4 COLLATE NOCASE)"
#define IF_SET(number, condition) " AND (?" #number " IS NULL OR" condition ")"

typedef struct Count { int64_t count; } Count;
OSP_TYPE(Count, FIELD(count));

/* One page and the number of rows of all pages, for a condition. */
#define PAGE(where)                                                                                \
    do {                                                                                           \
        page.articles = osp_db_query(ctx, ArticleSummary,                                          \
                                     SUMMARY ARTICLES " WHERE" where NEWEST_FIRST                  \
                                     " LIMIT ?5 OFFSET ?6",                                        \
                                     f->viewer_id, f->tag, f->author, f->favorited, f->limit,      \
                                     f->offset);                                                   \
        total = osp_db_one(ctx, Count,                                                             \
                           "SELECT count(*) AS count FROM article a WHERE ?1 IS ?1 AND" where,     \
                           f->viewer_id, f->tag, f->author, f->favorited);                         \
    } while (0)

ArticlePage article_page(osp_ctx *ctx, const ArticleFilter *f)
{
    ArticlePage page = { 0 };
    const Count *total;
    if (f->favorited.is == OSP_SET) {
        PAGE(LIKED IF_SET(2, OF_TAG) IF_SET(3, OF_AUTHOR));
    } else if (f->author.is == OSP_SET) {
        PAGE(OF_AUTHOR IF_SET(2, OF_TAG) " AND ?4 IS NULL");
    } else if (f->tag.is == OSP_SET) {
        PAGE(OF_TAG " AND ?3 IS NULL AND ?4 IS NULL");
    } else {
        page.articles = osp_db_query(ctx, ArticleSummary,
                                     SUMMARY ARTICLES NEWEST_FIRST " LIMIT ?2 OFFSET ?3",
                                     f->viewer_id, f->limit, f->offset);
        total = osp_db_one(ctx, Count, "SELECT count(*) AS count FROM article");
    }
    page.articles_count = total != NULL ? total->count : 0;
    return page;
}

#define FOLLOWED " a.author_id IN (SELECT followed_id FROM follow WHERE follower_id = ?1)"

ArticlePage article_feed(osp_ctx *ctx, const Viewer *viewer, int64_t limit, int64_t offset)
{
    ArticlePage page = { 0 };
    page.articles = osp_db_query(ctx, ArticleSummary,
                                 SUMMARY ARTICLES " WHERE" FOLLOWED NEWEST_FIRST
                                 " LIMIT ?2 OFFSET ?3",
                                 viewer->id, limit, offset);
    const Count *total = osp_db_one(ctx, Count,
                                    "SELECT count(*) AS count FROM article a WHERE" FOLLOWED,
                                    viewer->id);
    page.articles_count = total != NULL ? total->count : 0;
    return page;
}

osp_status article_answer(osp_ctx *ctx, osp_str slug, const Viewer *viewer, ArticleOut *out)
{
    const Article *found = osp_db_one(ctx, Article, SUMMARY ", a.body" ARTICLES " WHERE a.slug = ?2",
                                      viewer_id(viewer), slug);
    if (found == NULL) {
        return osp_fail(ctx, 404, "there is no article \"%.*s\"", OSP_ARG(slug));
    }
    out->article = *found;
    return OSP_OK;
}

/* ---------------------------------------------------------------- one's own */

typedef struct Owned { int64_t id, author_id; } Owned;
OSP_TYPE(Owned, FIELD(id), FIELD(author_id));

typedef struct OwnArticleIn {
    const Viewer *me;
    osp_str slug;
} OwnArticleIn;
OSP_TYPE(OwnArticleIn, NEED(me, viewer), PATH(slug, .max_len = SLUG_MAX));

static osp_status make_own_article(osp_ctx *ctx, const OwnArticleIn *in, OwnArticle *out)
{
    const Owned *found =
        osp_db_one(ctx, Owned, "SELECT id, author_id FROM article WHERE slug = ?", in->slug);
    if (found == NULL) {
        return osp_fail(ctx, 404, "there is no article \"%.*s\"", OSP_ARG(in->slug));
    }
    if (found->author_id != in->me->id) {
        return osp_fail(ctx, 403, "only its author can change an article");
    }
    *out = (OwnArticle){ found->id, in->slug };
    return OSP_OK;
}
OSP_PROVIDER(own_article, make_own_article, OwnArticleIn, OwnArticle);
