/* From a normalised path to the leaf that answers it, over constant tables. */
#ifndef OSP_HTTP_ROUTER_H
#define OSP_HTTP_ROUTER_H

#include <openspeed/manifest.h>

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

#endif
