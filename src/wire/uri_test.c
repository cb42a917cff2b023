/* Targets, normal paths, queries. */
#include "wire/uri.h"

#include "tests/unit/unit.h"

OSP_UNIT_TEST(target_split, "targets split into authority, path and query")
{
    static const struct {
        const char *target, *authority, *path, *query;
    } cases[] = {
        { "/", "", "/", "" },
        { "*", "", "*", "" },
        { "/a/b?x=1", "", "/a/b", "x=1" },
        { "/a?", "", "/a", "" },
        { "/a?b?c", "", "/a", "b?c" },
        { "//a/b", "", "//a/b", "" },
        { "http://h", "h", "/", "" },
        { "http://h/", "h", "/", "" },
        { "HTTPS://h:443/a?b", "h:443", "/a", "b" },
        { "http://h?q", "h", "/", "q" },
        { "http://[::1]:80/a", "[::1]:80", "/a", "" },
        { "http://%41:/a", "%41:", "/a", "" },
    };
    for (size_t i = 0; i < OSP_ARRAY_LEN(cases); i++) {
        osp_target got;
        OSP_CHECK(osp_target_split(osp_str_from(cases[i].target), &got) == OSP_OK);
        OSP_CHECK_STR(got.authority, osp_str_from(cases[i].authority));
        OSP_CHECK_STR(got.path, osp_str_from(cases[i].path));
        OSP_CHECK_STR(got.query, osp_str_from(cases[i].query));
    }
}

OSP_UNIT_TEST(target_refused, "what is no request target is refused")
{
    static const char *const targets[] = {
        "",
        "**",
        "*/",
        "a",
        "a:80",
        "ftp://h/",
        "http:/h",
        "http://",
        "http:///a",
        "http://u@h/",
        "http://h:x/",
        "http://h:65536/",
        "http://h h/",
        "http://[::1/",
        "http://[]/",
        "http://%4/",
        "http://%0a/",
        "/a#b",
        "/a b",
        "/a\x7f",
        "/\xc3\xa4",
        "/a?b#c",
        "?a",
        "http://h#a",
    };
    for (size_t i = 0; i < OSP_ARRAY_LEN(targets); i++) {
        osp_target got;
        if (osp_target_split(osp_str_from(targets[i]), &got) != OSP_E_URI) {
            fprintf(stderr, "not refused: %s\n", targets[i]);
            exit(1);
        }
    }
}

OSP_UNIT_TEST(path_normal, "paths come into their normal form")
{
    static const struct {
        const char *raw, *want;
    } cases[] = {
        { "/a//b", "/a/b" },
        { "//", "/" },
        { "///a///", "/a/" },
        { "/.", "/" },
        { "/..", "/" },
        { "/a/.", "/a/" },
        { "/a/..", "/" },
        { "/a/b/..", "/a/" },
        { "/a/./b", "/a/b" },
        { "/a/../b", "/b" },
        { "/a//../b", "/b" },
        { "/../../etc/passwd", "/etc/passwd" },
        { "/a/%2e%2E/b", "/b" },
        { "/%2e", "/" },
        { "/a/.%2e/b", "/b" },
        { "/%61%62", "/ab" },
        { "/%252e%252e/", "/%2e%2e/" },
        { "/%252F", "/%2F" },
        { "/a%20b", "/a b" },
        { "/a%3Fb%23", "/a?b#" },
        { "/%C3%A4", "/\xc3\xa4" },
        { "/\xc3\xa4", "/\xc3\xa4" },
        { "/a+b/../c", "/c" },
        { "/.../..a/a../.b//", "/.../..a/a../.b/" },
        { "/a/b/c/../../d", "/a/d" },
        { "/a/../../b/", "/b/" },
    };
    for (size_t i = 0; i < OSP_ARRAY_LEN(cases); i++) {
        osp_arena arena;
        osp_arena_init(&arena, NULL, 0, 1 << 16);
        osp_str got;
        OSP_CHECK(osp_path_normalise(osp_str_from(cases[i].raw), &arena, &got) == OSP_OK);
        OSP_CHECK_STR(got, osp_str_from(cases[i].want));
        osp_arena_done(&arena);
    }
}

OSP_UNIT_TEST(path_as_is, "a normal path is returned as it is, without memory")
{
    static const char *const paths[] = { "/",       "*",    "/a",     "/a/b/", "/.well-known/x",
                                         "/a..b/c", "/...", "/a+b&c", "/~u",   "/a/..b/.c" };
    for (size_t i = 0; i < OSP_ARRAY_LEN(paths); i++) {
        osp_arena arena;
        osp_arena_init(&arena, NULL, 0, 0);
        osp_str got;
        OSP_CHECK(osp_path_normalise(osp_str_from(paths[i]), &arena, &got) == OSP_OK);
        OSP_CHECK(got.ptr == paths[i] && got.len == strlen(paths[i]));
        osp_arena_done(&arena);
    }
}

