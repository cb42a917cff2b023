#include <openspeed/openspeed.h>

OSP_APP(.title = "{{title}}", .version = "0.1.0", .doc = "A guest book.");
