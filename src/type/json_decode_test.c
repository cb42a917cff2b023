/* Decoding: the grammar by tables of accepted and refused texts, then types, issues and limits. */
#include "tests/unit/unit.h"
#include "type/type_impl.h"

#define ARENA_FIRST 512

typedef struct Point {
    double x, y;
} Point;
OSP_TYPE(Point, FIELD(x), FIELD(y));
OSP_LIST_OF(Point);

typedef struct Tree {
    int32_t n;
    struct Tree *child;
} Tree;
OSP_FORWARD_TYPE(Tree);
OSP_TYPE(Tree, FIELD(n, .fallback = "0"), MAYBE(child, Tree));

typedef struct All {
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
    Point at;
    Point *maybe;
    osp_str_list tags;
    Point_list points;
    int64_t page;
} All;
OSP_TYPE(All, FIELD(flag), FIELD(small), FIELD(big), FIELD(usmall), FIELD(ubig), FIELD(real),
         FIELD(text), FIELD(oflag), FIELD(oint), FIELD(oreal), FIELD(otext), OBJECT(at, Point),
         MAYBE(maybe, Point), LIST(tags, osp_str), LIST(points, Point), QUERY(page));

typedef enum ShapeKind { SHAPE_NONE, SHAPE_DOT, SHAPE_LIST } ShapeKind;
typedef struct Shape {
    ShapeKind is;
    union {
        Point dot;
        Tree tree;
    };
} Shape;
OSP_UNION(Shape, is, "type", CASE(SHAPE_DOT, "dot", dot, Point),
          CASE(SHAPE_LIST, "tree", tree, Tree));
OSP_OPT_OF(Shape);
OSP_LIST_OF(Shape);

typedef struct Drawing {
    Shape plain;
    Shape *maybe;
    Shape_opt opt;
    Shape_list list;
} Drawing;
OSP_TYPE(Drawing, OBJECT(plain, Shape), MAYBE(maybe, Shape), OPT(opt, Shape),
         LIST(list, Shape, .unique = true));

typedef struct Any {
    osp_opt_int n;
    osp_opt_str s;
    osp_opt_double d;
    osp_opt_bool b;
} Any;
OSP_TYPE(Any, FIELD(n), FIELD(s), FIELD(d), FIELD(b));

typedef struct Bounds {
    int64_t n;
    double d;
    osp_str s;
    osp_str name;
    int64_t_list list;
    osp_opt_str o;
} Bounds;
OSP_TYPE(Bounds, FIELD(n, RANGE(1, 10)), FIELD(d, AT_MOST(0.5)),
         FIELD(s, .min_len = 2, .max_len = 3), FIELD(name, .name = "a/b~c", .min_len = 1),
         LIST(list, int64_t, .min_len = 1, .max_len = 2), FIELD(o, .max_len = 1));

typedef struct Defaults {
    int64_t n;
    osp_str s;
    bool b;
    osp_opt_int o;
    int64_t_list list;
    int64_t_list none;
    Point at;
} Defaults;
OSP_TYPE(Defaults, FIELD(n, .fallback = "20"), FIELD(s, .fallback = "asc"),
         FIELD(b, .fallback = "true"), FIELD(o, .fallback = "-3"),
         LIST(list, int64_t, .fallback = "[1,2]"), LIST(none, int64_t, .fallback = ""),
         OBJECT(at, Point, .fallback = "{\"x\":1,\"y\":2}"));

/* One decoding with all it needs.  Always static: its arena is freed by the next decoding, or with
 * the process. */
typedef struct bench {
    char first[ARENA_FIRST];
    osp_arena arena;
    osp_issues issues;
    osp_error err;
} bench;

/* Behind a copy of exact size the sanitizer sees every byte read too far.  Values are slices of
 * the copy, so it stays until the test's process ends. */
static osp_str exact_copy(osp_str text)
{
    typedef struct copy {
        struct copy *before;
        char bytes[];
    } copy;
    static copy *all;
    copy *one = malloc(sizeof(*one) + text.len);
    OSP_CHECK(one != NULL);
    one->before = all;
    all = one;
    memcpy(one->bytes, text.len ? text.ptr : "", text.len);
    return (osp_str){ one->bytes, text.len };
}

