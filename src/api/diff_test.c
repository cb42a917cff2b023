#include "api/diff.h"

#include "tests/unit/fault.h"
#include "tests/unit/unit.h"
#include "type/json_tree.h"

static osp_arena arena;

static const osp_json_value *read(const char *text)
{
    const osp_json_value *root = NULL;
    osp_error err = { 0 };
    OSP_CHECK(osp_json_tree_read(osp_str_from(text), &arena, &root, &err) == OSP_OK);
    return root;
}

static void says(const char *old, const char *now, const char *wanted)
{
    osp_buf out;
    osp_arena_init(&arena, NULL, 0, 1 << 20);
    osp_buf_init(&out, NULL, 0, 1 << 20);
    const osp_diff_result result = osp_diff_write(&arena, read(old), read(now), &out);
    OSP_CHECK_STR(((osp_str){ out.ptr, out.len }), osp_str_from(wanted));
    size_t lines = 0, breaking = 0;
    for (const char *at = wanted; *at != '\0'; at++) {
        lines += *at == '\n';
        breaking += strncmp(at, "(breaking)\n", 11) == 0;
    }
    OSP_CHECK(result.changes == lines && result.breaking == breaking);
    osp_buf_done(&out);
    osp_arena_done(&arena);
}

/* A change of one schema, sent and then got. */
static void schema_says(const char *old, const char *now, const char *sent, const char *got)
{
    static const char request[] =
        "{\"paths\":{\"/a\":{\"post\":{\"requestBody\":{\"content\":{\"application/json\":"
        "{\"schema\":{\"$ref\":\"#/components/schemas/A\"}}}}}}},"
        "\"components\":{\"schemas\":{\"A\":%s}}}";
    static const char answer[] =
        "{\"paths\":{\"/a\":{\"post\":{\"responses\":{\"200\":{\"content\":{\"application/json\":"
        "{\"schema\":{\"$ref\":\"#/components/schemas/A\"}}}}}}}},"
        "\"components\":{\"schemas\":{\"A\":%s}}}";
    char one[2048], other[2048], wanted[1024];
    (void)snprintf(one, sizeof(one), request, old);
    (void)snprintf(other, sizeof(other), request, now);
    (void)snprintf(wanted, sizeof(wanted), "%s", sent);
    says(one, other, wanted);
    (void)snprintf(one, sizeof(one), answer, old);
    (void)snprintf(other, sizeof(other), answer, now);
    says(one, other, got);
}

#define SENT "POST /a, request"
#define GOT "POST /a, answer 200"

OSP_UNIT_TEST(diff_operations, "operations that come and go")
{
    says("{\"paths\":{\"/a\":{\"get\":{},\"put\":{}}}}",
         "{\"paths\":{\"/a\":{\"get\":{}},\"/b\":{\"get\":{}}}}",
         "- PUT /a: removed (breaking)\n+ GET /b: added\n");
    says("{\"paths\":{\"/a\":{\"get\":{\"summary\":\"x\",\"operationId\":\"i\"}}}}",
         "{\"paths\":{\"/a\":{\"get\":{\"summary\":\"y\",\"operationId\":\"j\"}}}}",
         "~ GET /a, summary: x -> y\n~ GET /a, operationId: i -> j (breaking)\n");
    says("{\"paths\":{\"/a\":{\"get\":{}}}}", " {\"paths\" : {\"/a\":{\"get\": {}}}}", "");
    says("{\"x\":1}", "{\"x\":2}", "~ the document: changed\n");
}

OSP_UNIT_TEST(diff_parameters, "parameters that come, go and change")
{
    says("{\"paths\":{\"/a\":{\"get\":{\"parameters\":[{\"name\":\"p\",\"in\":\"query\"},"
         "{\"name\":\"q\",\"in\":\"query\",\"schema\":{\"maximum\":5}}]}}}}",
         "{\"paths\":{\"/a\":{\"get\":{\"parameters\":[{\"name\":\"q\",\"in\":\"query\","
         "\"required\":true,\"schema\":{\"maximum\":4}},{\"name\":\"p\",\"in\":\"header\"},"
         "{\"name\":\"r\",\"in\":\"query\",\"required\":true}]}}}}",
         "- GET /a, query p: removed (breaking)\n"
         "+ GET /a, query q, required: added (breaking)\n"
         "~ GET /a, query q, maximum: 5 -> 4 (breaking)\n"
         "+ GET /a, header p: added\n"
         "+ GET /a, query r: added (breaking)\n");
}

