/* Articles as the API shows them, and the queries that find them. */
#ifndef CONDUIT_ARTICLE_H
#define CONDUIT_ARTICLE_H

#include <openspeed/openspeed.h>

/* A user as others see them. */
typedef struct Profile {
    osp_str username;
    osp_opt_str bio, image;
    bool following;
} Profile;
OSP_TYPE(Profile, FIELD(username), FIELD(bio), FIELD(image, .format = OSP_FORMAT_URL),
         FIELD(following, .doc = "whether the user of the token follows this one"));

typedef struct Article {
    osp_str slug, title, description;
    osp_opt_str body; /* absent in lists */
    osp_str_list tag_list;
    osp_str created_at, updated_at;
    bool favorited;
    int64_t favorites_count;
    Profile author;
} Article;
OSP_LIST_OF(Article);
OSP_TYPE(Article, FIELD(slug), FIELD(title), FIELD(description),
         FIELD(body, .doc = "Markdown; left out in lists"),
         LIST(tag_list, osp_str, .name = "tagList"), FIELD(created_at, .name = "createdAt"),
         FIELD(updated_at, .name = "updatedAt"), FIELD(favorited),
         FIELD(favorites_count, .name = "favoritesCount"), OBJECT(author, Profile));

typedef struct ArticleOut { Article article; } ArticleOut;
OSP_TYPE(ArticleOut, OBJECT(article, Article));

typedef struct ArticlePage {
    Article_list articles;
    int64_t articles_count; /* of all pages */
} ArticlePage;
OSP_TYPE(ArticlePage, LIST(articles, Article), FIELD(articles_count, .name = "articlesCount"));

/* Which articles, for whom. */
typedef struct ArticleFilter {
    osp_opt_str tag, author;
    int64_t limit, offset;
    int64_t viewer_id; /* 0: nobody */
} ArticleFilter;

/* The newest articles that pass the filter. */
ArticlePage article_page(osp_ctx *ctx, const ArticleFilter *filter);

/* One article with its body, or NULL. */
const Article *article_by_slug(osp_ctx *ctx, osp_str slug, int64_t viewer_id);

#endif
