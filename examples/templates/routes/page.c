/* The recipe of the day. */
#include "lib/recipe.h"

typedef struct RecipeView {
    Recipe recipe;
    osp_str query; /* what was looked for last */
} RecipeView;
OSP_TYPE(RecipeView, OBJECT(recipe, Recipe), FIELD(query));

static osp_status load(osp_ctx *ctx, const void *in, RecipeView *out)
{
    (void)ctx, (void)in;
    out->recipe = *recipe_of_the_day();
    out->query = S("soup & bread");
    return OSP_OK;
}
OSP_PAGE(load, void, RecipeView);
