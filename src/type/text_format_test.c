#include "type/text.h"

#include "tests/unit/unit.h"

#define A10 "aaaaaaaaaa"
#define A60 A10 A10 A10 A10 A10 A10
#define LABEL63 A60 "aaa"
#define DOMAIN251 LABEL63 "." LABEL63 "." LABEL63 "." A10 A10 A10 A10 A10 "aaaaaaaaa"

/* On a copy of exactly its size, so that a sanitizer sees every read past either end. */
static bool is(osp_format format, osp_str text)
{
    char *copy = malloc(text.len == 0 ? 1 : text.len);
    OSP_CHECK(copy != NULL);
    if (text.len != 0) {
        memcpy(copy, text.ptr, text.len);
    }
    const osp_sentence *wrong = osp_text_check_format(format, (osp_str){ copy, text.len });
    free(copy);
    OSP_CHECK(wrong == NULL || strncmp(wrong->text, "must be ", 8) == 0);
    return wrong == NULL;
}

static void check_all(osp_format format, const char *const *good, const char *const *bad)
{
    for (; *good != NULL; good++) {
        if (!is(format, osp_str_from(*good))) {
            printf("refused: %s\n", *good);
            OSP_CHECK(!"must be taken");
        }
    }
    for (; *bad != NULL; bad++) {
        if (is(format, osp_str_from(*bad))) {
            printf("taken: %s\n", *bad);
            OSP_CHECK(!"must be refused");
        }
    }
    /* No format takes the empty text. */
    OSP_CHECK(!is(format, (osp_str){ NULL, 0 }));
}

OSP_UNIT_TEST(format_email, "dot-atom @ domain")
{
    static const char *const good[] = { "a@b.c",
                                        "john.doe@example.com",
                                        "!#$%&'*+/=?^_`{|}~-@example.org",
                                        "a+b@x-y.example",
                                        "1@2.3",
                                        "A@B.C",
                                        A60 "aaaa@b.c",
                                        "a@" LABEL63 ".c",
                                        "ab@" DOMAIN251,
                                        NULL };
    static const char *const bad[] = { "a",
                                       "@",
                                       "@b.c",
                                       "a@",
                                       "a@b",
                                       "a@b.",
                                       "a@.b",
                                       "a@b..c",
                                       ".a@b.c",
                                       "a.@b.c",
                                       "a..a@b.c",
                                       "a b@c.d",
                                       "a@b c.d",
                                       "a@@b.c",
                                       "a@b@c.d",
                                       "a@-b.c",
                                       "a@b-.c",
                                       "a@b_c.d",
                                       "\"a\"@b.c",
                                       "a@[1.2.3.4]",
                                       "a@b.c ",
                                       " a@b.c",
                                       "a@b.c\n",
                                       "\xC3\xA4@b.c",
                                       "a@\xC3\xA4.c",
                                       "a(b)@c.d",
                                       "a,b@c.d",
                                       A60 "aaaaa@b.c",
                                       "a@" LABEL63 "a.c",
                                       "abc@" DOMAIN251,
                                       NULL };
    check_all(OSP_FORMAT_EMAIL, good, bad);
}

OSP_UNIT_TEST(format_hostname, "labels of letters, digits and dashes")
{
    static const char *const good[] = {
        "a",   "A",          "1",     "a.b", "localhost", "xn--4gbwdl.xn--wgbh1c", "a--b",
        "1.2", "3com.com.x", LABEL63, "a1",  "1.2.3.4",   DOMAIN251 "aa",          NULL
    };
    static const char *const bad[] = {
        ".",   "a.",  ".a",   "a..b", "-a", "a-",       "a.-",       "a_b",           "a b",
        "a\n", "a/b", "a:80", "*.a",  "@",  "\xC3\xA4", LABEL63 "a", DOMAIN251 "aaa", NULL
    };
    check_all(OSP_FORMAT_HOSTNAME, good, bad);
}

OSP_UNIT_TEST(format_ipv4, "four numbers without zeros in front")
{
    static const char *const good[] = { "0.0.0.0", "1.2.3.4", "255.255.255.255", "10.0.200.9",
                                        NULL };
    static const char *const bad[] = { "1",         "1.2.3",    "1.2.3.4.5", "1.2.3.",
                                       ".1.2.3",    "1..2.3",   "256.1.1.1", "1.1.1.256",
                                       "01.1.1.1",  "1.1.1.00", "1.1.1.1 ",  " 1.1.1.1",
                                       "1.1.1.1\n", "1.1.1.a",  "0x1.1.1.1", "1.1.1.1000",
                                       "-1.1.1.1",  "1,1,1,1",  NULL };
    check_all(OSP_FORMAT_IPV4, good, bad);
    for (int value = 0; value < 2000; value++) {
        char text[32];
        const int len = snprintf(text, sizeof(text), "%d.0.0.%d", value % 256, value);
        OSP_CHECK(is(OSP_FORMAT_IPV4, (osp_str){ text, (size_t)len }) == (value < 256));
    }
}

