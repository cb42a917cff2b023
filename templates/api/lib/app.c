#include <openspeed/openspeed.h>

OSP_APP(.title = "__TITLE__", .version = "0.1.0", .doc = "Notes, which anybody may write and read.");