static osp_status decode(bench *b, const osp_type *type, void *value, osp_str text)
{
    osp_arena_done(&b->arena);
    osp_arena_init(&b->arena, b->first, sizeof(b->first), 1 << 20);
    memset(&b->issues, 0, sizeof(b->issues));
    memset(&b->err, 0, sizeof(b->err));
    memset(value, 0, type->size);
    const osp_str copy = exact_copy(text);
    const osp_decoding how = { .arena = &b->arena, .issues = &b->issues };
    return osp_json_decode(type, value, copy, &how, &b->err);
}

#define DECODE(b, T, value, literal) decode((b), &osp_type_##T, (value), osp_str_from(literal))

static void check_issue(const bench *b, size_t index, const char *pointer, const char *detail)
{
    OSP_CHECK(index < b->issues.count);
    OSP_CHECK_STR(b->issues.items[index].where, osp_str_from(pointer));
    OSP_CHECK_STR(
        osp_flaw_text(&b->issues.items[index].flaw, NULL, (osp_arena *)(uintptr_t)&b->arena),
        osp_str_from(detail));
}

static const char *const accepted[] = {
    "0",
    "-0",
    "1",
    "-1",
    "10",
    "123456789012345678901234567890",
    "0.5",
    "-0.5",
    "1e5",
    "1E5",
    "1e+5",
    "1e-5",
    "0e0",
    "0.0e-0",
    "1.25E+007",
    "1e400",
    "\"\"",
    "\"a\"",
    "\"\\\"\"",
    "\"\\\\\"",
    "\"\\/\"",
    "\"\\b\\f\\n\\r\\t\"",
    "\"\\u0000\"",
    "\"\\u00e9\"",
    "\"\\uFFFF\"",
    "\"\\uD83D\\uDE00\"",
    "\"\\ud83d\\ude00x\"",
    "\"\x7f\"",
    "\"\xc3\xa9\"",
    "\"\xe2\x82\xac\"",
    "\"\xf0\x9f\x98\x80\"",
    "\"\xf4\x8f\xbf\xbf\"",
    "true",
    "false",
    "null",
    "[]",
    "[ ]",
    "[1]",
    "[1,2]",
    "[ 1 , 2 ]",
    "[[]]",
    "[[],[]]",
    "[{}]",
    "{}",
    "{ }",
    "{\"a\":1}",
    "{\"a\":1,\"b\":2}",
    "{\"a\":1,\"a\":2}",
    "{\"\":0}",
    "{\"a\":[]}",
    "{\"a\":{},\"b\":[]}",
    "[null,true,false]",
    "\t\n\r [\t\n\r ]",
    "[\"a\",{\"b\":[1,{}]},[]]",
    "{\"a\":{\"b\":{\"c\":[[[{}]]]}}}",
    "\"0123456789abcdef0123456789abcdef\"",
    "\"0123456789abcde\\n\"",
    "[1e1,[2],{\"x\":[]},\"y\"]",
};

static const char *const refused[] = {
    "",
    " ",
    "-",
    "+1",
    "01",
    "-01",
    "00",
    "1.",
    ".5",
    "-.5",
    "1.e1",
    "1e",
    "1e+",
    "1e-",
    "1e1.5",
    "0x10",
    "1a",
    "1 2",
    "--1",
    "NaN",
    "Infinity",
    "-Infinity",
    "nan",
    "1_000",
    "\"",
    "\"a",
    "\"\\\"",
    "\"\\\\",
    "\"\\",
    "\"\\x41\"",
    "\"\\a\"",
    "\"\\'\"",
    "\"\\u\"",
    "\"\\u00\"",
    "\"\\u00g0\"",
    "\"\\u123\"",
    "\"\\U0041\"",
    "\"\\uD800\"",
    "\"\\uDC00\"",
    "\"\\uD800x\"",
    "\"\\uD800\\n\"",
    "\"\\uD800\\u0041\"",
    "\"\\uD800\\uD800\"",
    "\"\\uDE00\\uD83D\"",
    "\"\n\"",
    "\"\t\"",
    "\"\x1f\"",
    "\"\x01\"",
    "\"0123456789abcdef\n\"",
    "'a'",
    "a",
    "\"a\"b\"",
    "True",
    "TRUE",
    "tru",
    "truee",
    "true1",
    "nul",
    "nulll",
    "fals",
    "None",
    "undefined",
    "[",
    "]",
    "[1",
    "[1,",
    "[1,]",
    "[,1]",
    "[,]",
    "[1,,2]",
    "[1 2]",
    "[1}",
    "[1:2]",
    "[\"a\"",
    "{",
    "}",
    "{\"a\"",
    "{\"a\":",
    "{\"a\":1",
    "{\"a\":1,",
    "{\"a\":1,}",
    "{,}",
    "{\"a\"}",
    "{a:1}",
    "{1:1}",
    "{\"a\" 1}",
    "{\"a\"::1}",
    "{\"a\":1]",
    "{\"a\":1 \"b\":2}",
    "{null:1}",
    "{'a':1}",
    "{\"a\":1,,\"b\":2}",
    "{\"a\":}",
    "[[]",
    "[]]",
    "{}}",
    "{{}}",
    "[{]}",
    "/**/1",
    "1//",
    "#1",
    "[1]x",
    "\xef\xbb\xbf{}",
    "\f1",
    "\v1",
    "\xc2\xa0[]",
    "&",
    "{[]:1}",
    "[\"\\u00A\"]",
    "[-]",
    "[1.]",
    "[0e]",
    "[0e+]",
    "[-a]",
    "[- 1]",
    "[1.2.3]",
    "[1e1e1]",
    "[true false]",
};

