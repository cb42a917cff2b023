/* Equality and its order, kind by kind. */
#include <math.h>

#include "tests/unit/every_kind.h"
#include "tests/unit/unit.h"
#include "type/hash.h"
#include "type/type_impl.h"

typedef struct Pair {
    osp_json a;
    osp_str_map map;
    osp_opt_double d;
    int64_t page;
} Pair;
OSP_TYPE(Pair, FIELD(a, .fallback = ""), MAP(map, osp_str, .fallback = ""), FIELD(d), QUERY(page));

static uint64_t hash_of(osp_kind kind, const osp_type *type, const void *value)
{
    char first[1024];
    uint64_t hash = 0;
    osp_arena scratch;
    osp_arena_init(&scratch, first, sizeof(first), 1 << 20);
    OSP_CHECK(osp_value_hash(kind, type, value, &scratch, &hash) == OSP_OK);
    osp_arena_done(&scratch);
    return hash;
}

/* What is equal has one hash. */
static bool equal(osp_kind kind, const osp_type *type, const void *a, const void *b)
{
    const bool same = osp_value_equal(kind, type, a, b);
    OSP_CHECK(!same || hash_of(kind, type, a) == hash_of(kind, type, b));
    return same;
}

static bool raw_equal(const char *a, const char *b)
{
    const osp_json x = { osp_str_from(a) }, y = { osp_str_from(b) };
    const bool same = equal(OSP_KIND_JSON, NULL, &x, &y);
    OSP_CHECK(same == equal(OSP_KIND_JSON, NULL, &y, &x));
    return same;
}

OSP_UNIT_TEST(value_raw, "raw values are equal as JSON: numbers, white space, order of members")
{
    static const char *const same[][2] = {
        { "1", "1.0" },
        { "100", "1e2" },
        { "1E+2", "100.000" },
        { "0.001", "1e-3" },
        { "0", "-0.0e5" },
        { "12345678901234567890123", "1234567890123456789012.3e1" },
        { " [ 1 , 2 ] ", "[1,2]" },
        { "{\"a\":1,\"b\":{\"c\":[],\"d\":null}}", "{\"b\":{\"d\":null,\"c\":[]},\"a\":1e0}" },
        { "\"\\u00e9\\/\"", "\"\xc3\xa9/\"" },
    };
    static const char *const different[][2] = {
        { "1", "1.0000000000000000000000001" },
        { "9007199254740992", "9007199254740993" },
        { "1", "-1" },
        { "1", "\"1\"" },
        { "1e999999999999999999999", "1e2" },
        { "10", "1" },
        { "[1,2]", "[2,1]" },
        { "[]", "{}" },
        { "{\"a\":1}", "{\"a\":1,\"b\":1}" },
        { "{\"a\":1}", "{\"A\":1}" },
        { "null", "false" },
        { "0.01", "0.1" },
        { "1", "not json" },
        { "{\"a\":1,\"a\":1}", "{\"a\":1}" },
    };
    for (size_t i = 0; i < OSP_ARRAY_LEN(same); i++) {
        OSP_CHECK(raw_equal(same[i][0], same[i][1]));
    }
    for (size_t i = 0; i < OSP_ARRAY_LEN(different); i++) {
        OSP_CHECK(!raw_equal(different[i][0], different[i][1]));
    }
}

static bool pair_equal(const Pair *a, const Pair *b)
{
    return equal(OSP_KIND_OBJECT, &osp_type_Pair, a, b);
}

OSP_UNIT_TEST(value_members, "objects are equal by presence, maps whatever the order of names")
{
    osp_str_entry ab[] = { { S("a"), S("1") }, { S("b"), S("2") } };
    osp_str_entry ba[] = { { S("b"), S("2") }, { S("a"), S("1") } };
    const Pair a = { .map = { ab, 2 } };
    Pair b = { .map = { ba, 2 } };
    OSP_CHECK(pair_equal(&a, &b));
    ba[0].value = S("3");
    OSP_CHECK(!pair_equal(&a, &b));
    b.map = (osp_str_map){ ab, 1 };
    OSP_CHECK(!pair_equal(&a, &b));
    b = a;
    b.d.is = OSP_NULL;
    OSP_CHECK(!pair_equal(&a, &b));
    b = a;
    b.page = 1;
    OSP_CHECK(!pair_equal(&a, &b));
}

