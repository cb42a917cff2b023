/* Targets, normal paths, queries. */
#include "wire/uri.h"

#include <ctype.h>

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
        { "/a|[]?{\\^`|[]}", "", "/a|[]", "{\\^`|[]}" },
    };
    for (size_t i = 0; i < OSP_ARRAY_LEN(cases); i++) {
        osp_target got;
        OSP_CHECK(osp_target_split(osp_str_from(cases[i].target), &got) == OSP_OK);
        OSP_CHECK_STR(got.authority, osp_str_from(cases[i].authority));
        OSP_CHECK_STR(got.path, osp_str_from(cases[i].path));
        OSP_CHECK_STR(got.query, osp_str_from(cases[i].query));
        OSP_CHECK(got.is_https == (strncmp(cases[i].target, "HTTPS:", 6) == 0));
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
        "https://",
        "/a\"",
        "/<a",
        "/a>",
        "/a\\b",
        "/^",
        "/a`",
        "/{a}",
        "/a?\"",
        "/a?<b",
        "/a?b>",
        "/%",
        "/a%4",
        "/a%4g",
        "/a?%",
        "/a?b=%zz",
    };
    for (size_t i = 0; i < OSP_ARRAY_LEN(targets); i++) {
        osp_target got;
        if (osp_target_split(osp_str_from(targets[i]), &got) != OSP_E_URI) {
            fprintf(stderr, "not refused: %s\n", targets[i]);
            exit(1);
        }
    }
}

/* What osp_target_split must say of an origin-form, a byte at a time. */
static osp_status split_slowly(osp_str s, osp_target *ret_target)
{
    size_t path_len = s.len;
    bool is_normal = true;
    for (size_t i = 0; i < s.len; i++) {
        const unsigned char byte = (unsigned char)s.ptr[i];
        const char next = i + 1 < s.len ? s.ptr[i + 1] : 0;
        const bool loose = strchr("\\^`{}", byte) != NULL;
        const bool hex = i + 2 < s.len && isxdigit((unsigned char)s.ptr[i + 1]) &&
                         isxdigit((unsigned char)s.ptr[i + 2]);
        if (byte <= ' ' || byte >= 0x7f || strchr("#\"<>", byte) != NULL ||
            (loose && path_len == s.len) || (byte == '%' && !hex)) {
            return OSP_E_URI;
        }
        if (path_len == s.len) {
            path_len = byte == '?' ? i : s.len;
            is_normal &= byte != '%' && !(byte == '/' && (next == '/' || next == '.'));
        }
    }
    ret_target->path = (osp_str){ s.ptr, path_len };
    ret_target->is_normal = is_normal;
    return OSP_OK;
}

OSP_UNIT_TEST(target_split_fast, "looking at many bytes at once says the same as one by one")
{
    static const char odd[] = "//..%?#\x7f\x80 \x01~_[\"<=>\\]^`{|}!";
    uint32_t random = 1;
    for (int round = 0; round < 200000; round++) {
        char bytes[48];
        size_t len = 1 + (size_t)round % sizeof(bytes);
        memset(bytes, 'a', sizeof(bytes));
        bytes[0] = '/';
        for (int change = 0; change < 3 && len > 1; change++) {
            random = random * 1664525u + 1013904223u;
            const size_t at = 1 + (random >> 8) % (len - 1);
            bytes[at] = odd[(random >> 24) % (sizeof(odd) - 1)];
        }
        osp_target got, want = { .is_normal = false };
        char *exact = malloc(len); /* so that a sanitizer sees a load beyond it */
        OSP_CHECK(exact != NULL);
        memcpy(exact, bytes, len);
        const osp_str target = { exact, len };
        const osp_status status = split_slowly(target, &want);
        OSP_CHECK(osp_target_split(target, &got) == status);
        if (status == OSP_OK) {
            OSP_CHECK_STR(got.path, want.path);
            OSP_CHECK(got.is_normal == want.is_normal);
        }
        free(exact);
    }
}

