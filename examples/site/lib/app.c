#include <openspeed/openspeed.h>

OSP_APP(.title = "Corner Books", .version = "1.0.0", .doc = "A small shop, made of pages.");
