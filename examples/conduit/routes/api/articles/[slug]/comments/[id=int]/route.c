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

typedef struct Written { int64_t author_id; } Written;
OSP_TYPE(Written, FIELD(author_id));

static osp_status delete_comment(osp_ctx *ctx, const DeleteIn *in, void *out)
{
    (void)out;
    const Written *comment = osp_db_one(ctx, Written,
        "SELECT c.author_id FROM comment c JOIN article a ON a.id = c.article_id"
        " WHERE c.id = ? AND a.slug = ?",
        in->id, in->slug);
    if (comment == NULL) {
        return osp_fail(ctx, 404, "there is no such comment on \"%.*s\"", OSP_ARG(in->slug));
    }
    if (comment->author_id != in->me->id) {
        return osp_fail(ctx, 403, "only its author can delete a comment");
    }
    osp_db_exec(ctx, "DELETE FROM comment WHERE id = ?", in->id);
    return OSP_OK;
}
OSP_ROUTE(DELETE, delete_comment, DeleteIn, void, .summary = "Delete a comment", .status = 204,
          .errors = { 403, 404 });
