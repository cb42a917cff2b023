/* Segments of a URL against patterns such as v[version=int].json. */
#ifndef OSP_HTTP_MATCHER_H
#define OSP_HTTP_MATCHER_H

#include <openspeed/manifest.h>

/* Whether a segment goes a way.  A parameter is not empty and ends where the text behind it first
 * begins, the last one where the rest is the tail; matchers look at what that gives.
 *
 * ret_params  way->part_count slices of the segment; written in part where it does not go
 * Cost        linear in the segment, and what matchers of the application cost.  Yields: no. */
bool osp_way_match(const osp_route_way *way, osp_str segment, osp_str *ret_params);

#endif
