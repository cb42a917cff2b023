#include <openspeed/openspeed.h>

typedef struct ById {
    int64_t id;
} ById;
OSP_TYPE(ById, PATH(id, AT_LEAST(1)));

typedef struct Item {
    int64_t id;
    osp_str name;
} Item;
OSP_TYPE(Item, FIELD(id), FIELD(name));

static osp_status show(osp_ctx *ctx, const ById *in, Item *out)
{
    if (in->id > 100) {
        return osp_fail(ctx, 404, "There is no such item.");
    }
    *out = (Item){ in->id, OSP_STR("thing") };
    return OSP_OK;
}
OSP_ROUTE(GET, show, ById, Item);

static osp_status erase(osp_ctx *ctx, const ById *in, void *out)
{
    return OSP_OK;
}
OSP_ROUTE(DELETE, erase, ById, void);

typedef struct NewItem {
    int64_t id;
    osp_str name;
} NewItem;
OSP_TYPE(NewItem, PATH(id), FIELD(name));

static osp_status rename_item(osp_ctx *ctx, const NewItem *in, Item *out)
{
    *out = (Item){ in->id, in->name };
    return OSP_OK;
}
OSP_ROUTE(POST, rename_item, NewItem, Item);