OSP_UNIT_TEST(value_numbers, "NaN is equal to itself alone, zero to minus zero")
{
    const double values[] = { NAN, 1, INFINITY, 0, -0.0 };
    for (size_t i = 0; i < OSP_ARRAY_LEN(values); i++) {
        for (size_t k = 0; k < OSP_ARRAY_LEN(values); k++) {
            OSP_CHECK(equal(OSP_KIND_DOUBLE, NULL, &values[i], &values[k]) ==
                      (i == k || (i >= 3 && k >= 3)));
        }
    }
}

OSP_UNIT_TEST(value_cycle, "a value within itself is equal to nothing, and that ends")
{
    static Every a, b;
    a.color = b.color = COLOR_RED;
    a.shape.is = b.shape.is = 2;
    OSP_CHECK(equal(OSP_KIND_OBJECT, &osp_type_Every, &a, &b));
    a.next = &a;
    b.next = &b;
    OSP_CHECK(!equal(OSP_KIND_OBJECT, &osp_type_Every, &a, &b));
}

OSP_UNIT_TEST(value_unique, "what stands twice is found among many, in any order")
{
    char first[4096];
    for (size_t count = 0; count < 200; count += OSP_UNIT_STRIDE) {
        int64_t items[200];
        for (size_t i = 0; i < count; i++) {
            items[i] = (int64_t)((i * 7919 + count) % 211);
        }
        osp_arena arena;
        osp_arena_init(&arena, first, sizeof(first), 0);
        const void *twice = NULL;
        OSP_CHECK(osp_items_distinct(OSP_KIND_INT64, &osp_type_int64_t, items, count,
                                     sizeof(int64_t), &arena, &twice) == OSP_OK);
        for (size_t i = 1; i < count; i++) {
            const int64_t kept = items[i];
            items[i] = items[i - 1];
            osp_arena_reset(&arena);
            OSP_CHECK(osp_items_distinct(OSP_KIND_INT64, &osp_type_int64_t, items, count,
                                         sizeof(int64_t), &arena, &twice) == OSP_DONE);
            OSP_CHECK(*(const int64_t *)twice == items[i]);
            items[i] = kept;
        }
        osp_arena_done(&arena);
    }
    osp_arena none;
    osp_arena_init(&none, NULL, 0, 0);
    const int64_t two[] = { 1, 2 };
    const void *twice = NULL;
    OSP_CHECK(osp_items_distinct(OSP_KIND_INT64, &osp_type_int64_t, two, 2, sizeof(int64_t), &none,
                                 &twice) == OSP_E_NOMEM);
}

typedef struct Twin {
    int64_t a, b;
} Twin;
OSP_TYPE(Twin, FIELD(a), FIELD(b));

OSP_UNIT_TEST(value_unique_nested, "items that nest are told apart, also when all have one hash")
{
    Twin items[200];
    for (size_t i = 0; i < OSP_ARRAY_LEN(items); i++) {
        const uint64_t begun = osp_hash_add(0, i);
        items[i] = (Twin){ (int64_t)i, (int64_t)(begun ^ 12345) };
        OSP_CHECK(hash_of(OSP_KIND_OBJECT, &osp_type_Twin, &items[i]) ==
                  hash_of(OSP_KIND_OBJECT, &osp_type_Twin, &items[0]));
    }
    osp_arena arena;
    osp_arena_init(&arena, NULL, 0, 1 << 20);
    for (size_t count = 2; count <= OSP_ARRAY_LEN(items); count++) {
        const void *twice = NULL;
        osp_arena_reset(&arena);
        OSP_CHECK(osp_items_distinct(OSP_KIND_OBJECT, &osp_type_Twin, items, count, sizeof(Twin),
                                     &arena, &twice) == OSP_OK);
        const Twin kept = items[count - 1];
        items[count - 1] = items[count / 2 - 1];
        OSP_CHECK(osp_items_distinct(OSP_KIND_OBJECT, &osp_type_Twin, items, count, sizeof(Twin),
                                     &arena, &twice) == OSP_DONE);
        OSP_CHECK(memcmp(twice, &items[count - 1], sizeof(Twin)) == 0);
        items[count - 1] = kept;
    }
    osp_arena_done(&arena);
    Every cycle = { 0 };
    cycle.next = &cycle;
    uint64_t hash = 0;
    osp_arena_init(&arena, NULL, 0, 1 << 20);
    OSP_CHECK(osp_value_hash(OSP_KIND_OBJECT, &osp_type_Every, &cycle, &arena, &hash) ==
              OSP_E_NOMEM);
    osp_arena_done(&arena);
}
