/* /api/articles/[slug]/comments: GET lists the comments of an article, POST adds one. */
#include "lib/comment.h"

/* ---------------------------------------------------------------- reading */

typedef struct ListIn {
    const Viewer *viewer;
    osp_str slug;
} ListIn;
OSP_TYPE(ListIn, WANT(viewer, viewer), PATH(slug, .max_len = SLUG_MAX));

typedef struct CommentsOut { Comment_list comments; } CommentsOut;
OSP_TYPE(CommentsOut, LIST(comments, Comment));

static osp_status list(osp_ctx *ctx, const ListIn *in, CommentsOut *out)
{
    return comment_list(ctx, in->slug, in->viewer, &out->comments);
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
    const int64_t *id = comment_write(ctx, in->slug, in->me, in->comment.body);
    const Comment *comment = id != NULL ? comment_by_id(ctx, viewer_id(in->me), *id) : NULL;
    if (comment == NULL) {
        return osp_fail(ctx, 404, "there is no article \"%.*s\"", OSP_ARG(in->slug));
    }
    out->comment = *comment;
    return OSP_OK;
}
OSP_ROUTE(POST, add, AddIn, CommentOut, .summary = "Comment on an article", .errors = { 404 });
