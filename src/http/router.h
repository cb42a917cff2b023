/* From a normalised path to the leaf that answers it, over constant tables. */
#ifndef OSP_HTTP_ROUTER_H
#define OSP_HTTP_ROUTER_H

#include <openspeed/manifest.h>

#define OSP_HOST_MAX                                                                               \
    253 /* bytes of a host's name.  RFC 1035 2.3.4, as text without the last dot                   \
         */

typedef struct osp_route_match {
    const osp_route_leaf *leaf;
    osp_str params[OSP_PATH_PARAMS_MAX]; /* slices of the path, in the order of the pattern */
    uint8_t param_count;
} osp_route_match;

/* Finds the leaf of a path.  A static segment beats one that text or a matcher narrows, which beats
 * a parameter, which beats a catch-all, segment by segment from the left; what does not lead to a
 * leaf is taken back.
 *
 * path       normalised: begins with '/', no empty segment but a last one
 * skip       leaves that fit, in that order, to pass over: 0 finds the first one, 1 the second
 * ret_match  good on OSP_OK only
 * Returns    OSP_OK | OSP_E_NOT_FOUND
 * Cost       by the length of the path; no allocation.  Yields: no. */
OSP_MUST_CHECK osp_status osp_route_find(const osp_route_node *root, osp_str path, size_t skip,
                                         osp_route_match *ret_match);
#define OSP_HOST_ROOTS 3

/* How far a path goes that has no leaf. */
typedef struct osp_route_reach {
    size_t len; /* bytes of the path */
    const osp_page_def
        *not_found; /* of the innermost node on the way that has one; NULL: none has */
    osp_str params[OSP_PATH_PARAMS_MAX];
    uint8_t param_count;
} osp_route_reach;

/* Looks for the longest part of a path that is a URL, or begins one; of those that are as long the
 * one that would be tried first counts.  Where nothing fits, the root does.
 *
 * ret_reach  begins zeroed; what is there already stays unless something longer is found */
void osp_route_reach_find(const osp_route_node *root, osp_str path, osp_route_reach *ret_reach);

/* The roots of a host in the order in which they are tried; NULL: there is none of the kind. */
void osp_route_roots(const osp_route_node *hosts, osp_str host,
                     const osp_route_node *ret_roots[OSP_HOST_ROOTS]);
/* As osp_route_find where routes stand on hosts: a leaf of the very host goes before one of "*.",
 * and that before one of any host.
 *
 * hosts   as osp_app_def has them
 * host    as a client writes it: in any case, maybe with a port or a dot at the end; may be empty
 */
OSP_MUST_CHECK osp_status osp_route_find_on(const osp_route_node *hosts, osp_str host, osp_str path,
                                            size_t skip, osp_route_match *ret_match);

#endif
