/* GET /api/articles/feed: the newest articles of those whom I follow.
 *
 * /api/articles/[slug] has this URL, too; the one that is text goes first. */
#include "lib/article.h"

typedef struct FeedIn {
    const Viewer *me;
    PAGE_MEMBERS;
} FeedIn;
OSP_TYPE(FeedIn, NEED(me, viewer), PAGE_ITEMS);

static osp_status feed(osp_ctx *ctx, const FeedIn *in, ArticlePage *out)
{
    const ArticleFilter filter = { .viewer_id = viewer_id(in->me), .limit = in->limit,
                                   .offset = in->offset };
    *out = article_feed(ctx, &filter);
    return OSP_OK;
}
OSP_ROUTE(GET, feed, FeedIn, ArticlePage, .summary = "The newest articles of those I follow");
