/* Addresses of peers, and ranges of them. */
#ifndef OSP_WIRE_IP_H
#define OSP_WIRE_IP_H

#include <openspeed/base.h>

#define OSP_IP_TEXT_SIZE 46 /* of the longest address, with NUL */
#define OSP_TRUST_RANGES_MAX 64

typedef enum osp_ip_kind {
    OSP_IP_NONE = 0, /* not known */
    OSP_IP_LOCAL,    /* a process of this machine, over a unix socket */
    OSP_IP_V4,
    OSP_IP_V6
} osp_ip_kind;

typedef struct osp_ip {
    uint8_t kind;      /* osp_ip_kind */
    uint8_t bytes[16]; /* of the network order; 4 or 16 are used */
} osp_ip;

osp_ip osp_ip_v4(const uint8_t bytes[4]);
/* An IPv4 address that is mapped into IPv6 becomes IPv4. */
osp_ip osp_ip_v6(const uint8_t bytes[16]);

/* Reads an address without brackets, port or zone. */
bool osp_ip_parse(osp_str text, osp_ip *ret_ip);
/* Writes it in its short form.  Returns the length without NUL; 0 for one that has no text. */
size_t osp_ip_text(const osp_ip *ip, char text[OSP_IP_TEXT_SIZE]);

/* All addresses that begin with the same bits. */
typedef struct osp_ip_range {
    osp_ip ip;
    uint8_t bits; /* of the prefix */
} osp_ip_range;

/* Reads "10.0.0.0/8", "::1" or "unix", the last for OSP_IP_LOCAL; false also where bits behind the
 * prefix are set. */
bool osp_ip_range_parse(osp_str text, osp_ip_range *ret_range);
/* No range has an address that is not known. */
bool osp_ip_range_has(const osp_ip_range *range, const osp_ip *ip);

/* Peers whose word about others is believed. */
typedef struct osp_trust {
    osp_ip_range ranges[OSP_TRUST_RANGES_MAX];
    size_t count;
    bool forwarded; /* the word is Forwarded (RFC 7239), and not X-Forwarded-* */
} osp_trust;

/* Adds a list such as "10.0.0.0/8,::1,unix".
 * Returns  OSP_OK | OSP_E_INVALID (ret_bad: the item) | OSP_E_LIMIT */
OSP_MUST_CHECK osp_status osp_trust_add(osp_trust *trust, osp_str list, osp_str *ret_bad);
/* trust: NULL trusts nobody. */
bool osp_trust_has(const osp_trust *trust, const osp_ip *ip);

#endif