static const char *const bad_utf8[] = {
    "\"\x80\"",
    "\"\xc3\"",
    "\"\xc0\x80\"",
    "\"\xc1\xbf\"",
    "\"\xe2\x82\"",
    "\"\xe0\x80\x80\"",
    "\"\xed\xa0\x80\"",
    "\"\xed\xbf\xbf\"",
    "\"\xf0\x80\x80\x80\"",
    "\"\xf4\x90\x80\x80\"",
    "\"\xf8\x88\x80\x80\x80\"",
    "\"\xff\"",
    "\"\xfe\"",
    "\"abcdefghijklmnop\xff\"",
    "\"\xc3\\n\"",
    "\"abcdefgh\x80 abcdefghabcdefgh\"",
};

/* The same text as an unknown member (skipped), as a member of the wrong sort, and as a string. */
static void check_text(const char *text, osp_status unknown, const char *title)
{
    char all[256];
    static bench b;
    Any any;
    const int len = snprintf(all, sizeof(all), "{\"zz\":%s}", text);
    OSP_CHECK(len > 0 && (size_t)len < sizeof(all));
    osp_status got = DECODE(&b, Any, &any, all);
    if (got != unknown || (got != OSP_OK) != (b.err.message[0] != '\0')) {
        fprintf(stderr, "%s: %s gave %d, want %d\n", title, text, got, unknown);
        exit(1);
    }
    osp_arena_done(&b.arena);
    (void)snprintf(all, sizeof(all), "{\"b\":%s}", text);
    got = DECODE(&b, Any, &any, all);
    if (got != unknown && !(unknown == OSP_OK && got == OSP_E_TYPE_MISMATCH)) {
        fprintf(stderr, "%s as a boolean: %s gave %d, want %d\n", title, text, got, unknown);
        exit(1);
    }
    osp_arena_done(&b.arena);
    (void)snprintf(all, sizeof(all), "{\"s\":%s}", text);
    got = DECODE(&b, Any, &any, all);
    if (got != unknown && !(unknown == OSP_OK && got == OSP_E_TYPE_MISMATCH)) {
        fprintf(stderr, "%s as a string: %s gave %d, want %d\n", title, text, got, unknown);
        exit(1);
    }
    osp_arena_done(&b.arena);
}

OSP_UNIT_TEST(json_accepts, "the grammar of RFC 8259 is accepted wherever a value may stand")
{
    for (size_t i = 0; i < OSP_ARRAY_LEN(accepted); i++) {
        check_text(accepted[i], OSP_OK, "accepted");
    }
}

OSP_UNIT_TEST(json_refuses, "anything else is refused, also in members that are skipped")
{
    for (size_t i = 0; i < OSP_ARRAY_LEN(refused); i++) {
        check_text(refused[i], OSP_E_JSON_SYNTAX, "refused");
    }
    for (size_t i = 0; i < OSP_ARRAY_LEN(bad_utf8); i++) {
        check_text(bad_utf8[i], OSP_E_JSON_UTF8, "bad UTF-8");
    }
}

