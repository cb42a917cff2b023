/* An article and all that belongs to it is one row of one query: the author fills a nested object
 * by dotted column names, the tags arrive as a JSON text that fills a list.
 *
 * SQL is a literal, because its text is the key under which the prepared statement is kept.  So a
 * filter is not pasted together when the request comes: each has its own statement, and with it
 * its own best index. */
#include "lib/article.h"

/* The first two parameters are the viewer. */
#define COLUMNS                                                                                    \
    "SELECT a.slug, a.title, a.description, a.created_at, a.updated_at,"                           \
    " (SELECT json_group_array(name) FROM (SELECT t.name FROM article_tag x"                       \
    "   JOIN tag t ON t.id = x.tag_id WHERE x.article_id = a.id ORDER BY x.position)) AS tag_list," \
    " EXISTS (SELECT 1 FROM favorite f WHERE f.article_id = a.id AND f.user_id = ?) AS favorited," \
    " (SELECT count(*) FROM favorite f WHERE f.article_id = a.id) AS favorites_count,"             \
    " u.username AS \"author.username\", u.bio AS \"author.bio\", u.image AS \"author.image\","    \
    " EXISTS (SELECT 1 FROM follow w WHERE w.followed_id = u.id AND w.follower_id = ?)"            \
    "   AS \"author.following\""
#define ARTICLES " FROM article a JOIN user u ON u.id = a.author_id"

#define BY_TAG                                                                                     \
    " a.id IN (SELECT x.article_id FROM article_tag x JOIN tag t ON t.id = x.tag_id"               \
    " WHERE t.name = ?)"
#define BY_AUTHOR " a.author_id = (SELECT id FROM user WHERE username = ?)"
#define NEWEST_FIRST " ORDER BY a.created_at DESC, a.id DESC LIMIT ? OFFSET ?"

typedef struct Count { int64_t count; } Count;
OSP_TYPE(Count, FIELD(count));

/* One page and the number of rows of all pages, for a condition and its parameters. */
#define PAGE(where, ...)                                                                           \
    do {                                                                                           \
        page.articles = osp_db_query(ctx, Article, COLUMNS ARTICLES where NEWEST_FIRST, me, me,    \
                                     ##__VA_ARGS__, filter->limit, filter->offset);                \
        total = osp_db_one(ctx, Count, "SELECT count(*) AS count FROM article a" where,            \
                           ##__VA_ARGS__);                                                         \
    } while (0)

ArticlePage article_page(osp_ctx *ctx, const ArticleFilter *filter)
{
    const int64_t me = filter->viewer_id;
    const osp_opt_str tag = filter->tag, author = filter->author;
    ArticlePage page = { 0 };
    const Count *total;
    if (tag.is == OSP_SET && author.is == OSP_SET) {
        PAGE(" WHERE" BY_TAG " AND" BY_AUTHOR, tag, author);
    } else if (tag.is == OSP_SET) {
        PAGE(" WHERE" BY_TAG, tag);
    } else if (author.is == OSP_SET) {
        PAGE(" WHERE" BY_AUTHOR, author);
    } else {
        PAGE("");
    }
    page.articles_count = total != NULL ? total->count : 0;
    return page;
}

const Article *article_by_slug(osp_ctx *ctx, osp_str slug, int64_t viewer_id)
{
    return osp_db_one(ctx, Article, COLUMNS ", a.body" ARTICLES " WHERE a.slug = ?", viewer_id,
                      viewer_id, slug);
}
