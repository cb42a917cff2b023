/* The PROXY protocol: what is right, and every byte that can be wrong. */
#include "wire/proxy.h"

#include <string.h>

#include "tests/unit/unit.h"

#define SIGNATURE "\r\n\r\n\0\r\nQUIT\n"

static osp_status parse(const char *bytes, size_t len, osp_proxy *ret_proxy)
{
    size_t size = 0;
    const osp_status status = osp_proxy_parse((osp_str){ bytes, len }, ret_proxy, &size);
    OSP_CHECK(status != OSP_OK || (size > 0 && size <= len));
    return status;
}

static bool is(const osp_proxy *proxy, const char *text)
{
    char buffer[OSP_IP_TEXT_SIZE];
    return osp_ip_text(&proxy->client, buffer) == strlen(text) && strcmp(buffer, text) == 0;
}

OSP_UNIT_TEST(proxy_v1, "version 1, and what is no version 1")
{
    static const struct {
        const char *line, *client;
        osp_status status;
    } cases[] = {
        { "PROXY TCP4 192.0.2.1 198.51.100.1 56324 443\r\nGET /", "192.0.2.1", OSP_OK },
        { "PROXY TCP4 255.255.255.255 255.255.255.255 65535 65535\r\n", "255.255.255.255", OSP_OK },
        { "PROXY TCP6 2001:db8::1 ::1 0 1\r\n", "2001:db8::1", OSP_OK },
        { "PROXY TCP6 ::ffff:192.0.2.1 ::1 1 1\r\n", "192.0.2.1", OSP_OK },
        { "PROXY UNKNOWN\r\n", "", OSP_OK },
        { "PROXY UNKNOWN what ever 1 2\r\n", "", OSP_OK },
        { "PROXY TCP4 192.0.2.1 198.51.100.1 56324 443\r", NULL, OSP_AGAIN },
        { "PROX", NULL, OSP_AGAIN },
        { "", NULL, OSP_AGAIN },
        { "GET / HTTP/1.1\r\n", NULL, OSP_E_INVALID },
        { "PROXY\r\n", NULL, OSP_E_INVALID },
        { "PROXY \r\n", NULL, OSP_E_INVALID },
        { "PROXY TCP4\r\n", NULL, OSP_E_INVALID },
        { "PROXY TCP5 192.0.2.1 198.51.100.1 1 2\r\n", NULL, OSP_E_INVALID },
        { "PROXY tcp4 192.0.2.1 198.51.100.1 1 2\r\n", NULL, OSP_E_INVALID },
        { "PROXY TCP4 ::1 ::1 1 2\r\n", NULL, OSP_E_INVALID },
        { "PROXY TCP6 192.0.2.1 192.0.2.1 1 2\r\n", NULL, OSP_E_INVALID },
        { "PROXY TCP4 192.0.2.256 198.51.100.1 1 2\r\n", NULL, OSP_E_INVALID },
        { "PROXY TCP4 192.0.02.1 198.51.100.1 1 2\r\n", NULL, OSP_E_INVALID },
        { "PROXY TCP4 192.0.2.1  198.51.100.1 1 2\r\n", NULL, OSP_E_INVALID },
        { "PROXY TCP4 192.0.2.1 198.51.100.1 1 2 \r\n", NULL, OSP_E_INVALID },
        { "PROXY TCP4 192.0.2.1 198.51.100.1 1\r\n", NULL, OSP_E_INVALID },
        { "PROXY TCP4 192.0.2.1 198.51.100.1 1 65536\r\n", NULL, OSP_E_INVALID },
        { "PROXY TCP4 192.0.2.1 198.51.100.1 01 2\r\n", NULL, OSP_E_INVALID },
        { "PROXY TCP4 192.0.2.1 198.51.100.1 -1 2\r\n", NULL, OSP_E_INVALID },
        { "PROXY TCP4 192.0.2.1 198.51.100.1 1 2\n", NULL, OSP_E_INVALID },
        { "PROXY UNKNOWN\rx\n", NULL, OSP_E_INVALID },
        { "PROXY UNKNOWN\t\r\n", NULL, OSP_E_INVALID },
        { "PROXY UNKNOWN\x80\r\n", NULL, OSP_E_INVALID },
        { " PROXY UNKNOWN\r\n", NULL, OSP_E_INVALID },
    };
    for (size_t i = 0; i < OSP_ARRAY_LEN(cases); i++) {
        osp_proxy proxy;
        OSP_CHECK(parse(cases[i].line, strlen(cases[i].line), &proxy) == cases[i].status);
        OSP_CHECK(cases[i].client == NULL || is(&proxy, cases[i].client));
    }
}

