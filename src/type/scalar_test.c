/* Members from plain text. */
#include "tests/unit/unit.h"
#include "type/json.h"

typedef struct text_case {
    osp_kind kind;
    const char *text;
    const char *detail; /* NULL: accepted */
} text_case;

OSP_UNIT_TEST(field_text_cases, "each kind takes its texts and refuses others with a sentence")
{
    static const text_case cases[] = {
        { OSP_KIND_MARKUP, "<b>", "cannot be given as text" },
        { OSP_KIND_BOOL, "true", NULL },
        { OSP_KIND_BOOL, "0", NULL },
        { OSP_KIND_BOOL, "yes", "must be true or false" },
        { OSP_KIND_BOOL, "", "must be true or false" },
        { OSP_KIND_INT32, "-12", NULL },
        { OSP_KIND_INT32, "2147483648", "must be between -2147483648 and 2147483647" },
        { OSP_KIND_INT64, "9223372036854775807", NULL },
        { OSP_KIND_INT64, "", "must be a whole number" },
        { OSP_KIND_INT64, "007", "must be a whole number" },
        { OSP_KIND_INT64, "+7", "must be a whole number" },
        { OSP_KIND_INT64, "7 ", "must be a whole number" },
        { OSP_KIND_INT64, " 7", "must be a whole number" },
        { OSP_KIND_INT64, "1.0", "must be a whole number" },
        { OSP_KIND_INT64, "1e2", "must be a whole number" },
        { OSP_KIND_INT64, "0x10", "must be a whole number" },
        { OSP_KIND_UINT64, "18446744073709551615", NULL },
        { OSP_KIND_UINT64, "-1", "must be between 0 and 18446744073709551615" },
        { OSP_KIND_DOUBLE, "1e3", NULL },
        { OSP_KIND_DOUBLE, "nan", "must be a number" },
        { OSP_KIND_DOUBLE, "inf", "must be a number" },
        { OSP_KIND_DOUBLE, "1e999", "is too large a number" },
        { OSP_KIND_STR, "", NULL },
        { OSP_KIND_STR, "h\xc3\xa9", NULL },
        { OSP_KIND_STR, "\xc3", "must be valid UTF-8" },
        { OSP_KIND_OBJECT, "{}", "cannot be given as text" },
        { OSP_KIND_LIST, "[]", "cannot be given as text" },
    };
    for (size_t i = 0; i < OSP_ARRAY_LEN(cases); i++) {
        const osp_field field = { .kind_ = (uint8_t)cases[i].kind };
        char slot[32] __attribute__((aligned(16))) = { 0 };
        osp_arena arena;
        osp_arena_init(&arena, NULL, 0, 4096);
        osp_flaw flaw = { .says = NULL };
        const osp_decoding how = { .arena = &arena };
        const osp_status got =
            osp_field_from_text(&field, slot, osp_str_from(cases[i].text), &how, &flaw);
        OSP_CHECK(got == (cases[i].detail == NULL ? OSP_OK : OSP_E_TYPE_MISMATCH));
        OSP_CHECK_STR(osp_flaw_text(&flaw, NULL, &arena), osp_str_from(cases[i].detail));
        osp_arena_done(&arena);
    }
}

OSP_UNIT_TEST(field_text_values, "values arrive in their slots, optionals as present")
{
    osp_arena arena;
    osp_arena_init(&arena, NULL, 0, 4096);
    osp_flaw flaw;
    const osp_decoding how = { .arena = &arena };
    osp_opt_int n = { OSP_ABSENT, 0 };
    const osp_field int_field = { .kind_ = OSP_KIND_INT64,
                                  .value_at_ = offsetof(osp_opt_int, value),
                                  OSP_RANGE(-5, 5) };
    OSP_CHECK(osp_field_from_text(&int_field, &n, S("-5"), &how, &flaw) == OSP_OK);
    OSP_CHECK(n.is == OSP_SET && n.value == -5);
    OSP_CHECK(osp_field_from_text(&int_field, &n, S("6"), &how, &flaw) == OSP_E_TYPE_MISMATCH);
    OSP_CHECK_STR(osp_flaw_text(&flaw, NULL, &arena), S("must be at most 5"));
    osp_opt_bool b = { OSP_ABSENT, false };
    const osp_field bool_field = { .kind_ = OSP_KIND_BOOL,
                                   .value_at_ = offsetof(osp_opt_bool, value) };
    OSP_CHECK(osp_field_from_text(&bool_field, &b, S("1"), &how, &flaw) == OSP_OK);
    OSP_CHECK(b.is == OSP_SET && b.value);
    osp_str s;
    const osp_field str_field = { .kind_ = OSP_KIND_STR, .min_len = 3 };
    OSP_CHECK(osp_field_from_text(&str_field, &s, S("abc"), &how, &flaw) == OSP_OK);
    OSP_CHECK_STR(s, S("abc"));
    OSP_CHECK(osp_field_from_text(&str_field, &s, S("ab"), &how, &flaw) == OSP_E_TYPE_MISMATCH);
    OSP_CHECK_STR(osp_flaw_text(&flaw, NULL, &arena), S("must be at least 3 characters long"));
    osp_arena_done(&arena);
}
