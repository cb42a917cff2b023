/* Encoding: scalars, strings, members that stay away, limits; and back again. */
#include "base/task.h"
#include "tests/unit/fault.h"
#include "tests/unit/unit.h"
#include "type/type_impl.h"

#include <locale.h>
#include <math.h>

typedef struct Item {
    int64_t id;
    osp_opt_str note;
} Item;
OSP_TYPE(Item, FIELD(id), FIELD(note));
OSP_LIST_OF(Item);

typedef struct Node {
    int32_t n;
    struct Node *next;
} Node;
OSP_FORWARD_TYPE(Node);
OSP_TYPE(Node, FIELD(n), MAYBE(next, Node));

typedef struct Sheet {
    bool flag;
    uint32_t small;
    uint64_t big;
    double real;
    osp_str text;
    osp_opt_bool oflag;
    osp_opt_int oint;
    osp_opt_double oreal;
    Item first;
    Item *maybe;
    Item_list items;
    double_list numbers;
    int64_t id;
} Sheet;
OSP_TYPE(Sheet, FIELD(flag), FIELD(small), FIELD(big, .name = "big\"one"), FIELD(real), FIELD(text),
         FIELD(oflag), FIELD(oint), FIELD(oreal), OBJECT(first, Item), MAYBE(maybe, Item),
         LIST(items, Item), LIST(numbers, double), PATH(id));

typedef struct Hello {
    osp_str message;
} Hello;
OSP_TYPE(Hello, FIELD(message));

static void check_encodes(const osp_type *type, const void *value, osp_str want)
{
    osp_buf out;
    osp_buf_init(&out, NULL, 0, 1 << 16);
    OSP_CHECK(osp_json_encode(type, value, &out) == OSP_OK);
    OSP_CHECK_STR(((osp_str){ out.ptr, out.len }), want);
    osp_buf_done(&out);
}

typedef struct Plain {
    bool flag;
    osp_str text;
    osp_str_list tags;
} Plain;
OSP_TYPE(Plain, FIELD(flag), FIELD(text, .max_len = 10), LIST(tags, osp_str, .unique = true));

OSP_UNIT_TEST(json_encode_struct, "every kind is written; absent, NULL and other sources are not")
{
    Item items[] = { { 1, { OSP_NULL, { NULL, 0 } } }, { -2, SET(S("n")) } };
    double numbers[] = { 0, -1.5, 1e21 };
    Item maybe = { 9, { OSP_ABSENT, { NULL, 0 } } };
    Sheet v = { .flag = true,
                .small = UINT32_MAX,
                .big = UINT64_MAX,
                .real = 0.1,
                .text = S("a\"b"),
                .oflag = { OSP_NULL, false },
                .oint = SET(INT64_MIN),
                .first = { 3, { OSP_ABSENT, { NULL, 0 } } },
                .items = { items, 2 },
                .numbers = { numbers, 3 },
                .id = 77 };
    check_encodes(&osp_type_Sheet, &v,
                  S("{\"flag\":true,\"small\":4294967295,\"big\\\"one\":18446744073709551615,"
                    "\"real\":0.1,\"text\":\"a\\\"b\",\"oflag\":null,\"oint\":-9223372036854775808,"
                    "\"first\":{\"id\":3},\"items\":[{\"id\":1,\"note\":null},{\"id\":-2,\"note\":"
                    "\"n\"}],\"numbers\":[0,-1.5,1e21]}"));
    v.maybe = &maybe;
    v.items.count = v.numbers.count = 0;
    check_encodes(&osp_type_Sheet, &v,
                  S("{\"flag\":true,\"small\":4294967295,\"big\\\"one\":18446744073709551615,"
                    "\"real\":0.1,\"text\":\"a\\\"b\",\"oflag\":null,\"oint\":-9223372036854775808,"
                    "\"first\":{\"id\":3},\"maybe\":{\"id\":9},\"items\":[],\"numbers\":[]}"));
}

typedef struct string_case {
    osp_str plain, json;
} string_case;