OSP_UNIT_TEST(json_truncated, "no prefix of a document is a document, and none is read beyond")
{
    static const char text[] = "{\"flag\":true,\"small\":-1,\"text\":\"a\\u00e9\xc3\xa9 b\",\"at\":"
                               "{\"x\":1.5,\"y\":2},\"points\":[{\"x\":0,\"y\":1}],\"q\":[null]}";
    static bench b;
    All all;
    for (size_t len = 0; len < sizeof(text) - 1; len++) {
        const osp_status got = decode(&b, &osp_type_All, &all, (osp_str){ text, len });
        OSP_CHECK(got == OSP_E_JSON_SYNTAX || got == OSP_E_JSON_UTF8);
        osp_arena_done(&b.arena);
    }
}

OSP_UNIT_TEST(json_kinds, "every kind of member is filled")
{
    static bench b;
    All v;
    OSP_CHECK(
        DECODE(&b, All, &v,
               " {\"flag\":true,\"small\":-2147483648,\"big\":-9223372036854775808,"
               "\"usmall\":4294967295,\"ubig\":18446744073709551615,\"real\":0.1,"
               "\"text\":\"h\\u00e9\\uD83D\\uDE00\",\"oflag\":false,\"oint\":7,\"oreal\":null,"
               "\"at\":{\"y\":2,\"x\":1},\"maybe\":{\"x\":3,\"y\":4},\"tags\":[\"a\",\"\"],"
               "\"points\":[{\"x\":5,\"y\":6},{\"y\":8,\"x\":7}],\"page\":\"not ours\"} ") ==
        OSP_OK);
    OSP_CHECK(v.flag && v.small == INT32_MIN && v.big == INT64_MIN);
    OSP_CHECK(v.usmall == UINT32_MAX && v.ubig == UINT64_MAX && v.real == 0.1);
    OSP_CHECK_STR(v.text, S("h\xc3\xa9\xf0\x9f\x98\x80"));
    OSP_CHECK(v.oflag.is == OSP_SET && !v.oflag.value && v.oint.is == OSP_SET);
    OSP_CHECK(v.oint.value == 7 && v.oreal.is == OSP_NULL && v.otext.is == OSP_ABSENT);
    OSP_CHECK(v.at.x == 1 && v.at.y == 2 && v.maybe != NULL && v.maybe->y == 4);
    OSP_CHECK(v.tags.count == 2 && v.points.count == 2 && v.points.items[1].x == 7);
    OSP_CHECK_STR(v.tags.items[0], S("a"));
    OSP_CHECK(v.page == 0);
}

OSP_UNIT_TEST(json_union_members, "a union is read, compared and written wherever a member has it")
{
    static const char text[] =
        "{\"plain\":{\"type\":\"dot\",\"x\":1,\"y\":2},\"maybe\":{\"type\":\"tree\",\"n\":3},"
        "\"opt\":{\"type\":\"dot\",\"x\":4,\"y\":5},"
        "\"list\":[{\"type\":\"tree\",\"n\":6},{\"type\":\"tree\",\"n\":7}]}";
    char first[ARENA_FIRST];
    osp_arena arena;
    osp_arena_init(&arena, first, sizeof(first), 1 << 16);
    const osp_decoding how = { .arena = &arena };
    Drawing drawing = { 0 };
    OSP_CHECK(osp_json_decode(&osp_type_Drawing, &drawing, osp_str_from(text), &how, NULL) ==
              OSP_OK);
    OSP_CHECK(drawing.plain.is == SHAPE_DOT);
    OSP_CHECK(drawing.plain.dot.y == 2);
    OSP_CHECK(drawing.maybe->is == SHAPE_LIST);
    OSP_CHECK(drawing.maybe->tree.n == 3);
    OSP_CHECK(drawing.opt.value.dot.x == 4);
    OSP_CHECK(drawing.list.items[1].tree.n == 7);
    osp_buf out;
    osp_buf_init(&out, NULL, 0, 4096);
    OSP_CHECK(osp_json_encode(&osp_type_Drawing, &drawing, &out) == OSP_OK);
    OSP_CHECK_STR(((osp_str){ out.ptr, out.len }), osp_str_from(text));
    osp_buf_done(&out);
    Drawing other = drawing;
    OSP_CHECK(osp_value_equal(OSP_KIND_OBJECT, &osp_type_Drawing, &drawing, &other));
    other.plain.dot.y = 3;
    OSP_CHECK(!osp_value_equal(OSP_KIND_OBJECT, &osp_type_Drawing, &drawing, &other));
    osp_arena_done(&arena);
}

