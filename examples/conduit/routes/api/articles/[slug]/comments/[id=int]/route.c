/* DELETE /api/articles/[slug]/comments/[id]: take back what one has said.
 *
 * [id=int] is a number; anything else there is no URL of ours, and answered 404. */
#include "lib/article.h"

typedef struct DeleteIn {
    const Viewer *me;
    osp_str slug;
    int64_t id;
} DeleteIn;
OSP_TYPE(DeleteIn, NEED(me, viewer), PATH(slug, .max_len = SLUG_MAX), PATH(id));

OSP_QUERY_ONE(int64_t, comment_author, (int64_t, id), (osp_str, slug));
OSP_QUERY_EXEC(comment_delete, (int64_t, id));

static osp_status delete_comment(osp_ctx *ctx, const DeleteIn *in, void *out)
{
    (void)out;
    const int64_t *author_id = comment_author(ctx, in->id, in->slug);
    if (author_id == NULL) {
        return osp_fail(ctx, 404, "there is no such comment on \"%.*s\"", OSP_ARG(in->slug));
    }
    if (*author_id != in->me->id) {
        return osp_fail(ctx, 403, "only its author can delete a comment");
    }
    comment_delete(ctx, in->id);
    return OSP_OK;
}
OSP_ROUTE(DELETE, delete_comment, DeleteIn, void, .summary = "Delete a comment", .status = 204,
          .errors = { 403, 404 });