OSP_UNIT_TEST(json_encode_strings, "only quotes, backslashes and controls are escaped")
{
    static const string_case cases[] = {
        { { "", 0 }, { "\"\"", 2 } },
        { { "a/b", 3 }, { "\"a/b\"", 5 } },
        { { "\"\\", 2 }, { "\"\\\"\\\\\"", 6 } },
        { { "\b\f\n\r\t", 5 }, { "\"\\b\\f\\n\\r\\t\"", 12 } },
        { { "\0\x1f\x7f", 3 }, { "\"\\u0000\\u001f\x7f\"", 15 } },
        { { "h\xc3\xa9\xf0\x9f\x98\x80", 7 }, { "\"h\xc3\xa9\xf0\x9f\x98\x80\"", 9 } },
        { { "0123456789abcdef\n0123456789", 27 }, { "\"0123456789abcdef\\n0123456789\"", 30 } },
    };
    for (size_t i = 0; i < OSP_ARRAY_LEN(cases); i++) {
        check_encodes(&osp_type_osp_str, &cases[i].plain, cases[i].json);
    }
    static const osp_str bad[] = {
        { "\xff", 1 }, { "ab\xc3", 3 }, { "\xed\xa0\x80", 3 }, { "\n\x80", 2 }, { "\x80\n", 2 }
    };
    for (size_t i = 0; i < OSP_ARRAY_LEN(bad); i++) {
        osp_buf out;
        osp_buf_init(&out, NULL, 0, 100);
        osp_buf_byte(&out, 'x');
        OSP_CHECK(osp_json_string(bad[i], &out) == OSP_E_JSON_UTF8);
        OSP_CHECK(out.len == 1);
        osp_buf_done(&out);
    }
}

/* The scan sees each special byte at each place, at each length and alignment. */
OSP_UNIT_TEST(json_encode_scan, "an escape is found wherever it stands")
{
    for (size_t len = 1; len <= 40; len++) {
        for (size_t at = 0; at < len; at++) {
            char *text = malloc(len);
            OSP_CHECK(text != NULL);
            memset(text, 'x', len);
            text[at] = '\n';
            osp_buf out;
            osp_buf_init(&out, NULL, 0, 100);
            OSP_CHECK(osp_json_string((osp_str){ text, len }, &out) == OSP_OK);
            OSP_CHECK(out.len == len + 3 && out.ptr[1 + at] == '\\' && out.ptr[2 + at] == 'n');
            out.len = 0;
            text[at] = '\xff';
            OSP_CHECK(osp_json_string((osp_str){ text, len }, &out) == OSP_E_JSON_UTF8);
            osp_buf_done(&out);
            free(text);
        }
    }
}

/* Short strings are looked at while they are copied, where there is room: as if they were not. */
OSP_UNIT_TEST(json_encode_short, "a short string is the same with room behind it and without")
{
    for (size_t len = 1; len <= 17; len++) {
        for (unsigned byte = 0; byte < 256; byte++) {
            char text[17], storage[128];
            osp_buf roomy, tight;
            memset(text, '~', sizeof(text));
            text[byte % len] = (char)byte;
            osp_buf_init(&roomy, storage, sizeof(storage), sizeof(storage));
            osp_buf_init(&tight, NULL, 0, sizeof(storage));
            const osp_status got = osp_json_string((osp_str){ text, len }, &roomy);
            OSP_CHECK(got == (byte < 0x80 ? OSP_OK : OSP_E_JSON_UTF8));
            OSP_CHECK(osp_json_string((osp_str){ text, len }, &tight) == got);
            OSP_CHECK_STR(((osp_str){ roomy.ptr, roomy.len }), ((osp_str){ tight.ptr, tight.len }));
            osp_buf_done(&tight);
        }
    }
}

typedef struct double_case {
    double value;
    const char *text;
} double_case;

OSP_UNIT_TEST(json_encode_doubles, "doubles are written as the shortest text that reads back")
{
    static const double_case cases[] = {
        { 0, "0" },
        { -0.0, "-0" },
        { 1, "1" },
        { -1, "-1" },
        { 0.1, "0.1" },
        { 0.3, "0.3" },
        { 0.1 + 0.2, "0.30000000000000004" },
        { 1.5, "1.5" },
        { 12.25, "12.25" },
        { 100, "100" },
        { 1e15, "1000000000000000" },
        { 9007199254740992.0, "9007199254740992" },
        { 9007199254740994.0, "9007199254740994" },
        { 1e20, "100000000000000000000" },
        { 1e21, "1e21" },
        { 1e22, "1e22" },
        { 1e23, "1e23" },
        { 1e-5, "0.00001" },
        { 1e-6, "0.000001" },
        { 1e-7, "1e-7" },
        { 1.25e-7, "1.25e-7" },
        { 5e-324, "5e-324" },
        { 1.7976931348623157e308, "1.7976931348623157e308" },
        { 2.2250738585072014e-308, "2.2250738585072014e-308" },
        { 3.141592653589793, "3.141592653589793" },
        { 123456.789, "123456.789" },
        { -2.5e-10, "-2.5e-10" },
        { 1.0 / 3, "0.3333333333333333" },
    };
    for (size_t i = 0; i < OSP_ARRAY_LEN(cases); i++) {
        check_encodes(&osp_type_double, &cases[i].value, osp_str_from(cases[i].text));
    }
    const double bad[] = { NAN, INFINITY, -INFINITY };
    for (size_t i = 0; i < OSP_ARRAY_LEN(bad); i++) {
        osp_buf out;
        osp_buf_init(&out, NULL, 0, 100);
        OSP_CHECK(osp_json_encode(&osp_type_double, &bad[i], &out) == OSP_E_JSON_NUMBER);
        OSP_CHECK(out.len == 0);
        osp_buf_done(&out);
    }
}