/* What osp_authority_valid must say of a name or address of four numbers, a byte at a time. */
static bool authority_slowly(osp_str s)
{
    static const char more[] = "-._~!$&'()*+,;=";
    size_t at = 0;
    for (; at < s.len && s.ptr[at] != ':'; at++) {
        const char byte = s.ptr[at];
        const bool alnum = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
                           (byte >= '0' && byte <= '9');
        if (!alnum && (byte == 0 || strchr(more, byte) == NULL)) {
            return false;
        }
    }
    unsigned long port = 0;
    for (size_t i = at + 1; i < s.len; i++) {
        if (s.ptr[i] < '0' || s.ptr[i] > '9') {
            return false;
        }
        port = port > 65535 ? port : port * 10 + (unsigned)(s.ptr[i] - '0');
    }
    return at > 0 && port <= 65535;
}

OSP_UNIT_TEST(authority_fast, "looking at many bytes of a host at once says the same as one by one")
{
    static const char odd[] = "::0069./-,@[`{\x7f\x80\xff_AZaz~";
    uint32_t random = 1;
    for (int round = 0; round < 200000; round++) {
        const size_t len = 1 + (size_t)round % 40;
        char *exact = malloc(len); /* so that a sanitizer sees a load beyond it */
        OSP_CHECK(exact != NULL);
        memset(exact, round & 64 ? '0' : 'a', len);
        for (int change = 0; change < 3; change++) {
            random = random * 1664525u + 1013904223u;
            const char byte = odd[(random >> 24) % (sizeof(odd) - 1)];
            const size_t at = (random >> 8) % len;
            exact[at] = byte == '[' && at == 0 ? 'a' : byte;
        }
        const osp_str authority = { exact, len };
        OSP_CHECK(osp_authority_valid(authority) == authority_slowly(authority));
        free(exact);
    }
}

OSP_UNIT_TEST(authority_ports, "ports go to 65535, whatever stands before them")
{
    static const char *const hosts[] = { "a", "localhost", "a.name.of.more.than.16.bytes" };
    for (unsigned port = 0; port < 100000; port++) {
        char text[64];
        const size_t len = (size_t)snprintf(text, sizeof(text), "%s:%0*u", hosts[port % 3],
                                            (int)(port % 5) + 1, port);
        OSP_CHECK(osp_authority_valid((osp_str){ text, len }) == (port <= 65535));
    }
}

