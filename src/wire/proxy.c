/* The PROXY protocol.
 *
 *     1    PROXY TCP4 192.0.2.1 198.51.100.1 56324 443\r\n      or TCP6, or UNKNOWN and anything
 *     2    0d 0a 0d 0a 00 0d 0a 51 55 49 54 0a | 2 command | family | length | addresses | TLVs
 *
 * Every byte is checked, also of what nobody reads: a header that is half right comes from somebody
 * who does not speak this protocol.  What is said about a prefix holds for the whole. */
#include "wire/proxy.h"

#include <string.h>

#define SIGNATURE "\r\n\r\n\0\r\nQUIT\n"
#define SIGNATURE_SIZE (sizeof SIGNATURE - 1)
#define V2_HEAD 16
#define TLV_SSL 0x20         /* PP2_TYPE_SSL */
#define SSL_CLIENT 0x01      /* PP2_CLIENT_SSL */
#define SSL_SIZE ((size_t)5) /* of its fixed part */

/* ---------------------------------------------------------------- version 1 */

/* The bytes up to the next space; false when there is none of either. */
static bool next_word(osp_str *rest, osp_str *ret_word)
{
    const char *space = memchr(rest->ptr, ' ', rest->len);
    const size_t len = space != NULL ? (size_t)(space - rest->ptr) : rest->len;
    *ret_word = (osp_str){ rest->ptr, len };
    const size_t used = len + (space != NULL);
    *rest = (osp_str){ rest->ptr + used, rest->len - used };
    return len > 0;
}

static bool is_port(osp_str text)
{
    int64_t port;
    return text.len > 0 && (text.len == 1 || text.ptr[0] != '0') &&
           osp_str_to_int(text, &port) == OSP_OK && port >= 0 && port <= UINT16_MAX;
}

/* An address as inet_pton reads it.  Version 1 has no mapped ones: TCP6 is what the wire had. */
static bool is_address(osp_str text, bool v6, osp_ip *ret_ip)
{
    return (memchr(text.ptr, ':', text.len) != NULL) == v6 && osp_ip_parse(text, ret_ip);
}

/* The line behind "PROXY ", without its end. */
static osp_status parse_line(osp_str line, osp_proxy *ret_proxy)
{
    osp_str family, source, destination, from, to;
    osp_ip client, server;
    if (!next_word(&line, &family)) {
        return OSP_E_INVALID;
    }
    if (osp_str_equal(family, OSP_STR("UNKNOWN"))) {
        *ret_proxy = (osp_proxy){ 0 };
        return OSP_OK;
    }
    const bool v6 = osp_str_equal(family, OSP_STR("TCP6"));
    if (!v6 && !osp_str_equal(family, OSP_STR("TCP4"))) {
        return OSP_E_INVALID;
    }
    if (!next_word(&line, &source) || !next_word(&line, &destination) || !next_word(&line, &from)) {
        return OSP_E_INVALID;
    }
    to = line; /* all of the rest: a further space is no digit */
    if (!is_address(source, v6, &client) || !is_address(destination, v6, &server) ||
        !is_port(from) || !is_port(to)) {
        return OSP_E_INVALID;
    }
    *ret_proxy = (osp_proxy){ .client = client };
    return OSP_OK;
}

static osp_status parse_v1(osp_str in, osp_proxy *ret_proxy, size_t *ret_size)
{
    static const osp_str begin = { "PROXY ", 6 };
    for (size_t i = 0; i < in.len; i++) {
        if (i == OSP_PROXY_V1_MAX) {
            return OSP_E_LIMIT;
        }
        const char byte = in.ptr[i];
        if (i < begin.len ? byte != begin.ptr[i] : byte == '\n' && in.ptr[i - 1] != '\r') {
            return OSP_E_INVALID;
        }
        if (byte == '\n') {
            OSP_ASSERT(i >
                       begin.len); /* a line feed is none of its bytes, nor is what is before it */
            *ret_size = i + 1;
            return parse_line((osp_str){ in.ptr + begin.len, i - 1 - begin.len }, ret_proxy);
        }
        const bool after_cr = i > 0 && in.ptr[i - 1] == '\r';
        if (after_cr || (byte != '\r' && (byte < ' ' || byte > '~'))) {
            return OSP_E_INVALID;
        }
    }
    return in.len == OSP_PROXY_V1_MAX ? OSP_E_LIMIT : OSP_AGAIN;
}