OSP_UNIT_TEST(diff_bounds, "a bound that moves breaks one way and not the other")
{
    schema_says("{\"minimum\":1}", "{\"minimum\":2}", "~ " SENT ", minimum: 1 -> 2 (breaking)\n",
                "~ " GOT ", minimum: 1 -> 2\n");
    schema_says("{\"maxLength\":9}", "{\"maxLength\":10}", "~ " SENT ", maxLength: 9 -> 10\n",
                "~ " GOT ", maxLength: 9 -> 10 (breaking)\n");
    schema_says("{\"x-openspeed-maximum\":9}", "{\"x-openspeed-maximum\":8}",
                "~ " SENT ", x-openspeed-maximum: 9 -> 8 (breaking)\n",
                "~ " GOT ", x-openspeed-maximum: 9 -> 8\n");
    schema_says("{\"maximum\":9}", "{}", "~ " SENT ", maximum: 9 -> none\n",
                "~ " GOT ", maximum: 9 -> none (breaking)\n");
    schema_says("{}", "{\"pattern\":\"x\"}", "~ " SENT ", pattern: none -> x (breaking)\n",
                "~ " GOT ", pattern: none -> x\n");
    schema_says("{\"description\":\"x\"}", "{}", "~ " SENT ", description: x -> none\n",
                "~ " GOT ", description: x -> none\n");
}

OSP_UNIT_TEST(diff_sets, "what may stand there, and what must")
{
    schema_says("{\"enum\":[\"a\",\"b\"]}", "{\"enum\":[\"b\",\"c\"]}",
                "- " SENT ", enum, a: removed (breaking)\n+ " SENT ", enum, c: added\n",
                "- " GOT ", enum, a: removed\n+ " GOT ", enum, c: added (breaking)\n");
    schema_says("{\"type\":\"string\"}", "{\"type\":[\"string\",\"null\"]}",
                "+ " SENT ", type, null: added\n", "+ " GOT ", type, null: added (breaking)\n");
    schema_says("{\"required\":[\"a\"]}", "{\"required\":[\"b\"]}",
                "- " SENT ", required, a: removed\n+ " SENT ", required, b: added (breaking)\n",
                "- " GOT ", required, a: removed (breaking)\n+ " GOT ", required, b: added\n");
    schema_says("{\"required\":[\"a\"]}", "{}", "- " SENT ", required, a: removed\n",
                "- " GOT ", required, a: removed (breaking)\n");
    schema_says("{}", "{\"additionalProperties\":false}",
                "~ " SENT ", additionalProperties: none -> false (breaking)\n",
                "~ " GOT ", additionalProperties: none -> false\n");
    schema_says("{\"oneOf\":[{}]}", "{\"oneOf\":[{},{}]}", "+ " SENT " oneOf: added\n",
                "+ " GOT " oneOf: added (breaking)\n");
}

OSP_UNIT_TEST(diff_members, "members, items and types that refer to themselves")
{
    schema_says("{\"properties\":{\"a\":{\"items\":{\"type\":\"string\"}},\"b\":{}}}",
                "{\"properties\":{\"a\":{\"items\":{\"type\":\"integer\"}},\"c\":{}}}",
                "- " SENT " .a [], type, string: removed (breaking)\n"
                "+ " SENT " .a [], type, integer: added\n"
                "- " SENT " .b: removed (breaking)\n+ " SENT " .c: added\n",
                "- " GOT " .a [], type, string: removed\n"
                "+ " GOT " .a [], type, integer: added (breaking)\n"
                "- " GOT " .b: removed (breaking)\n+ " GOT " .c: added\n");
    schema_says("{\"properties\":{\"a\":{\"$ref\":\"#/components/schemas/A\"},\"n\":"
                "{\"minimum\":1}}}",
                "{\"properties\":{\"a\":{\"$ref\":\"#/components/schemas/A\"},\"n\":"
                "{\"minimum\":2}}}",
                "~ " SENT " .n, minimum: 1 -> 2 (breaking)\n", "~ " GOT " .n, minimum: 1 -> 2\n");
    schema_says("{\"$ref\":\"#/components/schemas/A\"}", "{\"$ref\":\"#/nowhere\"}",
                "~ the document: changed\n", "~ the document: changed\n");
}

OSP_UNIT_TEST(diff_bodies, "bodies and answers that come and go")
{
    says("{\"paths\":{\"/a\":{\"post\":{\"responses\":{\"200\":{},\"404\":{}}}}}}",
         "{\"paths\":{\"/a\":{\"post\":{\"requestBody\":{\"required\":true},"
         "\"responses\":{\"201\":{}}}}}}",
         "+ POST /a, request: added (breaking)\n"
         "- POST /a, answer 200: removed (breaking)\n"
         "- POST /a, answer 404: removed\n+ POST /a, answer 201: added\n");
    says("{\"paths\":{\"/a\":{\"post\":{\"requestBody\":{\"content\":{\"a/b\":{}}}}}}}",
         "{\"paths\":{\"/a\":{\"post\":{\"requestBody\":{\"content\":{\"c/d\":{}}}}}}}",
         "- POST /a, request, a/b: removed (breaking)\n+ POST /a, request, c/d: added\n");
}

