/* The functions of comment.sql, and what is made of them. */
#include "lib/comment.h"

OSP_QUERY_ONE(int64_t, article_id_by_slug, (osp_str, slug));
OSP_QUERY(Comment, comments_of, (osp_opt_int, viewer_id), (int64_t, article_id));
OSP_QUERY_ONE(int64_t, comment_add, (osp_str, slug), (int64_t, me), (osp_str, body),
              (osp_str, now));
OSP_QUERY_ONE(Comment, comment_by_id, (osp_opt_int, viewer_id), (int64_t, id));
OSP_QUERY_ONE(int64_t, comment_author, (int64_t, id), (osp_str, slug));
OSP_QUERY_EXEC(comment_delete, (int64_t, id));

osp_status comment_list(osp_ctx *ctx, osp_str slug, const Viewer *viewer, Comment_list *ret)
{
    const int64_t *article_id = article_id_by_slug(ctx, slug);
    if (article_id == NULL) {
        return osp_fail(ctx, 404, "there is no article \"%.*s\"", OSP_ARG(slug));
    }
    *ret = comments_of(ctx, viewer_id(viewer), *article_id);
    return OSP_OK;
}

const int64_t *comment_write(osp_ctx *ctx, osp_str slug, const Viewer *me, osp_str body)
{
    return comment_add(ctx, slug, me->id, body, osp_time_format(ctx, osp_now_us()));
}

osp_status comment_take_back(osp_ctx *ctx, osp_str slug, int64_t id, const Viewer *me)
{
    const int64_t *author_id = comment_author(ctx, id, slug);
    if (author_id == NULL) {
        return osp_fail(ctx, 404, "there is no such comment on \"%.*s\"", OSP_ARG(slug));
    }
    if (*author_id != me->id) {
        return osp_fail(ctx, 403, "only its author can delete a comment");
    }
    comment_delete(ctx, id);
    return OSP_OK;
}
