#include "lib/dice.h"

#define WORLDS 10000

typedef struct WorldIn {
    const Dice *dice;
    osp_opt_int id;
} WorldIn;
OSP_TYPE(WorldIn, NEED(dice, dice), QUERY(id, .doc = "Any, when it is not said"));

typedef struct World {
    int64_t id;
    int64_t randomNumber;
} World;
OSP_TYPE(World, FIELD(id), FIELD(randomNumber));

static osp_status world(osp_ctx *ctx, const WorldIn *in, World *out)
{
    const int64_t id = in->id.is ? in->id.value : dice_throw(in->dice, WORLDS);
    const World *row = osp_db_one(ctx, World, "SELECT id, randomNumber FROM world WHERE id = ?", id);
    if (row == NULL) {
        return osp_fail(ctx, 404, "There is no world %lld.", (long long)id);
    }
    *out = *row;
    return OSP_OK;
}
OSP_ROUTE(GET, world, WorldIn, World, .errors = { 404 });
