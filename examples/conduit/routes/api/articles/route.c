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
    const ArticleFilter filter = { .tag = in->tag, .author = in->author,
                                   .favorited = in->favorited, .viewer_id = viewer_id(in->viewer),
                                   .limit = in->limit, .offset = in->offset };
    *out = article_page(ctx, &filter);
    return OSP_OK;
}
OSP_ROUTE(GET, list, ListIn, ArticlePage, .summary = "The newest articles", .is_public = true);

/* ---------------------------------------------------------------- writing */

typedef struct NewArticle {
    osp_str title, description, body;
    osp_str_list tag_list;
} NewArticle;
OSP_TYPE(NewArticle, FIELD(title, .min_len = 1, .max_len = TITLE_MAX),
         FIELD(description, .max_len = DESCRIPTION_MAX),
         FIELD(body, .min_len = 1, .max_len = BODY_MAX),
         LIST(tag_list, osp_str, .name = "tagList", .max_len = 20, .fallback = "[]",
              EACH(.min_len = 1, .max_len = TAG_MAX)));

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

/* A list goes into SQL as JSON, ?5 here: tags that stand in it twice are one, at their first place.
 * The slug is the title's; where that is taken a random ending makes it another.  Looking and inserting are
 * one statement, and writers take turns, so nobody comes in between. */
static const Inserted *insert(osp_ctx *ctx, const NewArticle *article, osp_str json,
                              int64_t author_id)
{
    return osp_db_one(ctx, Inserted,
        "INSERT INTO article (slug, title, description, body, tag_list, author_id, created_at,"
        " updated_at) VALUES (CASE WHEN EXISTS (SELECT 1 FROM article WHERE slug = ?1)"
        "   THEN ?1 || '-' || lower(hex(randomblob(4))) ELSE ?1 END, ?2, ?3, ?4,"
        " (SELECT json_group_array(value) FROM (SELECT value FROM json_each(?5, '$.tagList')"
        "   GROUP BY value ORDER BY min(key))), ?6, ?7, ?7) RETURNING id, slug",
        slug_of(ctx, article->title), article->title, article->description, article->body, json,
        author_id, osp_time_format(ctx, osp_now_us()));
}

static osp_status write_article(osp_ctx *ctx, const WriteIn *in, ArticleOut *out)
{
    const NewArticle *article = &in->article;
    const osp_str json = osp_json_of(ctx, NewArticle, article);
    osp_str slug = S("");

    /* The article and its tags appear together or not at all. */
    OSP_TRANSACTION(ctx) {
        const Inserted *inserted = insert(ctx, article, json, in->me->id);
        if (inserted == NULL) {
            return OSP_E_DB; /* a failed query has said why; leaving the block rolls back */
        }
        slug = inserted->slug;
        osp_db_exec(ctx,
            "INSERT OR IGNORE INTO tag (name) SELECT value FROM json_each(?, '$.tagList')", json);
        osp_db_exec(ctx,
            "INSERT INTO article_tag (article_id, tag_id)"
            " SELECT ?, id FROM tag WHERE name IN (SELECT value FROM json_each(?, '$.tagList'))",
            inserted->id, json);
    }
    OSP_TRY(osp_set_header(ctx, S("Location"), osp_url_api_articles_slug(ctx, slug)));
    return article_answer(ctx, slug, in->me, out);
}
OSP_ROUTE(POST, write_article, WriteIn, ArticleOut, .summary = "Write an article", .status = 201);
