/* Around everything, also what no route answers.
 *
 * The pages that use the API come from anywhere, and a token is sent by their own code and never by
 * a browser on its own.  So any origin may read the answers, also to learn of failures.  The cookie of
 * our own pages does not come along with what other origins may read. */
#include <openspeed/mw.h>

OSP_USE(osp_cors, .origins = "*", .expose = "Location", .max_age_s = 600);