OSP_UNIT_TEST(json_double_round_trip, "random doubles come back bit by bit")
{
    uint64_t state = 88172645463325252U;
    const osp_field field = { .kind_ = OSP_KIND_DOUBLE };
    for (int i = 0; i < 100000; i++) {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        double value = 0;
        memcpy(&value, &state, sizeof(value));
        value = i % 2 ? (double)(int64_t)(state % 2000000) / 1000.0 : value;
        if (!isfinite(value)) {
            continue;
        }
        char storage[64];
        osp_buf out;
        osp_buf_init(&out, storage, sizeof(storage), sizeof(storage));
        OSP_CHECK(osp_json_encode(&osp_type_double, &value, &out) == OSP_OK);
        osp_arena arena;
        osp_arena_init(&arena, NULL, 0, 0);
        double back = 0;
        OSP_CHECK(osp_json_decode_field(&field, &back, (osp_str){ out.ptr, out.len },
                                        &(osp_decoding){ .arena = &arena }, NULL) == OSP_OK);
        OSP_CHECK(memcmp(&back, &value, sizeof(back)) == 0);
        osp_buf_done(&out);
        osp_arena_done(&arena);
    }
}

/* The digits of a number, without point, zeros around them and exponent. */
static void digits_of(const char *at, size_t len, char out[64])
{
    size_t count = 0;
    for (const char *end = at + len; at < end && *at != 'e'; at++) {
        if (*at >= (count == 0 ? '1' : '0') && *at <= '9') {
            out[count++] = *at;
        }
    }
    while (count > 0 && out[count - 1] == '0') {
        count--;
    }
    out[count] = 0;
}

OSP_UNIT_TEST(json_double_shortest, "no shorter text would read back as the same double")
{
    uint64_t state = 3;
    for (int i = 0; i < 100000; i++) {
        state = state * 6364136223846793005ULL + 1442695040888963407ULL;
        const uint64_t mantissa = i % 50 == 0 ? 0 : state >> 12;
        const uint64_t bits = (uint64_t)(1023 - 40 + i % 110) << 52 | mantissa;
        double value = 0;
        memcpy(&value, &bits, sizeof(value));
        if (i % 3 == 0) {
            value = (double)(state >> 40) / (double)(1 + (state & 4095));
        }
        char text[OSP_JSON_NUMBER_SIZE + 1], wanted[64], got[64];
        const size_t len = osp_json_write_double(value, text);
        text[len] = 0;
        OSP_CHECK(strtod(text, NULL) == value);
        int precision = 15; /* fewer are these with their zeros cut */
        do {
            snprintf(wanted, sizeof(wanted), "%.*e", precision++ - 1, value);
        } while (strtod(wanted, NULL) != value);
        digits_of(text, len, got);
        char plain[64];
        digits_of(wanted, strlen(wanted), plain);
        if (strcmp(got, plain) != 0) {
            fprintf(stderr, "%s is not %s\n", text, wanted);
            exit(1);
        }
    }
}

OSP_UNIT_TEST(json_locale, "the locale's decimal point is of no consequence")
{
    /* Any locale with a comma will do; a machine without one proves nothing, and passes. */
    static const char *const names[] = { "de_DE.UTF-8", "fr_FR.UTF-8", "de_DE", "nl_NL.UTF-8" };
    for (size_t i = 0; i < OSP_ARRAY_LEN(names) && !setlocale(LC_ALL, names[i]); i++) {
    }
    const double value = 0.1 + 0.2;
    check_encodes(&osp_type_double, &value, S("0.30000000000000004"));
    const osp_field field = { .kind_ = OSP_KIND_DOUBLE };
    osp_arena arena;
    osp_arena_init(&arena, NULL, 0, 0);
    double back = 0;
    OSP_CHECK(osp_json_decode_field(&field, &back, S("0.30000000000000004"),
                                    &(osp_decoding){ .arena = &arena }, NULL) == OSP_OK);
    OSP_CHECK(back == value);
    osp_arena_done(&arena);
}