OSP_UNIT_TEST(json_long_list, "a list grows and keeps its elements")
{
    static bench b;
    char text[8192] = "{\"tags\":[";
    size_t len = strlen(text);
    for (int i = 0; i < 500; i++) {
        len += (size_t)snprintf(text + len, sizeof(text) - len, "%s\"%d\"", i ? "," : "", i);
    }
    (void)snprintf(text + len, sizeof(text) - len, "]}");
    All v;
    OSP_CHECK(DECODE(&b, All, &v, text) == OSP_E_TYPE_MISMATCH); /* the others are missing */
    OSP_CHECK(v.tags.count == 500);
    OSP_CHECK_STR(v.tags.items[0], S("0"));
    OSP_CHECK_STR(v.tags.items[499], S("499"));
    OSP_CHECK(v.tags.items[499].ptr > v.tags.items[0].ptr);
}

OSP_UNIT_TEST(json_required, "every missing member is reported at once, in the order of the type")
{
    static bench b;
    All v;
    OSP_CHECK(DECODE(&b, All, &v, "{}") == OSP_E_TYPE_MISMATCH);
    static const char *const want[] = { "/flag", "/small", "/big", "/usmall", "/ubig",
                                        "/real", "/text",  "/at",  "/tags",   "/points" };
    OSP_CHECK(b.issues.count == OSP_ARRAY_LEN(want) && b.issues.dropped == 0);
    for (size_t i = 0; i < OSP_ARRAY_LEN(want); i++) {
        check_issue(&b, i, want[i], "is required");
    }
    OSP_CHECK(DECODE(&b, All, &v, "{\"at\":{},\"points\":[{\"x\":1,\"y\":1},{\"x\":1}]}") ==
              OSP_E_TYPE_MISMATCH);
    check_issue(&b, 0, "/at/x", "is required");
    check_issue(&b, 2, "/points/1/y", "is required");
}

OSP_UNIT_TEST(json_mismatch, "a value of another sort, null and duplicates are issues")
{
    static bench b;
    All v;
    OSP_CHECK(DECODE(&b, All, &v,
                     "{\"flag\":1,\"small\":\"1\",\"big\":1.0,\"usmall\":-1,\"ubig\":1e2,"
                     "\"real\":\"x\",\"text\":null,\"oflag\":{},\"oint\":[],\"oreal\":true,"
                     "\"otext\":5,\"at\":[{}],\"maybe\":7,\"tags\":{\"a\":[]},\"points\":[1],"
                     "\"text\":\"again\"}") == OSP_E_TYPE_MISMATCH);
    OSP_CHECK(b.issues.count == 16);
    check_issue(&b, 0, "/flag", "must be true or false");
    check_issue(&b, 1, "/small", "must be a whole number");
    check_issue(&b, 2, "/big", "must be a whole number");
    check_issue(&b, 3, "/usmall", "must be between 0 and 4294967295");
    check_issue(&b, 4, "/ubig", "must be a whole number");
    check_issue(&b, 5, "/real", "must be a number");
    check_issue(&b, 6, "/text", "must not be null");
    check_issue(&b, 7, "/oflag", "must be true, false or null");
    check_issue(&b, 11, "/at", "must be an object");
    check_issue(&b, 13, "/tags", "must be a list");
    check_issue(&b, 14, "/points/0", "must be an object");
    check_issue(&b, 15, "/text", "is given twice");
    OSP_CHECK(DECODE(&b, All, &v, "[]") == OSP_E_TYPE_MISMATCH);
    check_issue(&b, 0, "", "must be an object");
    OSP_CHECK(DECODE(&b, All, &v, "null") == OSP_E_TYPE_MISMATCH);
    check_issue(&b, 0, "", "must not be null");
}

typedef struct int_case {
    const char *text;
    bool small, big, usmall, ubig; /* fits */
} int_case;

