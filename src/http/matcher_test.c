#include "http/matcher.h"

#include "tests/unit/unit.h"

static const osp_route_part version[] = { { "v", 1, NULL }, { "-", 1, &osp_matcher_int } };
static const osp_route_way versioned = { version, 2, 5, ".json", NULL };
static const osp_route_part twice[] = { { "", 0, NULL }, { "--", 2, NULL } };
static const osp_route_way split = { twice, 2, 0, "", NULL };
static const osp_route_part around[] = { { "aa", 2, NULL } };
static const osp_route_way framed = { around, 1, 2, "aa", NULL };

OSP_UNIT_TEST(matcher_params, "a parameter ends where the text behind it first begins")
{
    static const struct {
        const osp_route_way *way;
        const char *segment, *params[2]; /* NULL: not taken */
    } cases[] = {
        { &versioned, "v1-2.json", { "1", "2" } },
        { &versioned, "v--2.json", { "-", "2" } }, /* the first byte is the parameter's */
        { &versioned, "v1.json-2.json", { "1.json", "2" } },
        { &versioned, "v1-2-3.json", { NULL } }, /* "2-3" is no int, and "1-2" ends too late */
        { &versioned, "v-2.json", { NULL } },
        { &versioned, "v1-.json", { NULL } },
        { &versioned, "v1-2", { NULL } },
        { &versioned, "v", { NULL } },
        { &versioned, "", { NULL } },
        { &split, "a--b", { "a", "b" } },
        { &split, "a---b", { "a", "-b" } },
        { &split, "----", { "-", "-" } },
        { &split, "---", { NULL } },
        { &framed, "aaaaa", { "a" } },
        { &framed, "aaaa", { NULL } }, /* the text before and behind may not be the same bytes */
        { &framed, "aaa", { NULL } },
    };
    for (size_t i = 0; i < OSP_ARRAY_LEN(cases); i++) {
        /* Of its own, so that a sanitizer sees a look beyond it. */
        const size_t len = strlen(cases[i].segment);
        char *text = malloc(len + 1);
        OSP_CHECK(text != NULL);
        memcpy(text, cases[i].segment, len);
        osp_str params[OSP_PATH_PARAMS_MAX];
        OSP_CHECK(osp_way_match(cases[i].way, (osp_str){ text, len }, params) ==
                  (cases[i].params[0] != NULL));
        for (size_t k = 0; k < cases[i].way->part_count && cases[i].params[0] != NULL; k++) {
            OSP_CHECK_STR(params[k], osp_str_from(cases[i].params[k]));
        }
        free(text);
    }
}