OSP_UNIT_TEST(format_ipv6, "eight groups, one gap, IPv4 at the end")
{
    static const char *const good[] = { "::",
                                        "::1",
                                        "1::",
                                        "1:2:3:4:5:6:7:8",
                                        "1:2:3::8",
                                        "1::3:4:5:6:7:8",
                                        "::2:3:4:5:6:7:8",
                                        "1:2:3:4:5:6:7::",
                                        "ABCD:abcd:0000:ffff::",
                                        "::1.2.3.4",
                                        "1:2:3:4:5:6:1.2.3.4",
                                        "1::1.2.3.4",
                                        "::ffff:255.255.255.255",
                                        "1:2:3:4:5::1.2.3.4",
                                        "::2:3:4:5:6:1.2.3.4",
                                        "fe80::1",
                                        NULL };
    static const char *const bad[] = { ":",
                                       ":::",
                                       "1",
                                       "1:",
                                       ":1",
                                       "1:2:3:4:5:6:7",
                                       "1:2:3:4:5:6:7:8:9",
                                       "1:2:3:4:5:6:7:8:",
                                       ":1:2:3:4:5:6:7:8",
                                       "1::2::3",
                                       "::1::",
                                       "12345::",
                                       "g::",
                                       "1:2:3:4:5:6:7::8",
                                       "1::2:3:4:5:6:7:8",
                                       "::1:2:3:4:5:6:7:8",
                                       "1:2:3:4:5:6:7:8::",
                                       "1.2.3.4",
                                       "::1.2.3",
                                       "::1.2.3.4.5",
                                       "::1.2.3.256",
                                       "::01.2.3.4",
                                       "1.2.3.4::",
                                       "::1.2.3.4:1",
                                       "1:2:3:4:5:6:7:1.2.3.4",
                                       "1:2:3:4:5:1.2.3.4",
                                       "1:2:3:4:5:6::1.2.3.4",
                                       "fe80::1%eth0",
                                       "[::1]",
                                       "::1/64",
                                       " ::1",
                                       "::1 ",
                                       "::1\n",
                                       "1:::2",
                                       ":::1",
                                       NULL };
    check_all(OSP_FORMAT_IPV6, good, bad);
}

static const char *const no_uris[] = {
    "a",
    ":a",
    "1a:b",
    "a_b:c",
    "//a/b",
    "/a",
    "?a",
    "#a",
    "http://a b",
    "http://a/ b",
    "http://a/%",
    "http://a/%2",
    "http://a/%2g",
    "http://a/<",
    "http://a/\"",
    "http://a/\\",
    "http://a/^",
    "http://a/`",
    "http://a/{}",
    "http://a/|",
    "http://[::1",
    "http://::1/",
    "http://[1]/",
    "http://[::1]a/",
    "http://[v.a]/",
    "http://[v1.]/",
    "http://[v1a]/",
    "http://[vg.a]/",
    "http://[v1.%41]/",
    "http://[fe80::1%25eth0]/",
    "http://a:b/",
    "http://a@b@c/",
    "http://a#b#c",
    "a:[",
    "http://a/[",
    "http://a?[",
    "http://\xC3\xA4/",
    "http://a/\n",
    " http://a",
    "http://a ",
    "a:/[::1]",
    "http://[]/",
    "http://[::1]:x/",
    "http://a/\x7F",
    NULL,
};

OSP_UNIT_TEST(format_uri, "scheme, hierarchy, query, fragment of RFC 3986")
{
    static const char *const good[] = {
        "a:",
        "http://example.com",
        "HTTP://EXAMPLE.COM/",
        "ftp://ftp.is.co.za/rfc/rfc1808.txt",
        "ldap://[2001:db8::7]/c=GB?objectClass?one",
        "mailto:John.Doe@example.com",
        "news:comp.infosystems.www.servers.unix",
        "tel:+1-816-555-1212",
        "telnet://192.0.2.16:80/",
        "urn:oasis:names:specification:docbook:dtd:xml:4.1.2",
        "file:///etc/passwd",
        "a:/b",
        "a://",
        "a+b-c.1:x",
        "http://user:pass@host:8080/p;a=1/q?x=y&z=/?#frag/?",
        "http://a/%20%aF",
        "http://%41/",
        "http://[v1.a:b]/",
        "http://[::ffff:1.2.3.4]:1/",
        "http://a:/",
        "http://a:99999/",
        "http://a//b",
        "data:,a%20b",
        "a:b@c:d",
        "http:?",
        "http:#",
        NULL,
    };
    check_all(OSP_FORMAT_URI, good, no_uris);
    OSP_CHECK(!is(OSP_FORMAT_URI, (osp_str){ "a:b\0", 4 }));
    OSP_CHECK(!is(OSP_FORMAT_URI, (osp_str){ "\0a:b", 4 }));
}

