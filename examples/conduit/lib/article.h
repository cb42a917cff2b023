/* Articles as the API shows them, and the queries that find them. */
#ifndef CONDUIT_ARTICLE_H
#define CONDUIT_ARTICLE_H

#include "lib/profile.h"
#include "lib/tag.h"

/* Characters. */
#define TITLE_MAX 256
#define DESCRIPTION_MAX 1024
#define BODY_MAX 65536
#define SLUG_MAX 256 /* in a URL: no longer one is ours */

/* An article in a list, which leaves its body out. */
typedef struct ArticleSummary {
    osp_str slug, title, description;
    osp_str_list tag_list;
    osp_str created_at, updated_at;
    bool favorited;
    int64_t favorites_count;
    Profile author;
} ArticleSummary;
OSP_LIST_OF(ArticleSummary);
OSP_TYPE(ArticleSummary, FIELD(slug), FIELD(title), FIELD(description),
         LIST(tag_list, osp_str, .name = "tagList"),
         FIELD(created_at, .name = "createdAt", .format = OSP_FORMAT_TIME),
         FIELD(updated_at, .name = "updatedAt", .format = OSP_FORMAT_TIME),
         FIELD(favorited, .doc = "whether the user of the token likes it"),
         FIELD(favorites_count, .name = "favoritesCount"), OBJECT(author, Profile));

typedef struct ArticlePage {
    ArticleSummary_list articles;
    int64_t articles_count; /* of all pages */
} ArticlePage;
OSP_TYPE(ArticlePage, LIST(articles, ArticleSummary),
         FIELD(articles_count, .name = "articlesCount", .doc = "of all pages"));

/* A whole one. */
typedef struct Article {
    osp_str slug, title, description, body;
    osp_str_list tag_list;
    osp_str created_at, updated_at;
    bool favorited;
    int64_t favorites_count;
    Profile author;
} Article;
OSP_TYPE(Article, FIELD(slug), FIELD(title), FIELD(description), FIELD(body, .doc = "Markdown"),
         LIST(tag_list, osp_str, .name = "tagList"),
         FIELD(created_at, .name = "createdAt", .format = OSP_FORMAT_TIME),
         FIELD(updated_at, .name = "updatedAt", .format = OSP_FORMAT_TIME),
         FIELD(favorited, .doc = "whether the user of the token likes it"),
         FIELD(favorites_count, .name = "favoritesCount"), OBJECT(author, Profile));

typedef struct ArticleOut { Article article; } ArticleOut;
OSP_TYPE(ArticleOut, OBJECT(article, Article));

/* Which part of a list. */
#define PAGE_MAX 100 /* articles at once: a client must not get a whole table into our memory */
#define PAGE_MEMBERS int64_t limit, offset
#define PAGE_ITEMS                                                                                 \
    QUERY(limit, RANGE(1, PAGE_MAX), .fallback = "20", .doc = "How many articles to give"),        \
    QUERY(offset, AT_LEAST(0), .fallback = "0", .doc = "How many to pass over")

/* Which articles, for whom; its members are parameters of the queries of article.sql. */
typedef struct ArticleFilter {
    osp_opt_int viewer_id;
    osp_opt_str tag, author, favorited; /* what is absent filters nothing */
    int64_t limit, offset;
} ArticleFilter;
OSP_TYPE(ArticleFilter, FIELD(viewer_id), FIELD(tag), FIELD(author), FIELD(favorited), FIELD(limit),
         FIELD(offset));

/* The newest articles that pass all of the filter. */
ArticlePage article_page(osp_ctx *ctx, const ArticleFilter *filter);
/* The newest articles of those whom the viewer follows. */
ArticlePage article_feed(osp_ctx *ctx, const ArticleFilter *filter);

/* One by its slug, as somebody sees it; NULL: there is none. */
Article *article_by_slug(osp_ctx *ctx, osp_opt_int viewer_id, osp_str slug);
/* Answers with an article, or fails with 404. */
osp_status article_answer(osp_ctx *ctx, osp_str slug, const Viewer *viewer, ArticleOut *out);

/* ---------------------------------------------------------------- changing */

typedef struct NewArticle {
    osp_str title, description, body;
    osp_str_list tag_list;
} NewArticle;
/* A check for tags, for EACH of the list. */
static inline const char *is_tag(const osp_str *tag)
{
    return tag_flaw(*tag);
}
OSP_CHECKER(is_tag, osp_str);
OSP_TYPE(NewArticle, FIELD(title, .min_len = 1, .max_len = TITLE_MAX),
         FIELD(description, .max_len = DESCRIPTION_MAX),
         FIELD(body, .min_len = 1, .max_len = BODY_MAX),
         LIST(tag_list, osp_str, .name = "tagList", .max_len = TAGS_MAX, .fallback = "[]",
              EACH(.min_len = 1, .max_len = TAG_MAX, CHECK(is_tag))));

/* Adds an article and its tags, together or not at all.
 *
 * ret_slug  that it was given
 * Returns   OSP_OK | OSP_E_DB (a failed query has said why) */
osp_status article_write(osp_ctx *ctx, const Viewer *me, const NewArticle *article,
                         osp_str *ret_slug);

/* What is absent stays as it is. */
typedef struct ArticleChange { osp_opt_str title, description, body; } ArticleChange;
static inline const char *is_change(const ArticleChange *article)
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

/* Changes the article of a number; the slug that it has now, or NULL: it is gone. */
const osp_str *article_rewrite(osp_ctx *ctx, int64_t id, const ArticleChange *change);

/* With it go its comments, favourites and tags. */
int64_t article_delete(osp_ctx *ctx, int64_t id);

/* Whether somebody likes an article.  As following: how it is to be. */
int64_t favorite_add(osp_ctx *ctx, int64_t me, osp_str slug);
int64_t favorite_remove(osp_ctx *ctx, int64_t me, osp_str slug);

/* The article of the URL's [slug], when it is of who asks: 404 where there is none, 403 where it is
 * somebody else's.  Routes that change an article need it, and cannot forget to look. */
typedef struct OwnArticle { int64_t id; } OwnArticle;
OSP_PROVIDES(own_article, OwnArticle);
/* The same for whom one knows already. */
osp_status article_own(osp_ctx *ctx, osp_str slug, const Viewer *me, OwnArticle *out);

#endif
