/* /api/articles/[slug]/comments: GET lists the comments of an article, POST adds one. */
#include "lib/article.h"

#define COMMENT_MAX 8192 /* characters */

typedef struct Comment {
    int64_t id;
    osp_str created_at, updated_at, body;
    Profile author;
} Comment;
OSP_LIST_OF(Comment);
OSP_TYPE(Comment, FIELD(id), FIELD(created_at, .name = "createdAt", .format = OSP_FORMAT_TIME),
         FIELD(updated_at, .name = "updatedAt", .format = OSP_FORMAT_TIME), FIELD(body),
         OBJECT(author, Profile));

/* ---------------------------------------------------------------- reading */

typedef struct ListIn {
    const Viewer *viewer;
    osp_str slug;
} ListIn;
OSP_TYPE(ListIn, WANT(viewer, viewer), PATH(slug, .max_len = SLUG_MAX));

typedef struct CommentsOut { Comment_list comments; } CommentsOut;
OSP_TYPE(CommentsOut, LIST(comments, Comment));

OSP_QUERY_ONE(int64_t, article_id_by_slug, (osp_str, slug));
OSP_QUERY(Comment, comments_of, (osp_opt_int, viewer_id), (int64_t, article_id));

static osp_status list(osp_ctx *ctx, const ListIn *in, CommentsOut *out)
{
    const int64_t *article_id = article_id_by_slug(ctx, in->slug);
    if (article_id == NULL) {
        return osp_fail(ctx, 404, "there is no article \"%.*s\"", OSP_ARG(in->slug));
    }
    out->comments = comments_of(ctx, viewer_id(in->viewer), *article_id);
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

OSP_QUERY_ONE(int64_t, comment_add, NewComment, (osp_str, slug), (int64_t, me), (osp_str, now));
OSP_QUERY_ONE(Comment, comment_by_id, (osp_opt_int, viewer_id), (int64_t, id));

static osp_status add(osp_ctx *ctx, const AddIn *in, CommentOut *out)
{
    const int64_t *id = comment_add(ctx, &in->comment, in->slug, in->me->id,
                                    osp_time_format(ctx, osp_now_us()));
    const Comment *comment = id != NULL ? comment_by_id(ctx, viewer_id(in->me), *id) : NULL;
    if (comment == NULL) {
        return osp_fail(ctx, 404, "there is no article \"%.*s\"", OSP_ARG(in->slug));
    }
    out->comment = *comment;
    return OSP_OK;
}
OSP_ROUTE(POST, add, AddIn, CommentOut, .summary = "Comment on an article", .errors = { 404 });
