#include <openspeed/openspeed.h>

OSP_BODY_LIMIT(100000);
