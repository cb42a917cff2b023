/* The Cookie header: pairs, the grammar, the limits. */
#include "wire/cookie.h"

#include "tests/unit/unit.h"

/* "name=value|..." of what is read, "!name" for what is refused. */
static osp_str read_all(osp_str header, char *out)
{
    size_t len = 0;
    for (osp_str rest = header;;) {
        osp_cookie_pair cookie;
        const size_t before = rest.len;
        const osp_status status = osp_cookie_next(&rest, &cookie);
        if (status == OSP_DONE) {
            OSP_CHECK(rest.len == 0);
            return (osp_str){ out, len };
        }
        OSP_CHECK(rest.len < before);
        OSP_CHECK(status == OSP_OK || status == OSP_E_INVALID);
        len += (size_t)sprintf(out + len, status == OSP_OK ? "%.*s=%.*s|" : "!%.*s|",
                               OSP_ARG(cookie.name), OSP_ARG(cookie.value));
    }
}

OSP_UNIT_TEST(cookie_pairs, "cookies are read in order, and what is none costs itself alone")
{
    static const struct {
        const char *header, *want;
    } cases[] = {
        { "", "" },
        { ";; ;", "" },
        { "a=1", "a=1|" },
        { "a=1; b=2", "a=1|b=2|" },
        { "a=1;b=2", "a=1|b=2|" },
        { " a=1 \t;\tb=2 ", "a=1|b=2|" },
        { "a=1; a=2", "a=1|a=2|" },
        { "a=", "a=|" },
        { "a==", "a==|" },
        { "a=b=c", "a=b=c|" },
        { "a=1,2", "a=1,2|" },
        { "a=%20+", "a=%20+|" },
        { "a=\"x\"", "a=\"x\"|" },
        { "a=\"\"", "a=\"\"|" },
        { "a=\"", "!a|" },
        { "a=\"x", "!a|" },
        { "a=x\"y", "!a|" },
        { "a=\"x;b=1\"", "!a|!b|" }, /* a quote hides no semicolon */
        { "a=x y; b=2", "!a|b=2|" },
        { "a=\\; b=2", "!a|b=2|" },
        { "a=\xc3\xa4; b=2", "!a|b=2|" },
        { "a=\x01; b=2", "!a|b=2|" },
        { "a; b=2", "!a|b=2|" },
        { "=1; b=2", "!|b=2|" },
        { "a b=1; b=2", "!a b|b=2|" },
        { "a =1; b=2", "!a |b=2|" },
        { "$Version=1; b=2", "$Version=1|b=2|" },
    };
    for (size_t i = 0; i < OSP_ARRAY_LEN(cases); i++) {
        char out[256];
        OSP_CHECK_STR(read_all(osp_str_from(cases[i].header), out), osp_str_from(cases[i].want));
    }
}

OSP_UNIT_TEST(cookie_limits, "names and values have limits, and a NUL is no end")
{
    static char header[OSP_COOKIE_NAME_MAX + OSP_COOKIE_VALUE_MAX + 8];
    for (size_t over = 0; over < 4; over++) {
        const size_t name = OSP_COOKIE_NAME_MAX + (over & 1);
        const size_t value = OSP_COOKIE_VALUE_MAX + (over >> 1);
        memset(header, 'n', name);
        header[name] = '=';
        memset(header + name + 1, 'v', value);
        osp_str rest = { header, name + 1 + value };
        osp_cookie_pair cookie;
        OSP_CHECK(osp_cookie_next(&rest, &cookie) == (over == 0 ? OSP_OK : OSP_E_INVALID));
        OSP_CHECK(cookie.value.len == (over == 0 ? value : 0));
        OSP_CHECK(osp_cookie_next(&rest, &cookie) == OSP_DONE);
    }
    osp_str rest = { "a=\0b; c=1", 9 };
    osp_cookie_pair cookie;
    OSP_CHECK(osp_cookie_next(&rest, &cookie) == OSP_E_INVALID);
    OSP_CHECK(osp_cookie_next(&rest, &cookie) == OSP_OK);
    OSP_CHECK_STR(cookie.name, S("c"));
}
