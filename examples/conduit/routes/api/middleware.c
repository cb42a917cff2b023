/* Nothing below needs to be remembered: a route that neither asks who sends the request (NEED(me, viewer))
 * nor says `.is_public = true` does not build. */
#include <openspeed/openspeed.h>

OSP_MIDDLEWARE(osp_run, .deny_by_default = true);