OSP_UNIT_TEST(proxy_v1_limit, "a line of the longest length, and one byte more")
{
    char line[OSP_PROXY_V1_MAX + 8];
    osp_proxy proxy;
    memset(line, 'x', sizeof line);
    memcpy(line, "PROXY UNKNOWN ", 14);
    memcpy(line + OSP_PROXY_V1_MAX - 2, "\r\n", 2);
    OSP_CHECK(parse(line, OSP_PROXY_V1_MAX, &proxy) == OSP_OK);
    memcpy(line + OSP_PROXY_V1_MAX - 2, "x\r\n", 3);
    OSP_CHECK(parse(line, OSP_PROXY_V1_MAX + 1, &proxy) == OSP_E_LIMIT);
    OSP_CHECK(parse(line, OSP_PROXY_V1_MAX, &proxy) == OSP_E_LIMIT);
    OSP_CHECK(parse(line, OSP_PROXY_V1_MAX - 1, &proxy) == OSP_AGAIN);
}

static const char v4[] =
    SIGNATURE "\x21\x11\x00\x0c\xc0\x00\x02\x01\xc6\x33\x64\x01\xdc\x04\x01\xbb";
#define V4_SIZE (sizeof v4 - 1)

OSP_UNIT_TEST(proxy_v2, "version 2: addresses, TLVs, a proxy that speaks for itself")
{
    osp_proxy proxy;
    OSP_CHECK(parse(v4, V4_SIZE, &proxy) == OSP_OK && is(&proxy, "192.0.2.1") && !proxy.tls);
    for (size_t len = 0; len < V4_SIZE; len++) {
        OSP_CHECK(parse(v4, len, &proxy) == OSP_AGAIN);
    }
    static const char local[] = SIGNATURE "\x20\x00\x00\x00";
    OSP_CHECK(parse(local, sizeof local - 1, &proxy) == OSP_OK && is(&proxy, ""));
    static const char tls[] =
        SIGNATURE "\x21\x11\x00\x14\xc0\x00\x02\x01\xc6\x33\x64\x01\x00\x01\x00\x02"
                  "\x20\x00\x05\x01\x00\x00\x00\x00";
    OSP_CHECK(parse(tls, sizeof tls - 1, &proxy) == OSP_OK && proxy.tls);
    char broken[sizeof tls];
    memcpy(broken, tls, sizeof tls);
    broken[V4_SIZE + 2] = 4; /* a TLV that ends too early, and bytes behind it */
    OSP_CHECK(parse(broken, sizeof tls - 1, &proxy) == OSP_E_INVALID);
    broken[V4_SIZE + 2] = 6; /* and one that ends behind the header */
    OSP_CHECK(parse(broken, sizeof tls - 1, &proxy) == OSP_E_INVALID);
    char v6[16 + 36] = SIGNATURE "\x21\x21\x00\x24\x20\x01\x0d\xb8";
    v6[16 + 15] = 7;
    OSP_CHECK(parse(v6, sizeof v6, &proxy) == OSP_OK && is(&proxy, "2001:db8::7"));
    char file[16 + 216] = SIGNATURE "\x21\x31\x00\xd8/x";
    OSP_CHECK(parse(file, sizeof file, &proxy) == OSP_OK && proxy.client.kind == OSP_IP_LOCAL);
    file[15]--;
    OSP_CHECK(parse(file, sizeof file, &proxy) == OSP_E_INVALID);
}

OSP_UNIT_TEST(proxy_v2_bytes, "each of the first 14 bytes is looked at")
{
    for (size_t at = 0; at < 14; at++) {
        for (unsigned byte = 0; byte < 256; byte++) {
            char copy[sizeof v4];
            osp_proxy proxy;
            memcpy(copy, v4, sizeof v4);
            copy[at] = (char)byte;
            const osp_status status = parse(copy, V4_SIZE, &proxy);
            bool good = copy[at] == v4[at];
            good = good || (at == 12 && byte == 0x20) || (at == 13 && byte == 0);
            OSP_CHECK((status == OSP_OK) == good);
        }
    }
}

OSP_UNIT_TEST(proxy_v2_limit, "the longest header, and one byte more")
{
    static char header[16 + OSP_PROXY_V2_MAX + 1] = SIGNATURE "\x20\x00";
    osp_proxy proxy;
    header[14] = (char)(OSP_PROXY_V2_MAX >> 8);
    OSP_CHECK(parse(header, 16 + OSP_PROXY_V2_MAX, &proxy) == OSP_OK);
    header[15] = 1;
    OSP_CHECK(parse(header, sizeof header, &proxy) == OSP_E_LIMIT);
}