OSP_UNIT_TEST(json_int_limits, "integers are exact up to their limits and refused one past")
{
    static const int_case cases[] = {
        { "0", 1, 1, 1, 1 },
        { "-0", 1, 1, 1, 1 },
        { "-1", 1, 1, 0, 0 },
        { "2147483647", 1, 1, 1, 1 },
        { "2147483648", 0, 1, 1, 1 },
        { "-2147483648", 1, 1, 0, 0 },
        { "-2147483649", 0, 1, 0, 0 },
        { "4294967295", 0, 1, 1, 1 },
        { "4294967296", 0, 1, 0, 1 },
        { "9223372036854775807", 0, 1, 0, 1 },
        { "9223372036854775808", 0, 0, 0, 1 },
        { "-9223372036854775808", 0, 1, 0, 0 },
        { "-9223372036854775809", 0, 0, 0, 0 },
        { "18446744073709551615", 0, 0, 0, 1 },
        { "18446744073709551616", 0, 0, 0, 0 },
        { "99999999999999999999", 0, 0, 0, 0 },
        { "184467440737095516160", 0, 0, 0, 0 },
    };
    for (size_t i = 0; i < OSP_ARRAY_LEN(cases); i++) {
        const int_case *c = &cases[i];
        const osp_field fields[] = { { .kind_ = OSP_KIND_INT32 },
                                     { .kind_ = OSP_KIND_INT64 },
                                     { .kind_ = OSP_KIND_UINT32 },
                                     { .kind_ = OSP_KIND_UINT64 } };
        const bool fits[] = { c->small, c->big, c->usmall, c->ubig };
        for (size_t k = 0; k < 4; k++) {
            osp_arena arena;
            osp_arena_init(&arena, NULL, 0, 4096);
            uint64_t slot = 0;
            const osp_status got = osp_json_decode_field(&fields[k], &slot, osp_str_from(c->text),
                                                         &(osp_decoding){ .arena = &arena }, NULL);
            OSP_CHECK(got == (fits[k] ? OSP_OK : OSP_E_TYPE_MISMATCH));
            osp_arena_done(&arena);
        }
    }
}

OSP_UNIT_TEST(json_doubles, "doubles are the nearest, whatever their digits")
{
    static const char *const texts[] = {
        "0",
        "-0",
        "1",
        "0.1",
        "0.3",
        "1e22",
        "1e23",
        "123456789012345678",
        "9007199254740993",
        "9007199254740992",
        "1.7976931348623157e308",
        "2.2250738585072014e-308",
        "5e-324",
        "2.2250738585072011e-308",
        "1e-400",
        "0.000001",
        "3.141592653589793",
        "-2.5e-7",
        "0.1000000000000000055511151231257827021181583404541015625",
        "1e-7",
        "100e-2",
        "18446744073709551616",
        "8.5e0007",
        "0e999999999999999999",
        "123e-1",
        "1234567.125",
        "179769313486231580793e288",
        "4.9406564584124654e-324",
        "2.4703282292062328e-324",
    };
    const osp_field field = { .kind_ = OSP_KIND_DOUBLE };
    osp_arena arena;
    osp_arena_init(&arena, NULL, 0, 4096);
    for (size_t i = 0; i < OSP_ARRAY_LEN(texts); i++) {
        double got = 77;
        const double want = strtod(texts[i], NULL);
        OSP_CHECK(osp_json_decode_field(&field, &got, osp_str_from(texts[i]),
                                        &(osp_decoding){ .arena = &arena }, NULL) == OSP_OK);
        OSP_CHECK(memcmp(&got, &want, sizeof(got)) == 0);
    }
    double got = 0;
    OSP_CHECK(osp_json_decode_field(&field, &got, S("1e309"), &(osp_decoding){ .arena = &arena },
                                    NULL) == OSP_E_TYPE_MISMATCH);
    OSP_CHECK(osp_json_decode_field(&field, &got, S("-1e99999999999999999999"),
                                    &(osp_decoding){ .arena = &arena },
                                    NULL) == OSP_E_TYPE_MISMATCH);
    osp_arena_done(&arena);
}

OSP_UNIT_TEST(json_doubles_random, "doubles of any digits are the ones that the C library reads")
{
    uint64_t state = 1;
    for (int i = 0; i < 200000; i++) {
        state = state * 6364136223846793005ULL + 1442695040888963407ULL;
        const uint64_t digits = (state >> 11) >> (state % 64), more = state >> 40;
        const int exponent = (int)(more % 70) - 35;
        char text[64];
        const int len = more & 1 ? snprintf(text, sizeof(text), "%d.%llue%d", (int)(more % 1000),
                                            (unsigned long long)digits, exponent)
                                 : snprintf(text, sizeof(text), "%llue%d",
                                            (unsigned long long)(state >> (more % 60)), exponent);
        osp_json_number number;
        double value = 0;
        OSP_CHECK(osp_json_number_scan(text, text + len, &number) == text + len);
        OSP_CHECK(osp_json_number_store(&number, OSP_KIND_DOUBLE, &value) == NULL);
        const double wanted = strtod(text, NULL);
        if (memcmp(&value, &wanted, sizeof(value)) != 0) {
            fprintf(stderr, "%s: %.17g is not %.17g\n", text, value, wanted);
            exit(1);
        }
    }
    /* Halfway between two doubles, and one digit to either side. */
    static const char *const ties[] = {
        "9007199254740993.0",
        "9007199254740993.1",
        "9007199254740995.0",
        "9007199254740992.9",
        "0.5000000000000000555",
        "0.5000000000000000556",
        "0e-25",
        "0.0e27",
        "-0e25",
        "9999999999999999999e27",
        "9999999999999999999e-27",
        "1e-27",
    };
    for (size_t i = 0; i < OSP_ARRAY_LEN(ties); i++) {
        osp_json_number number;
        double value = 0;
        const double wanted = strtod(ties[i], NULL);
        const char *end = ties[i] + strlen(ties[i]);
        OSP_CHECK(osp_json_number_scan(ties[i], end, &number) == end);
        OSP_CHECK(osp_json_number_store(&number, OSP_KIND_DOUBLE, &value) == NULL);
        OSP_CHECK(memcmp(&value, &wanted, sizeof(value)) == 0);
    }
}

