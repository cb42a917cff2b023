#include "data/sql.h"

#include "tests/unit/unit.h"

/* Kinds and texts of all tokens: "w:SELECT n:\"a\" ..." */
static const char *tokens_of(osp_str text)
{
    static const char kinds[] = {
        [OSP_SQL_COMMENT] = 'c', [OSP_SQL_WORD] = 'w',      [OSP_SQL_NAME] = 'n',
        [OSP_SQL_STRING] = 's',  [OSP_SQL_PARAMETER] = 'p', [OSP_SQL_NUMBER] = '1',
        [OSP_SQL_SIGN] = '.'
    };
    static char out[1 << 12];
    size_t len = 0;
    for (osp_str rest = text;;) {
        const osp_sql_token token = osp_sql_next(&rest);
        if (token.kind == OSP_SQL_END) {
            OSP_CHECK(token.text.len == 0 && rest.len == 0);
            out[len > 0 ? len - 1 : 0] = '\0';
            return out;
        }
        len += (size_t)snprintf(out + len, sizeof(out) - len, "%c:%.*s%s ", kinds[token.kind],
                                OSP_ARG(token.text), token.open ? "(open)" : "");
        OSP_CHECK(len < sizeof(out));
    }
}

OSP_UNIT_TEST(
    sql_tokens,
    "words, names, strings, comments, parameters and numbers begin and end as SQLite's do")
{
    static const char *const cases[][2] = {
        { "", "" },
        { " \t\r\n\f", "" },
        { "SELECT a.b", "w:SELECT w:a .:. w:b" },
        { "'it''s' 'x", "s:'it''s' s:'x(open)" },
        { "\"a\"\"b\" [c d] `e``f`", "n:\"a\"\"b\" n:[c d] n:`e``f`" },
        { "[a]]", "n:[a] .:]" },
        { "\"never", "n:\"never(open)" },
        { "-- to the end\r\nx", "c:-- to the end w:x" },
        { "--", "c:--" },
        { "a--b", "w:a c:--b" },
        { "/* a -- ' */b/**/", "c:/* a -- ' */ w:b c:/**/" },
        { "/* never", "c:/* never(open)" },
        { "/*/", "c:/*/(open)" },
        { "a-b/c", "w:a .:- w:b .:/ w:c" },
        { ":a @b $c ? ?12 :", "p::a p:@b p:$c p:? p:?12 .::" },
        { "x=:a,::b", "w:x .:= p::a .:, .:: p::b" },
        { "1 1.5 .5 1e-3 1e+3 0x1f 1.", "1:1 1:1.5 1:.5 1:1e-3 1:1e+3 1:0x1f 1:1." },
        { "1-2 0x1e-2", "1:1 .:- 1:2 1:0x1e .:- 1:2" },
        { "x'00'", "w:x s:'00'" },
        { "\xc3\xa4_1$ \xff", "w:\xc3\xa4_1$ w:\xff" },
    };
    for (size_t i = 0; i < OSP_ARRAY_LEN(cases); i++) {
        OSP_CHECK_STR(osp_str_from(tokens_of(osp_str_from(cases[i][0]))),
                      osp_str_from(cases[i][1]));
    }
    /* A NUL is a sign like any other, and ends nothing. */
    const osp_str nul = OSP_STR("a\0b");
    osp_str rest = nul;
    OSP_CHECK(osp_sql_next(&rest).kind == OSP_SQL_WORD);
    OSP_CHECK(osp_sql_next(&rest).kind == OSP_SQL_SIGN);
    OSP_CHECK(osp_sql_next(&rest).kind == OSP_SQL_WORD);
    OSP_CHECK(osp_sql_next(&rest).kind == OSP_SQL_END);
}

OSP_UNIT_TEST(sql_names, "a name is the same plain and quoted, in any case of its letters")
{
    static const struct {
        const char *token, *name;
        bool same;
    } cases[] = {
        { "Name", "name", true },          { "name", "names", false },
        { "\"na me\"", "NA ME", true },    { "[name]", "name", true },
        { "`a``b`", "a`b", true },         { "\"a\"\"b\"", "a\"b", true },
        { "\"a\"\"b\"", "a\"\"b", false }, { "'name'", "name", true },
        { "\"name", "name", false },       { "\"\"", "", true },
        { "\"\"\"\"", "\"", true },        { "5", "5", false },
        { ":name", "name", false },
    };
    for (size_t i = 0; i < OSP_ARRAY_LEN(cases); i++) {
        osp_str rest = osp_str_from(cases[i].token);
        const osp_sql_token token = osp_sql_next(&rest);
        OSP_CHECK(osp_sql_names(&token, osp_str_from(cases[i].name)) == cases[i].same);
    }
}

OSP_UNIT_TEST(sql_excerpt,
              "a place is shown with its line, and with what is around it in a long one")
{
    char storage[1024];
    osp_buf out;
    osp_buf_init(&out, storage, sizeof(storage), sizeof(storage));
    const osp_str text = OSP_STR("SELECT\r\n  one, two\r\nFROM x");
    osp_sql_excerpt(text, 15, 3, (osp_sql_place){ 4, 3 }, &out);
    OSP_CHECK_STR(((osp_str){ out.ptr, out.len }), OSP_STR("    5 |   one, two\n"
                                                           "      |        ^~~\n"));
    out.len = 0; /* the first line does not begin with the text */
    osp_sql_excerpt(text, 0, 6, (osp_sql_place){ 4, 3 }, &out);
    OSP_CHECK_STR(((osp_str){ out.ptr, out.len }), OSP_STR("    4 |   SELECT\n"
                                                           "      |   ^~~~~~\n"));
    out.len = 0; /* at the very end */
    osp_sql_excerpt(text, text.len, 5, (osp_sql_place){ 1, 1 }, &out);
    OSP_CHECK_STR(((osp_str){ out.ptr, out.len }), OSP_STR("    3 | FROM x\n"
                                                           "      |       ^\n"));
    out.len = 0;
    osp_sql_excerpt((osp_str){ "", 0 }, 0, 0, (osp_sql_place){ 1, 1 }, &out);
    OSP_CHECK_STR(((osp_str){ out.ptr, out.len }), OSP_STR("    1 | \n      | ^\n"));
}
