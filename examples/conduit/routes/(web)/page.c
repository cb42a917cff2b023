/* The newest articles: of everyone, with a tag, or of those one follows. */
#include "lib/session.h"
#include "lib/show.h"

typedef enum Feed { FEED_ALL, FEED_FOLLOWING } Feed;
OSP_ENUM(Feed, (FEED_ALL, "all"), (FEED_FOLLOWING, "following"));

typedef struct HomeIn {
    const Visitor *visitor;
    Feed feed;
    osp_opt_str tag;
    int64_t page;
} HomeIn;
OSP_TYPE(HomeIn, WANT(visitor, visitor), QUERY_ENUM(feed, Feed, .fallback = "all"),
         QUERY(tag, .max_len = TAG_MAX), QUERY(page, RANGE(1, NUMBER_MAX), .fallback = "1"));

typedef struct HomeView {
    osp_opt_str me, tag;
    bool following; /* the feed of those one follows */
    ArticleSummary_list articles;
    Pages pages;
    osp_str_list tags;
} HomeView;
OSP_TYPE(HomeView, FIELD(me), FIELD(tag), FIELD(following), LIST(articles, ArticleSummary),
         OBJECT(pages, Pages), LIST(tags, osp_str));

static osp_status load(osp_ctx *ctx, const HomeIn *in, HomeView *out)
{
    if (in->feed == FEED_FOLLOWING && in->visitor == NULL) {
        return session_ask(ctx);
    }
    ArticleFilter filter = show_filter(viewer_of(in->visitor), in->page);
    filter.tag = in->tag;
    const ArticlePage page = in->feed == FEED_FOLLOWING ? article_feed(ctx, &filter)
                                                        : article_page(ctx, &filter);
    const TagsOut *tags = tags_in_use(ctx);
    if (tags == NULL) {
        return OSP_E_DB;
    }
    out->me = name_of(in->visitor);
    out->tag = in->tag;
    out->following = in->feed == FEED_FOLLOWING;
    out->articles = page.articles;
    out->pages = show_pages(in->page, page.articles_count);
    out->tags = (osp_str_list){ tags->tags.items, tags->tags.count < 30 ? tags->tags.count : 30 };
    return OSP_OK;
}
OSP_PAGE(load, HomeIn, HomeView, .is_public = true);
