/* Set-Cookie: what is written, what is refused, and the limits. */
#include "http/set_cookie.h"

#include "tests/unit/unit.h"

#define FIELD_MAX 16384

static char storage[FIELD_MAX];

static osp_str write(const char *name, osp_str value, osp_cookie_options options, bool secure)
{
    osp_buf out;
    osp_buf_init(&out, storage, sizeof storage, sizeof storage);
    OSP_CHECK(osp_cookie_flaw(osp_str_from(name), value, &options) == NULL);
    OSP_CHECK(osp_cookie_write(osp_str_from(name), value, &options, secure, &out) == OSP_OK);
    return (osp_str){ out.ptr, out.len };
}

OSP_UNIT_TEST(set_cookie_written, "a cookie is safe unless its options say otherwise")
{
    const osp_cookie_options plain = { 0 };
    OSP_CHECK_STR(write("a", S("1"), plain, false), S("a=1; Path=/; HttpOnly; SameSite=Lax"));
    OSP_CHECK_STR(write("a", S(""), plain, true), S("a=; Path=/; Secure; HttpOnly; SameSite=Lax"));
    OSP_CHECK_STR(
        write("a", S("1"), (osp_cookie_options){ .secure = true, .for_scripts = true }, false),
        S("a=1; Path=/; Secure; SameSite=Lax"));
    OSP_CHECK_STR(write("a", S("1"),
                        (osp_cookie_options){ .path = S("/x y"),
                                              .domain = S("example.org"),
                                              .max_age_s = 60,
                                              .expires = { INT64_C(784111777000000) },
                                              .same_site = OSP_SAME_SITE_STRICT },
                        false),
                  S("a=1; Path=/x y; Domain=example.org; Max-Age=60; "
                    "Expires=Sun, 06 Nov 1994 08:49:37 GMT; HttpOnly; SameSite=Strict"));
    OSP_CHECK_STR(
        write("a", S("1"), (osp_cookie_options){ .same_site = OSP_SAME_SITE_NONE }, false),
        S("a=1; Path=/; Secure; HttpOnly; SameSite=None"));
    OSP_CHECK_STR(write("a", S("1"), (osp_cookie_options){ .partitioned = true }, false),
                  S("a=1; Path=/; Secure; HttpOnly; SameSite=Lax; Partitioned"));
    OSP_CHECK_STR(write("__Host-a", S("1"), (osp_cookie_options){ .path = S("/") }, false),
                  S("__Host-a=1; Path=/; Secure; HttpOnly; SameSite=Lax"));
    OSP_CHECK_STR(write("__secure-a", S("1"), (osp_cookie_options){ .domain = S("a.b") }, false),
                  S("__secure-a=1; Path=/; Domain=a.b; Secure; HttpOnly; SameSite=Lax"));
}

OSP_UNIT_TEST(set_cookie_encoded, "a value is percent-encoded where a cookie cannot hold it")
{
    const osp_cookie_options plain = { 0 };
    const osp_str field = write("a", S("x y;\"\\,%41\xc3\xa4\n="), plain, false);
    OSP_CHECK(osp_str_starts_with(field, S("a=x%20y%3B%22%5C%2C%2541%C3%A4%0A=; Path=/")));
}

OSP_UNIT_TEST(set_cookie_refused, "what browsers would drop or misread is named")
{
    static const struct {
        const char *name, *value;
        osp_cookie_options options;
        const char *about; /* in the sentence */
    } cases[] = {
        { "", "", { 0 }, "name" },
        { "a b", "", { 0 }, "name" },
        { "a=", "", { 0 }, "name" },
        { "a;", "", { 0 }, "name" },
        { "a", "\xff", { 0 }, "UTF-8" },
        { "a", "", { .path = { "x", 1 } }, "path" },
        { "a", "", { .path = { "/;", 2 } }, "path" },
        { "a", "", { .path = { "/\r", 2 } }, "path" },
        { "a", "", { .path = { "/\xc3\xa4", 3 } }, "path" },
        { "a", "", { .domain = { "a b", 3 } }, "domain" },
        { "a", "", { .domain = { ".a", 2 } }, "domain" },
        { "a", "", { .domain = { "a.", 2 } }, "domain" },
        { "a", "", { .domain = { "a..b", 4 } }, "domain" },
        { "a", "", { .domain = { "a;b", 3 } }, "domain" },
        { "a", "", { .max_age_s = -1 }, "osp_delete_cookie" },
        { "__Host-a", "", { .domain = { "a.b", 3 } }, "no domain" },
        { "__Host-a", "", { .path = { "/x", 2 } }, "path is" },
        { "__HOST-a", "", { .path = { "/x", 2 } }, "path is" },
        { "__Http-a", "", { .for_scripts = true }, "scripts" },
        { "__Host-Http-a", "", { .for_scripts = true }, "scripts" },
        { "__Host-Http-a", "", { .domain = { "a.b", 3 } }, "no domain" },
    };
    for (size_t i = 0; i < OSP_ARRAY_LEN(cases); i++) {
        const char *flaw = osp_cookie_flaw(osp_str_from(cases[i].name),
                                           osp_str_from(cases[i].value), &cases[i].options);
        if (flaw == NULL || strstr(flaw, cases[i].about) == NULL) {
            fprintf(stderr, "case %zu: %s\n", i, flaw != NULL ? flaw : "good");
        }
        OSP_CHECK(flaw != NULL && strstr(flaw, cases[i].about) != NULL);
    }
}

