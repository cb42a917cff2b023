/* DELETE /api/articles/[slug]/comments/[id]: take back what one has said.
 *
 * [id=int] is a number; anything else there is no URL of ours, and answered 404. */
#include "lib/comment.h"

typedef struct DeleteIn {
    const Viewer *me;
    osp_str slug;
    int64_t id;
} DeleteIn;
OSP_TYPE(DeleteIn, NEED(me, viewer), PATH(slug, .max_len = SLUG_MAX), PATH(id));

static osp_status delete_comment(osp_ctx *ctx, const DeleteIn *in, void *out)
{
    (void)out;
    return comment_take_back(ctx, in->slug, in->id, in->me);
}
OSP_ROUTE(DELETE, delete_comment, DeleteIn, void, .summary = "Delete a comment", .status = 204,
          .errors = { 403, 404 });
