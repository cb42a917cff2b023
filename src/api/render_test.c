#include "api/render.h"

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

static void writes(void (*write)(const osp_json_value *, osp_buf *), const char *text,
                   const char *wanted)
{
    osp_buf out;
    osp_arena_init(&arena, NULL, 0, 1 << 20);
    osp_buf_init(&out, NULL, 0, 1 << 20);
    write(read(text), &out);
    OSP_CHECK_STR(((osp_str){ out.ptr, out.len }), osp_str_from(wanted));
    osp_buf_done(&out);
    osp_arena_done(&arena);
}

OSP_UNIT_TEST(render_json, "JSON gets a line for each member")
{
    writes(osp_render_json, " {\"a\" : [1, \"b\\\"]\", null ],\"c\":{ },\"d\":[{\"e\":true}]}",
           "{\n  \"a\": [1, \"b\\\"]\", null],\n  \"c\": {},\n  \"d\": [\n    {\n"
           "      \"e\": true\n    }\n  ]\n}\n");
    writes(osp_render_json, "-1.5e3", "-1.5e3\n");
    writes(osp_render_json, "[]", "[]\n");
}

OSP_UNIT_TEST(render_yaml, "YAML stands in blocks, lists within their keys")
{
    writes(osp_render_yaml, "{\"a\":[1,[2,[]],{\"b\":{},\"c\":{\"d\":\"e\"}}],\"f\":\"g\"}",
           "a:\n  - 1\n  - - 2\n    - []\n  - b: {}\n    c:\n      d: e\nf: g\n");
    writes(osp_render_yaml, "[[\"x\"]]", "- - x\n");
    writes(osp_render_yaml, "{}", "{}\n");
}

OSP_UNIT_TEST(render_yaml_strings, "what could be anything but a string is quoted")
{
    static const char *const quoted[] = { "",    "true", "No",   "on",         "null", "~",  "1",
                                          "1.5", "a: b", "a #b", "- a",        "a ",   " a", "*",
                                          "&a",  "!a",   "%a",   "@a",         "?",    "{a", "[a",
                                          "a:",  "=",    ".",    "2001-01-01", "y",    "<<" };
    static const char *const plain[] = { "a", "a b", "/users/{id}", "$ref", "yes it is", "e5" };
    char text[64], wanted[64];
    for (size_t i = 0; i < OSP_ARRAY_LEN(quoted); i++) {
        (void)snprintf(text, sizeof(text), "\"%s\"", quoted[i]);
        (void)snprintf(wanted, sizeof(wanted), "\"%s\"\n", quoted[i]);
        writes(osp_render_yaml, text, wanted);
    }
    for (size_t i = 0; i < OSP_ARRAY_LEN(plain); i++) {
        (void)snprintf(text, sizeof(text), "\"%s\"", plain[i]);
        (void)snprintf(wanted, sizeof(wanted), "%s\n", plain[i]);
        writes(osp_render_yaml, text, wanted);
    }
    writes(osp_render_yaml, "\"\\ud83d\\ude00\\u00e9\\\\u0041\\n\\\"\\u0000\\u001f\\/\\t\"",
           "\"\xf0\x9f\x98\x80\xc3\xa9\\\\u0041\\n\\\"\\u0000\\u001f/\\t\"\n");
    writes(osp_render_yaml, "\"\x7f\xc2\x85\xe2\x80\xa8\xef\xbb\xbf\xc3\xa9\"",
           "\"\\u007f\\u0085\\u2028\\ufeff\xc3\xa9\"\n");
    writes(osp_render_yaml, "[1e5,-1.5E-3,10]", "- 1.0e+5\n- -1.5e-3\n- 10\n");
}

typedef struct page {
    const osp_json_value *root;
    void (*write)(const osp_json_value *, osp_buf *);
    osp_buf out;
} page;

static void begin_page(void *arg)
{
    osp_buf_init(&((page *)arg)->out, NULL, 0, 1 << 20);
}

static void write_page(void *arg)
{
    page *p = arg;
    p->write(p->root, &p->out);
}

static void judge_page(void *arg, bool starved)
{
    page *p = arg;
    OSP_CHECK(p->out.failed == starved);
    osp_buf_done(&p->out);
}

OSP_UNIT_TEST(render_memory, "a text that lacks a byte is marked as failed")
{
    osp_arena_init(&arena, NULL, 0, 1 << 20);
    page p = { .root =
                   read("{\"a\":[1,[2,[]],{\"b\":\"true\",\"c\":{\"d\":\"e\"}}],\"f\":\"g\\n\"}") };
    void (*const writers[])(const osp_json_value *, osp_buf *) = { osp_render_json,
                                                                   osp_render_yaml };
    for (size_t i = 0; i < OSP_ARRAY_LEN(writers); i++) {
        p.write = writers[i];
        OSP_CHECK(osp_fault_each(&(osp_fault_trial){
                      .begin = begin_page, .work = write_page, .judge = judge_page, .arg = &p }) >
                  0);
    }
    osp_arena_done(&arena);
}
