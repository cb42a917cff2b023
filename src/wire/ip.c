/* Addresses of peers, and ranges of them.  What is compared is always bytes: an address has many
 * spellings, and IPv4 within IPv6 is IPv4. */
#include "wire/ip.h"

#include <arpa/inet.h>
#include <string.h>

osp_ip osp_ip_v4(const uint8_t bytes[4])
{
    osp_ip ip = { .kind = OSP_IP_V4 };
    memcpy(ip.bytes, bytes, 4);
    return ip;
}

osp_ip osp_ip_v6(const uint8_t bytes[16])
{
    static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
    if (memcmp(bytes, mapped, sizeof mapped) == 0) {
        return osp_ip_v4(bytes + sizeof mapped);
    }
    osp_ip ip = { .kind = OSP_IP_V6 };
    memcpy(ip.bytes, bytes, 16);
    return ip;
}

bool osp_ip_parse(osp_str text, osp_ip *ret_ip)
{
    char copy[OSP_IP_TEXT_SIZE];
    uint8_t bytes[16];
    if (text.len == 0 || text.len >= sizeof copy || memchr(text.ptr, 0, text.len) != NULL) {
        return false;
    }
    memcpy(copy, text.ptr, text.len);
    copy[text.len] = 0;
    if (inet_pton(AF_INET, copy, bytes) == 1) {
        *ret_ip = osp_ip_v4(bytes);
        return true;
    }
    if (inet_pton(AF_INET6, copy, bytes) == 1) {
        *ret_ip = osp_ip_v6(bytes);
        return true;
    }
    return false;
}

size_t osp_ip_text(const osp_ip *ip, char text[OSP_IP_TEXT_SIZE])
{
    text[0] = 0;
    if (ip->kind == OSP_IP_V4 || ip->kind == OSP_IP_V6) {
        const int family = ip->kind == OSP_IP_V4 ? AF_INET : AF_INET6;
        OSP_ASSERT(inet_ntop(family, ip->bytes, text, OSP_IP_TEXT_SIZE) != NULL);
    }
    return strlen(text);
}

/* Whether two addresses agree in so many bits. */
static bool agree(const uint8_t *a, const uint8_t *b, unsigned bits)
{
    const unsigned whole = bits / 8, rest = bits % 8;
    return memcmp(a, b, whole) == 0 && (rest == 0 || (a[whole] ^ b[whole]) >> (8 - rest) == 0);
}

bool osp_ip_range_parse(osp_str item, osp_ip_range *ret_range)
{
    static const uint8_t zeros[16];
    const char *slash = memchr(item.ptr, '/', item.len);
    const osp_str address = { item.ptr, slash != NULL ? (size_t)(slash - item.ptr) : item.len };
    if (osp_str_equal(item, OSP_STR("unix"))) {
        *ret_range = (osp_ip_range){ .ip = { .kind = OSP_IP_LOCAL } };
        return true;
    }
    osp_ip ip;
    if (!osp_ip_parse(address, &ip)) {
        return false;
    }
    const int64_t most = ip.kind == OSP_IP_V4 ? 32 : 128;
    int64_t bits = most;
    if (slash != NULL &&
        osp_str_to_int((osp_str){ slash + 1, item.len - address.len - 1 }, &bits) != OSP_OK) {
        return false;
    }
    if (bits < 0 || bits > most) {
        return false;
    }
    /* 10.1.2.3/8 is a mistake: what it means is less, or more, than it says. */
    uint8_t tail[16];
    memcpy(tail, ip.bytes, sizeof tail);
    memset(tail, 0, (size_t)bits / 8);
    if (bits % 8 != 0) {
        tail[bits / 8] = (uint8_t)(tail[bits / 8] << (bits % 8));
    }
    *ret_range = (osp_ip_range){ .ip = ip, .bits = (uint8_t)bits };
    return memcmp(tail, zeros, sizeof tail) == 0;
}

bool osp_ip_range_has(const osp_ip_range *range, const osp_ip *ip)
{
    return ip->kind != OSP_IP_NONE && range->ip.kind == ip->kind &&
           agree(range->ip.bytes, ip->bytes, range->bits);
}

osp_status osp_trust_add(osp_trust *trust, osp_str list, osp_str *ret_bad)
{
    for (size_t at = 0; at <= list.len;) {
        const char *comma = at < list.len ? memchr(list.ptr + at, ',', list.len - at) : NULL;
        const size_t end = comma != NULL ? (size_t)(comma - list.ptr) : list.len;
        const osp_str item = osp_str_trim((osp_str){ list.ptr + at, end - at });
        osp_ip_range range;
        *ret_bad = item;
        if (!osp_ip_range_parse(item, &range)) {
            return OSP_E_INVALID;
        }
        if (trust->count == OSP_TRUST_RANGES_MAX) {
            return OSP_E_LIMIT;
        }
        trust->ranges[trust->count++] = range;
        at = end + 1;
    }
    return OSP_OK;
}

bool osp_trust_has(const osp_trust *trust, const osp_ip *ip)
{
    for (size_t i = 0; trust != NULL && i < trust->count; i++) {
        if (osp_ip_range_has(&trust->ranges[i], ip)) {
            return true;
        }
    }
    return false;
}