/* ---------------------------------------------------------------- version 2 */

static size_t read_16(const uint8_t *at)
{
    return (size_t)at[0] << 8 | at[1];
}

/* Type, length and value, one behind the other up to the very end. */
static osp_status read_tlvs(const uint8_t *at, size_t len, osp_proxy *proxy)
{
    while (len > 0) {
        if (len < 3 || read_16(at + 1) > len - 3) {
            return OSP_E_INVALID;
        }
        const size_t size = read_16(at + 1);
        if (at[0] == TLV_SSL) {
            if (size < SSL_SIZE) {
                return OSP_E_INVALID;
            }
            proxy->tls = (at[3] & SSL_CLIENT) != 0;
        }
        at += 3 + size;
        len -= 3 + size;
    }
    return OSP_OK;
}

/* What stands behind the first 16 bytes of a command PROXY. */
static osp_status read_client(uint8_t family, const uint8_t *at, size_t len, osp_proxy *ret_proxy)
{
    static const struct {
        uint8_t family;
        uint8_t kind;
        size_t size; /* of both addresses and ports */
    } families[] = {
        { 0x00, OSP_IP_NONE, 0 },   /* unspecified: what follows is not for us */
        { 0x11, OSP_IP_V4, 12 },    /* TCP over IPv4 */
        { 0x21, OSP_IP_V6, 36 },    /* TCP over IPv6 */
        { 0x31, OSP_IP_LOCAL, 216 } /* a unix stream */
    };
    for (size_t i = 0; i < OSP_ARRAY_LEN(families); i++) {
        if (families[i].family != family) {
            continue;
        }
        osp_proxy found = { 0 };
        if (family == 0) {
            *ret_proxy = found;
            return OSP_OK;
        }
        if (len < families[i].size) {
            return OSP_E_INVALID;
        }
        found.client = families[i].kind == OSP_IP_V4   ? osp_ip_v4(at)
                       : families[i].kind == OSP_IP_V6 ? osp_ip_v6(at)
                                                       : (osp_ip){ .kind = OSP_IP_LOCAL };
        OSP_TRY(read_tlvs(at + families[i].size, len - families[i].size, &found));
        *ret_proxy = found;
        return OSP_OK;
    }
    return OSP_E_INVALID; /* datagrams, and what nobody has defined */
}

static osp_status parse_v2(osp_str in, osp_proxy *ret_proxy, size_t *ret_size)
{
    const uint8_t *bytes = (const uint8_t *)in.ptr;
    const size_t begun = in.len < SIGNATURE_SIZE ? in.len : SIGNATURE_SIZE;
    if (memcmp(in.ptr, SIGNATURE, begun) != 0 || (in.len > 12 && bytes[12] >> 4 != 2) ||
        (in.len > 12 && (bytes[12] & 0x0f) > 1)) {
        return OSP_E_INVALID;
    }
    if (in.len < V2_HEAD) {
        return OSP_AGAIN;
    }
    const size_t len = read_16(bytes + 14);
    if (len > OSP_PROXY_V2_MAX) {
        return OSP_E_LIMIT;
    }
    if (in.len - V2_HEAD < len) {
        return OSP_AGAIN;
    }
    if ((bytes[12] & 0x0f) == 0) { /* LOCAL: the proxy asks how we are */
        *ret_proxy = (osp_proxy){ 0 };
    } else {
        OSP_TRY(read_client(bytes[13], bytes + V2_HEAD, len, ret_proxy));
    }
    *ret_size = V2_HEAD + len;
    return OSP_OK;
}

osp_status osp_proxy_parse(osp_str in, osp_proxy *ret_proxy, size_t *ret_size)
{
    if (in.len == 0) {
        return OSP_AGAIN;
    }
    return in.ptr[0] == SIGNATURE[0] ? parse_v2(in, ret_proxy, ret_size)
                                     : parse_v1(in, ret_proxy, ret_size);
}
