/* Around everything, also what no route answers.
 *
 * The pages that use this API come from anywhere, and a token is sent by their own code and never by
 * a browser on its own.  So any origin may read the answers. */
#include <openspeed/mw.h>

OSP_USE(osp_cors, .origins = "*", .expose = "Location", .max_age_s = 600);
