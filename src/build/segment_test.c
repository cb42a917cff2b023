#include "build/segment.h"

#include "tests/unit/unit.h"

static osp_arena arena;

/* What the folder comes to in a pattern, without names; empty: it is refused. */
static osp_str parse(const char *folder, osp_segment *segment)
{
    osp_buf out;
    osp_error err = { 0 };
    osp_buf_init(&out, NULL, 0, 4096);
    if (osp_segment_parse(&arena, osp_str_from(folder), folder, segment, &err) != OSP_OK) {
        OSP_CHECK(strstr(err.message, folder) != NULL);
        return OSP_STR("");
    }
    osp_segment_write(segment, false, &out);
    const char *text = osp_kit_format(&arena, "%.*s", (int)out.len, out.ptr);
    osp_buf_done(&out);
    return osp_str_from(text);
}

#define LABEL_63 "a23456789b23456789c23456789d23456789e23456789f23456789g23456789"

OSP_UNIT_TEST(segment_names, "folder names are segments or are refused")
{
    static const struct {
        const char *folder;
        int kind; /* -1: refused */
        const char *name;
    } cases[] = {
        { "users", OSP_SEGMENT_STATIC, "users" },
        { "a-b_c.d~e@f+g,h", OSP_SEGMENT_STATIC, "a-b_c.d~e@f+g,h" },
        { ".well-known", OSP_SEGMENT_STATIC, ".well-known" },
        { "[id]", OSP_SEGMENT_PARAM, "id" },
        { "[a-b]", OSP_SEGMENT_PARAM, "a-b" },
        { "[...path]", OSP_SEGMENT_REST, "path" },
        { "[[...path]]", OSP_SEGMENT_ANY, "path" },
        { "(shop)", OSP_SEGMENT_GROUP, "shop" },
        { "", -1, "" },
        { "[]", -1, "" },
        { "[...]", -1, "" },
        { "[[...]]", -1, "" },
        { "[[...a]", -1, "" },
        { "[...a]]", -1, "" },
        { "[...a=int]", -1, "" },
        { "a[...b]", -1, "" },
        { "[..id]", -1, "" },
        { "()", -1, "" },
        { "(a)b", -1, "" },
        { "[", -1, "" },
        { "(", -1, "" },
        { "[id", -1, "" },
        { "id]", -1, "" },
        { "[1]", -1, "" },
        { "[a b]", -1, "" },
        { "[[id]]", -1, "" },
        { "a b", -1, "" },
        { "a%2f", -1, "" },
        { "a?b", -1, "" },
        { ".", -1, "" },
        { "..", -1, "" },
        { "\xc3\xbc", -1, "" },
    };
    osp_arena_init(&arena, NULL, 0, (size_t)1 << 20);
    for (size_t i = 0; i < OSP_ARRAY_LEN(cases); i++) {
        osp_segment segment;
        const bool refused = parse(cases[i].folder, &segment).len == 0;
        if (refused != (cases[i].kind < 0 || cases[i].kind == OSP_SEGMENT_GROUP)) {
            fprintf(stderr, "%s\n", cases[i].folder);
        }
        OSP_CHECK(refused == (cases[i].kind < 0 || cases[i].kind == OSP_SEGMENT_GROUP));
        if (cases[i].kind >= 0) {
            OSP_CHECK((int)segment.kind == cases[i].kind);
            OSP_CHECK_STR(segment.name, osp_str_from(cases[i].name));
        }
    }
    osp_arena_done(&arena);
}

OSP_UNIT_TEST(segment_slots, "a folder whose name begins with @ is a slot, and no part of the URL")
{
    osp_segment segment;
    osp_arena_init(&arena, NULL, 0, (size_t)1 << 20);
    OSP_CHECK(parse("@cart", &segment).len == 0 && segment.kind == OSP_SEGMENT_SLOT);
    OSP_CHECK_STR(segment.name, OSP_STR("cart"));
    OSP_CHECK_STR(parse("[x+40]cart", &segment), OSP_STR("/@cart"));
    OSP_CHECK(segment.kind == OSP_SEGMENT_STATIC);
    OSP_CHECK_STR(parse("@[name]", &segment), OSP_STR("/@[]"));
    static const char *const refused[] = { "@", "@a.b", "@1", "@@a", "@[x+61]b@" };
    for (size_t i = 0; i < OSP_ARRAY_LEN(refused); i++) {
        osp_error err = { 0 };
        OSP_CHECK(osp_segment_parse(&arena, osp_str_from(refused[i]), refused[i], &segment, &err) ==
                  OSP_E_BUILD);
    }
    osp_arena_done(&arena);
}

