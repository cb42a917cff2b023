/* JSON of any form: reading, looking up, building. */
#include "type/json_tree.h"

#include "base/buf.h"
#include "base/task.h"
#include "tests/unit/every_kind.h"
#include "tests/unit/fault.h"
#include "tests/unit/unit.h"

typedef struct bench {
    osp_arena arena;
    osp_task task;
    osp_error err;
} bench;

static void start(bench *b, size_t max)
{
    memset(b, 0, sizeof(*b));
    osp_arena_init(&b->arena, NULL, 0, max);
    osp_task_init(&b->task, &b->arena);
}

static const osp_json_value *read(bench *b, const char *text)
{
    const osp_json_value *value = NULL;
    osp_task *task = &b->task;
    const osp_status status = osp_json_read(task, osp_str_from(text), &value, &b->err);
    OSP_CHECK((status == OSP_OK) == (value != NULL));
    return value;
}

OSP_UNIT_TEST(tree_read, "a tree has every kind, in order, by name, index and pointer")
{
    static bench b;
    start(&b, 1 << 20);
    const osp_json_value *v =
        read(&b, " {\"z\":[1,-2.5,1e400,[],{}],\"a\":{\"b/~\":true},\"\":\"x\\ny\",\"n\":null,"
                 "\"big\":9223372036854775807,\"huge\":9223372036854775808} ");
    OSP_CHECK(osp_json_kind_of(v) == OSP_JSON_OBJECT && osp_json_count(v) == 6);
    OSP_CHECK_STR(osp_json_name(osp_json_at(v, 0)), S("z"));
    OSP_CHECK_STR(osp_json_name(osp_json_at(v, 5)), S("huge"));
    OSP_CHECK(osp_json_at(v, 6) == NULL);
    const osp_json_value *z = osp_json_member(v, S("z"));
    OSP_CHECK(osp_json_kind_of(z) == OSP_JSON_LIST && osp_json_count(z) == 5);
    OSP_CHECK(osp_json_int(osp_json_at(z, 0)).value == 1);
    OSP_CHECK(osp_json_double(osp_json_at(z, 0)).value == 1.0);
    OSP_CHECK(osp_json_int(osp_json_at(z, 1)).is == OSP_ABSENT);
    OSP_CHECK(osp_json_double(osp_json_at(z, 1)).value == -2.5);
    OSP_CHECK(osp_json_double(osp_json_at(z, 2)).is == OSP_ABSENT);
    OSP_CHECK_STR(osp_json_number_text(osp_json_at(z, 2)).value, S("1e400"));
    OSP_CHECK(osp_json_kind_of(osp_json_at(z, 3)) == OSP_JSON_LIST);
    OSP_CHECK(osp_json_bool(osp_json_find(v, S("/a/b~1~0"))).value);
    OSP_CHECK_STR(osp_json_str(osp_json_find(v, S("/"))).value, S("x\ny"));
    OSP_CHECK(osp_json_find(v, S("")) == v);
    OSP_CHECK(osp_json_find(v, S("/z/4")) == osp_json_at(z, 4));
    static const char *const nowhere[] = { "/z/5", "/z/01", "/z/-", "/z/a",   "/q",
                                           "z",    "/a/~2", "/n/0", "/z/0/0", "/z/" };
    for (size_t i = 0; i < OSP_ARRAY_LEN(nowhere); i++) {
        OSP_CHECK(osp_json_find(v, osp_str_from(nowhere[i])) == NULL);
    }
    OSP_CHECK(osp_json_int(osp_json_member(v, S("n"))).is == OSP_NULL);
    OSP_CHECK(osp_json_str(osp_json_member(v, S("none"))).is == OSP_ABSENT);
    OSP_CHECK(osp_json_int(osp_json_member(v, S("big"))).value == INT64_MAX);
    OSP_CHECK(osp_json_int(osp_json_member(v, S("huge"))).is == OSP_ABSENT);
    OSP_CHECK(osp_json_double(osp_json_member(v, S("huge"))).value == 0x1p63);
    OSP_CHECK(osp_json_kind_of(NULL) == OSP_JSON_NONE && osp_json_count(NULL) == 0);
    OSP_CHECK_STR(osp_json_tree_text(osp_json_member(v, S("n"))), S("null"));
    OSP_CHECK_STR(osp_json_tree_text(osp_json_member(v, S("big"))), S("9223372036854775807"));
    OSP_CHECK(osp_json_tree_text(v).len == 0 && osp_json_tree_text(NULL).len == 0);
    OSP_CHECK(osp_json_member(NULL, S("a")) == NULL && osp_json_name(NULL).len == 0);
    osp_arena_done(&b.arena);
}