OSP_UNIT_TEST(json_encode_limit, "a text fits in a buffer of its size and not in one byte less")
{
    const Hello v = { S("Hello, \"World\"!\n") };
    const osp_str want = S("{\"message\":\"Hello, \\\"World\\\"!\\n\"}");
    for (size_t max = 0; max <= want.len + 16; max++) {
        osp_buf out;
        osp_buf_init(&out, NULL, 0, max);
        const osp_status got = osp_json_encode(&osp_type_Hello, &v, &out);
        OSP_CHECK(got == OSP_OK || (got == OSP_E_LIMIT && out.len == 0 && out.failed));
        OSP_CHECK(got == OSP_OK ? max >= want.len : max < want.len + 8);
        osp_buf_done(&out);
    }
    const Hello plain = { S("Hello, World!") };
    for (size_t max = 0; max <= 64; max++) {
        char storage[64];
        osp_buf out;
        osp_buf_init(&out, storage, max, max);
        const osp_status got = osp_json_encode(&osp_type_Hello, &plain, &out);
        OSP_CHECK(got == (max >= 27 ? OSP_OK : OSP_E_LIMIT) && out.len == (got == OSP_OK ? 27 : 0));
        osp_buf_done(&out);
    }
}

OSP_UNIT_TEST(json_encode_depth, "64 levels are written, a cycle is refused")
{
    Node nodes[OSP_JSON_DEPTH_MAX + 1];
    for (size_t i = 0; i <= OSP_JSON_DEPTH_MAX; i++) {
        nodes[i] = (Node){ 1, i < OSP_JSON_DEPTH_MAX ? &nodes[i + 1] : NULL };
    }
    osp_buf out;
    osp_buf_init(&out, NULL, 0, 1 << 16);
    OSP_CHECK(osp_json_encode(&osp_type_Node, &nodes[1], &out) == OSP_OK);
    out.len = 0;
    OSP_CHECK(osp_json_encode(&osp_type_Node, &nodes[0], &out) == OSP_E_JSON_DEPTH);
    nodes[1].next = &nodes[0];
    OSP_CHECK(osp_json_encode(&osp_type_Node, &nodes[0], &out) == OSP_E_JSON_DEPTH);
    OSP_CHECK(out.len == 0);
    osp_buf_done(&out);
}

OSP_UNIT_TEST(json_no_allocation,
              "a good document takes no memory but the arena's and the buffer's")
{
    static const char text[] = "{\"flag\":true,\"text\":\"a\\nb\",\"tags\":[\"x\",\"y\"]}";
    char first[1024], storage[256];
    osp_arena arena;
    osp_arena_init(&arena, first, sizeof(first), 0);
    osp_buf out;
    osp_buf_init(&out, storage, sizeof(storage), sizeof(storage));
    Plain plain = { 0 };
    osp_issues issues = { .count = 0 };
    const osp_decoding how = { .arena = &arena, .issues = &issues };
    osp_fault_arm(1, SIZE_MAX);
    const osp_status decoded =
        osp_json_decode(&osp_type_Plain, &plain, osp_str_from(text), &how, NULL);
    const osp_status encoded = osp_json_encode(&osp_type_Plain, &plain, &out);
    const size_t asked = osp_fault_disarm();
    OSP_CHECK(decoded == OSP_OK);
    OSP_CHECK(encoded == OSP_OK);
    OSP_CHECK(asked == 0);
    OSP_CHECK_STR(((osp_str){ out.ptr, out.len }), osp_str_from(text));
    osp_arena_done(&arena);
}

OSP_UNIT_TEST(json_encode_task, "a task's JSON lives in its arena; what cannot be written is empty")
{
    osp_arena arena;
    osp_task task;
    osp_arena_init(&arena, NULL, 0, 1 << 16);
    osp_task_init(&task, &arena);
    const Hello v = { S("Hello, World!") };
    OSP_CHECK_STR(osp_json_of(&task, Hello, &v), S("{\"message\":\"Hello, World!\"}"));
    const Hello bad = { S("\xff") };
    OSP_CHECK(osp_json_of(&task, Hello, &bad).len == 0);
    char big[4000];
    memset(big, 'x', sizeof(big));
    const Hello large = { { big, sizeof(big) } };
    OSP_CHECK(osp_json_of(&task, Hello, &large).len == sizeof(big) + 14);
    osp_arena_done(&arena);
}
