#include "lib/recipe.h"

static Cook ann = { { "Ann & Co", 8 }, { OSP_SET, { "https://ann.example/?a=1&b=2", 28 } } };
static osp_str tags[] = { { "soup", 4 }, { "hot & sour", 10 } };
static Step steps[] = {
    { { "Cut what is there, < 1 cm.", 26 }, 10 },
    { { "Boil it.", 8 }, 45 },
};

const Recipe *recipe_of_the_day(void)
{
    static const Recipe recipe = {
        .title = { "Soup \"of the day\"", 17 },
        .level = LEVEL_EASY,
        .cook = &ann,
        .tags = { tags, 2 },
        .steps = { steps, 2 },
        .written = { INT64_C(1767225600000000) },
        .stars = 4,
        .note = { { "<em>Salt</em> it at the end.", 28 } },
    };
    return &recipe;
}