OSP_UNIT_TEST(tree_refuse, "what is no JSON, too deep or has a name twice is refused")
{
    static const struct {
        const char *text;
        osp_status status;
    } samples[] = {
        { "", OSP_E_JSON_SYNTAX },
        { "{", OSP_E_JSON_SYNTAX },
        { "[1,]", OSP_E_JSON_SYNTAX },
        { "{\"a\":}", OSP_E_JSON_SYNTAX },
        { "{\"a\"}", OSP_E_JSON_SYNTAX },
        { "{a:1}", OSP_E_JSON_SYNTAX },
        { "1 2", OSP_E_JSON_SYNTAX },
        { "[1}", OSP_E_JSON_SYNTAX },
        { "01", OSP_E_JSON_SYNTAX },
        { "\"\xff\"", OSP_E_JSON_UTF8 },
        { "{\"a\":1,\"\\u0061\":2}", OSP_E_INVALID },
    };
    static bench b;
    for (size_t i = 0; i < OSP_ARRAY_LEN(samples); i++) {
        start(&b, 1 << 20);
        OSP_CHECK(read(&b, samples[i].text) == NULL && b.err.status == samples[i].status);
        osp_arena_done(&b.arena);
    }
    char deep[2 * 65 + 1] = "";
    for (size_t depth = 64; depth <= 65; depth++) {
        memset(deep, '[', depth);
        memset(deep + depth, ']', depth);
        deep[2 * depth] = '\0';
        start(&b, 1 << 20);
        OSP_CHECK((read(&b, deep) != NULL) == (depth == 64));
        OSP_CHECK(depth == 64 || b.err.status == OSP_E_JSON_DEPTH);
        osp_arena_done(&b.arena);
    }
}

static const osp_json_value *starving;

static void begin_starving(void *arg)
{
    start(arg, SIZE_MAX / 2);
}

static void read_starving(void *arg)
{
    starving = read(arg, every_text);
}

static void judge_tree(void *arg, bool starved)
{
    bench *b = arg;
    OSP_CHECK(starving != NULL || (starved && b->err.status == OSP_E_NOMEM));
    OSP_CHECK(starving == NULL ||
              osp_json_bool(osp_json_at(osp_json_find(starving, S("/unknown")), 0)).is == OSP_NULL);
    osp_arena_done(&b->arena);
}

OSP_UNIT_TEST(tree_memory, "a tree that does not fit in the arena is refused, wherever it ends")
{
    static bench b;
    OSP_CHECK(
        osp_fault_each(&(osp_fault_trial){
            .begin = begin_starving, .work = read_starving, .judge = judge_tree, .arg = &b }) > 4);
    start(&b, 1000);
    OSP_CHECK(read(&b, every_text) == NULL && b.err.status == OSP_E_NOMEM);
    osp_arena_done(&b.arena);
}

OSP_UNIT_TEST(tree_large, "an object of many names, and a list of many items, are found in")
{
    static bench b;
    start(&b, 1 << 26);
    osp_buf text;
    osp_buf_init(&text, NULL, 0, 1 << 24);
    osp_buf_byte(&text, '{');
    for (int i = 0; i < 30000; i++) {
        osp_buf_printf(&text, "%s\"m%d\":[%d]", i ? "," : "", (i * 7919) % 30011, i);
    }
    osp_buf_append(&text, "}", 2);
    const osp_json_value *v = read(&b, text.ptr);
    OSP_CHECK(osp_json_count(v) == 30000);
    for (int i = 0; i < 30000; i++) {
        char pointer[32];
        (void)snprintf(pointer, sizeof(pointer), "/m%d/0", (i * 7919) % 30011);
        OSP_CHECK(osp_json_int(osp_json_find(v, osp_str_from(pointer))).value == i);
    }
    osp_buf_done(&text);
    osp_arena_done(&b.arena);
}

/* ---------------------------------------------------------------- building */

OSP_UNIT_TEST(build_all, "a builder writes every kind, spliced structs and read values")
{
    static bench b;
    start(&b, 1 << 20);
    osp_task *task = &b.task;
    const Circle circle = { .radius = 2, .note = SET(S("n")) };
    osp_json_builder *w = osp_json_build(task);
    osp_json_open_object(w);
    osp_json_add_name(w, S("a\"b")), osp_json_add_int(w, INT64_MIN);
    osp_json_add_name(w, S("list")), osp_json_open_list(w);
    osp_json_add_null(w);
    osp_json_add_bool(w, true);
    osp_json_add_uint(w, UINT64_MAX);
    osp_json_add_double(w, 0.1);
    osp_json_add_str(w, S("x\n"));
    osp_json_add_raw(w, (osp_json){ S("[ 1]") });
    osp_json_open_list(w), osp_json_close(w);
    osp_json_open_object(w), osp_json_close(w);
    osp_json_close(w);
    osp_json_add_name(w, S("circle")), osp_json_add(w, Circle, &circle);
    osp_json_add_name(w, S("tree"));
    osp_json_add_value(w, read(&b, "{\"q\":[1.50,{},[],\"\\u0041\"],\"r\":{\"s\":false}}"));
    osp_json_add_name(w, S("none")), osp_json_add_value(w, NULL);
    osp_json_close(w);
    osp_json json;
    OSP_CHECK(osp_json_built(w, &json, &b.err) == OSP_OK);
    OSP_CHECK_STR(json.text,
                  S("{\"a\\\"b\":-9223372036854775808,\"list\":[null,true,18446744073709551615,"
                    "0.1,\"x\\n\",[ 1],[],{}],\"circle\":{\"radius\":2,\"note\":\"n\"},"
                    "\"tree\":{\"q\":[1.50,{},[],\"A\"],\"r\":{\"s\":false}},\"none\":null}"));
    OSP_CHECK(osp_json_built(w, &json, &b.err) == OSP_E_INVALID);
    osp_arena_done(&b.arena);
}

