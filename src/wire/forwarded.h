/* What proxies say about their clients in headers: Forwarded and X-Forwarded-*. */
#ifndef OSP_WIRE_FORWARDED_H
#define OSP_WIRE_FORWARDED_H

#include "wire/ip.h"

/* One element of Forwarded (RFC 7239 section 4); what it does not say is empty. */
typedef struct osp_forwarded {
    osp_str client; /* for=: an address, perhaps with a port, "unknown" or a made-up name */
    osp_str scheme; /* proto= */
    osp_str host;
} osp_forwarded;

/* Reads the next element off the front of a Forwarded field.
 * Returns  OSP_OK | OSP_DONE | OSP_E_INVALID (the field is malformed) */
OSP_MUST_CHECK osp_status osp_forwarded_next(osp_str *rest, osp_forwarded *ret_element);

/* An address as both headers spell it: 192.0.2.1, 192.0.2.1:80, 2001:db8::1, [2001:db8::1],
 * [2001:db8::1]:80. */
bool osp_forwarded_ip(osp_str text, osp_ip *ret_ip);

#endif
