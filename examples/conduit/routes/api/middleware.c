/* Nothing has to be remembered below: a route that neither needs to know who sends the request, by
 * NEED(me, viewer), nor says `.is_public = true` does not build. */
#include <openspeed/openspeed.h>

OSP_MIDDLEWARE(osp_run, .deny_by_default = true);
