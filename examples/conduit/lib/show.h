/* What pages are made of beside SQL: parts of lists, and filters of templates. */
#ifndef CONDUIT_SHOW_H
#define CONDUIT_SHOW_H

#include "lib/article.h"

#define SHOWN_AT_ONCE 10
#define NUMBER_MAX 100000 /* of a page of a list */

/* Where somebody is in a list. */
typedef struct Pages {
    int64_t number, count;
    osp_opt_int previous, next;
} Pages;
OSP_TYPE(Pages, FIELD(number), FIELD(count), FIELD(previous), FIELD(next));

Pages show_pages(int64_t number, int64_t articles);

/* Which articles stand on that page. */
static inline ArticleFilter show_filter(const Viewer *viewer, int64_t number)
{
    return (ArticleFilter){ .viewer_id = viewer_id(viewer), .limit = SHOWN_AT_ONCE,
                            .offset = (number - 1) * SHOWN_AT_ONCE };
}

#endif
