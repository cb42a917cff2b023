#include <openspeed/openspeed.h>

OSP_APP(.title = "Orders", .version = "1.2.0", .doc = "Takes orders, and shows what a type can say.");