OSP_UNIT_TEST(segment_hosts, "a folder of hosts has names of hosts, each once, in lower case")
{
    static const struct {
        const char *folder;
        int kind;
        const char *name;
    } cases[] = {
        { "(a@b)", OSP_SEGMENT_GROUP, "a@b" },
        { "(@admin.example.com)", OSP_SEGMENT_HOSTS, "admin.example.com" },
        { "(@localhost,*.a-b.c,127.0.0.1)", OSP_SEGMENT_HOSTS, "localhost,*.a-b.c,127.0.0.1" },
        { "(@" LABEL_63 ".com)", OSP_SEGMENT_HOSTS, LABEL_63 ".com" },
        { "(@" LABEL_63 "a.com)", -1, "" },
        { "(@)", -1, "" },
        { "(@a,)", -1, "" },
        { "(@,a)", -1, "" },
        { "(@a,b,a)", -1, "" },
        { "(@A.com)", -1, "" },
        { "(@a.com.)", -1, "" },
        { "(@a..com)", -1, "" },
        { "(@.a)", -1, "" },
        { "(@-a.com)", -1, "" },
        { "(@a-.com)", -1, "" },
        { "(@a.com-)", -1, "" },
        { "(@a.com:80)", -1, "" },
        { "(@*)", -1, "" },
        { "(@*.)", -1, "" },
        { "(@*a.com)", -1, "" },
        { "(@a.*.com)", -1, "" },
        { "(@*.*.com)", -1, "" },
        { "(*.com)", -1, "" },
    };
    osp_arena_init(&arena, NULL, 0, (size_t)1 << 20);
    for (size_t i = 0; i < OSP_ARRAY_LEN(cases); i++) {
        osp_segment segment = { 0 };
        osp_error err;
        const osp_str folder = osp_str_from(cases[i].folder);
        const osp_status status = osp_segment_parse(&arena, folder, "routes", &segment, &err);
        if ((status == OSP_OK) != (cases[i].kind >= 0)) {
            fprintf(stderr, "%s\n", cases[i].folder);
        }
        OSP_CHECK(status == (cases[i].kind >= 0 ? OSP_OK : OSP_E_BUILD));
        if (cases[i].kind >= 0) {
            OSP_CHECK((int)segment.kind == cases[i].kind);
            OSP_CHECK_STR(segment.name, osp_str_from(cases[i].name));
        }
    }
    osp_arena_done(&arena);
}

OSP_UNIT_TEST(segment_patterns, "text around parameters, and matchers, make a pattern")
{
    static const struct {
        const char *folder, *key; /* NULL: refused */
        size_t parts;
    } cases[] = {
        { "[id=int]", "/[=int]", 1 },
        { "v[version].json", "/v[].json", 1 },
        { "[from]-[to]", "/[]-[]", 2 },
        { "[a].[b]", "/[].[]", 2 },
        { "x[a=int]y[b=own_1]z", "/x[=int]y[=own_1]z", 2 },
        { "[x+5b][a][x+5d]", "/[x+5b][][x+5d]", 1 },
        { "[a]b[c]d[e]f[g]h[i]j[k]l[m]n[o]", "/[]b[]d[]f[]h[]j[]l[]n[]", 8 },
        { "[a]b[c]d[e]f[g]h[i]j[k]l[m]n[o]p[q]", NULL, 0 },
        { "[a][b]", NULL, 0 },
        { "[a=]", NULL, 0 },
        { "[a=b-c]", NULL, 0 },
        { "[a=b=c]", NULL, 0 },
        { "[=int]", NULL, 0 },
        { "a[b", NULL, 0 },
        { "a]b", NULL, 0 },
        { "[a]/[x+2f]", NULL, 0 },
        { "[a][x+2f]", NULL, 0 },
        { "[a][x+c3]", NULL, 0 }, /* a character is whole in the text beside a parameter */
    };
    osp_arena_init(&arena, NULL, 0, (size_t)1 << 20);
    for (size_t i = 0; i < OSP_ARRAY_LEN(cases); i++) {
        osp_segment segment = { 0 };
        const osp_str key = parse(cases[i].folder, &segment);
        OSP_CHECK_STR(key, osp_str_from(cases[i].key != NULL ? cases[i].key : ""));
        OSP_CHECK(cases[i].key == NULL ||
                  (segment.kind == OSP_SEGMENT_PATTERN && segment.part_count == cases[i].parts));
    }
    osp_arena_done(&arena);
}

