#include "build/mangle.h"

#include "build/kit.h"
#include "tests/unit/unit.h"

static osp_arena arena;

static osp_str mangled(const char *path)
{
    return osp_str_from(osp_mangle(&arena, osp_str_from(path)));
}

OSP_UNIT_TEST(mangle_examples, "a path becomes part of an identifier")
{
    osp_arena_init(&arena, NULL, 0, 1 << 20);
    OSP_CHECK_STR(mangled("routes/route.c"), OSP_STR("routes_2froute_2ec"));
    OSP_CHECK_STR(mangled("routes/[id]/route.c"), OSP_STR("routes_2f_5bid_5d_2froute_2ec"));
    OSP_CHECK_STR(mangled("a_b"), OSP_STR("a_5fb"));
    OSP_CHECK_STR(mangled("\xff"), OSP_STR("_ff"));
    OSP_CHECK_STR(mangled(""), OSP_STR(""));
    osp_arena_done(&arena);
}

OSP_UNIT_TEST(mangle_injective, "no two of the 65536 paths of two bytes share a unit")
{
    static bool seen[1 << 16];
    osp_arena_init(&arena, NULL, 0, 16 << 20);
    for (unsigned i = 0; i < 1u << 16; i++) {
        const char path[2] = { (char)(i >> 8), (char)(i & 0xff) };
        const char *at = osp_mangle(&arena, (osp_str){ path, 2 });
        unsigned back = 0;
        for (int byte = 0; byte < 2; byte++) {
            const bool escaped = *at == '_';
            const char digits[3] = { at[1], escaped ? at[2] : '\0', '\0' };
            back = back << 8 | (escaped ? (unsigned)strtoul(digits, NULL, 16) : (unsigned char)*at);
            at += escaped ? 3 : 1;
        }
        OSP_CHECK(*at == '\0' && back == i && !seen[back]);
        seen[back] = true;
    }
    osp_arena_done(&arena);
}

OSP_UNIT_TEST(mangle_file_limit, "a unit is its own file name up to the limit and a digest beyond")
{
    char unit[OSP_MANGLE_FILE_MAX + 2];
    osp_arena_init(&arena, NULL, 0, 1 << 20);
    memset(unit, 'a', sizeof(unit));
    unit[OSP_MANGLE_FILE_MAX] = '\0';
    OSP_CHECK_STR(osp_str_from(osp_mangle_file(&arena, unit)), osp_str_from(unit));
    unit[OSP_MANGLE_FILE_MAX] = 'b';
    unit[OSP_MANGLE_FILE_MAX + 1] = '\0';
    const char *one = osp_mangle_file(&arena, unit);
    unit[OSP_MANGLE_FILE_MAX] = 'c';
    const char *other = osp_mangle_file(&arena, unit);
    OSP_CHECK(strlen(one) <= OSP_MANGLE_FILE_MAX && strchr(one, '-') != NULL);
    OSP_CHECK(strcmp(one, other) != 0);
    osp_arena_done(&arena);
}
