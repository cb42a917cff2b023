/* Comments, and the queries that find them. */
#ifndef CONDUIT_COMMENT_H
#define CONDUIT_COMMENT_H

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

/* Gives the comments of an article, or fails with 404.  viewer: NULL: nobody. */
osp_status comment_list(osp_ctx *ctx, osp_str slug, const Viewer *viewer, Comment_list *ret);
/* Adds one to an article; the number that it has.  NULL: there is no such article. */
const int64_t *comment_write(osp_ctx *ctx, osp_str slug, const Viewer *me, osp_str body);
/* One by its number. */
Comment *comment_by_id(osp_ctx *ctx, osp_opt_int viewer_id, int64_t id);
/* Takes one back, or fails: 404 where the article has none of that number, 403 where it is somebody
 * else's. */
osp_status comment_take_back(osp_ctx *ctx, osp_str slug, int64_t id, const Viewer *me);

#endif
