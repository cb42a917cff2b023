#include "lib/books.h"

typedef struct ReviewsIn {
    int64_t id;
    int32_t slow_ms;
} ReviewsIn;
OSP_TYPE(ReviewsIn, PATH(id), QUERY(slow_ms, .fallback = "300", RANGE(0, 60000)));

typedef struct ReviewsView {
    Review_list reviews;
} ReviewsView;
OSP_TYPE(ReviewsView, LIST(reviews, Review));

static const Review reviews[] = {
    { S("Ann"), S("Long, & worth it."), 5 },
    { S("Bo"), S("<i>Too</i> many whales."), 2 },
};

/* What is around it is sent at once; this is slow, and comes when it is there. */
static osp_status load(osp_ctx *ctx, const ReviewsIn *in, ReviewsView *out)
{
    OSP_TRY(osp_sleep_ms(ctx, in->slow_ms));
    if (in->id == 3) {
        return osp_fail(ctx, 502, "they are all reading.");
    }
    out->reviews = (Review_list){ (Review *)(uintptr_t)reviews, in->id == 2 ? 2 : 1 };
    return OSP_OK;
}
OSP_PAGE(load, ReviewsIn, ReviewsView, .streams = true);