OSP_UNIT_TEST(format_url, "http and https, with a host and nobody's name")
{
    static const char *const good[] = { "http://a",
                                        "https://a/",
                                        "HTTPS://example.com:443/a?b#c",
                                        "http://127.0.0.1:1",
                                        "http://[::1]/",
                                        "http://a:65535/",
                                        "http://a:/",
                                        "http://localhost/%20",
                                        "http://a:00080/",
                                        NULL };
    static const char *const bad[] = { "http:",
                                       "http:a",
                                       "http:/a",
                                       "http://",
                                       "http:///a",
                                       "http://:80/",
                                       "ftp://a",
                                       "httpss://a",
                                       "htt://a",
                                       "mailto:a@b.c",
                                       "a",
                                       "//a",
                                       "http://u@a/",
                                       "http://u:p@a/",
                                       "http://@a/",
                                       "http://a:65536/",
                                       "http://a:99999999999999999999/",
                                       "http://a b/",
                                       "javascript:alert(1)",
                                       "http://a/ ",
                                       "http://?a",
                                       "http://#a",
                                       "http://u@",
                                       NULL };
    check_all(OSP_FORMAT_URL, good, bad);
}

OSP_UNIT_TEST(format_slug, "words of small letters and digits between single dashes")
{
    static const char *const good[] = {
        "a", "0", "a-b", "how-to-train-your-dragon", "2026-01", NULL
    };
    static const char *const bad[] = { "-",   "-a",  "a-",  "a--b",     "A", "a_b",
                                       "a b", "a.b", "a\n", "\xC3\xA4", NULL };
    check_all(OSP_FORMAT_SLUG, good, bad);
}

OSP_UNIT_TEST(format_time, "times as an osp_time reads them")
{
    static const char *const good[] = { "2026-01-31T12:00:00Z", "2026-01-31T12:00:00.000Z",
                                        "0000-01-01T00:00:00-00:00", "2024-02-29t00:00:00z", NULL };
    static const char *const bad[] = { "2026-01-31",
                                       "2026-01-31T12:00:00",
                                       "2026-01-31 12:00:00Z",
                                       "2025-02-29T00:00:00Z",
                                       "2026-01-31T12:00Z",
                                       "2026-01-31T24:00:00Z",
                                       "2026-01-31T12:00:00Z\n",
                                       NULL };
    check_all(OSP_FORMAT_TIME, good, bad);
}

OSP_UNIT_TEST(format_any, "no format is every text")
{
    OSP_CHECK(osp_text_check_format(OSP_FORMAT_ANY, (osp_str){ NULL, 0 }) == NULL);
    OSP_CHECK(osp_text_check_format(OSP_FORMAT_ANY, S("\n")) == NULL);
}

/* Where no format has a place for it, a byte in the middle spoils the text. */
OSP_UNIT_TEST(format_bytes, "control bytes, spaces and bytes above ASCII stand in no format")
{
    static const char *const texts[OSP_FORMAT_COUNT] = {
        [OSP_FORMAT_EMAIL] = "abc.d@ef-g.hi",
        [OSP_FORMAT_URL] = "http://ab.c:80/d?e=f#g",
        [OSP_FORMAT_URI] = "a+b://c@[::1]:80/d%20?e=f#g",
        [OSP_FORMAT_HOSTNAME] = "ab-c.de",
        [OSP_FORMAT_IPV4] = "1.22.133.4",
        [OSP_FORMAT_IPV6] = "1:2::33:1.2.3.4",
        [OSP_FORMAT_SLUG] = "ab-c",
        [OSP_FORMAT_TIME] = "2026-01-31T12:00:00.123+01:00",
    };
    for (osp_format format = OSP_FORMAT_EMAIL; format < OSP_FORMAT_COUNT; format++) {
        const size_t len = strlen(texts[format]);
        OSP_CHECK(is(format, osp_str_from(texts[format])));
        for (size_t at = 0; at < len; at++) {
            for (int c = 0; c < 256; c++) {
                char text[64];
                memcpy(text, texts[format], len);
                text[at] = (char)(unsigned char)c;
                OSP_CHECK((c > ' ' && c < 0x7F) || !is(format, (osp_str){ text, len }));
            }
        }
    }
}

OSP_UNIT_TEST(text_characters, "code points, counted eight bytes at once as one by one")
{
    static const char mixed[] = "a\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80";
    OSP_CHECK(osp_text_characters((osp_str){ NULL, 0 }) == 0);
    OSP_CHECK(osp_text_characters(osp_str_from(mixed)) == 4);
    char text[200];
    for (size_t i = 0; i < sizeof(text); i++) {
        text[i] = mixed[i % (sizeof(mixed) - 1)];
    }
    for (size_t at = 0; at < 20; at++) {
        for (size_t len = 0; len + at <= sizeof(text); len++) {
            size_t want = 0;
            for (size_t i = at; i < at + len; i++) {
                want += (unsigned char)text[i] < 0x80 || (unsigned char)text[i] >= 0xC0;
            }
            OSP_CHECK(osp_text_characters((osp_str){ text + at, len }) == want);
        }
    }
    memset(text, 0xBF, sizeof(text));
    OSP_CHECK(osp_text_characters((osp_str){ text, sizeof(text) }) == 0);
    memset(text, 0xFF, sizeof(text));
    OSP_CHECK(osp_text_characters((osp_str){ text, sizeof(text) }) == sizeof(text));
}
