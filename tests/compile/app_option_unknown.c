/* An option that an application does not have.
 *
 * EXPECT: name
 * EXPECT-tcc: error: */
#include <openspeed/openspeed.h>

OSP_APP(.name = "Orders");