OSP_UNIT_TEST(diff_long, "a place with a long name is told less exactly")
{
    char name[700], one[1600], other[1600];
    memset(name, 'n', sizeof(name));
    name[sizeof(name) - 1] = '\0';
    (void)snprintf(one, sizeof(one), "{\"paths\":{\"/%s\":{\"get\":{\"summary\":\"a\"}}}}", name);
    (void)snprintf(other, sizeof(other), "{\"paths\":{\"/%s\":{\"get\":{\"summary\":\"b\"}}}}",
                   name);
    says(one, other, "~ GET, summary: a -> b\n");
}

OSP_UNIT_TEST(diff_hostile, "names and values of a file are escaped for the terminal and cut")
{
    says("{\"paths\":{\"/a\\u001b[2J\":{\"get\":{\"summary\":\"one\"}}}}",
         "{\"paths\":{\"/a\\u001b[2J\":{\"get\":{\"summary\":\"t\\u0000w\\n\\\"o\"}}}}",
         "~ GET /a\\u001b[2J, summary: one -> t\\u0000w\\n\\\"o\n");
    char text[512], wanted[512], many[128];
    (void)snprintf(many, sizeof(many), "%079d", 0);
    (void)snprintf(text, sizeof(text), "{\"paths\":{\"/a\":{\"get\":{\"summary\":\"%s\u00e9\"}}}}",
                   many);
    (void)snprintf(wanted, sizeof(wanted), "~ GET /a, summary: one -> %s\n", many);
    says("{\"paths\":{\"/a\":{\"get\":{\"summary\":\"one\"}}}}", text, wanted);
}

OSP_UNIT_TEST(diff_numbers, "bounds are compared by their value, however they are spelt")
{
    schema_says("{\"maximum\":100}", "{\"maximum\":1e2}", "", "");
    schema_says("{\"maximum\":1e400}", "{\"maximum\":1e401}",
                "~ " SENT ", maximum: 1e400 -> 1e401\n",
                "~ " GOT ", maximum: 1e400 -> 1e401 (breaking)\n");
}

/* ---------------------------------------------------------------- memory */

typedef struct versions {
    const osp_json_value *old, *now;
    osp_arena arena; /* of a difference */
    osp_buf out;
    osp_diff_result result;
} versions;

static void begin_difference(void *arg)
{
    versions *v = arg;
    osp_arena_init(&v->arena, NULL, 0, 1 << 20);
    osp_buf_init(&v->out, NULL, 0, 1 << 20);
}

static void write_difference(void *arg)
{
    versions *v = arg;
    v->result = osp_diff_write(&v->arena, v->old, v->now, &v->out);
}

static void judge_difference(void *arg, bool starved)
{
    versions *v = arg;
    const osp_str text = { v->out.ptr, v->out.len };
    OSP_CHECK(v->result.starved == starved);
    if (!starved) {
        OSP_CHECK(v->result.breaking == 1);
        OSP_CHECK_STR(text, OSP_STR("~ POST /a, request .b, maxLength: 9 -> 5 (breaking)\n"));
    }
    osp_buf_done(&v->out);
    osp_arena_done(&v->arena);
}

OSP_UNIT_TEST(diff_memory, "without memory no difference is passed over in silence")
{
    static const char document[] =
        "{\"paths\":{\"/a\":{\"post\":{\"requestBody\":{\"content\":{\"application/json\":"
        "{\"schema\":{\"$ref\":\"#/components/schemas/A\"}}}}}}},\"components\":{\"schemas\":"
        "{\"A\":{\"type\":\"object\",\"properties\":{\"b\":{\"type\":\"string\",\"maxLength\":%d}}}"
        "}}}";
    char old[1024], now[1024];
    (void)snprintf(old, sizeof(old), document, 9);
    (void)snprintf(now, sizeof(now), document, 5);
    osp_arena_init(&arena, NULL, 0, 1 << 20);
    versions v = { .old = read(old), .now = read(now) };
    OSP_CHECK(osp_fault_each(&(osp_fault_trial){ .begin = begin_difference,
                                                 .work = write_difference,
                                                 .judge = judge_difference,
                                                 .arg = &v }) > 2);
    osp_arena_done(&arena);
}
