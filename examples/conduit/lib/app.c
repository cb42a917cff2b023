/* What the application is, for its OpenAPI document and the line with which the server starts. */
#include <openspeed/openspeed.h>

OSP_APP(.title = "Conduit", .version = "1.1.0",
        .doc = "Articles, comments and those who write them: the RealWorld API.");