OSP_UNIT_TEST(json_double_digits, "a double of 1024 digits is read, one of 1025 is an issue")
{
    char text[1026];
    memset(text, '1', sizeof(text));
    text[1] = '.';
    const osp_field field = { .kind_ = OSP_KIND_DOUBLE };
    osp_arena arena;
    osp_arena_init(&arena, NULL, 0, 4096);
    double got = 0;
    OSP_CHECK(osp_json_decode_field(&field, &got, (osp_str){ text, 1025 },
                                    &(osp_decoding){ .arena = &arena }, NULL) == OSP_OK);
    OSP_CHECK(got == 1.1111111111111112);
    OSP_CHECK(osp_json_decode_field(&field, &got, (osp_str){ text, 1026 },
                                    &(osp_decoding){ .arena = &arena },
                                    NULL) == OSP_E_TYPE_MISMATCH);
    osp_arena_done(&arena);
}

OSP_UNIT_TEST(json_bounds, "bounds hold at the limit and give a sentence one past")
{
    static bench b;
    Bounds v;
    OSP_CHECK(DECODE(&b, Bounds, &v,
                     "{\"n\":1,\"d\":0.5,\"s\":\"ab\",\"a/b~c\":\"x\",\"list\":[1],\"o\":null}") ==
              OSP_OK);
    OSP_CHECK(DECODE(&b, Bounds, &v,
                     "{\"n\":10,\"d\":-9,\"s\":\"abc\",\"a/b~c\":\"x\",\"list\":[1,2],"
                     "\"o\":\"x\"}") == OSP_OK);
    OSP_CHECK(DECODE(&b, Bounds, &v,
                     "{\"n\":0,\"d\":0.51,\"s\":\"a\",\"a/b~c\":\"\",\"list\":[],\"o\":\"xy\"}") ==
              OSP_E_TYPE_MISMATCH);
    check_issue(&b, 0, "/n", "must be at least 1");
    check_issue(&b, 1, "/d", "must be at most 0.5");
    check_issue(&b, 2, "/s", "must be at least 2 characters long");
    check_issue(&b, 3, "/a~1b~0c", "must not be empty");
    check_issue(&b, 4, "/list", "must have at least 1 item");
    check_issue(&b, 5, "/o", "must be at most 1 character long");
    OSP_CHECK(DECODE(&b, Bounds, &v,
                     "{\"n\":11,\"d\":0,\"s\":\"abcd\",\"a/b~c\":\"x\",\"list\":[1,2,3]}") ==
              OSP_E_TYPE_MISMATCH);
    OSP_CHECK(b.issues.count == 3 && v.list.count == 2);
    check_issue(&b, 0, "/n", "must be at most 10");
    check_issue(&b, 1, "/s", "must be at most 3 characters long");
    check_issue(&b, 2, "/list", "must have at most 2 items");
}

OSP_UNIT_TEST(json_fallbacks, "an absent member takes its fallback")
{
    static bench b;
    Defaults v;
    OSP_CHECK(DECODE(&b, Defaults, &v, "{}") == OSP_OK);
    OSP_CHECK(v.n == 20 && v.b && v.o.is == OSP_SET && v.o.value == -3);
    OSP_CHECK_STR(v.s, S("asc"));
    OSP_CHECK(v.list.count == 2 && v.list.items[1] == 2 && v.none.count == 0);
    OSP_CHECK(v.at.x == 1 && v.at.y == 2);
    OSP_CHECK(DECODE(&b, Defaults, &v, "{\"n\":1,\"o\":null,\"list\":[]}") == OSP_OK);
    OSP_CHECK(v.n == 1 && v.o.is == OSP_NULL && v.list.count == 0);
}

