/* GET /api/articles: the newest articles.  POST /api/articles: write one. */
#include <openspeed/urls.h>

#include "lib/account.h"
#include "lib/article.h"
#include "lib/slug.h"

#define TAG_MAX 64 /* characters */

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

/* In what SQLite takes for JSON a text ends at a NUL, and no other control belongs into a tag. */
static const char *is_tag(const osp_str *tag)
{
    bool good = true;
    for (size_t i = 0; i < tag->len; i++) {
        good &= (unsigned char)tag->ptr[i] >= ' ' && tag->ptr[i] != 0x7f;
    }
    return good ? NULL : "must have no control characters";
}
OSP_CHECKER(is_tag, osp_str);

typedef struct NewArticle {
    osp_str title, description, body;
    osp_str_list tag_list;
} NewArticle;
OSP_TYPE(NewArticle, FIELD(title, .min_len = 1, .max_len = TITLE_MAX),
         FIELD(description, .max_len = DESCRIPTION_MAX),
         FIELD(body, .min_len = 1, .max_len = BODY_MAX),
         LIST(tag_list, osp_str, .name = "tagList", .max_len = 20, .fallback = "[]",
              EACH(.min_len = 1, .max_len = TAG_MAX, CHECK(is_tag))));

typedef struct WriteIn {
    const Viewer *me;
    NewArticle article;
} WriteIn;
OSP_TYPE(WriteIn, NEED(me, viewer), OBJECT(article, NewArticle));

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

static osp_status write_article(osp_ctx *ctx, const WriteIn *in, ArticleOut *out)
{
    const NewArticle *article = &in->article;
    osp_str slug = slug_of(ctx, article->title);

    /* The article and its tags appear together or not at all. */
    OSP_TRANSACTION(ctx) {
        const Inserted *added = article_add(ctx, article, slug, in->me->id,
                                            osp_time_format(ctx, osp_now_us()));
        if (added == NULL) {
            return OSP_E_DB; /* a failed query has said why; leaving the block rolls back */
        }
        tags_add(ctx, article);
        article_tags_add(ctx, article, added->id);
        slug = added->slug;
    }
    OSP_TRY(osp_set_header(ctx, S("Location"), osp_url_api_articles_slug(ctx, slug)));
    return article_answer(ctx, slug, in->me, out);
}
OSP_ROUTE(POST, write_article, WriteIn, ArticleOut, .summary = "Write an article", .status = 201);
