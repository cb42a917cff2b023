/* A list of articles about somebody: what they have written, or what they like. */
#ifndef CONDUIT_LISTING_H
#define CONDUIT_LISTING_H

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

/* Fills it with the articles of a filter that show_filter has begun. */
static inline ListView listing_of(osp_ctx *ctx, const ListIn *in, const ArticleFilter *filter)
{
    const ArticlePage page = article_page(ctx, filter);
    return (ListView){ in->username, name_of(in->visitor), page.articles,
                       show_pages(in->page, page.articles_count) };
}

#endif
