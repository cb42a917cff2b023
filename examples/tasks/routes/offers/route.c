/* What three shops ask for a thing, all asked at the same time, by those that answer in time. */
#include <openspeed/openspeed.h>

typedef struct OffersIn {
    int64_t within_ms;
} OffersIn;
OSP_TYPE(OffersIn, QUERY(within_ms, RANGE(1, 10000), .fallback = "1000"));

typedef struct Offer {
    osp_str shop;
    int64_t price;
    bool late;
    int64_t takes_ms;
} Offer;
OSP_TYPE(Offer, FIELD(shop), FIELD(price), FIELD(late), SKIP(takes_ms));
OSP_LIST_OF(Offer);

typedef struct Offers {
    Offer_list offers;
} Offers;
OSP_TYPE(Offers, LIST(offers, Offer));

/* In place of a call over the network. */
static osp_status ask_shop(osp_task *task, Offer *offer)
{
    const osp_status status = osp_sleep_ms(task, offer->takes_ms);
    if (status == OSP_E_DEADLINE) {
        offer->late = true;
        return OSP_OK; /* one that is late is no reason to cancel the others */
    }
    OSP_TRY(status);
    offer->price = offer->takes_ms * 3;
    return OSP_OK;
}
OSP_TASK(ask_shop, Offer);

static osp_status offers(osp_ctx *ctx, const OffersIn *in, Offers *out)
{
    Offer *all = osp_new_array(ctx, Offer, 3);
    if (all == NULL) {
        return OSP_E_NOMEM;
    }
    all[0] = (Offer){ .shop = S("corner"), .takes_ms = 20 };
    all[1] = (Offer){ .shop = S("market"), .takes_ms = 40 };
    all[2] = (Offer){ .shop = S("far away"), .takes_ms = 30000 };
    OSP_WITHIN(ctx, in->within_ms) {
        for (size_t i = 0; i < 3; i++) {
            osp_spawn(ctx, ask_shop, &all[i]);
        }
        OSP_TRY(osp_join_all(ctx));
    }
    out->offers = (Offer_list){ all, 3 };
    return OSP_OK;
}
OSP_ROUTE(GET, offers, OffersIn, Offers, .summary = "What shops ask");
