/* What somebody has written; and following them. */
#include "lib/session.h"
#include "lib/show.h"

typedef struct ListIn {
    const Visitor *visitor;
    osp_str username;
    int64_t page;
} ListIn;
OSP_TYPE(ListIn, WANT(visitor, visitor), PATH(username, .max_len = USERNAME_MAX),
         QUERY(page, RANGE(1, NUMBER_MAX), .fallback = "1"));

typedef struct ListView {
    osp_str username;
    osp_opt_str me;
    ArticleSummary_list articles;
    Pages pages;
} ListView;
OSP_TYPE(ListView, FIELD(username), FIELD(me), LIST(articles, ArticleSummary),
         OBJECT(pages, Pages));

static osp_status load(osp_ctx *ctx, const ListIn *in, ListView *out)
{
    ArticleFilter filter = show_filter(viewer_of(in->visitor), in->page);
    filter.author = (osp_opt_str){ OSP_SET, in->username };
    const ArticlePage page = article_page(ctx, &filter);
    *out = (ListView){ in->username, name_of(in->visitor), page.articles,
                       show_pages(in->page, page.articles_count) };
    return OSP_OK;
}
OSP_PAGE(load, ListIn, ListView, .is_public = true);

typedef struct FollowIn {
    const Visitor *me;
    osp_str username, back;
} FollowIn;
OSP_TYPE(FollowIn, NEED(me, visitor), PATH(username, .max_len = USERNAME_MAX),
         FORM(back, .fallback = "", .max_len = 2048));

static osp_status follow(osp_ctx *ctx, const FollowIn *in, ListView *out)
{
    (void)out;
    follow_add(ctx, in->me->as.id, in->username);
    return session_go(ctx, in->back, osp_path(ctx));
}
OSP_ACTION(follow, FollowIn, ListView);

static osp_status unfollow(osp_ctx *ctx, const FollowIn *in, ListView *out)
{
    (void)out;
    follow_remove(ctx, in->me->as.id, in->username);
    return session_go(ctx, in->back, osp_path(ctx));
}
OSP_ACTION(unfollow, FollowIn, ListView);
