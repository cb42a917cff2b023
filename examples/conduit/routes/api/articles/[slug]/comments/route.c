/* /api/articles/[slug]/comments: GET lists the comments of an article, POST adds one. */
#include "lib/article.h"

#define COMMENT_MAX 8192   /* characters */
#define COMMENTS_MAX "500" /* of an article at once, the newest: the API has no pages of them */

typedef struct Comment {
    int64_t id;
    osp_str created_at, updated_at, body;
    Profile author;
} Comment;
OSP_LIST_OF(Comment);
OSP_TYPE(Comment, FIELD(id), FIELD(created_at, .name = "createdAt", .format = OSP_FORMAT_TIME),
         FIELD(updated_at, .name = "updatedAt", .format = OSP_FORMAT_TIME), FIELD(body), OBJECT(author, Profile));

/* ?1 is the viewer. */
#define COMMENTS                                                                                   \
    "SELECT c.id, c.created_at, c.updated_at, c.body, u.username AS \"author.username\","          \
    " u.bio AS \"author.bio\", u.image AS \"author.image\","                                       \
    " EXISTS (SELECT 1 FROM follow w WHERE w.follower_id = ?1 AND w.followed_id = u.id)"           \
    "   AS \"author.following\" FROM comment c JOIN user u ON u.id = c.author_id"

/* ---------------------------------------------------------------- reading */

typedef struct ListIn {
    const Viewer *viewer;
    osp_str slug;
} ListIn;
OSP_TYPE(ListIn, WANT(viewer, viewer), PATH(slug, .max_len = SLUG_MAX));

typedef struct CommentsOut { Comment_list comments; } CommentsOut;
OSP_TYPE(CommentsOut, LIST(comments, Comment));

typedef struct Id { int64_t id; } Id;
OSP_TYPE(Id, FIELD(id));

static osp_status list(osp_ctx *ctx, const ListIn *in, CommentsOut *out)
{
    const Id *article = osp_db_one(ctx, Id, "SELECT id FROM article WHERE slug = ?", in->slug);
    if (article == NULL) {
        return osp_fail(ctx, 404, "there is no article \"%.*s\"", OSP_ARG(in->slug));
    }
    out->comments = osp_db_query(ctx, Comment,
        COMMENTS " WHERE c.article_id = ?2 ORDER BY c.id DESC LIMIT " COMMENTS_MAX,
        viewer_id(in->viewer), article->id);
    return OSP_OK;
}
OSP_ROUTE(GET, list, ListIn, CommentsOut, .summary = "The comments of an article, newest first",
          .errors = { 404 }, .is_public = true);

/* ---------------------------------------------------------------- writing */

typedef struct NewComment { osp_str body; } NewComment;
OSP_TYPE(NewComment, FIELD(body, .min_len = 1, .max_len = COMMENT_MAX));

typedef struct AddIn {
    const Viewer *me;
    osp_str slug;
    NewComment comment;
} AddIn;
OSP_TYPE(AddIn, NEED(me, viewer), PATH(slug, .max_len = SLUG_MAX), OBJECT(comment, NewComment));

typedef struct CommentOut { Comment comment; } CommentOut;
OSP_TYPE(CommentOut, OBJECT(comment, Comment));

static osp_status add(osp_ctx *ctx, const AddIn *in, CommentOut *out)
{
    /* Finding the article and adding to it are one statement: nobody can delete it in between. */
    const Id *added = osp_db_one(ctx, Id,
        "INSERT INTO comment (article_id, author_id, body, created_at, updated_at)"
        " SELECT id, ?2, ?3, ?4, ?4 FROM article WHERE slug = ?1 RETURNING id",
        in->slug, in->me->id, in->comment.body, osp_time_format(ctx, osp_now_us()));
    const Comment *comment =
        added != NULL ? osp_db_one(ctx, Comment, COMMENTS " WHERE c.id = ?2", in->me->id, added->id)
                      : NULL;
    if (comment == NULL) {
        return osp_fail(ctx, 404, "there is no article \"%.*s\"", OSP_ARG(in->slug));
    }
    out->comment = *comment;
    return OSP_OK;
}
OSP_ROUTE(POST, add, AddIn, CommentOut, .summary = "Comment on an article", .errors = { 404 });
