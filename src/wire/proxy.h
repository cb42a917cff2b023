/* The PROXY protocol, versions 1 and 2: what a proxy says about its client in front of all else. */
#ifndef OSP_WIRE_PROXY_H
#define OSP_WIRE_PROXY_H

#include "wire/ip.h"

#define OSP_PROXY_V1_MAX 107  /* bytes of the line, with its end */
#define OSP_PROXY_V2_MAX 2048 /* bytes behind the first 16 */

typedef struct osp_proxy {
    osp_ip client; /* OSP_IP_NONE: the proxy speaks for itself, or does not say */
    bool tls;      /* the client speaks TLS with the proxy */
} osp_proxy;

/* Reads the header from the front of `in`.
 *
 * in         borrowed; the bytes of a connection from its beginning
 * ret_size   bytes of the header; written on OSP_OK, as ret_proxy is
 * Returns    OSP_OK | OSP_AGAIN (it is not whole) | OSP_E_INVALID | OSP_E_LIMIT
 * Source     "The PROXY protocol", sections 2.1, 2.2 */
OSP_MUST_CHECK osp_status osp_proxy_parse(osp_str in, osp_proxy *ret_proxy, size_t *ret_size);

#endif
