#include <openspeed/openspeed.h>

typedef struct Item {
    int64_t id;
    osp_str name;
    double price;
    osp_str_list tags;
    osp_str description;
} Item;
OSP_LIST_OF(Item);
OSP_TYPE(Item, FIELD(id), FIELD(name), FIELD(price), LIST(tags, osp_str), FIELD(description));

typedef struct Items { Item_list items; } Items;
OSP_TYPE(Items, LIST(items, Item));

static osp_status all(osp_ctx *ctx, const void *in, Items *out)
{
    (void)in;
    out->items = osp_db_query(ctx, Item, "SELECT id, name, price, tags, description FROM item");
    return OSP_OK;
}
OSP_ROUTE(GET, all, void, Items);