OSP_UNIT_TEST(segment_escapes, "every byte that a URL can have can be written, and no other")
{
    static const struct {
        const char *folder, *text; /* NULL: refused */
    } cases[] = {
        { "[x+5f]private", "_private" },
        { "[x+2E]x", ".x" },
        { "a[x+20]b", "a b" },
        { "[x+28]a[x+29]", "(a)" },
        { "[u+fc]", "\xc3\xbc" },
        { "[u+00FC]", "\xc3\xbc" },
        { "[x+c3][x+bc]", "\xc3\xbc" },
        { "[u+1f600]", "\xf0\x9f\x98\x80" },
        { "[x+25]2f", "%2f" },
        { "[x+2f]", NULL },
        { "[x+00]", NULL },
        { "[x+7f]", NULL },
        { "[x+1f]", NULL },
        { "[x+2e]", NULL },
        { "[x+2e][x+2e]", NULL },
        { "[x+c3]", NULL },
        { "[x+c0][x+af]", NULL },
        { "[u+d800]", NULL },
        { "[u+110000]", NULL },
        { "[u+f]", NULL },
        { "[u+0001f600]", NULL },
        { "[x+3]", NULL },
        { "[x+3ab]", NULL },
        { "[x+3g]", NULL },
        { "[y+3a]", NULL },
    };
    osp_arena_init(&arena, NULL, 0, (size_t)1 << 20);
    for (size_t i = 0; i < OSP_ARRAY_LEN(cases); i++) {
        osp_segment segment = { 0 };
        const bool refused = parse(cases[i].folder, &segment).len == 0;
        OSP_CHECK(refused == (cases[i].text == NULL));
        if (!refused) {
            OSP_CHECK(segment.kind == OSP_SEGMENT_STATIC);
            OSP_CHECK_STR(segment.name, osp_str_from(cases[i].text));
        }
    }
    /* Any single byte that may stand alone. */
    for (unsigned byte = 0; byte < 0x80; byte++) {
        osp_segment segment = { 0 };
        const char *folder = osp_kit_format(&arena, "a[x+%02x]", byte);
        const bool good = byte >= ' ' && byte != 0x7f && byte != '/';
        OSP_CHECK((parse(folder, &segment).len > 0) == good);
        OSP_CHECK(!good || (segment.name.len == 2 && segment.name.ptr[1] == (char)byte));
    }
    osp_arena_done(&arena);
}

OSP_UNIT_TEST(segment_limit, "a folder's name of 128 bytes is a segment and a longer one is not")
{
    char name[OSP_SEGMENT_NAME_MAX + 1];
    osp_segment segment;
    osp_arena_init(&arena, NULL, 0, (size_t)1 << 20);
    memset(name, 'a', sizeof(name));
    OSP_CHECK(osp_segment_parse(&arena, (osp_str){ name, OSP_SEGMENT_NAME_MAX }, "x", &segment,
                                NULL) == OSP_OK);
    OSP_CHECK(osp_segment_parse(&arena, (osp_str){ name, OSP_SEGMENT_NAME_MAX + 1 }, "x", &segment,
                                NULL) == OSP_E_BUILD);
    osp_arena_done(&arena);
}
