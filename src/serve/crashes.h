/* How often each route has ended its worker, and which routes are shut for it. */
#ifndef OSP_SERVE_CRASHES_H
#define OSP_SERVE_CRASHES_H

#include <openspeed/base.h>

#define OSP_CRASHES_MAX 5 /* of one route within OSP_CRASHES_WINDOW_S: then it is shut */
#define OSP_CRASHES_WINDOW_S 60
#define OSP_CRASHES_SHUT_S 60 /* for so long it is answered 503 */
#define OSP_CRASHES_ROUTES                                                                         \
    64 /* routes that are counted; then the one that was quiet longest goes */
#define OSP_CRASHES_OF_HANG 3 /* a worker that hung costs much more than one that fell */

typedef struct osp_crashes {
    struct {
        uint32_t route; /* osp_route_number; 0: not used */
        uint32_t count; /* of at_ms, oldest first */
        int64_t at_ms[OSP_CRASHES_MAX];
        int64_t last_ms, shut_until_ms;
    } routes[OSP_CRASHES_ROUTES];
} osp_crashes; /* zero it to start */

/* Counts `weight` crashes of a route.  The place in the table of a route that is to be shut from
 * now on, or -1. */
int osp_crashes_add(osp_crashes *crashes, uint32_t route, unsigned weight, int64_t now_ms);

#endif