OSP_UNIT_TEST(authority_literal, "addresses in brackets are held to their grammar")
{
    static const char *const good[] = {
        "[::]",
        "[::1]",
        "[1::]",
        "[1:2:3:4:5:6:7:8]",
        "[1:2:3:4:5:6:7::]",
        "[::2:3:4:5:6:7:8]",
        "[1::3:4:5:6:7:8]",
        "[ABCD:ef01::]:80",
        "[::1.2.3.4]",
        "[1:2:3:4:5:6:255.255.255.255]",
        "[1::6:0.0.0.0]:",
        "[v1.a]",
        "[VAf.a:b!~]",
    };
    static const char *const bad[] = {
        "[",
        "[]",
        "[:]",
        "[:::]",
        "[1]",
        "[1:]",
        "[:1]",
        "[1:2:3:4:5:6:7]",
        "[1:2:3:4:5:6:7:8:9]",
        "[1:2:3:4:5:6:7:8::]",
        "[::1:2:3:4:5:6:7:8]",
        "[1::2::3]",
        "[12345::]",
        "[::g]",
        "[::1.2.3]",
        "[::1.2.3.4.5]",
        "[::1.2.3.256]",
        "[::01.2.3.4]",
        "[::1.2.3.4:1]",
        "[1:2:3:4:5:6:7:1.2.3.4]",
        "[1.2.3.4]",
        "[::1%25eth0]",
        "[::1]a",
        "[::1",
        "[v]",
        "[v1]",
        "[v1.]",
        "[v.a]",
        "[v1.a/b]",
        "[v1.a%41]",
    };
    for (size_t i = 0; i < OSP_ARRAY_LEN(good); i++) {
        OSP_CHECK(osp_authority_valid(osp_str_from(good[i])));
    }
    for (size_t i = 0; i < OSP_ARRAY_LEN(bad); i++) {
        if (osp_authority_valid(osp_str_from(bad[i]))) {
            fprintf(stderr, "not refused: %s\n", bad[i]);
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

/* What each path comes to; NULL: it is refused. */
static void check_paths(const char *const (*cases)[2], size_t count)
{
    for (size_t i = 0; i < count; i++) {
        osp_arena arena;
        osp_arena_init(&arena, NULL, 0, 1 << 16);
        osp_str got = S("");
        const osp_status status = osp_path_normalise(osp_str_from(cases[i][0]), &arena, &got);
        if (status != (cases[i][1] != NULL ? OSP_OK : OSP_E_URI)) {
            fprintf(stderr, "%s: %d\n", cases[i][0], (int)status);
        }
        OSP_CHECK(status == (cases[i][1] != NULL ? OSP_OK : OSP_E_URI));
        OSP_CHECK_STR(got, osp_str_from(cases[i][1] != NULL ? cases[i][1] : ""));
        osp_arena_done(&arena);
    }
}

OSP_UNIT_TEST(path_dot_segments,
              "dot segments are taken out, however they are encoded, never above /")
{
    static const char *const cases[][2] = {
        { "/a/../admin", "/admin" },   { "/a/%2e%2e/admin", "/admin" },
        { "/a/.%2E/admin", "/admin" }, { "/a/%2e/admin", "/a/admin" },
        { "/../../admin", "/admin" },  { "/%2e%2e/%2e%2e/admin", "/admin" },
        { "/a/..%2fadmin", NULL },     { "/a/..;/admin", "/a/..;/admin" },
        { "/a/...", "/a/..." },        { "/a/..\\admin", NULL },
    };
    check_paths(cases, OSP_ARRAY_LEN(cases));
}

OSP_UNIT_TEST(path_double_slash, "empty segments are none")
{
    static const char *const cases[][2] = {
        { "//admin", "/admin" },
        { "/a//admin", "/a/admin" },
        { "/a//../admin", "/admin" }, /* ".." takes a, not the nothing before it */
        { "///", "/" },
        { "/a//", "/a/" },
    };
    check_paths(cases, OSP_ARRAY_LEN(cases));
}

OSP_UNIT_TEST(path_encoded_slash, "a segment cannot have a '/'")
{
    static const char *const cases[][2] = {
        { "/a%2Fadmin", NULL },
        { "/a%2fadmin", NULL },
        { "/%2F", NULL },
        { "/a%5Cb", "/a\\b" },
    };
    check_paths(cases, OSP_ARRAY_LEN(cases));
}

OSP_UNIT_TEST(path_nul, "no NUL and no control character comes out of a path")
{
    static const char *const cases[][2] = {
        { "/a%00", NULL }, { "/%00a", NULL },      { "/a%0d%0a", NULL },
        { "/a%7f", NULL }, { "/a%2500", "/a%00" },
    };
    check_paths(cases, OSP_ARRAY_LEN(cases));
}

OSP_UNIT_TEST(path_overlong,
              "what is no UTF-8 is refused, above all a longer way to write '/' or '.'")
{
    static const char *const cases[][2] = {
        { "/a%C0%AFadmin", NULL },
        { "/a%E0%80%AFadmin", NULL },
        { "/a%F0%80%80%AFadmin", NULL },
        { "/a/%C0%AE%C0%AE/admin", NULL },
        { "/%ED%A0%80", NULL },
        { "/%F4%90%80%80", NULL },
        { "/%C3", NULL },
        { "/%C3%A4", "/\xc3\xa4" },
    };
    check_paths(cases, OSP_ARRAY_LEN(cases));
}

OSP_UNIT_TEST(path_decoded_once, "a path is decoded once, and what comes out is not decoded again")
{
    static const char *const cases[][2] = {
        { "/%252e%252e/admin", "/%2e%2e/admin" },
        { "/a%252Fadmin", "/a%2Fadmin" },
        { "/%2561dmin", "/%61dmin" },
        { "/%61dmin", "/admin" },
    };
    check_paths(cases, OSP_ARRAY_LEN(cases));
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
        { S("a"), S("1"), S("1") },        { S("b"), S(""), S("") },
        { S("c"), S(""), S("") },          { S("d e"), S("f=g"), S("f=g") },
        { S(""), S("h"), S("h") },         { S("i"), S("\xc3\xa4&"), S("%c3%A4%26") },
        { S("j"), S("a\0b"), S("a%00b") }, { S("k"), S("%41"), S("%2541") },
    };
    osp_arena arena;
    osp_arena_init(&arena, NULL, 0, 1 << 16);
    osp_str rest = S("&a=1&&b&c=&d+e=f=g&=h&i=%c3%A4%26&j=a%00b&k=%2541&&");
    for (size_t i = 0; i < OSP_ARRAY_LEN(want); i++) {
        osp_pair got;
        OSP_CHECK(osp_query_next(&rest, &arena, &got) == OSP_OK);
        OSP_CHECK_STR(got.name, want[i].name);
        OSP_CHECK_STR(got.value, want[i].value);
        OSP_CHECK_STR(got.raw, want[i].raw);
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

OSP_UNIT_TEST(path_raw_segment, "a segment of the normal path leads back to what was sent")
{
    static const struct {
        const char *raw;
        size_t behind;
        const char *want;
    } cases[] = {
        { "/a/b%2Cc/d", 1, "b%2Cc" },
        { "/a/b/d/", 0, "d" },
        { "/a//b", 1, "a" },
        { "/a/./b/%2e", 0, "b" },
        { "/a/x/y/../../b", 1, "a" },
        { "/a/x/.%2E/b", 1, "a" },
        { "/a/x/..", 0, "a" },
        { "/../../a/b", 1, "a" },
        { "/../../a/b", 2, "" },
        { "/a/...", 0, "..." },
        { "/a/%2e%2e%2e", 0, "%2e%2e%2e" },
        { "/", 0, "" },
        { "", 0, "" },
        { "/a%2", 0, "a%2" },
    };
    for (size_t i = 0; i < OSP_ARRAY_LEN(cases); i++) {
        OSP_CHECK_STR(osp_path_raw_segment(osp_str_from(cases[i].raw), cases[i].behind),
                      osp_str_from(cases[i].want));
    }
}

OSP_UNIT_TEST(path_raw_segment_agrees,
              "decoding the raw segments gives the normal path, whatever was sent")
{
    static const char *const words[] = { "/",  "/",   "/",   "a",   "b", ".",
                                         "..", "%2e", "%41", "%2C", "," };
    uint32_t random = 1;
    char storage[4096];
    for (int round = 0; round < 20000; round++) {
        char raw[64] = "/";
        for (int i = 0; i < 9; i++) {
            random = random * 1664525 + 1013904223;
            strcat(raw, words[(random >> 16) % OSP_ARRAY_LEN(words)]);
        }
        osp_arena arena;
        osp_arena_init(&arena, storage, sizeof storage, 1 << 16);
        osp_str normal;
        OSP_CHECK(osp_path_normalise(osp_str_from(raw), &arena, &normal) == OSP_OK);
        size_t behind = 0;
        for (size_t end = normal.len; end > 1; end--) {
            if (normal.ptr[end - 1] == '/') {
                continue;
            }
            size_t begin = end;
            while (normal.ptr[begin - 1] != '/') {
                begin--;
            }
            osp_str got;
            OSP_CHECK(osp_percent_decode(osp_path_raw_segment(osp_str_from(raw), behind++), false,
                                         &arena, &got) == OSP_OK);
            OSP_CHECK_STR(got, ((osp_str){ normal.ptr + begin, end - begin }));
            end = begin;
        }
        OSP_CHECK(osp_path_raw_segment(osp_str_from(raw), behind).len == 0);
        osp_arena_done(&arena);
    }
}