OSP_UNIT_TEST(set_cookie_limits, "name and value, path and domain have limits")
{
    static char text[OSP_COOKIE_PAIR_MAX + 8];
    const osp_cookie_options plain = { 0 };
    memset(text, 'a', sizeof text);
    for (size_t over = 0; over < 2; over++) {
        osp_buf out;
        osp_buf_init(&out, storage, sizeof storage, sizeof storage);
        const osp_str value = { text, OSP_COOKIE_PAIR_MAX - 3 + over };
        OSP_CHECK(osp_cookie_write(S("abc"), value, &plain, false, &out) ==
                  (over ? OSP_E_LIMIT : OSP_OK));
        const osp_str name = { text, OSP_COOKIE_NAME_MAX + over };
        OSP_CHECK((osp_cookie_flaw(name, S(""), &plain) != NULL) == (over == 1));
        osp_cookie_options options = { .domain = { text, OSP_COOKIE_ATTRIBUTE_MAX + over } };
        OSP_CHECK((osp_cookie_flaw(S("a"), S(""), &options) != NULL) == (over == 1));
        text[0] = '/';
        options = (osp_cookie_options){ .path = { text, OSP_COOKIE_ATTRIBUTE_MAX + over } };
        OSP_CHECK((osp_cookie_flaw(S("a"), S(""), &options) != NULL) == (over == 1));
        text[0] = 'a';
    }
}

OSP_UNIT_TEST(set_cookie_same, "a cookie is another one by name, path or domain")
{
    const osp_cookie_options plain = { 0 }, path = { .path = S("/a") },
                             domain = { .domain = S("a.b") };
    const osp_str field = S("n=v; Path=/; HttpOnly");
    OSP_CHECK(osp_cookie_is_same(field, S("n"), &plain));
    OSP_CHECK(osp_cookie_is_same(S("n=; Path=/"), S("n"), &plain));
    OSP_CHECK(!osp_cookie_is_same(field, S("m"), &plain));
    OSP_CHECK(!osp_cookie_is_same(field, S(""), &plain));
    OSP_CHECK(!osp_cookie_is_same(field, S("n=v"), &plain));
    OSP_CHECK(!osp_cookie_is_same(field, S("n"), &path));
    OSP_CHECK(!osp_cookie_is_same(field, S("n"), &domain));
    OSP_CHECK(!osp_cookie_is_same(S("n=v; Path=/a; HttpOnly"), S("n"), &plain));
    OSP_CHECK(!osp_cookie_is_same(S("n=v; Path=/; Domain=a.b"), S("n"), &plain));
    OSP_CHECK(osp_cookie_is_same(S("n=v; Path=/; Domain=a.b; HttpOnly"), S("n"), &domain));
    OSP_CHECK(!osp_cookie_is_same(S("n=v; Path=/; Domain=a.bc; HttpOnly"), S("n"), &domain));
    OSP_CHECK(!osp_cookie_is_same(S("n=v"), S("n"), &plain));
}

OSP_UNIT_TEST(set_cookie_mac, "the signature is HMAC-SHA-256 of the pair (RFC 4231 test case 1)")
{
    char mac[OSP_COOKIE_MAC_LEN];
    osp_cookie_mac(S("\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b"
                     "\x0b"),
                   S("Hi There"), mac);
    OSP_CHECK_STR(((osp_str){ mac, sizeof mac }), S("sDRMYdjbOFNcqK_OrwvxK4gdwgDJgz2nJuk3bC4yz_c"));
}
