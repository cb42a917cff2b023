/* Addresses, ranges of them, and what proxies say about their clients. */
#include "wire/forwarded.h"

#include <stdio.h>
#include <string.h>

#include "tests/unit/unit.h"

static bool trusts(const char *list, const char *address)
{
    osp_trust trust = { 0 };
    osp_str bad;
    osp_ip ip;
    OSP_CHECK(osp_trust_add(&trust, osp_str_from(list), &bad) == OSP_OK);
    OSP_CHECK(osp_ip_parse(osp_str_from(address), &ip));
    return osp_trust_has(&trust, &ip);
}

OSP_UNIT_TEST(trust_ranges, "an address is in a range, or is not")
{
    OSP_CHECK(trusts("10.0.0.0/8", "10.255.0.1") && !trusts("10.0.0.0/8", "11.0.0.1"));
    OSP_CHECK(trusts("10.128.0.0/9", "10.128.0.1") && !trusts("10.128.0.0/9", "10.127.0.1"));
    OSP_CHECK(trusts("10.0.0.1", "10.0.0.1") && !trusts("10.0.0.1", "10.0.0.2"));
    OSP_CHECK(trusts("10.0.0.1", "::ffff:10.0.0.1") && trusts("::ffff:10.0.0.1", "10.0.0.1"));
    OSP_CHECK(trusts("2001:db8::/33", "2001:db8:7fff::") &&
              !trusts("2001:db8::/33", "2001:db8:8000::"));
    OSP_CHECK(trusts("0.0.0.0/0", "1.2.3.4") && !trusts("0.0.0.0/0", "::1"));
    OSP_CHECK(trusts(" ::/0 , 127.0.0.1", "::1") && trusts(" ::/0 , 127.0.0.1", "127.0.0.1"));
    osp_trust trust = { 0 };
    osp_str bad;
    const osp_ip local = { .kind = OSP_IP_LOCAL }, none = { 0 };
    OSP_CHECK(osp_trust_add(&trust, OSP_STR("unix"), &bad) == OSP_OK);
    OSP_CHECK(osp_trust_has(&trust, &local) && !osp_trust_has(&trust, &none));
    OSP_CHECK(!osp_trust_has(NULL, &local) && !trusts("unix", "127.0.0.1"));
}

OSP_UNIT_TEST(trust_bad, "what is no list of ranges")
{
    static const char *const bad[] = { "",           "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/-1",
                                       "10.0.0.1/8", "::1/64",      "::1/129",   "10.0.0",
                                       "all",        "10.0.0.1,",   ",10.0.0.1", "fe80::1%lo",
                                       "[::1]",      "10.0.0.1 /8", "010.0.0.1", "10.0.0.0/8/8" };
    for (size_t i = 0; i < OSP_ARRAY_LEN(bad); i++) {
        osp_trust trust = { 0 };
        osp_str item;
        OSP_CHECK(osp_trust_add(&trust, osp_str_from(bad[i]), &item) == OSP_E_INVALID);
    }
    osp_trust trust = { 0 };
    osp_str item;
    for (int i = 0; i < OSP_TRUST_RANGES_MAX; i++) {
        OSP_CHECK(osp_trust_add(&trust, OSP_STR("10.0.0.1"), &item) == OSP_OK);
    }
    OSP_CHECK(osp_trust_add(&trust, OSP_STR("10.0.0.1"), &item) == OSP_E_LIMIT);
}

OSP_UNIT_TEST(forwarded_ip, "how both headers spell an address")
{
    static const struct {
        const char *text, *ip;
    } cases[] = {
        { "192.0.2.1", "192.0.2.1" },
        { "192.0.2.1:80", "192.0.2.1" },
        { "2001:db8::1", "2001:db8::1" },
        { "[2001:db8::1]", "2001:db8::1" },
        { "[2001:db8::1]:80", "2001:db8::1" },
        { "::ffff:192.0.2.1", "192.0.2.1" },
        { "unknown", NULL },
        { "_hidden", NULL },
        { "", NULL },
        { "[192.0.2.1]", NULL },
        { "192.0.2.1:", NULL },
        { "192.0.2.1:65536", NULL },
        { "[::1", NULL },
        { "[::1]x", NULL },
        { "[::1]:", NULL },
        { "[]", NULL },
        { "192.0.2.1 ", NULL },
    };
    for (size_t i = 0; i < OSP_ARRAY_LEN(cases); i++) {
        osp_ip ip;
        char text[OSP_IP_TEXT_SIZE];
        const bool good = osp_forwarded_ip(osp_str_from(cases[i].text), &ip);
        OSP_CHECK(good == (cases[i].ip != NULL));
        OSP_CHECK(!good || (osp_ip_text(&ip, text) > 0 && strcmp(text, cases[i].ip) == 0));
    }
}

/* The elements of a field as "for/proto/host", with "|" between them; "!" where it is malformed. */
static void read_all(const char *field, char *text, size_t size)
{
    osp_str rest = osp_str_from(field);
    osp_forwarded element;
    osp_status status;
    size_t len = 0;
    text[0] = 0;
    while ((status = osp_forwarded_next(&rest, &element)) == OSP_OK) {
        len += (size_t)snprintf(text + len, size - len, "%s%.*s/%.*s/%.*s", len > 0 ? "|" : "",
                                OSP_ARG(element.client), OSP_ARG(element.scheme),
                                OSP_ARG(element.host));
    }
    if (status != OSP_DONE) {
        (void)snprintf(text, size, "!");
    }
}

OSP_UNIT_TEST(forwarded_elements, "elements of Forwarded, and malformed ones")
{
    static const struct {
        const char *field, *elements;
    } cases[] = {
        { "for=192.0.2.43", "192.0.2.43//" },
        { "For=\"[2001:db8::1]:4711\"", "[2001:db8::1]:4711//" },
        { "for=a;proto=https;host=x.org, for=b;by=c", "a/https/x.org|b//" },
        { " for=a ; proto=http , , for=b ", "a/http/|b//" },
        { "for=_hidden, for=unknown", "_hidden//|unknown//" },
        { "host=\"x.org:80\";secret=y", "//x.org:80" },
        { "", "" },
        { ",;,", "" },
        { "for=\"\"", "//" },
        { "for", "!" },
        { "for=", "!" },
        { "=a", "!" },
        { "for=\"a", "!" },
        { "for=\"a\\\"b\"", "!" },
        { "for=a b", "!" },
        { "for=a;for=b", "!" },
        { "for=\"a\"b", "!" },
        { "for=[::1]", "!" },
        { "for = a", "!" },
    };
    for (size_t i = 0; i < OSP_ARRAY_LEN(cases); i++) {
        char text[200];
        read_all(cases[i].field, text, sizeof text);
        OSP_CHECK(strcmp(text, cases[i].elements) == 0);
    }
}