/* Each letter is a call: { [ } n(ame) m(another name) 1 r(aw that is none) N(aN) u(tf-8). */
static osp_status build(bench *b, const char *calls, osp_json *ret)
{
    osp_task *task = &b->task;
    osp_json_builder *w = osp_json_build(task);
    for (; *calls != '\0'; calls++) {
        switch (*calls) {
        case '{':
            osp_json_open_object(w);
            break;
        case '[':
            osp_json_open_list(w);
            break;
        case '}':
            osp_json_close(w);
            break;
        case 'n':
        case 'm':
            osp_json_add_name(w, *calls == 'n' ? S("n") : S("m"));
            break;
        case 'r':
            osp_json_add_raw(w, (osp_json){ S("{") });
            break;
        case 'N':
            osp_json_add_double(w, __builtin_nan(""));
            break;
        case 'u':
            osp_json_add_str(w, S("\xff"));
            break;
        default:
            osp_json_add_int(w, 1);
        }
    }
    return osp_json_built(w, ret, &b->err);
}

OSP_UNIT_TEST(build_misuse, "calls that make no JSON are told, the first of them")
{
    static const struct {
        const char *calls, *message;
        osp_status status;
    } samples[] = {
        { "", "byte 0: there is no value", OSP_E_INVALID },
        { "11", "byte 1: the value is whole already", OSP_E_INVALID },
        { "{}{", "byte 2: the value is whole already", OSP_E_INVALID },
        { "}", "byte 0: nothing is open that could be closed", OSP_E_INVALID },
        { "n", "byte 0: a name stands in an object only", OSP_E_INVALID },
        { "[n1}", "byte 1: a name stands in an object only", OSP_E_INVALID },
        { "{1", "byte 1: a member of an object needs osp_json_add_name first", OSP_E_INVALID },
        { "{n}", "byte 5: the last name has no value", OSP_E_INVALID },
        { "{nn", "byte 5: the last name has no value", OSP_E_INVALID },
        { "{n1n1}", "byte 12: the object has a name twice", OSP_E_INVALID },
        { "{n{n1}m1n1}", "byte 24: the object has a name twice", OSP_E_INVALID },
        { "[[1}", "byte 4: not all that was opened is closed", OSP_E_INVALID },
        { "[r}", "byte 1: invalid input", OSP_E_INVALID },
        { "[N}", "byte 1: a number cannot be written as JSON", OSP_E_JSON_NUMBER },
        { "[u}", "byte 1: a string is not valid UTF-8", OSP_E_JSON_UTF8 },
        { "{n{n1}m{n1}}", NULL, OSP_OK },
    };
    static bench b;
    for (size_t i = 0; i < OSP_ARRAY_LEN(samples); i++) {
        start(&b, 1 << 20);
        osp_json json = { S("untouched") };
        OSP_CHECK(build(&b, samples[i].calls, &json) == samples[i].status);
        if (samples[i].message != NULL) {
            OSP_CHECK_STR(osp_str_from(b.err.message), osp_str_from(samples[i].message));
            OSP_CHECK_STR(json.text, S("untouched"));
        }
        osp_arena_done(&b.arena);
    }
    char deep[2 * 65 + 1] = "";
    memset(deep, '[', 65);
    memset(deep + 65, '}', 65);
    osp_json json;
    start(&b, 1 << 20);
    OSP_CHECK(build(&b, deep, &json) == OSP_E_JSON_DEPTH);
    osp_arena_done(&b.arena);
}

static osp_status built;
static osp_json built_json;

static void build_starving(void *arg)
{
    built_json.text = S("untouched");
    built = build(arg, "{n[1[1}}m{n1m1}}", &built_json);
}

static void judge_built(void *arg, bool starved)
{
    bench *b = arg;
    OSP_CHECK(built == OSP_OK || (starved && (built == OSP_E_NOMEM || built == OSP_E_LIMIT)));
    OSP_CHECK_STR(built_json.text,
                  built == OSP_OK ? S("{\"n\":[1,[1]],\"m\":{\"n\":1,\"m\":1}}") : S("untouched"));
    osp_arena_done(&b->arena);
}

OSP_UNIT_TEST(build_memory, "a builder without memory says so at the end, wherever it ran out")
{
    static bench b;
    OSP_CHECK(
        osp_fault_each(&(osp_fault_trial){
            .begin = begin_starving, .work = build_starving, .judge = judge_built, .arg = &b }) >
        2);
}
