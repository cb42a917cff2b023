/* GET /api/articles: the newest articles.  POST /api/articles: write one. */
#include "lib/article.h"
#include "lib/auth.h"
#include "lib/slug.h"

#define TAG_BYTES_MAX 64

/* ---------------------------------------------------------------- reading */

typedef struct ListIn {
    const Viewer *viewer;
    osp_opt_str tag, author;
    int64_t limit, offset;
} ListIn;
OSP_TYPE(ListIn, WANT(viewer, viewer), QUERY(tag, .max_len = TAG_BYTES_MAX),
         QUERY(author, .max_len = 64), QUERY(limit, RANGE(1, 100), .fallback = "20"),
         QUERY(offset, RANGE(0, 1000000000), .fallback = "0"));

static osp_status list(osp_ctx *ctx, const ListIn *in, ArticlePage *out)
{
    const ArticleFilter filter = { .tag = in->tag, .author = in->author, .limit = in->limit,
                                   .offset = in->offset,
                                   .viewer_id = in->viewer != NULL ? in->viewer->id : 0 };
    *out = article_page(ctx, &filter);
    return OSP_OK;
}
OSP_ROUTE(GET, list, ListIn, ArticlePage, .summary = "The newest articles",
          .errors = { 401, 422 });

/* ---------------------------------------------------------------- writing */

typedef struct NewArticle {
    osp_str title, description, body;
    osp_str_list tag_list;
} NewArticle;
OSP_TYPE(NewArticle, FIELD(title, .min_len = 1, .max_len = 256),
         FIELD(description, .max_len = 1024), FIELD(body, .min_len = 1, .max_len = 65536),
         LIST(tag_list, osp_str, .name = "tagList", .max_len = 20, .fallback = "[]"));

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

/* The slug is the title's.  Where that is taken, a random ending makes it another. */
static const Inserted *insert(osp_ctx *ctx, const NewArticle *article, int64_t author_id)
{
    const osp_str now = osp_time_format(ctx, osp_now_us());
    return osp_db_one(ctx, Inserted,
        "INSERT INTO article (slug, title, description, body, author_id, created_at, updated_at)"
        " VALUES (CASE WHEN EXISTS (SELECT 1 FROM article WHERE slug = ?1)"
        "   THEN ?1 || '-' || lower(hex(randomblob(4))) ELSE ?1 END, ?2, ?3, ?4, ?5, ?6, ?6)"
        " RETURNING id, slug",
        slug_of(ctx, article->title), article->title, article->description, article->body,
        author_id, now);
}

static void insert_tag(osp_ctx *ctx, int64_t article_id, osp_str name, size_t position)
{
    osp_db_exec(ctx, "INSERT OR IGNORE INTO tag (name) VALUES (?)", name);
    osp_db_exec(ctx,
        "INSERT OR IGNORE INTO article_tag (article_id, tag_id, position)"
        " SELECT ?, id, ? FROM tag WHERE name = ?",
        article_id, (int64_t)position, name);
}

static osp_status write_article(osp_ctx *ctx, const WriteIn *in, ArticleOut *out)
{
    const NewArticle *article = &in->article;
    for (size_t i = 0; i < article->tag_list.count; i++) {
        const size_t len = article->tag_list.items[i].len;
        if (len == 0 || len > TAG_BYTES_MAX) {
            return osp_fail_field(ctx, "/article/tagList", "tag %zu must have 1 to %d bytes", i,
                                  TAG_BYTES_MAX);
        }
    }

    /* The article and its tags appear together or not at all. */
    osp_str slug = S("");
    OSP_TRANSACTION(ctx) {
        const Inserted *inserted = insert(ctx, article, in->me->id);
        if (inserted == NULL) {
            return OSP_E_DB; /* leaving the block early rolls back */
        }
        slug = inserted->slug;
        for (size_t i = 0; i < article->tag_list.count; i++) {
            insert_tag(ctx, inserted->id, article->tag_list.items[i], i);
        }
    }
    const Article *written = article_by_slug(ctx, slug, in->me->id);
    if (written == NULL) {
        return OSP_E_DB; /* a failed query has said why */
    }
    out->article = *written;
    return OSP_OK;
}
OSP_ROUTE(POST, write_article, WriteIn, ArticleOut, .summary = "Write an article", .status = 201,
          .errors = { 401, 422 });
