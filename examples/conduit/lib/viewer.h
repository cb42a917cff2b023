/* Who sent the request. */
#ifndef CONDUIT_VIEWER_H
#define CONDUIT_VIEWER_H

#include <openspeed/openspeed.h>

/* By its Authorization header.  A route that says NEED(me, viewer) answers 401 without one; where
 * it says WANT(viewer, viewer) it may be NULL.  A token that is there but no good is a 401 for both:
 * the client believes to be someone. */
typedef struct Viewer { int64_t id; } Viewer;
OSP_PROVIDES(viewer, Viewer);

/* For queries: nobody is SQL's NULL, which equals no id.  So `user_id = :viewer_id` is never true
 * for nobody, and costs nothing. */
static inline osp_opt_int viewer_id(const Viewer *viewer)
{
    return viewer != NULL ? (osp_opt_int){ OSP_SET, viewer->id } : (osp_opt_int){ OSP_ABSENT, 0 };
}

#endif