OSP_UNIT_TEST(path_refused, "dangerous and broken paths are refused")
{
    static const char *const paths[] = {
        "",       "a",       "**",         "/%2F", "/%2f",    "/a%00",         "/%0a",
        "/%7F",   "/%1f",    "/%",         "/%a",  "/%4",     "/%g0",          "/%0",
        "/%C3",   "/%C0%AF", "/%ED%A0%80", "/%FF", "/\xff",   "/%F5%80%80%80", "/a b",
        "/a\x01", "/a\x7f",  "/a?b",       "/a#b", "/../%2f",
    };
    for (size_t i = 0; i < OSP_ARRAY_LEN(paths); i++) {
        osp_arena arena;
        osp_arena_init(&arena, NULL, 0, 1 << 16);
        osp_str got;
        if (osp_path_normalise(osp_str_from(paths[i]), &arena, &got) != OSP_E_URI) {
            fprintf(stderr, "not refused: %s\n", paths[i]);
            exit(1);
        }
        osp_arena_done(&arena);
    }
}

OSP_UNIT_TEST(path_no_memory, "a path that changes needs memory")
{
    osp_arena arena;
    osp_arena_init(&arena, NULL, 0, 0);
    osp_str got;
    OSP_CHECK(osp_path_normalise(S("/%41"), &arena, &got) == OSP_E_NOMEM);
    osp_arena_done(&arena);
}

OSP_UNIT_TEST(path_stable, "normalising twice changes nothing, for all short paths of bad bytes")
{
    static const char letters[] = "/.a";
    for (unsigned n = 0; n < 6561; n++) { /* 3^8 */
        char raw[9] = "/";
        unsigned rest = n;
        for (size_t i = 1; i < sizeof(raw); i++, rest /= 3) {
            raw[i] = letters[rest % 3];
        }
        osp_arena arena;
        osp_arena_init(&arena, NULL, 0, 1 << 16);
        osp_str once;
        osp_str twice;
        OSP_CHECK(osp_path_normalise((osp_str){ raw, sizeof(raw) }, &arena, &once) == OSP_OK);
        OSP_CHECK(osp_path_normalise(once, &arena, &twice) == OSP_OK);
        OSP_CHECK(twice.ptr == once.ptr && twice.len == once.len);
        osp_arena_done(&arena);
    }
}

OSP_UNIT_TEST(query_pairs, "a query gives its pairs, decoded")
{
    static const osp_pair want[] = {
        { S("a"), S("1") },     { S("b"), S("") },    { S("c"), S("") },
        { S("d e"), S("f=g") }, { S(""), S("h") },    { S("i"), S("\xc3\xa4&") },
        { S("j"), S("a\0b") },  { S("k"), S("%41") },
    };
    osp_arena arena;
    osp_arena_init(&arena, NULL, 0, 1 << 16);
    osp_str rest = S("&a=1&&b&c=&d+e=f=g&=h&i=%c3%A4%26&j=a%00b&k=%2541&&");
    for (size_t i = 0; i < OSP_ARRAY_LEN(want); i++) {
        osp_pair got;
        OSP_CHECK(osp_query_next(&rest, &arena, &got) == OSP_OK);
        OSP_CHECK_STR(got.name, want[i].name);
        OSP_CHECK_STR(got.value, want[i].value);
    }
    osp_pair none;
    OSP_CHECK(osp_query_next(&rest, &arena, &none) == OSP_DONE);
    OSP_CHECK(osp_query_next(&rest, &arena, &none) == OSP_DONE);
    osp_arena_done(&arena);
}

OSP_UNIT_TEST(query_refused, "broken encodings and bad UTF-8 are refused")
{
    static const char *const queries[] = { "a=%",   "a=%4",   "a=%4g",  "%=a",
                                           "a=%ff", "a=\xff", "%C0%AF", "a=%ED%A0%80" };
    for (size_t i = 0; i < OSP_ARRAY_LEN(queries); i++) {
        osp_arena arena;
        osp_arena_init(&arena, NULL, 0, 1 << 16);
        osp_str rest = osp_str_from(queries[i]);
        osp_pair got;
        OSP_CHECK(osp_query_next(&rest, &arena, &got) == OSP_E_URI);
        osp_arena_done(&arena);
    }
}
