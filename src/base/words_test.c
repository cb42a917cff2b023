#include "base/words.h"

#include <string.h>

#include "tests/unit/unit.h"

OSP_UNIT_TEST(words_distance, "the distance of two words counts single edits, in both directions")
{
    static const struct {
        const char *a, *b;
        size_t want;
    } cases[] = { { "", "", 0 },          { "body", "body", 0 },     { "bdy", "body", 1 },
                  { "boddy", "body", 1 }, { "bodi", "body", 1 },     { "start", "strat", 2 },
                  { "", "abc", 3 },       { "kitten", "sitting", 3 } };
    for (size_t i = 0; i < OSP_ARRAY_LEN(cases); i++) {
        const osp_str a = osp_str_from(cases[i].a), b = osp_str_from(cases[i].b);
        OSP_CHECK(osp_words_distance(a, b) == cases[i].want);
        OSP_CHECK(osp_words_distance(b, a) == cases[i].want);
    }
}

OSP_UNIT_TEST(words_long, "a long word is far from every other")
{
    static const char text[64] = { 0 };
    OSP_CHECK(osp_words_distance((osp_str){ text, 63 }, (osp_str){ text, 63 }) == 0);
    OSP_CHECK(osp_words_distance((osp_str){ text, 64 }, (osp_str){ text, 64 }) == SIZE_MAX);
    OSP_CHECK(osp_words_near(OSP_STR("body"), 2) && !osp_words_near(OSP_STR("body"), 3));
    OSP_CHECK(!osp_words_near(OSP_STR("ab"), 2)); /* nothing of it would be left */
    OSP_CHECK(!osp_words_near(OSP_STR("body"), SIZE_MAX));
}

OSP_UNIT_TEST(words_nearest,
              "the nearest of several names is meant, the first of equals, none that is far")
{
    osp_nearest nearest = { .word = OSP_STR("chekc") };
    osp_nearest_try(&nearest, "schema");
    OSP_CHECK(nearest.name == NULL);
    osp_nearest_try(&nearest, "check");
    osp_nearest_try(&nearest, "cheky");
    OSP_CHECK(nearest.name != NULL && strcmp(nearest.name, "cheky") == 0);
    nearest = (osp_nearest){ .word = OSP_STR("chekc") };
    osp_nearest_try(&nearest, "chec");
    osp_nearest_try(&nearest, "heck");
    OSP_CHECK(nearest.name != NULL && strcmp(nearest.name, "chec") == 0);
}
