/* The routes of an application, as it sees them itself. */
#include "app/ctx.h"

#include <openspeed/app.h>

#include "tests/unit/unit.h"

static const osp_route list = { .handler_ = "list" }, make = { .handler_ = "make" },
                       read_one = { .handler_ = "read_one" },
                       script = { .handler_ = "navigate", .hidden = true };
static const osp_route_leaf
    items = { .pattern = "/items",
              .by_method = { [OSP_METHOD_GET] = &list, [OSP_METHOD_POST] = &make } },
    item = { .pattern = "/items/[id]", .by_method = { [OSP_METHOD_GET] = &read_one } },
    ours = { .pattern = "/_openspeed/x.js",
             .file = "(openspeed)/navigate.js",
             .by_method = { [OSP_METHOD_GET] = &script } };
static const osp_route_leaf *const leaves[] = { &ours, &items, &item };
static const osp_app_def app = { .name = "test", .leaves = leaves, .leaf_count = 3 };

typedef struct walked {
    const osp_route *routes[4];
    size_t count, max;
} walked;

static bool visit(const osp_route_place *place, void *arg)
{
    walked *w = arg;
    OSP_CHECK(w->count < w->max);
    OSP_CHECK_STR(place->pattern, place->route == &read_one ? S("/items/[id]") : S("/items"));
    OSP_CHECK(place->method == (place->route == &make ? OSP_METHOD_POST : OSP_METHOD_GET));
    w->routes[w->count++] = place->route;
    return w->count < w->max;
}

OSP_UNIT_TEST(ctx_routes, "an application walks its routes and finds one by method and pattern")
{
    osp_arena arena;
    osp_ctx ctx;
    osp_arena_init(&arena, NULL, 0, 1 << 16);
    osp_ctx_init(&ctx, &app, &arena);
    walked all = { .max = 4 }, one = { .max = 1 };
    OSP_CHECK(osp_routes_walk(&ctx, visit, &all) == OSP_OK);
    OSP_CHECK(all.count == 3);
    OSP_CHECK(all.routes[0] == &list && all.routes[1] == &make && all.routes[2] == &read_one);
    OSP_CHECK(osp_routes_walk(&ctx, visit, &one) == OSP_DONE);
    OSP_CHECK(one.count == 1);
    OSP_CHECK(osp_route_named(&ctx, OSP_METHOD_POST, S("/items")) == &make);
    OSP_CHECK(osp_route_named(&ctx, OSP_METHOD_GET, S("/items/[id]")) == &read_one);
    OSP_CHECK(osp_route_named(&ctx, OSP_METHOD_POST, S("/items/[id]")) == NULL);
    OSP_CHECK(osp_route_named(&ctx, OSP_METHOD_GET, S("/item")) == NULL);
    OSP_CHECK(osp_route_named(&ctx, OSP_METHOD_OTHER, S("/items")) == NULL);
    osp_arena_done(&arena);
}
