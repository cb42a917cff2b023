#include <openspeed/openspeed.h>

OSP_APP(.title = "Conduit", .version = "1.0.0", .doc = "Articles, comments and those who write them.");
