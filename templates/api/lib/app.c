#include <openspeed/openspeed.h>

OSP_APP(.title = "{{title}}", .version = "0.1.0", .doc = "Notes, which anybody may write and read.");
