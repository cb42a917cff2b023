/* The pages that use this API come from anywhere, and a token is sent by their own code and never by a
 * browser on its own.  So any origin may read the answers.
 *
 * Nothing has to be remembered below: a route that neither needs to know who sends the request, by
 * NEED(me, viewer), nor says `.is_public = true` does not build. */
#include <openspeed/mw.h>

OSP_USE(osp_cors, .origins = "*", .expose = "Location", .max_age_s = 600);
OSP_MIDDLEWARE(osp_run, .deny_by_default = true);
