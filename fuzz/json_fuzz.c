/* JSON from anyone: decoding never breaks, and what was decoded survives a round trip.
 *
 * The text is decoded into a type with every kind of member and encoded; that text must decode
 * without an issue, and encode to the same bytes. */
#include "type/json.h"

#include <stdlib.h>

#define ARENA_MAX (1U << 20)

typedef struct Leaf {
    double x;
    osp_opt_str note;
} Leaf;
OSP_TYPE(Leaf, FIELD(x), FIELD(note, .max_len = 8));
OSP_LIST_OF(Leaf);

typedef struct Rich {
    bool flag;
    int32_t small;
    int64_t big;
    uint32_t usmall;
    uint64_t ubig;
    double real;
    osp_str text;
    osp_opt_bool oflag;
    osp_opt_int oint;
    osp_opt_double oreal;
    osp_opt_str otext;
    Leaf leaf;
    struct Rich *next;
    osp_str_list tags;
    Leaf_list leaves;
    double_list reals;
} Rich;
OSP_FORWARD_TYPE(Rich);
OSP_TYPE(Rich, FIELD(flag, .fallback = "false"), FIELD(small, RANGE(-9, 9), .fallback = "0"),
         FIELD(big, .fallback = "0"), FIELD(usmall, .fallback = "1"), FIELD(ubig, .fallback = "2"),
         FIELD(real, .fallback = "0.5"), FIELD(text, .name = "the \"text\"", .fallback = ""),
         FIELD(oflag), FIELD(oint), FIELD(oreal), FIELD(otext),
         OBJECT(leaf, Leaf, .fallback = "{\"x\":1}"), MAYBE(next, Rich),
         LIST(tags, osp_str, .max_len = 4, .fallback = ""),
         LIST(leaves, Leaf, .fallback = "[{\"x\":1}]"), LIST(reals, double, .fallback = "[]"));

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool cond)
{
    if (!cond) {
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    osp_arena arena;
    osp_arena_init(&arena, NULL, 0, ARENA_MAX);
    osp_issues issues = { .count = 0 };
    osp_error err = { .status = OSP_OK };
    Rich value = { .flag = false };
    const osp_decoding how = { .arena = &arena, .issues = &issues };
    const osp_status status =
        osp_json_decode(&osp_type_Rich, &value, (osp_str){ (const char *)data, size }, &how, &err);
    check((status == OSP_E_TYPE_MISMATCH) <= (issues.count > 0));
    if (status == OSP_OK) {
        osp_buf first, second;
        osp_buf_init(&first, NULL, 0, ARENA_MAX);
        osp_buf_init(&second, NULL, 0, ARENA_MAX);
        check(osp_json_encode(&osp_type_Rich, &value, &first) == OSP_OK);
        Rich again = { .flag = false };
        check(osp_json_decode(&osp_type_Rich, &again, (osp_str){ first.ptr, first.len }, &how,
                              &err) == OSP_OK);
        check(osp_json_encode(&osp_type_Rich, &again, &second) == OSP_OK);
        check(
            osp_str_equal((osp_str){ first.ptr, first.len }, (osp_str){ second.ptr, second.len }));
        osp_buf_done(&first);
        osp_buf_done(&second);
    }
    osp_arena_done(&arena);
    return 0;
}