/* {"child":{"child":...{}...}} with `depth` objects, or an unknown member of arrays. */
static size_t nested(char *text, size_t depth, bool unknown)
{
    size_t len = 0;
    for (size_t i = 1; i < depth; i++) {
        const char *open = i == 1 && unknown ? "{\"z\":" : unknown ? "[" : "{\"child\":";
        memcpy(text + len, open, strlen(open));
        len += strlen(open);
    }
    memcpy(text + len, unknown ? "[]" : "{}", 2);
    len += 2;
    for (size_t i = depth - 1; i >= 1; i--) {
        text[len++] = i == 1 || !unknown ? '}' : ']';
    }
    return len;
}

OSP_UNIT_TEST(json_depth, "64 levels are read, 65 are refused, decoded or skipped")
{
    char text[2048];
    static bench b;
    Tree v;
    for (int unknown = 0; unknown <= 1; unknown++) {
        size_t len = nested(text, OSP_JSON_DEPTH_MAX, unknown);
        OSP_CHECK(decode(&b, &osp_type_Tree, &v, (osp_str){ text, len }) == OSP_OK);
        len = nested(text, OSP_JSON_DEPTH_MAX + 1, unknown);
        OSP_CHECK(decode(&b, &osp_type_Tree, &v, (osp_str){ text, len }) == OSP_E_JSON_DEPTH);
    }
}

OSP_UNIT_TEST(json_issue_limit, "32 issues are kept, further ones are counted")
{
    char text[1024] = "{\"points\":[0";
    for (int i = 1; i < OSP_ISSUES_MAX; i++) {
        memcpy(text + strlen(text), ",0", 3);
    }
    memcpy(text + strlen(text), "]}", 3);
    static bench b;
    All v;
    OSP_CHECK(DECODE(&b, All, &v, text) == OSP_E_TYPE_MISMATCH);
    OSP_CHECK(b.issues.count == OSP_ISSUES_MAX);
    OSP_CHECK(b.issues.dropped == 9);
    check_issue(&b, 31, "/points/31", "must be an object");
}

OSP_UNIT_TEST(json_error_place, "a syntax error tells line, column and byte")
{
    static bench b;
    All v;
    OSP_CHECK(DECODE(&b, All, &v, "{\n  \"flag\": true,\n  \"x\": tru\n}") == OSP_E_JSON_SYNTAX);
    OSP_CHECK(strcmp(b.err.message, "line 3, column 8 (byte 25): unexpected word") == 0);
    OSP_CHECK(DECODE(&b, All, &v, "{") == OSP_E_JSON_SYNTAX);
    OSP_CHECK(strcmp(b.err.message, "line 1, column 2 (byte 1): the text ends too early") == 0);
    OSP_CHECK(DECODE(&b, All, &v, "{\"flag\":true}x") == OSP_E_JSON_SYNTAX);
}

OSP_UNIT_TEST(json_escaped_name, "a member's name may be written with escapes")
{
    static bench b;
    Any v;
    OSP_CHECK(DECODE(&b, Any, &v, "{\"\\u006e\":5,\"\\u0073\":\"x\"}") == OSP_OK);
    OSP_CHECK(v.n.value == 5);
    OSP_CHECK_STR(v.s.value, S("x"));
}

OSP_UNIT_TEST(json_no_memory, "an exhausted arena is a status at every step")
{
    static const char text[] =
        "{\"tags\":[\"a\\n\",\"b\",\"c\",\"d\",\"e\",\"f\"],\"maybe\":{\"x\":1,"
        "\"y\":2},\"z\\n\":1}";
    for (size_t size = 0; size < 400; size += 16) {
        char first[400];
        osp_arena arena;
        osp_arena_init(&arena, first, size, 0);
        All v;
        memset(&v, 0, sizeof(v));
        const osp_status got = osp_json_decode(&osp_type_All, &v, osp_str_from(text),
                                               &(osp_decoding){ .arena = &arena }, NULL);
        OSP_CHECK(got == OSP_E_NOMEM || (got == OSP_E_TYPE_MISMATCH && size >= 64));
        osp_arena_done(&arena);
    }
}
